"""The Usage API: summarized usages, computed from the rows that were loaded.

Source: https://docs.oracle.com/iaas/api/#/en/usage/20200107/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.oci.body import body_of
from localcloud.oci.errors import invalid, not_found
from localcloud.oci.paging import page_of
from localcloud.oci.state import instant, parse_instant
from localcloud.oci.usage import DIMENSIONS, Usage, UsageRow
from oci.usage_api import models

TAG_PARTS = ("tagNamespace", "tagKey", "tagValue")
KEYS = (*DIMENSIONS, "currency", "unit", "tenantName", "platform", *TAG_PARTS)
PRECISION = "Passed UTC date does not have the right precision: "


@dataclass
class Sum:
    """What one item adds up."""

    amount: Decimal = field(default_factory=Decimal)
    quantity: Decimal = field(default_factory=Decimal)


class UsageRoutes:
    """The operation on ``/20200107/usage``."""

    def __init__(self, usage: Usage, tenancy: str) -> None:
        self._usage = usage
        self._tenancy = tenancy

    @property
    def routes(self) -> list[Route]:
        return [Route("/20200107/usage", self.request_summarized_usages, methods=["POST"])]

    def request_summarized_usages(self, request: Request) -> Response:
        details = body_of(request, models.RequestSummarizedUsagesDetails)
        if details["tenantId"] != self._tenancy:
            raise not_found(details["tenantId"])
        start, end = _range(details)
        group_by = details.get("groupBy") or ["currency"]
        for key in group_by:
            if key not in KEYS:
                raise invalid(f"groupBy: '{key}' is not one of {', '.join(KEYS)}")
        items = self._summarize(details, group_by, start, end)
        page = page_of(items, request)
        return JSONResponse({"groupBy": group_by, "items": page.items}, headers=page.headers)

    def _summarize(
        self, details: Mapping[str, Any], group_by: list[str], start: datetime, end: datetime
    ) -> list[dict[str, Any]]:
        period = _periods(details, start, end)
        wanted = _filter(details["filter"]) if "filter" in details else _everything
        one_tag = (details.get("groupByTag") or [None])[0]
        plain = sorted({"currency", *group_by} - set(TAG_PARTS))
        tagged = bool(set(TAG_PARTS) & set(group_by))
        sums: dict[tuple[Any, ...], Sum] = {}
        for row in self._usage.between(start, end):
            if not wanted(row):
                continue
            values = tuple(_value(row, key) for key in plain)
            for tag in _tags(row, one_tag, tagged):
                item = sums.setdefault((*period(row.start), *values, tag), Sum())
                item.amount += row.amount
                item.quantity += row.quantity
        with_cost = details.get("queryType", "COST") != "USAGE_ONLY"
        return [
            _item(key, dict(zip(plain, key[2:-1], strict=True)), total, with_cost)
            for key, total in sorted(sums.items(), key=lambda entry: repr(entry[0]))
        ]


def _range(details: Mapping[str, Any]) -> tuple[datetime, datetime]:
    if details["granularity"] == "TOTAL":
        raise invalid("granularity: TOTAL is not yet supported")
    if details.get("queryType", "COST") not in ("COST", "USAGE", "USAGE_ONLY"):
        raise invalid("queryType: the local cloud knows COST, USAGE and USAGE_ONLY")
    for name in ("forecast", "compartmentDepth"):
        if name in details:
            raise invalid(f"{name}: the local cloud does not know it")
    if len(details.get("groupByTag", ())) > 1:
        raise invalid("groupByTag: only one tag is supported")
    if details.get("groupByTag") and set(TAG_PARTS) & set(details.get("groupBy", ())):
        raise invalid("groupByTag excludes tagNamespace, tagKey and tagValue in groupBy")
    start, end = (parse_instant(details[n]) for n in ("timeUsageStarted", "timeUsageEnded"))
    for at in (start, end):
        if at.minute or at.second or at.microsecond:
            raise invalid(PRECISION + "minutes, seconds, and second fractions must be 0")
        if at.hour and details["granularity"] != "HOURLY":
            raise invalid(PRECISION + "hours, minutes, seconds, and second fractions must be 0")
    if end <= start:
        raise invalid("timeUsageEnded must be later than timeUsageStarted")
    return start, end


def _periods(
    details: Mapping[str, Any], start: datetime, end: datetime
) -> Callable[[datetime], tuple[str, str]]:
    """The period that an hour falls into, as RFC 3339 instants."""
    if details.get("isAggregateByTime"):
        return lambda _: (instant(start), instant(end))

    def period(at: datetime) -> tuple[str, str]:
        if details["granularity"] == "HOURLY":
            first = at.replace(minute=0, second=0, microsecond=0)
            return instant(first), instant(first + timedelta(hours=1))
        first = datetime(at.year, at.month, at.day, tzinfo=UTC)
        if details["granularity"] == "DAILY":
            return instant(first), instant(first + timedelta(days=1))
        first = first.replace(day=1)
        return instant(first), instant((first + timedelta(days=32)).replace(day=1))

    return period


def _everything(_: UsageRow) -> bool:
    return True


def _filter(wanted: Mapping[str, Any]) -> Callable[[UsageRow], bool]:
    """:raises ApiError: 400 for an unknown dimension."""
    for dimension in wanted.get("dimensions") or ():
        if dimension["key"] not in KEYS:
            raise invalid(f"filter: '{dimension['key']}' is not one of {', '.join(KEYS)}")
    tests: list[Callable[[UsageRow], bool]] = [
        *(_has_value(d["key"], d["value"]) for d in wanted.get("dimensions") or ()),
        *(_has_tag(t) for t in wanted.get("tags") or ()),
        *(_filter(f) for f in wanted.get("filters") or ()),
    ]
    operator = wanted.get("operator") or "AND"
    if operator == "AND":
        return lambda row: all(test(row) for test in tests)
    if operator == "OR":
        return lambda row: any(test(row) for test in tests)
    return lambda row: not any(test(row) for test in tests)


def _has_value(key: str, value: str) -> Callable[[UsageRow], bool]:
    return lambda row: _value(row, key) == value


def _has_tag(tag: Mapping[str, str]) -> Callable[[UsageRow], bool]:
    def test(row: UsageRow) -> bool:
        return any(
            all(tag.get(part) in (None, has) for part, has in zip(_TAG_FIELDS, found, strict=True))
            for found in _tags(row, None, True)
            if found is not None
        )

    return test


_TAG_FIELDS = ("namespace", "key", "value")


def _value(row: UsageRow, key: str) -> str | None:
    if key == "currency":
        return row.currency or None
    if key == "unit":
        return row.unit or None
    return row.dimensions.get(key)


def _tags(
    row: UsageRow, one: Mapping[str, str] | None, every: bool
) -> Iterator[tuple[str, str, str | None] | None]:
    """What the row is grouped under: one tag (its value may be missing), each of its tags, none."""
    if one is not None:
        namespace, key = one.get("namespace", ""), one.get("key", "")
        yield namespace, key, row.tags.get(f"{namespace}.{key}" if namespace else key)
    elif every and row.tags:
        for name, value in row.tags.items():
            namespace, _, key = name.partition(".")
            yield namespace, key, value
    else:
        yield None


def _item(
    key: tuple[Any, ...], values: dict[str, str | None], total: Sum, with_cost: bool
) -> dict[str, Any]:
    tag = key[-1]
    if "logicalAd" in values:
        values["ad"] = values.pop("logicalAd")
    if not with_cost:
        values.pop("currency")
    return values | {
        "timeUsageStarted": key[0],
        "timeUsageEnded": key[1],
        "computedAmount": float(total.amount) if with_cost else None,
        "computedQuantity": float(total.quantity),
        "isForecast": False,
        "tags": [] if tag is None else [dict(zip(_TAG_FIELDS, tag, strict=True))],
    }
