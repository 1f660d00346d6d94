from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.insights.capacity import CapacityPlan, plan
from cloudledger.insights.scaling import ScalingPolicy
from localcloud.samples.token_load import hourly_load

END = datetime(2026, 3, 2, 9, tzinfo=UTC)


def frame(loads: Any, end: datetime = END) -> pd.DataFrame:
    hours = [end - timedelta(hours=len(loads) - hour) for hour in range(len(loads))]
    return pd.DataFrame({"timestamp": hours, "load": loads})


def tokens(kind: str, days: int = 60, seed: int = 5, end: datetime = END) -> pd.DataFrame:
    load = hourly_load(kind, seed, days * 24, end)
    return pd.DataFrame(
        {"timestamp": load["timestamp"], "load": load["input_tokens"] + load["output_tokens"]}
    )


def test_a_steady_load_needs_what_the_target_says() -> None:
    found = plan(frame([700.0] * 24 * 40), 100, 12, policy=ScalingPolicy(target_utilisation=0.7))
    assert found.desired_units == 10
    assert found.as_of == END
    assert found.hours[0].hour == END
    assert len(found.hours) == 168
    assert {one.desired_units for one in found.hours} == {10}
    assert found.utilisation == pytest.approx(Decimal(700) / 1200, abs=Decimal("1e-6"))
    assert found.band == "normal"
    assert found.shares == {
        "idle": 0,
        "normal": 1,
        "high": 0,
        "critical": 0,
    }
    assert found.headroom == pytest.approx(Decimal(1) - Decimal(700) / 1200, abs=Decimal("0.01"))
    assert found.short_from is None
    assert found.reached is not None
    assert found.reached.day is None
    assert found.reason == ""


def test_a_day_s_rhythm_is_followed_and_the_bounds_are_kept() -> None:
    policy = ScalingPolicy(min_units=2, max_units=6, low_periods=3)
    history = tokens("office")
    found = plan(history, float(history["load"].max()) / 6, 4, policy=policy)
    units = [one.desired_units for one in found.hours]
    assert min(units) == 2
    assert max(units) == 6
    assert found.short_from is not None
    short = next(one for one in found.hours if one.hour == found.short_from)
    assert short.units_needed > 6
    assert short.desired_units == 6


def test_up_is_at_once_and_down_waits_for_the_low_hours_that_were_observed() -> None:
    low_then = [1000.0] * 24 * 30 + [100.0] * 5
    hold = plan(frame(low_then), 100, 15, policy=ScalingPolicy(low_periods=12))
    assert hold.desired_units == 15
    assert plan(frame([1000.0] * 24 * 30), 100, 3).desired_units == 15


def test_the_lead_time_is_looked_ahead() -> None:
    ended_at_ten = frame([100.0] * 24 * 30, END + timedelta(hours=1))
    noon = pd.to_datetime(ended_at_ten["timestamp"]).dt.hour == 12
    history = ended_at_ten.assign(load=np.where(noon, 1000.0, 100.0))
    at_once, early = (
        plan(history, 100, 2, policy=ScalingPolicy(lead_hours=lead)).desired_units
        for lead in (0, 2)
    )
    assert at_once < early
    assert early >= 14


def test_the_limit_s_date_is_that_of_the_weekly_peaks() -> None:
    hours = np.arange(24 * 7 * 20)
    day = hours / 24
    wave = np.where(hours % 24 == 14, 1.0, 0.4) * np.where(hours // 24 % 7 == 2, 1.0, 0.8)
    end = datetime(2026, 6, 1, tzinfo=UTC)
    found = plan(frame((1000 + 10 * day) * wave, end), 100, 30, limit=3000)
    assert found.growth is not None
    assert found.growth.kind == "linear"
    assert found.reached is not None
    assert found.reached.day is not None
    exact = (end - timedelta(days=140)).date() + timedelta(days=200)
    assert abs((found.reached.day - exact).days) <= 1
    assert found.limit == 3000


def test_nothing_later_than_the_instant_is_known() -> None:
    history = tokens("growing")
    at = END - timedelta(days=9)
    known = history[history["timestamp"] + timedelta(hours=1) <= at]
    with_future, without = plan(history, 5e5, 4, as_of=at), plan(known, 5e5, 4, as_of=at)
    assert with_future.hours == without.hours
    assert with_future.growth == without.growth
    assert without.hours[0].hour == at


def test_hours_that_have_not_arrived_are_forecast_and_take_nothing_down() -> None:
    history = frame([700.0] * 24 * 20)
    found = plan(history, 100, 40, as_of=END + timedelta(hours=4))
    assert found.hours[0].hour == END + timedelta(hours=4)
    assert found.desired_units == 40
    assert "nothing has arrived of the last 4 hours" in found.problems


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (frame([]), "no hour of the history has a load"),
        (frame([float("nan")] * 30), "no hour of the history has a load"),
        (frame([-1.0, float("inf")]), "no hour of the history has a load"),
        (frame([5.0] * 30, END - timedelta(days=8)), "the last known hour ended 192 hours ago"),
    ],
)
def test_a_history_that_tells_nothing_keeps_the_units_and_says_why(
    history: pd.DataFrame, reason: str
) -> None:
    found = plan(history, 100, 9, policy=ScalingPolicy(max_units=7), as_of=END)
    assert found.desired_units == 7
    assert found.hours == ()
    assert found.band == "unknown"
    assert reason in found.reason


@pytest.mark.parametrize(
    ("loads", "units"), [([5.0], 1), ([0.0] * 100, 1), ([3.0] * 30, 1), ([700.0] * 40, 10)]
)
def test_short_constant_and_idle_loads_have_a_plan(loads: list[float], units: int) -> None:
    found = plan(frame(loads), 100, 1)
    assert found.reason == ""
    assert found.desired_units == units


@pytest.mark.parametrize(
    "wrong",
    [
        {"capacity_per_unit": 0},
        {"capacity_per_unit": float("nan")},
        {"current_units": -1},
        {"horizon_hours": 0},
        {"limit": -5},
    ],
)
def test_an_argument_that_no_plan_can_be_made_with_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="|".join(wrong)):
        plan(**({"history": frame([1.0]), "capacity_per_unit": 10, "current_units": 1} | wrong))


LOADS = st.lists(
    st.floats(0, 1e11) | st.sampled_from([0.0, -3.0, float("nan"), float("inf")]), max_size=500
)


def numbers(found: CapacityPlan) -> list[Decimal]:
    amounts = [one for hour in found.hours for one in (hour.forecast, hour.upper, hour.utilisation)]
    shares = [*found.shares.values()] if found.shares else []
    given = [*amounts, *shares, found.headroom, found.utilisation, found.limit]
    return [one for one in given if one is not None]


@settings(deadline=None, max_examples=50)
@given(
    loads=LOADS,
    capacity=st.floats(0.01, 1e9),
    current=st.integers(0, 50),
    least=st.integers(0, 5),
    more=st.none() | st.integers(1, 100),
    periods=st.integers(1, 12),
    gaps=st.sampled_from(["unknown", "zero"]),
)
def test_any_history_gives_a_plan_within_the_bounds_with_every_number_finite(
    loads: list[float],
    capacity: float,
    current: int,
    least: int,
    more: int | None,
    periods: int,
    gaps: Any,
) -> None:
    most = None if more is None else least + more
    policy = ScalingPolicy(min_units=least, max_units=most, low_periods=periods)
    found = plan(frame(loads), capacity, current, policy=policy, horizon_hours=48, gaps=gaps)
    units = [found.desired_units, *(one.desired_units for one in found.hours)]
    assert all(policy.bounded(one) == one for one in units)
    assert found.reason or found.hours
    assert all(one.is_finite() for one in numbers(found))
    assert all(hour.upper >= hour.forecast >= 0 for hour in found.hours)
    for before, after in zip(found.hours, found.hours[1:], strict=False):
        if after.desired_units < before.desired_units:
            assert policy.bounded(after.units_needed) < before.desired_units
