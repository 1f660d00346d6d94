"""The parts of a forecast, each by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.insights.baselines import baselines
from cloudledger.insights.cold_start import cold_forecast, peer_profile
from cloudledger.insights.combine import between, prior_of, relative_errors, weights_of
from cloudledger.insights.intervals import half_widths
from cloudledger.insights.month_effects import by_length, calendar_of, month_effects
from cloudledger.insights.smoothing import settings_grid, smooth

FIRST = np.datetime64("2025-01-01")


def effects_of(costs: np.ndarray, steps: int = 62):  # type: ignore[no-untyped-def]
    days = (FIRST + np.arange(len(costs) + steps))[None]
    past, ahead = calendar_of(days[:, : len(costs)]), calendar_of(days[:, len(costs) :])
    return month_effects(costs[None], past, ahead, 7), days[0, len(costs) :]


def test_a_calendar_knows_the_ends_of_months() -> None:
    calendar = calendar_of(np.array([["2024-02-28", "2024-02-29", "2024-03-01"]], "datetime64[D]"))

    assert calendar.day.tolist() == [[28, 29, 1]]
    assert calendar.left.tolist() == [[1, 0, 30]]
    assert calendar.length.tolist() == [[29, 29, 31]]


def test_a_fee_that_came_three_times_comes_again_and_one_that_ended_does_not() -> None:
    days = FIRST + np.arange(120)
    fee = 300.0 * (calendar_of(days[None]).day[0] == 10)
    ended = np.where(days < np.datetime64("2025-03-15"), fee, 0.0)
    noise = np.random.default_rng(1).normal(20, 1, 120)

    goes_on, ahead = effects_of(noise + fee)
    is_over, _ = effects_of(noise + ended)

    tenth = calendar_of(ahead[None]).day[0] == 10
    np.testing.assert_allclose(goes_on.ahead[0, tenth], 300, rtol=0.05)
    assert not goes_on.ahead[0, ~tenth].any()
    assert not is_over.ahead.any()


@pytest.mark.parametrize("often", [0.02, 0.1, 0.3])
def test_chance_is_no_month_effect(often: float) -> None:
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(30):
        costs = (rng.random(300) < often) * rng.lognormal(4, 1, 300)
        found += effects_of(costs)[0].ahead.any()

    assert found <= 6


def test_month_length_shows_only_where_it_is() -> None:
    days = (FIRST + np.arange(180))[None]
    calendar = calendar_of(days)
    noise = np.random.default_rng(2).normal(1, 0.002, 180)
    values = np.vstack([900 / calendar.length * noise, 30 * noise, np.full(180, 30.0)])

    assert by_length(values, calendar, 7).tolist() == [True, False, False]


def test_smoothing_follows_a_level_that_stays_and_no_single_day() -> None:
    steady = np.full((3, 100), 5.0) + np.random.default_rng(0).normal(0, 0.1, (3, 100))
    steady[1, 80:] += 4
    steady[2, 99] += 40

    made = smooth(steady, 7, settings_grid(), 7, (1,), np.arange(50, 100)).ahead.mean(axis=(0, 1))

    assert made[0] == pytest.approx(5, abs=0.3)
    assert made[1] > 8
    assert made[2] == pytest.approx(5, abs=0.5)


def test_back_tests_see_nothing_of_what_comes_later() -> None:
    rng = np.random.default_rng(3)
    values = rng.lognormal(0, 0.3, (4, 90))
    changed = values.copy()
    changed[:, 70:] *= 50
    origins = np.arange(60, 90)

    before = smooth(values, 7, settings_grid(), 7, (1, 7), origins).back
    after = smooth(changed, 7, settings_grid(), 7, (1, 7), origins).back
    plain = baselines(values, 7, (1, 7), origins)
    plain_after = baselines(changed, 7, (1, 7), origins)

    for one, other in zip([*before, *plain], [*after, *plain_after], strict=True):
        np.testing.assert_array_equal(one[:10], other[:10])


def test_seasonal_naive_is_the_same_day_of_last_week() -> None:
    values = np.arange(28.0)[None]

    made = baselines(values, 7, (1, 7, 10), np.array([20, 27]))

    assert [of[:, 0, 0].tolist() for of in made] == [[14, 21], [20, 27], [16, 23]]


def test_the_better_candidate_gets_the_weight_and_the_prior_decides_without_history() -> None:
    errors = np.array([[[1.0, np.nan], [2.0, np.nan], [3.0, np.nan]]])
    days = np.array([[100.0, 0.0]])
    relative = relative_errors(errors)
    prior = np.array([[1.2, 0.8, 1.0]])

    weights = weights_of(relative, days, prior, (7,))

    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
    assert weights[0, :, 0].argmax() == 0
    assert weights[0, :, 1].argmax() == 1
    assert prior_of(relative, days).shape == (1, 3)


def test_steps_between_horizons_share_their_weights() -> None:
    np.testing.assert_allclose(between((1, 3), 3), [[1, 0], [0.5, 0.5], [0, 1]])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 200), st.floats(0.1, 10), st.integers(0, 1000))
def test_intervals_nest_and_widen(tested: int, size: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    errors = [np.full((112, 3), np.nan, np.float32) for _ in range(2)]
    for made in errors:
        made[112 - min(tested, 112) :] = size * rng.normal(0, 1, (min(tested, 112), 3))

    widths = half_widths(errors, np.array([30, 60, 400]), (7, 30), (0.5, 0.8, 0.95))

    assert np.isfinite(widths).all()
    assert (np.diff(widths, axis=0) >= 0).all()
    assert (np.diff(widths, axis=1) >= 0).all()


def test_intervals_cover_as_often_as_they_say() -> None:
    rng = np.random.default_rng(9)
    errors = [rng.standard_t(4, (112, 200)).astype(np.float32)]

    widths = half_widths(errors, np.full(200, 800), (1,), (0.5, 0.8, 0.95))[:, 0]

    new = np.abs(rng.standard_t(4, (2000, 200)))
    for width, level in zip(widths, (0.5, 0.8, 0.95), strict=True):
        assert (new <= width).mean() == pytest.approx(level, abs=0.03)


def test_a_young_series_takes_its_peers_week() -> None:
    week = np.array([1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5])
    last = np.full(6, FIRST)
    phase = (last.astype(int)[:, None] + np.arange(-39, 1)) % 7
    values = week[phase] * np.array([[10.0], [20], [30], [5], [8], [4]])
    values[5, :36] = np.nan

    profile = peer_profile(values, last, 7)
    made = cold_forecast(values[5:, -14:], last[5:], 7, profile)

    ahead = (last[:1].astype(int)[:, None] + np.arange(1, 8)) % 7
    np.testing.assert_allclose(made, 4 * week[ahead], rtol=0.05)
