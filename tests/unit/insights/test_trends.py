"""Growth, volatility, weeks and peaks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.insights.trends import trends_of


def history(costs: list[float], series_id: str = "s", first: str = "2026-01-05") -> pd.DataFrame:
    days = pd.date_range(first, periods=len(costs))
    return pd.DataFrame({"series_id": series_id, "day": days, "cost": costs})


def measures(costs: list[float]) -> dict[str, float]:
    told = trends_of(history(costs))
    return dict(zip(told["measure"], told["amount"], strict=True))


def test_growth_compares_the_last_days_with_as_many_before() -> None:
    told = measures([1.0] * 90 + [2.0] * 60 + [3.0] * 30)
    assert told["growth_7"] == 0
    assert told["growth_30"] == pytest.approx(0.5)
    assert told["growth_90"] == pytest.approx((2 * 60 + 3 * 30) / 90 - 1)


def test_growth_is_not_told_of_too_few_days_or_from_nothing() -> None:
    assert "growth_7" not in measures([1.0] * 13)
    assert set(measures([1.0] * 14)) >= {"growth_7"}
    assert "growth_30" not in measures([1.0] * 14)
    assert "growth_7" not in measures([0.0] * 7 + [1.0] * 7)


def test_a_weekly_pattern_is_told_and_is_no_volatility() -> None:
    told = measures([10.0, 10.0, 10.0, 10.0, 10.0, 4.0, 2.0] * 9)
    assert told["weekend_ratio"] == pytest.approx(0.3)
    assert told["weekday_monday"] == pytest.approx(10 / 8)
    assert told["weekday_sunday"] == pytest.approx(2 / 8)
    assert told["volatility"] == 0


def test_volatility_is_the_noise_in_parts_of_the_mean() -> None:
    rng = np.random.default_rng(1)
    found = [measures(list(100 + 10 * rng.normal(size=60)))["volatility"] for _ in range(100)]
    assert np.mean(found) == pytest.approx(0.1, rel=0.1)


def test_the_peak_is_the_latest_of_equals_within_ninety_days() -> None:
    told = measures([99.0] + [1.0] * 80 + [7.0] + [1.0] * 9 + [7.0] + [1.0] * 4)
    assert (told["peak_cost"], told["peak_days_ago"]) == (7.0, 4.0)


def test_each_series_is_measured_at_its_own_last_day_and_bad_ones_stop_no_other() -> None:
    rows = [
        history([1.0] * 20, "a"),
        history([2.0] * 30, "b"),
        history([np.nan] * 5, "empty"),
        history([3.0], "one day"),
        history([0.0] * 40, "zeros"),
        history([-5.0] * 40, "credits"),
    ]
    told = trends_of(pd.concat(rows))
    days = told.groupby("series_id")["measured_day"].first()
    assert days["a"] == pd.Timestamp("2026-01-24")
    assert days["b"] == pd.Timestamp("2026-02-03")
    assert set(days.index) == {"a", "b", "one day", "zeros", "credits"}
    assert np.isfinite(told["amount"]).all()
    assert len(trends_of(history([]))) == 0


@given(st.lists(st.floats(), min_size=1, max_size=40))
def test_no_measure_is_other_than_a_finite_number(costs: list[float]) -> None:
    told = trends_of(history(costs))
    assert np.isfinite(told["amount"]).all()
    assert not told.duplicated(["series_id", "measure"]).any()
