"""What a provider's usage API answers, as the ledger sees it: cost by day and group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Protocol

from cloudledger.clouds.object_store import ObjectStoreError
from cloudledger.exact import DECIMALS

NO_SERVICE = "(no service)"
"""Where the API names no service."""

_LAST = Decimal(1).scaleb(-DECIMALS)
_WIDE = Context(prec=400)


class UsageRefused(ObjectStoreError):
    """The API refused the question itself: no retry mends that."""


@dataclass(frozen=True, slots=True)
class UsageCost:
    """One group of one UTC day.

    Costs are in ``billing_currency``; ``effective_cost`` is None where the API knows one cost
    only. ``quantity`` is None where the group mixes units. ``rounding_bound`` is how far the
    costs may be off by the way the API writes them.
    """

    charge_day: date
    service_name: str
    billing_currency: str
    billed_cost: Decimal
    rounding_bound: Decimal
    effective_cost: Decimal | None = None
    sub_account_id: str = ""
    resource_id: str = ""
    tag_value: str = ""
    quantity: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Every row of a question, and how many requests it took."""

    rows: tuple[UsageCost, ...]
    requests: int


class UsageApi(Protocol):
    """A usage API of one tenancy or payer account."""

    def costs(self, first_day: date, end_day: date, *, tag: str = "") -> Answer:
        """Daily cost over [``first_day``, ``end_day``), by the API's finest groups or by a tag.

        :raises AccessDenied, StoreUnavailable, UsageRefused:
        """
        ...


def held(amount: Decimal) -> Decimal:
    """The amount as DECIMAL(38,24) holds it: half to even where it has more decimals."""
    return amount.quantize(_LAST, ROUND_HALF_EVEN, _WIDE)
