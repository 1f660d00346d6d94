"""Unit prices that changed, and those that only seem to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from cloudledger.insights.price_changes import NotPrices, price_changes


def usage(prices: list[float], sku: str = "vm", quantity: float = 10.0) -> pd.DataFrame:
    days = pd.date_range("2026-03-01", periods=len(prices))
    amount = quantity * (1 + np.arange(len(prices)) % 3)
    return pd.DataFrame(
        {"sku": sku, "unit": "Hours", "day": days, "quantity": amount, "cost": amount * prices}
    )


def test_a_new_price_is_told_with_its_day_and_effect() -> None:
    (change,) = price_changes(usage([2.0] * 10 + [2.5] * 6))
    assert (change.sku, change.unit, change.day) == ("vm", "Hours", date(2026, 3, 11))
    assert float(change.before) == pytest.approx(2.0)
    assert float(change.after) == pytest.approx(2.5)
    assert float(change.effect) == pytest.approx(0.5 * 10 * (2 + 3 + 1 + 2 + 3 + 1))


def test_two_changes_each_have_their_own_days() -> None:
    found = price_changes(usage([1.0] * 8 + [1.2] * 8 + [1.1] * 8))
    assert [float(change.after) for change in found] == [pytest.approx(1.2), pytest.approx(1.1)]
    assert found[0].effect > 0 > found[1].effect


def test_more_use_rounding_and_one_odd_day_are_no_change() -> None:
    steady = usage([2.0] * 20)
    more = usage([2.0] * 20, "more").assign(quantity=lambda rows: rows["quantity"] * 5)
    more["cost"] = more["quantity"] * 2.0
    rounded = usage([0.3333, 0.3334] * 10, "rounded")
    odd = usage([2.0] * 10 + [9.0] + [2.0] * 9, "odd")
    falling = usage(list(np.linspace(3, 2, 20)), "falling")
    assert price_changes(pd.concat([steady, more, rounded, odd, falling])) == []


def test_a_tier_that_begins_anew_each_month_is_told_at_most_once() -> None:
    month = [1.0] * 15 + [0.8] * 15
    assert len(price_changes(usage(month * 3))) == 1


def test_days_without_use_tell_no_price() -> None:
    rows = usage([2.0] * 10 + [2.5] * 6)
    idle = rows.assign(quantity=0.0, cost=5.0, day=rows["day"] + pd.Timedelta(days=60))
    broken = rows.head(3).assign(cost=np.nan)
    (change,) = price_changes(pd.concat([rows, idle, broken]))
    assert change.day == date(2026, 3, 11)
    assert price_changes(idle) == []
    assert price_changes(rows.head(0)) == []


def test_rows_of_a_day_are_added_up() -> None:
    rows = usage([2.0] * 10 + [2.5] * 6)
    half = rows.assign(quantity=rows["quantity"] / 2, cost=rows["cost"] / 2)
    (change,) = price_changes(pd.concat([half, half]))
    assert change.effect == Decimal(repr(float(change.effect)))
    assert float(change.effect) == pytest.approx(60.0)


def test_a_missing_column_is_told() -> None:
    with pytest.raises(NotPrices, match="without the column unit, cost"):
        price_changes(usage([1.0]).drop(columns=["unit", "cost"]))
