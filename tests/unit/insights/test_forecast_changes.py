"""Changes of a series' ways: lasting steps, the year's end, what was lately better."""

import numpy as np
import pandas as pd
import pytest

from cloudledger.insights.forecast import forecast_daily
from cloudledger.insights.level_shifts import levelled
from cloudledger.insights.month_effects import by_length, calendar_of
from cloudledger.insights.month_totals import month_totals
from cloudledger.insights.year_end import year_end


def run(name: object, costs: np.ndarray, start: str) -> pd.DataFrame:
    days = pd.date_range(start, periods=len(costs))
    return pd.DataFrame({"series_id": name, "day": days, "cost": costs})


def calm(days: int, seed: int = 0) -> np.ndarray:
    return 100 * np.exp(np.random.default_rng(seed).normal(0, 0.005, days))


def test_a_step_a_week_ago_is_the_new_level() -> None:
    costs = calm(200)
    costs[190:] *= 1.15

    made = forecast_daily(run("a", costs, "2025-03-01"), 30)

    np.testing.assert_allclose(made["forecast"], 115, rtol=0.02)


def test_what_lies_before_a_step_is_moved_and_a_burst_comes_down() -> None:
    stepped, burst = calm(120), calm(120, 1)
    stepped[80:] += 30
    burst[80:90] *= 2

    made = levelled(np.stack([stepped, burst]), 7)

    np.testing.assert_allclose(made.values[0], 130, rtol=0.03)
    np.testing.assert_allclose(made.values[1], 100, rtol=0.05)
    np.testing.assert_allclose(made.moved[0, :80], 30, rtol=0.05)
    assert not made.moved[0, 80:].any()


def test_noise_short_spikes_and_zeros_are_no_steps() -> None:
    rng = np.random.default_rng(4)
    noise = rng.lognormal(0, 0.3, 300)
    spike = calm(300)
    spike[150:153] *= 5
    sparse = (rng.random(300) < 0.3) * 10.0

    made = levelled(np.stack([noise, spike, sparse]), 7)

    assert not made.moved.any()


def test_a_step_that_goes_back_at_the_end_is_none() -> None:
    costs = calm(120)
    costs[105:117] *= 1.5

    assert not levelled(costs[None], 7).moved.any()


def test_a_step_on_the_first_of_february_is_no_month_length() -> None:
    days = (np.datetime64("2024-12-18") + np.arange(70))[None]
    step = np.where(days >= np.datetime64("2025-02-01"), 120.0, 100.0)
    spread = 3000 / calendar_of(days).length

    found = by_length(np.vstack([step, spread]), calendar_of(np.repeat(days, 2, axis=0)), 7)

    assert found.tolist() == [False, True]


def year(dip: float, last: str, seed: int = 0) -> np.ndarray:
    days = pd.date_range("2023-09-01", last)
    feast = (days.month * 100 + days.day >= 1224) | ((days.month == 1) & (days.day == 1))
    return calm(len(days), seed) * np.where(feast, dip, 1.0)


def test_last_years_end_comes_again() -> None:
    made = forecast_daily(run("a", year(0.6, "2024-12-10"), "2023-09-01"), 30)

    days = made["day"].dt.month * 100 + made["day"].dt.day
    feast = (days >= 1224) | (days == 101)
    np.testing.assert_allclose(made.loc[feast, "forecast"], 60, rtol=0.05)
    np.testing.assert_allclose(made.loc[~feast, "forecast"], 100, rtol=0.03)


def test_after_the_years_end_cost_is_as_before() -> None:
    made = forecast_daily(run("a", year(0.6, "2023-12-28"), "2023-09-01"), 20)

    np.testing.assert_allclose(made.loc[made["day"] >= "2024-01-02", "forecast"], 100, rtol=0.03)


def test_a_drop_before_the_feast_that_stays_is_no_feast() -> None:
    costs = np.concatenate([calm(115), 0.6 * calm(20)])
    last = np.array(["2024-01-12"], "datetime64[D]")

    found = year_end(costs[None], last, 30, 7, (0.95,))

    assert not found.low.any()
    assert (found.share == 1).all()


@pytest.mark.parametrize("dipped", [0, 10])
def test_peers_widen_the_interval_of_a_series_without_a_years_end(dipped: int) -> None:
    last = np.full(31, np.datetime64("2024-12-10"))
    values = np.stack([year(0.6 if k < dipped else 1.0, "2024-12-10", k) for k in range(31)])
    values[30, :-60] = np.nan

    found = year_end(values, last, 30, 7, (0.95,))

    lowest = found.least[0, 30].min()
    assert lowest == (pytest.approx(0.6, abs=0.05) if dipped else 1.0)
    assert (found.share[30] == 1).all()
    assert (found.least[0, :30] == 1).all()


def test_a_month_that_ends_with_feasts_costs_less() -> None:
    costs = year(0.6, "2024-12-10")

    made = month_totals(run("a", costs, "2023-09-01"))

    assert made["forecast"].iloc[0] == pytest.approx(23 * 100 + 8 * 60, rel=0.02)


def test_a_months_interval_is_charged_the_steps_of_the_past() -> None:
    steady, stepped = calm(240), calm(240)
    stepped[150:] += 40
    history = pd.concat([run("a", steady, "2025-01-14"), run("b", stepped, "2025-01-14")])

    made = month_totals(history).set_index("series_id")

    width = made["upper_95"] - made["lower_95"]
    assert width["b"] > 3 * width["a"]


def test_where_a_job_has_ended_nothing_of_it_is_left_in_the_week() -> None:
    days = np.arange(300)
    job = np.where((days % 7 == 2) & (days < 270), 300.0, 0.0)

    made = forecast_daily(run("a", calm(300) + job, "2025-02-01"), 28)

    np.testing.assert_allclose(made["forecast"], 100, rtol=0.05)
