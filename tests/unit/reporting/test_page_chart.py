"""The drawing of a forecast: in its frame, joined to the history, the wider interval below."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.reporting.page_chart import chart

FIRST = date(2026, 3, 1)
DAY = timedelta(days=1)
AMOUNTS = st.decimals(-(10**13), 10**13, allow_nan=False, places=4)


def ahead(costs: list[Decimal], begin: date, bounds: bool = True) -> list[dict[str, Any]]:
    wide = {"lower_80": -1, "upper_80": 1, "lower_95": -2, "upper_95": 2}
    return [
        {"charge_day": begin + number * DAY, "forecast_cost": cost}
        | {name: cost + by if bounds else None for name, by in wide.items()}
        for number, cost in enumerate(costs)
    ]


def past(costs: list[Decimal]) -> list[tuple[date, Decimal]]:
    return [(FIRST + number * DAY, cost) for number, cost in enumerate(costs)]


def places(points: str) -> list[tuple[float, float]]:
    pairs = (pair.split(",") for pair in points.split())
    return [(float(x), float(y)) for x, y in pairs]


def test_without_a_forecast_there_is_nothing_to_draw() -> None:
    assert chart(past([Decimal(1)]), [], width=100, height=50) is None


def test_the_forecast_goes_on_where_the_history_ends() -> None:
    made = chart(
        past([Decimal(0), Decimal(4)]),
        ahead([Decimal(4), Decimal(8)], FIRST + 2 * DAY),
        width=90,
        height=100,
    )
    assert made is not None
    assert places(made.history) == [(0, 100), (30, 60)]
    assert places(made.forecast) == [(30, 60), (60, 60), (90, 20)]
    assert places(made.bands[95]) == [(60, 40), (90, 0), (90, 40), (60, 80)]
    assert list(made.bands) == [95, 80]
    assert [(tick.at, tick.value) for tick in made.amounts] == [
        (100, 0), (80, 2), (60, 4), (40, 6), (20, 8), (0, 10),
    ]  # fmt: skip
    assert [(tick.at, tick.value) for tick in made.days] == [(0, FIRST)]


def test_a_forecaster_without_intervals_has_no_bands() -> None:
    made = chart([], ahead([Decimal(1)], FIRST, bounds=False), width=90, height=100)
    assert made is not None
    assert made.bands == {}
    assert places(made.forecast) == [(0, 0)]


def test_long_spans_have_room_between_their_dates() -> None:
    made = chart([], ahead([Decimal(1)] * 400, FIRST), width=720, height=100)
    assert made is not None
    assert 3 <= len(made.days) <= 8
    assert {tick.value.day for tick in made.days if isinstance(tick.value, date)} == {1}


def test_hours_have_their_midnights_marked() -> None:
    begin = datetime(2026, 3, 1, 6, tzinfo=UTC)
    hours = [begin + number * timedelta(hours=1) for number in range(15 * 24)]
    rows = [{"charge_hour": hour, "forecast_cost": Decimal(1)} for hour in hours[-48:]]
    empty = dict.fromkeys(("lower_80", "upper_80", "lower_95", "upper_95"))
    made = chart(
        [(hour, Decimal(1)) for hour in hours[:-48]],
        [row | empty for row in rows],
        width=720,
        height=100,
        instant="charge_hour",
    )
    assert made is not None
    assert [tick.value for tick in made.days] == [FIRST + day * DAY for day in range(1, 15, 2)]
    assert made.days[0].at == round(720 * 18 / 359, 1)
    assert len(places(made.forecast)) == 49


@given(st.lists(AMOUNTS, max_size=40), st.lists(AMOUNTS, min_size=1, max_size=40))
def test_everything_lies_in_the_frame(before: list[Decimal], after: list[Decimal]) -> None:
    made = chart(past(before), ahead(after, FIRST + len(before) * DAY), width=720, height=200)
    assert made is not None
    drawn = (made.history, made.forecast, *made.bands.values())
    for x, y in (place for points in drawn for place in places(points)):
        assert 0 <= x <= 720
        assert 0 <= y <= 200
    assert 2 <= len(made.amounts) <= 8
    assert all(-0.1 <= tick.at <= 200.1 for tick in made.amounts)
    assert 0 in [tick.value for tick in made.amounts]


@pytest.mark.parametrize("cost", ["0", "0.000001", "99999999999999"])
def test_any_size_has_a_scale(cost: str) -> None:
    made = chart([], ahead([Decimal(cost)], FIRST, bounds=False), width=90, height=100)
    assert made is not None
    assert len(made.amounts) >= 2
