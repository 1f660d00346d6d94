"""Series by the hour out of sums, and their outlook: a result or a reason, never an exception."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.insights.dimensions import Kind, Series
from cloudledger.insights.hourly_known import HOUR, HourlyCost, series_by_hour
from cloudledger.insights.hourly_outlook import HORIZON, hourly_outlook
from cloudledger.ledger.assess import DayState, Status

START = datetime(2026, 3, 1, tzinfo=UTC)
FIRST, DAY = START.date(), timedelta(days=1)
SERIES = Series("s", Kind.SERVICE, "EUR", {"service_name": "Compute"})


def row(hour: int | None, cost: str, provider: str = "aws", **more: Any) -> dict[str, Any]:
    begin = None if hour is None else START + hour * HOUR
    return {
        "billing_currency": "EUR",
        "provider_name": provider.upper(),
        "service_name": "Compute",
        "provider": provider,
        "charge_hour": begin,
        "effective_cost": cost,
        "last_day": (begin or START).date(),
    } | more


def told(*rows: dict[str, Any], states: list[DayState] | None = None) -> dict[str, HourlyCost]:
    found = pa.Table.from_pylist(
        sorted(rows, key=lambda one: (one["billing_currency"], one["provider_name"]))
    )
    return {one.series.name: one for one in series_by_hour(found, states or [], FIRST)}


def state(provider: str, day: date, arrived: float) -> DayState:
    return DayState(provider, day, Status.FILLING, 1.0, arrived, 90, 100, 30)


def week(provider: str = "aws", days: int = 7) -> list[dict[str, Any]]:
    return [row(hour, "2|0.5", provider) for hour in range(24 * days)]


def test_hours_of_days_still_arriving_are_not_known() -> None:
    states = [state("aws", FIRST + 2 * DAY, 0.9), state("aws", FIRST + 6 * DAY, 0.97)]
    one = told(*week(), states=states)["Compute (EUR)"]
    assert one.end == START + 6 * DAY
    assert one.costs[:48] == one.costs[72:120] == (Decimal("2.5"),) * 48
    assert set(one.costs[48:72]) == {None}
    assert one.remark == "24 hours of days that are not complete are left out"


def test_a_day_of_which_nearly_all_has_arrived_is_known() -> None:
    one = told(*week(), states=[state("aws", FIRST + 6 * DAY, 0.985)])["Compute (EUR)"]
    assert one.end == START + 7 * DAY


def test_nothing_is_told_of_days_that_are_all_still_arriving() -> None:
    states = [state("aws", FIRST + day * DAY, 0.1) for day in range(7)]
    assert told(*week(), states=states)["total (EUR)"].remark == "no day with cost is complete"


def test_a_total_ends_with_the_provider_that_is_behind() -> None:
    other = [one | {"service_name": "Disks"} for one in week("oracle", 5)]
    found = told(*week("aws", 7), *other)
    assert {one.end for one in found.values()} == {START + 5 * DAY, START + 7 * DAY}
    total = found["total (EUR)"]
    assert (total.end, total.costs) == (START + 5 * DAY, (Decimal(5),) * 120)


def test_a_provider_whose_lines_have_no_hours_is_not_waited_for() -> None:
    found = told(*week(), row(None, "105|0", "oracle"))
    assert (found["total (EUR)"].end, found["total (EUR)"].share) == (
        START + 7 * DAY,
        Decimal("0.8"),
    )


def test_a_service_without_a_name_and_sums_of_any_length_are_told() -> None:
    nameless = row(5, f"{10**20}|0.25", service_name=None)
    found = told(nameless, row(6, "1|0", service_name=None))
    (service,) = (one for one in found.values() if one.series.kind is Kind.SERVICE)
    assert service.costs == (None, Decimal(1), *[Decimal(0)] * 17)
    assert service.remark == "1 hours that cost 1e+11 or more are left out"


def test_no_rows_are_no_series() -> None:
    names = [*row(0, "1|0")]
    assert list(series_by_hour(pa.table({name: pa.nulls(0) for name in names}), [], FIRST)) == []


def known(costs: list[float | None]) -> HourlyCost:
    amounts = tuple(None if cost is None else Decimal(repr(cost)) for cost in costs)
    return HourlyCost(SERIES, Decimal(1), START, amounts)


@pytest.mark.parametrize(
    ("costs", "silent", "why"),
    [
        ([1.0] * 71, 0, "71 hours are known, fewer than 72: no forecast"),
        ([1.0] * 400, 169, "the last complete day ended 169 hours ago: no forecast"),
        (
            [1.0] * 300 + [None] * 500 + [1.0] * 24,
            0,
            "less than half of the last four weeks is known: no forecast",
        ),
    ],
)
def test_a_history_that_tells_too_little_has_a_reason(
    costs: list[float | None], silent: int, why: str
) -> None:
    made = hourly_outlook(known(costs), START + (len(costs) + silent) * HOUR)
    assert (made.remark, made.mean, made.seasons) == (why, None, None)


def test_the_hours_between_the_last_known_and_the_run_are_told_too() -> None:
    costs: list[float | None] = [float(1 + hour % 24) for hour in range(24 * 28)]
    made = hourly_outlook(known(costs), START + (len(costs) + 30) * HOUR + timedelta(minutes=59))
    assert made.mean is not None
    assert made.first_hour == START + 28 * DAY
    assert len(made.mean) == 30 + HORIZON
    assert made.mean[:24] == pytest.approx(np.arange(24) + 1, rel=0.05)
    assert made.seasons == "weekly"


hours = st.none() | st.sampled_from([0.0, 1e-9, 1.0, 9e10]) | st.floats(0, 9e10)


@settings(max_examples=40, deadline=None)
@given(st.lists(hours, min_size=1, max_size=30), st.integers(1, 30), st.integers(0, 200))
def test_any_hours_give_finite_nested_bounds_or_a_reason(
    part: list[float | None], times: int, silent: int
) -> None:
    costs = part * times
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = hourly_outlook(known(costs), START + (len(costs) + silent) * HOUR)
    if made.mean is None or made.bounds is None:
        assert made.remark
        return
    sides = [made.bounds[f"lower_{level}"] for level in (95, 80, 50)]
    sides += [made.mean, *(made.bounds[f"upper_{level}"] for level in (50, 80, 95))]
    table = np.array(sides)
    assert np.isfinite(table).all()
    assert (table >= 0).all()
    assert (table * HORIZON < 1e14).all()
    assert (np.diff(table, axis=0) >= 0).all()
