"""Cost by any of daily_cost's dimensions, exact, each currency by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cloudledger import exact
from cloudledger.focus import columns as focus
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

DIMENSIONS = {
    "day": "charge_day",
    "provider": "provider_name",
    "account": "billing_account_id",
    "sub_account": "sub_account_id",
    "region": "region_id",
    "service": "service_name",
    "sku": "sku_id",
    "category": "charge_category",
    "currency": "billing_currency",
}
TAG = "tag:"
COSTS = tuple(focus.MART_COLUMN[cost] for cost in focus.COSTS)
"""As daily_cost names them."""

Value = str | date | None


class UnknownDimension(ValueError):
    """Cost cannot be told by that: what it can be told by."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One group's costs in ``currency``, by the names of :data:`COSTS`; ``values`` are in the order
    of the dimensions asked for, None where the lines say nothing. ``split``: what other groups cost
    holds what this one costs already."""

    values: tuple[Value, ...]
    currency: str
    costs: Mapping[str, Decimal]
    lines: int
    split: bool = False


def cost_by(
    session: Session, dimensions: Sequence[str], *, first_day: date, end_day: date
) -> list[Cost]:
    """Cost by ``dimensions`` and currency over the charge days [``first_day``, ``end_day``).

    Ordered by day where that is asked for, then by currency, then by billed cost, highest first.
    What Kubernetes splits of other providers' cost is left out unless ``provider`` is asked for.

    :param dimensions: names of :data:`DIMENSIONS`, and ``tag:<key>`` for tags that are kept.
    :raises UnknownDimension: for any other; says which there are.
    """
    tags = _tags(session, dimensions)
    asked = {f"by_{name}": int(name in dimensions) for name in DIMENSIONS if name != "currency"}
    rows = session.query(
        statement("reporting/cost"),
        first_day=first_day,
        end_day=end_day,
        by_tags=int(bool(tags)),
        split=focus.SPLIT,
        **asked,
    ).to_pylist()
    if "provider" not in dimensions:
        rows = [row for row in rows if row["provider_name"] != focus.SPLIT]

    def value(row: Mapping[str, Any], dimension: str) -> Value:
        if dimension in tags:
            return tags[dimension].get(row["tag_set_id"])
        found: Value = row[DIMENSIONS[dimension]]
        return found

    groups: dict[tuple[tuple[Value, ...], str], list[Mapping[str, Any]]] = {}
    for row in rows:
        key = tuple(value(row, dimension) for dimension in dimensions)
        groups.setdefault((key, row["billing_currency"]), []).append(row)
    costs = [_summed(key, currency, members) for (key, currency), members in groups.items()]
    day = dimensions.index("day") if "day" in dimensions else None
    return sorted(costs, key=lambda cost: _order(cost, day))


def totals(costs: Iterable[Cost]) -> list[Cost]:
    """The sums by currency, of what is no split of the rest."""
    groups: dict[str, list[Cost]] = {}
    for cost in costs:
        if not cost.split:
            groups.setdefault(cost.currency, []).append(cost)
    return [
        Cost(
            (),
            currency,
            {name: exact.total(member.costs[name] for member in members) for name in COSTS},
            sum(member.lines for member in members),
        )
        for currency, members in sorted(groups.items())
    ]


def _tags(session: Session, dimensions: Sequence[str]) -> dict[str, dict[str, str]]:
    """By tag dimension: the tag's value by tag set."""
    keys = [name.removeprefix(TAG) for name in dimensions if name.startswith(TAG)]
    kept = _kept_tags(session) if keys else ()
    known = [*DIMENSIONS, *(f"{TAG}{key}" for key in kept)]
    for name in dimensions:
        if name not in known:
            others = ", ".join(known) if kept else f"{', '.join(known)}, {TAG}<key>"
            raise UnknownDimension(f"{name}: cost is told by {others}")
    return {
        f"{TAG}{key}": {
            row["tag_set_id"]: row["tag_value"]
            for row in session.query(statement("reporting/tag_values"), tag_key=key).to_pylist()
        }
        for key in keys
    }


def _kept_tags(session: Session) -> tuple[str, ...]:
    rows = session.query(statement("marts/state"), mart="daily_cost").to_pylist()
    return tuple(json.loads(rows[0]["built_by"])["tag_keys"]) if rows else ()


def _summed(key: tuple[Value, ...], currency: str, members: list[Mapping[str, Any]]) -> Cost:
    return Cost(
        key,
        currency,
        {name: exact.total(member[name] or Decimal(0) for member in members) for name in COSTS},
        sum(int(member["line_count"]) for member in members),
        split=members[0]["provider_name"] == focus.SPLIT,
    )


def _order(cost: Cost, day: int | None) -> tuple[str, str, Decimal, str]:
    first = str(cost.values[day]) if day is not None else ""
    return first, cost.currency, -cost.costs["billed_cost"], str(cost.values)
