from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.insights.hourly import WEEK, forecast_hourly
from localcloud.samples.token_load import KINDS, hourly_load

END = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOURS = np.arange(6 * WEEK)


def tokens(kind: str, seed: int, hours: int) -> np.ndarray:
    load = hourly_load(kind, seed, hours, END)
    return (load["input_tokens"] + load["output_tokens"]).to_numpy(float)


def rhythm(hours: np.ndarray) -> np.ndarray:
    day = 100 + 80 * np.sin(hours % 24 / 24 * 2 * np.pi)
    return day * np.where(hours // 24 % 7 < 5, 1.0, 0.3)


def test_an_exact_rhythm_of_day_and_week_is_continued() -> None:
    found = forecast_hourly(rhythm(HOURS), WEEK)
    truth = rhythm(np.arange(len(HOURS), len(HOURS) + WEEK))
    assert found.seasons == "weekly"
    assert np.abs(found.mean - truth).mean() < 0.02 * truth.mean()


def test_upper_bounds_hold_and_the_forecast_beats_last_week() -> None:
    held, error, naive = [], [], []
    for kind in KINDS:
        for seed in (101, 102):
            load = tokens(kind, seed, 9 * WEEK)
            history, truth = load[:-WEEK], load[-WEEK:]
            found = forecast_hourly(history, WEEK)
            held.append((truth <= found.quantiles[0.95]).mean())
            error.append(np.abs(truth - found.mean).sum() / truth.sum())
            naive.append(np.abs(truth - history[-WEEK:]).sum() / truth.sum())
    assert 0.9 <= np.mean(held) <= 0.99
    assert np.mean(error) < 0.9 * np.mean(naive)


@pytest.mark.parametrize(
    ("hours", "seasons"), [(1, "none"), (47, "none"), (100, "daily"), (400, "weekly")]
)
def test_seasons_come_with_the_length_of_the_history(hours: int, seasons: str) -> None:
    found = forecast_hourly(tokens("office", 7, hours), 48)
    assert found.seasons == seasons
    assert np.isfinite(found.mean).all()
    assert (found.quantiles[0.95] >= 0).all()


def test_hours_that_are_not_known_change_little() -> None:
    load = rhythm(HOURS)
    holes = load.copy()
    holes[np.random.default_rng(1).random(len(load)) < 0.2] = np.nan
    holes[500:530] = np.nan
    whole, patchy = forecast_hourly(load, WEEK).mean, forecast_hourly(holes, WEEK).mean
    assert np.abs(whole - patchy).mean() < 0.05 * whole.mean()


def test_a_single_spike_does_not_move_the_week_after() -> None:
    load = rhythm(HOURS)
    spiked = load.copy()
    spiked[-30] *= 50
    moved = np.abs(forecast_hourly(spiked, WEEK).mean - forecast_hourly(load, WEEK).mean)
    assert moved.mean() < 0.15 * load.mean()


def test_nothing_known_is_refused() -> None:
    with pytest.raises(ValueError, match="no hour"):
        forecast_hourly(np.full(100, np.nan), 24)


@settings(deadline=None, max_examples=40)
@given(
    load=st.lists(
        st.just(float("nan")) | st.just(0.0) | st.floats(0, 1e12), min_size=1, max_size=800
    ),
    horizon=st.integers(1, 200),
)
def test_any_load_gives_finite_hours_that_are_not_negative(load: list[float], horizon: int) -> None:
    history = np.array(load)
    if np.isnan(history).all():
        return
    found = forecast_hourly(history, horizon, (0.5, 0.95))
    for hours in (found.mean, *found.quantiles.values()):
        assert hours.shape == (horizon,)
        assert np.isfinite(hours).all()
        assert (hours >= 0).all()
        assert (hours <= 1e14).all()
