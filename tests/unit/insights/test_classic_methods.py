"""The articles' detectors and forecasters do what their names say, and survive any history."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudledger.insights.classic_detectors import DETECTORS
from cloudledger.insights.classic_forecasters import FORECASTERS

DAYS = pd.date_range("2025-01-06", periods=120, freq="D")


def _history(costs, name="a"):
    return pd.DataFrame({"series_id": name, "day": DAYS[: len(costs)], "cost": costs})


def _weekly():
    return np.where(DAYS.day_of_week < 5, 100.0, 60.0)


@pytest.mark.parametrize("name", DETECTORS)
def test_a_day_of_ten_times_the_cost_stands_out(name):
    costs = _weekly() + np.random.default_rng(1).normal(0, 3, 120)
    costs[80] = 1000.0
    scored = DETECTORS[name](_history(costs), "balanced")
    assert scored["is_anomaly"][80]
    assert scored["score"].idxmax() == 80
    assert scored["expected"][40] == pytest.approx(costs.mean(), rel=0.5)


@pytest.mark.parametrize("name", DETECTORS)
def test_a_flat_fee_has_no_anomaly(name):
    scored = DETECTORS[name](_history(np.full(120, 0.1)), "high")
    assert not scored["is_anomaly"].any()


@pytest.mark.parametrize("name", DETECTORS)
def test_a_higher_sensitivity_names_no_fewer_days(name):
    costs = np.random.default_rng(2).lognormal(3, 0.8, 120)
    named = [
        set(np.flatnonzero(DETECTORS[name](_history(costs), which)["is_anomaly"]))
        for which in ("low", "balanced", "high")
    ]
    assert named[0] <= named[1] <= named[2]
    assert named[0] < named[2]


def test_the_vote_names_days_that_both_name():
    history = _history(np.random.default_rng(3).lognormal(3, 0.8, 120))
    vote, mad, forest = (
        DETECTORS[name](history, "balanced")["is_anomaly"]
        for name in ("mad_and_forest", "mad", "isolation_forest")
    )
    assert vote.equals(mad & forest)
    assert vote.any()


def test_an_unknown_sensitivity_is_refused_with_those_known():
    with pytest.raises(ValueError, match="no sensitivity 'loud': choose one of low"):
        DETECTORS["mad"](_history(_weekly()), "loud")


def test_a_line_is_drawn_on():
    told = FORECASTERS["linear_regression"](_history(10 + 2.0 * np.arange(60)), 10, (0.95,))
    assert told["forecast"].to_numpy() == pytest.approx(10 + 2.0 * np.arange(60, 70))
    assert told["day"].tolist() == list(DAYS[60:70])


def test_a_lines_interval_is_196_deviations_of_its_residuals():
    costs = 50 + np.tile([5.0, -5.0], 50)
    told = FORECASTERS["linear_regression"](_history(costs), 3, (0.95,))
    assert (told["upper_95"] - told["forecast"]).to_numpy() == pytest.approx(1.96 * 5, rel=0.01)
    assert (told["forecast"] - told["lower_95"]).to_numpy() == pytest.approx(1.96 * 5, rel=0.01)


def test_smoothing_ends_at_the_level_of_the_last_days():
    costs = np.concatenate([np.full(60, 10.0), np.full(40, 30.0)])
    told = FORECASTERS["exponential_smoothing"](_history(costs), 5, (0.5, 0.95))
    assert told["forecast"].to_numpy() == pytest.approx(30.0, rel=0.01)
    assert (told["upper_50"] < told["upper_95"]).all()
    assert np.diff(told["upper_95"]).min() > 0


def test_holt_winters_repeats_the_week_and_follows_the_trend():
    costs = _weekly() + 0.5 * np.arange(120)
    told = FORECASTERS["holt_winters"](_history(costs[:90]), 30, (0.95,))
    assert told["forecast"].to_numpy() == pytest.approx(costs[90:], rel=0.05)


COSTS = st.one_of(
    st.floats(-1e6, 1e6),
    st.sampled_from([0.0, np.nan, np.inf, -np.inf, 1e-30, 1e13]),
)


@pytest.mark.parametrize("name", [*DETECTORS, *FORECASTERS])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(costs=st.lists(st.tuples(st.integers(0, 40), COSTS), max_size=30))
def test_any_history_gives_numbers_or_nothing(name, costs):
    one = pd.DataFrame(
        {
            "series_id": ["a", *["b"] * len(costs)],
            "day": DAYS[[0, *(day for day, _ in costs)]],
            "cost": [5.0, *(cost for _, cost in costs)],
        }
    )
    if name in DETECTORS:
        out = DETECTORS[name](one, "balanced")[["expected", "score"]]
    else:
        out = FORECASTERS[name](one, 9, (0.95,))[["forecast", "lower_95", "upper_95"]]
    assert np.isfinite(out.to_numpy(np.float64)).all()
    assert len(out) >= 1


@pytest.mark.parametrize("name", [*DETECTORS, *FORECASTERS])
def test_nothing_gives_nothing(name):
    empty = _history(np.array([]))
    made = (
        DETECTORS[name](empty, "balanced") if name in DETECTORS else FORECASTERS[name](empty, 3, ())
    )
    assert made.empty
    assert {"series_id", "day"} <= set(made.columns)
