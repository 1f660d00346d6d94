"""Totals of the month: what is known plus what is to come, with an interval of the sum."""

import numpy as np
import pandas as pd

from cloudledger.insights.forecast import forecast_daily
from cloudledger.insights.month_totals import month_totals


def run(name: object, costs: object, start: str = "2025-01-01") -> pd.DataFrame:
    amounts = np.asarray(costs, float)
    days = pd.date_range(start, periods=len(amounts))
    return pd.DataFrame({"series_id": name, "day": days, "cost": amounts})


def noisy(days: int, seed: int, noise: float = 0.1) -> np.ndarray:
    return 100 * np.exp(np.random.default_rng(seed).normal(0, noise, days))


def test_a_constant_cost_has_a_certain_total() -> None:
    made = month_totals(run("a", [10.0] * 196)).iloc[0]

    assert made["month"] == pd.Timestamp("2025-07-01")
    assert made["so_far"] == 150
    np.testing.assert_allclose(made["forecast"], 310, rtol=1e-6)
    np.testing.assert_allclose([made["lower_95"], made["upper_95"]], 310, rtol=0.01)


def test_after_the_last_day_of_a_month_it_is_the_next_one() -> None:
    made = month_totals(run("a", [10.0] * 181)).iloc[0]

    assert made["month"] == pd.Timestamp("2025-07-01")
    assert made["so_far"] == 0
    np.testing.assert_allclose(made["forecast"], 310, rtol=1e-6)


def test_the_interval_of_a_sum_is_narrower_than_the_sum_of_daily_bounds() -> None:
    history = pd.concat([run(k, noisy(340, k)) for k in range(20)])

    totals = month_totals(history)
    daily = forecast_daily(history, 26)

    widths = totals["upper_95"] - totals["lower_95"]
    by_day = (daily["upper_95"] - daily["lower_95"]).groupby(daily["series_id"]).sum()
    assert (widths < 0.7 * by_day).all()


def test_totals_come_true() -> None:
    costs = [noisy(365, k) for k in range(30)]
    history = pd.concat([run(k, row[:340]) for k, row in enumerate(costs)])

    made = month_totals(history, levels=(0.5, 0.95))

    truth = np.array([row[334:].sum() for row in costs])
    np.testing.assert_allclose(made["forecast"], truth, rtol=0.1)
    assert ((truth >= made["lower_95"]) & (truth <= made["upper_95"])).mean() >= 0.85
    assert (made["upper_95"] >= made["upper_50"]).all()


def test_a_fee_still_to_come_counts_once() -> None:
    days = pd.date_range("2025-01-01", periods=349)
    costs = 10.0 + 500 * (days.day == 20)

    made = month_totals(run("a", costs)).iloc[0]

    np.testing.assert_allclose(made["forecast"], 31 * 10 + 500, rtol=0.01)


def test_awkward_series_have_totals_or_reasons() -> None:
    history = pd.concat(
        [
            run("one", [5.0]),
            run("zeros", [0.0] * 50),
            run("nan", [np.nan] * 3),
            run("gaps", np.where(np.arange(100) % 9 == 0, np.nan, 4.0)),
            run("young", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
            run("credits", [-2.0] * 70),
        ]
    )

    made = month_totals(history).set_index("series_id")

    assert set(made.index) == {"one", "zeros", "gaps", "young", "credits"}
    assert list(made.attrs["problems"]) == ["nan"]
    assert np.isfinite(made.drop(columns="month")).all(axis=None)
    assert (made["lower_95"] <= made["upper_95"]).all()
    assert made.loc["zeros", "forecast"] == 0
    assert made.loc["credits", "forecast"] < 0


def test_an_empty_history_has_no_totals() -> None:
    assert month_totals(run("a", [])).empty
