from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.insights.scaling import (
    ScalingPolicy,
    band_of,
    units_over_time,
    utilisation_of,
)

UNITS = st.integers(0, 60)


@st.composite
def policies(draw: st.DrawFn) -> ScalingPolicy:
    least = draw(st.integers(0, 20))
    most = draw(st.none() | st.integers(max(1, least), 40))
    return ScalingPolicy(min_units=least, max_units=most, low_periods=draw(st.integers(1, 8)))


@given(
    needed=st.lists(UNITS, min_size=1, max_size=60),
    past=st.lists(st.none() | UNITS, max_size=10),
    current=UNITS,
    policy=policies(),
)
def test_bounds_hold_up_is_at_once_and_down_only_after_enough_low_hours(
    needed: list[int], past: list[int | None], current: int, policy: ScalingPolicy
) -> None:
    planned = units_over_time(needed, past, current, policy)
    assert len(planned) == len(needed)
    before = policy.bounded(current)
    hours = [*past, *needed]
    for at, (units, need) in enumerate(zip(planned, needed, strict=True), start=len(past)):
        assert policy.bounded(units) == units
        assert units >= policy.bounded(need)
        if units > before:
            assert units == policy.bounded(need)
        if units < before:
            low = hours[max(0, at - policy.low_periods + 1) : at + 1]
            assert len(low) == policy.low_periods
            assert None not in low
            assert max(policy.bounded(one) for one in low if one is not None) == units
        before = units


def test_one_quiet_hour_takes_nothing_down_and_six_do() -> None:
    policy = ScalingPolicy(low_periods=6)
    needed = [8, 2, 8, 2, 2, 2, 3, 2, 2, 2]
    assert units_over_time(needed, [8] * 5, 8, policy) == [8] * 8 + [3, 3]


def test_hours_of_which_nothing_is_known_are_no_reason_to_go_down() -> None:
    policy = ScalingPolicy(low_periods=3)
    assert units_over_time([2, 2, 2], [2, None], 8, policy) == [8, 8, 2]
    assert units_over_time([2], [2, 2], 8, policy) == [2]


def test_what_the_past_needed_takes_nothing_up() -> None:
    assert units_over_time([3], [12, 12], 5, ScalingPolicy(low_periods=3)) == [5]


@pytest.mark.parametrize(
    ("utilisation", "band"),
    [
        (0.0, "idle"),
        (0.399, "idle"),
        (0.4, "normal"),
        (0.7, "high"),
        (0.85, "high"),
        (0.851, "critical"),
        (float("inf"), "critical"),
        (None, "unknown"),
    ],
)
def test_bands(utilisation: float | None, band: str) -> None:
    assert band_of(utilisation) == band


def test_no_units_carry_nothing() -> None:
    assert utilisation_of(0, 0, 10) == 0
    assert band_of(utilisation_of(5, 0, 10)) == "critical"


def test_needed_units_keep_the_target() -> None:
    policy = ScalingPolicy(target_utilisation=0.5)
    assert [policy.needed(load, 10) for load in (0, 5, 5.1, 50)] == [0, 1, 2, 10]


def test_the_upper_load_must_not_be_critical() -> None:
    policy = ScalingPolicy(target_utilisation=0.5)
    assert policy.needed(5, 10, upper=8.5) == 1
    assert policy.needed(5, 10, upper=8.6) == 2
    assert ScalingPolicy(target_utilisation=0.9).needed(9, 10, upper=9) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_units": -1},
        {"min_units": 5, "max_units": 4},
        {"min_units": 0, "max_units": 0},
        {"target_utilisation": 0.0},
        {"target_utilisation": 1.1},
        {"low_periods": 0},
        {"lead_hours": -1},
        {"quantile": 1.0},
    ],
)
def test_a_rule_that_cannot_be_kept_is_named(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="|".join(wrong)):
        ScalingPolicy(**wrong)  # type: ignore[arg-type]
