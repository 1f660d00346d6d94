"""Shares by age on hand-made days: what is learned, what is stated, how the two are mixed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cloudledger.ledger.arrival_curve import (
    DELAYS,
    SETTLED,
    Curve,
    day_end,
    learn,
    lines_by_delivery,
    stated_share,
)

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
SIX_HOURLY = [
    *((-18 * HOUR, 10), (-12 * HOUR, 30), (-6 * HOUR, 50), (0 * HOUR, 70)),
    *((6 * HOUR, 90), (12 * HOUR, 96), (24 * HOUR, 99), (48 * HOUR, 100)),
]


def shares(curve: Curve, *ages: timedelta) -> list[float]:
    return [curve.at(age).share for age in ages]


@pytest.mark.parametrize(
    ("age", "delay", "share"),
    [
        (-24, 24, 0.0),
        (-12, 24, 0.125),
        (0, 24, 0.5),
        (12, 24, 0.875),
        (24, 24, 1.0),
        (0, 48, 0.25),
        (24, 48, 0.75),
        (48, 48, 1.0),
        (500, 24, 1.0),
    ],
)
def test_what_a_provider_states_is_two_triangles(age: int, delay: int, share: float) -> None:
    assert stated_share(age * HOUR, delay * HOUR) == pytest.approx(share)


def test_seven_equal_days_are_the_curve() -> None:
    curve = learn([SIX_HOURLY] * 7, DELAYS["oci_cost"])
    at = [-18 * HOUR, -7 * HOUR, 0 * HOUR, 5 * HOUR, 6 * HOUR, 25 * HOUR, 49 * HOUR]
    assert shares(curve, *at) == [0.1, 0.3, 0.7, 0.7, 0.9, 0.99, 1.0]
    assert curve.at(6 * HOUR).days == 7


def test_before_the_day_nothing_has_arrived_and_once_settled_all_has() -> None:
    curve = learn([], DELAYS["oci_cost"])
    assert shares(curve, -25 * HOUR, SETTLED) == [0.0, 1.0]


def test_fewer_days_are_mixed_with_what_is_stated() -> None:
    """Two days of seven saw 90 % six hours after the end; stated are 71.875 %."""
    curve = learn([SIX_HOURLY] * 2, DELAYS["oci_cost"])
    assert stated_share(6 * HOUR, 24 * HOUR) == 0.71875
    assert curve.at(6 * HOUR).share == pytest.approx(2 / 7 * 0.9 + 5 / 7 * 0.71875)
    assert curve.at(6 * HOUR).days == 2


def test_without_history_the_curve_is_what_is_stated() -> None:
    curve = learn([], 24 * HOUR)
    assert shares(curve, -12 * HOUR, 0 * HOUR, 24 * HOUR) == [0.125, 0.5, 1.0]
    assert curve.at(0 * HOUR).days == 0


def test_one_odd_day_moves_the_cautious_share_and_not_the_usual_one() -> None:
    late = [*((age, lines // 2) for age, lines in SIX_HOURLY[:-1]), (48 * HOUR, 100)]
    curve = learn([SIX_HOURLY] * 9 + [late] * 2, DELAYS["oci_cost"])
    assert curve.at(6 * HOUR).share == 0.9
    assert curve.at(6 * HOUR).low == 0.45


def test_a_share_never_falls_nor_passes_the_whole() -> None:
    """A rewritten month takes lines away again."""
    shrinking = [(0 * HOUR, 110), (24 * HOUR, 110), (48 * HOUR, 100)]
    dented = [(0 * HOUR, 80), (24 * HOUR, 70), (48 * HOUR, 100)]
    for days in ([shrinking] * 8, [dented] * 8):
        curve = learn(days, DELAYS["oci_cost"])
        seen = [step.share for step in curve.steps]
        assert seen == sorted(seen)
        assert max(seen) == 1.0
    assert shares(learn([dented] * 8, 24 * HOUR), 24 * HOUR, 48 * HOUR) == [0.8, 1.0]


def test_ages_that_no_delivery_has_are_no_higher_than_the_next_that_one_has() -> None:
    weekly = [(100 * HOUR, 60), (268 * HOUR, 100)]
    curve = learn([weekly] * 8, 24 * HOUR)
    assert shares(curve, 50 * HOUR, 100 * HOUR, 250 * HOUR, 268 * HOUR) == [0.6, 0.6, 1.0, 1.0]


def test_a_day_that_ends_without_a_line_teaches_nothing() -> None:
    assert learn([[(0 * HOUR, 0)], []], 24 * HOUR) == learn([], 24 * HOUR)


def test_the_lines_that_had_arrived_by_each_delivery() -> None:
    day = date(2026, 3, 1)
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert day_end(day) == midnight
    changes = [(midnight - 6 * HOUR, 40), (midnight + HOUR, 50), (midnight + 2 * DAY, -5)]
    deliveries = [midnight - 6 * HOUR, midnight, midnight + HOUR, midnight + 3 * DAY]
    assert lines_by_delivery(deliveries, changes, day) == [
        (-6 * HOUR, 40),
        (0 * HOUR, 40),
        (HOUR, 90),
        (3 * DAY, 85),
    ]
