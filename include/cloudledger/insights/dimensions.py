"""What a series is the cost of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a series is the cost of."""

    TOTAL = "total"
    PROVIDER = "provider"
    SERVICE = "service"
    SUB_ACCOUNT = "sub_account"
    REGION = "region"
    TAG = "tag"
    SERVICE_SUB_ACCOUNT = "service_sub_account"


COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TOTAL: (),
    Kind.PROVIDER: ("provider_name",),
    Kind.SERVICE: ("provider_name", "service_name"),
    Kind.SUB_ACCOUNT: ("provider_name", "sub_account_id"),
    Kind.REGION: ("provider_name", "region_id"),
    Kind.SERVICE_SUB_ACCOUNT: ("provider_name", "service_name", "sub_account_id"),
}
"""The columns whose values make a series; a tag's are ``tag_key`` and ``tag_value``."""

SPLIT_KINDS = (Kind.PROVIDER, Kind.SERVICE_SUB_ACCOUNT)
"""The series of what Kubernetes splits: by cluster and namespace, and all of it."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series: ``values`` are what its lines have in common, by column; a column that is absent
    is empty in all of them."""

    series_id: str
    kind: Kind
    billing_currency: str
    values: Mapping[str, str]

    @property
    def name(self) -> str:
        """As a person would call it: ``COMPUTE / analytics (EUR)``."""
        told = [value for column, value in self.values.items() if column != "tag_key"]
        if self.kind is Kind.TAG:
            told = [f"{self.values['tag_key']}={self.values.get('tag_value', '')}"]
        elif len(told) > 1:
            told = told[1:]
        return f"{' / '.join(told) or self.kind.value} ({self.billing_currency})"


def series_id(kind: Kind, billing_currency: str, values: Mapping[str, str]) -> str:
    """32 hex digits over what makes a series."""
    told = json.dumps([kind.value, billing_currency, sorted(values.items())], ensure_ascii=True)
    return hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()
