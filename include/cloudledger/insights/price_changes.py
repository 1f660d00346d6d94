"""Unit prices that changed: the same SKU, bought at another price from a day on.

A day's unit price is its cost over its quantity. A price has changed when it was steady before,
is steady after and the two differ by more than rounding. A price that comes back to what it was
within the last weeks (a volume tier that begins anew on the first) is no change of price.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

STEADY_DAYS = 3
"""Days with cost that a price must hold, before and after."""
ROUNDING = 0.002
"""Prices that differ by less are the same: small amounts are rounded in bills."""
REMEMBERED_DAYS = 45
COLUMNS = ("sku", "unit", "day", "quantity", "cost")


class NotPrices(ValueError):
    """The rows lack a column that prices are told by."""


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A SKU's price before and after, per ``unit``, in the currency of its cost.

    :param day: the first day at the new price.
    :param effect: what the days at the new price cost more, or less, than at the old one.
    """

    sku: str
    unit: str
    day: date
    before: Decimal
    after: Decimal
    effect: Decimal


def price_changes(bought: pd.DataFrame) -> list[PriceChange]:
    """Every change of price, by day and the size of its effect.

    Days without a quantity above zero, or whose cost is not finite, tell no price.

    :param bought: ``sku`` (with region and tier where they have prices of their own), ``unit``,
        ``day`` (datetime64), ``quantity``, ``cost``; rows of the same day are added up.
    :raises NotPrices: a column is missing.
    """
    missing = [name for name in COLUMNS if name not in bought]
    if missing:
        raise NotPrices(f"no price can be told without the column {', '.join(missing)}: add it")
    rows = bought.loc[:, list(COLUMNS)].astype({"quantity": np.float64, "cost": np.float64})
    told = np.isfinite(rows["quantity"]) & np.isfinite(rows["cost"]) & rows["day"].notna()
    by_day = rows[told].groupby(["sku", "unit", "day"], sort=True).sum().reset_index()
    by_day = by_day[by_day["quantity"] > 0]
    found: list[PriceChange] = []
    for (sku, unit), one in by_day.groupby(["sku", "unit"], sort=True):
        found += _changes_of(str(sku), str(unit), one)
    return sorted(found, key=lambda change: (change.day, -abs(change.effect), change.sku))


def _changes_of(sku: str, unit: str, rows: pd.DataFrame) -> list[PriceChange]:
    days = rows["day"].to_numpy("datetime64[D]")
    quantity, cost = rows["quantity"].to_numpy(np.float64), rows["cost"].to_numpy(np.float64)
    places = _places(days, cost / quantity)
    if not places:
        return []
    ends = [*places[1:], len(days)]
    starts = [0, *places[:-1]]
    found = []
    for start, place, end in zip(starts, places, ends, strict=True):
        then, now = slice(max(start, place - STEADY_DAYS), place), slice(place, end)
        first_days = slice(place, place + STEADY_DAYS)
        before = cost[then].sum() / quantity[then].sum()
        found.append(
            PriceChange(
                sku=sku,
                unit=unit,
                day=days[place].astype(object),
                before=_decimal(before),
                after=_decimal(cost[first_days].sum() / quantity[first_days].sum()),
                effect=_decimal(cost[now].sum() - quantity[now].sum() * before),
            )
        )
    return found


def _places(days: npt.NDArray[np.datetime64], price: npt.NDArray[np.float64]) -> list[int]:
    """Where a new price begins."""
    places: list[int] = []
    if len(price) < 2 * STEADY_DAYS or _same(price, price[0]).all():
        return places
    for place in range(STEADY_DAYS, len(price) - STEADY_DAYS + 1):
        before, after = price[place - STEADY_DAYS : place], price[place : place + STEADY_DAYS]
        if not (_same(before, before[-1]).all() and _same(after, after[0]).all()):
            continue
        if _same(before, after[0]).any():
            continue
        recent = days[:place] >= days[place] - np.timedelta64(REMEMBERED_DAYS, "D")
        if _same(price[:place][recent], after[0]).sum() >= STEADY_DAYS:
            continue
        places.append(place)
    return places


def _same(prices: npt.NDArray[np.float64], price: float) -> npt.NDArray[np.bool_]:
    return np.abs(prices - price) <= ROUNDING * abs(price)


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value)))
