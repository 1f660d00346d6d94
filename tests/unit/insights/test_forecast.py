"""Forecasts: right on what is certain, honest about the rest, and never stopped by bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.insights import forecast as forecasts
from cloudledger.insights.forecast import forecast_daily, forecast_panel
from cloudledger.insights.panel import panel_of


def run(name: object, costs: object, start: str = "2025-01-01") -> pd.DataFrame:
    amounts = np.asarray(costs, float)
    days = pd.date_range(start, periods=len(amounts))
    return pd.DataFrame({"series_id": name, "day": days, "cost": amounts})


def weekly(days: int, seed: int = 0, noise: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(seed)
    weekday = (np.arange(days) + 2) % 7
    return 100 * np.where(weekday < 5, 1.0, 0.6) * np.exp(rng.normal(0, noise, days))


def test_columns_days_and_ids() -> None:
    history = pd.concat([run(7, weekly(60)), run("b", weekly(20), "2025-02-01")])

    made = forecast_daily(history, 5, levels=(0.8, 0.95))

    bounds = ["lower_80", "upper_80", "lower_95", "upper_95"]
    assert made.columns.tolist() == ["series_id", "day", "forecast", *bounds]
    assert made["series_id"].tolist() == [7] * 5 + ["b"] * 5
    assert made["day"].iloc[0] == pd.Timestamp("2025-03-02")
    assert made["day"].iloc[5] == pd.Timestamp("2025-02-21")
    assert (made["lower_95"] <= made["lower_80"]).all()
    assert (made["upper_95"] >= made["upper_80"]).all()


def test_a_weekly_pattern_is_learnt() -> None:
    costs = weekly(230, noise=0.02)

    made = forecast_daily(run("a", costs[:200]), 30)

    np.testing.assert_allclose(made["forecast"], costs[200:], rtol=0.1)
    inside = (costs[200:] >= made["lower_95"]) & (costs[200:] <= made["upper_95"])
    assert inside.mean() >= 0.8
    assert (made["upper_95"] - made["lower_95"]).max() < 30


def test_one_odd_day_changes_nothing() -> None:
    costs = weekly(200, noise=0.02)
    odd = costs.copy()
    odd[190] *= 20

    clean = forecast_daily(run("a", costs), 14)
    spiked = forecast_daily(run("a", odd), 14)

    np.testing.assert_allclose(spiked["forecast"], clean["forecast"], rtol=0.1)


def test_a_fee_on_the_first_and_month_end_work_come_again() -> None:
    days = pd.date_range("2025-01-01", periods=300)
    costs = weekly(300, noise=0.02) + 400 * (days.day == 1) + 100 * days.is_month_end

    made = forecast_daily(run("a", costs[:260]), 40).set_index("day")

    truth = pd.Series(costs[260:], index=days[260:])
    fees = truth.index[(truth.index.day == 1) | truth.index.is_month_end]
    np.testing.assert_allclose(made.loc[fees, "forecast"], truth[fees], rtol=0.1)


def test_a_monthly_amount_spread_over_its_days_follows_the_month_length() -> None:
    days = pd.date_range("2025-01-01", periods=240)
    costs = 3000 / days.days_in_month.to_numpy()

    made = forecast_daily(run("a", costs[:181]), 59)

    np.testing.assert_allclose(made["forecast"], costs[181:], rtol=0.005)


@pytest.mark.parametrize("zeros", [0.7, 0.95])
def test_sparse_series_neither_explode_nor_fall_below_zero(zeros: float) -> None:
    rng = np.random.default_rng(3)
    costs = (rng.random((20, 300)) > zeros) * rng.lognormal(3, 1, (20, 300))

    made = forecast_daily(pd.concat([run(k, row) for k, row in enumerate(costs)]), 90)

    assert made["lower_95"].min() >= 0
    assert made["upper_95"].max() <= 3 * costs.max()


def test_a_weekday_job_costs_nothing_on_sundays() -> None:
    days = pd.date_range("2025-01-01", periods=200)
    costs = np.where(days.day_of_week < 5, 50.0, 0.0)

    made = forecast_daily(run("job", costs), 28)

    weekday = made["day"].dt.day_of_week < 5
    np.testing.assert_allclose(made["forecast"], np.where(weekday, 50.0, 0.0), atol=0.5)


def test_credits_may_be_negative() -> None:
    made = forecast_daily(run("credits", -weekly(100)), 7)

    assert (made["upper_95"] < 0).all()


def test_no_series_depends_on_its_neighbours_place_or_the_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = pd.concat([run(k, weekly(60 + 5 * k, seed=k)) for k in range(12)])
    whole = forecast_daily(history, 30)

    monkeypatch.setattr(forecasts, "CHUNK", 5)
    chunked = forecast_daily(history, 30)

    pd.testing.assert_frame_equal(whole, chunked, rtol=1e-4)


def test_the_unit_of_money_does_not_matter() -> None:
    history = pd.concat([run(k, weekly(150, seed=k)) for k in range(3)])
    small = forecast_daily(history, 30)
    history["cost"] *= 1e6
    large = forecast_daily(history, 30)

    np.testing.assert_allclose(large["forecast"], 1e6 * small["forecast"], rtol=1e-4)
    np.testing.assert_allclose(large["upper_95"], 1e6 * small["upper_95"], rtol=1e-3)


def test_hours_have_a_day_and_a_week() -> None:
    hours = pd.date_range("2025-01-01", periods=24 * 50, freq="h")
    load = 10 + 5 * np.sin(hours.hour * np.pi / 12) + 3 * (hours.day_of_week < 5)
    history = pd.DataFrame({"series_id": "a", "day": hours, "cost": load})

    made = forecast_panel(panel_of(history[: 24 * 40], step="h"), 48)

    np.testing.assert_allclose(made.expected[0], load[24 * 40 : 24 * 42], rtol=0.1)
    assert made.days[0, 0] == np.datetime64(hours[24 * 40])


@pytest.mark.parametrize(("horizon", "levels"), [(0, (0.95,)), (7, (95,)), (7, (0.0,))])
def test_a_horizon_or_level_out_of_range_is_an_error(
    horizon: int, levels: tuple[float, ...]
) -> None:
    with pytest.raises(ValueError, match=r"at least 1|between 0 and 1"):
        forecast_daily(run("a", [1.0, 2.0]), horizon, levels)


def test_an_empty_history_is_an_empty_forecast() -> None:
    made = forecast_daily(run("a", []), 7)

    assert made.empty
    assert "lower_95" in made.columns


KINDS = {
    "one": [5.0],
    "two": [5.0, 6.0],
    "zeros": [0.0] * 50,
    "constant": [3.0] * 100,
    "nan": [np.nan] * 10,
    "infinite": [np.inf, 1.0, 2.0, -np.inf] * 5,
    "huge": [1e300, 1.0] * 20,
    "tiny": [1e-300, 2e-300] * 20,
    "large": [9e13, 8e13] * 30,
    "credits": [-3.0, -4.0, 2.0] * 15,
    "begun": [0.0] * 60 + [5.0] * 3,
    "ended": [5.0] * 60 + [0.0] * 30,
    "leap": [1.0] * 50 + [1e6] * 50,
}


def test_awkward_series_of_every_kind_are_forecast_or_have_a_reason() -> None:
    history = pd.concat([run(name, costs) for name, costs in KINDS.items()])

    made = forecast_daily(history, 90, (0.5, 0.95))

    assert set(made["series_id"]) == set(KINDS) - {"nan"}
    assert list(made.attrs["problems"]) == ["nan"]
    assert np.isfinite(made.drop(columns=["series_id", "day"])).all(axis=None)
    by_series = made.set_index("series_id")
    assert (by_series.loc["zeros", "forecast"] == 0).all()
    np.testing.assert_allclose(by_series.loc["constant", "forecast"], 3.0, rtol=1e-3)
    assert by_series["upper_95"].max() < 1e15


amounts = st.one_of(
    st.sampled_from([0.0, np.nan, np.inf, -np.inf, -1.0, 1e13, 1e-12]), st.floats(width=64)
)


@settings(deadline=None, max_examples=30)
@given(
    st.dictionaries(st.integers(0, 5), st.lists(amounts, max_size=70), max_size=4),
    st.sampled_from([1, 8, 31]),
    st.integers(0, 2**31),
)
def test_whatever_comes_the_others_are_forecast(
    series: dict[int, list[float]], horizon: int, seed: int
) -> None:
    parts = [run(name, costs) for name, costs in series.items()]
    history = pd.concat([*parts, run("good", weekly(70))])
    history = history[np.random.default_rng(seed).random(len(history)) < 0.9]

    made = forecast_daily(history, horizon)

    names = set(history["series_id"])
    assert set(made["series_id"]) | set(made.attrs["problems"]) == names
    assert "good" in set(made["series_id"])
    numbers = made[["forecast", "lower_95", "upper_95"]]
    assert np.isfinite(numbers).all(axis=None)
    assert (numbers["lower_95"] <= numbers["forecast"]).all()
    assert (numbers["forecast"] <= numbers["upper_95"]).all()
