"""When working hours are, by the clock of a place, on any day of the year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.governance.remediation.hours import hours_at
from cloudledger.governance.remediation.policies import AfterHours


def policy(**other: Any) -> AfterHours:
    told = {
        "name": "nights",
        "kind": "after_hours",
        "scopes": ["dev"],
        "justification": "nobody works at night",
        "timezone": "Europe/Berlin",
        "from": "07:00",
        "to": "19:00",
    } | other
    return AfterHours.model_validate(told)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "working", "since"),
    [
        ("2026-03-16T05:59", False, "2026-03-13T18:00"),  # Monday before seven in winter
        ("2026-03-16T06:00", True, "2026-03-16T06:00"),
        ("2026-03-16T17:59", True, "2026-03-16T06:00"),
        ("2026-03-16T18:00", False, "2026-03-16T18:00"),
        ("2026-03-30T05:00", True, "2026-03-30T05:00"),  # summer time since the day before
        ("2026-03-30T04:59", False, "2026-03-27T18:00"),
        ("2026-10-26T06:00", True, "2026-10-26T06:00"),  # and winter time again
        ("2026-10-26T05:59", False, "2026-10-23T17:00"),
    ],
)
def test_hours_are_those_of_the_clock_there(at: str, working: bool, since: str) -> None:
    assert hours_at(policy(), utc(at)) == (working, utc(since))


def test_holidays_and_weekends_are_not_worked() -> None:
    easter = policy(holidays=["2026-04-03", "2026-04-06"])
    assert hours_at(easter, utc("2026-04-06T10:00")) == (False, utc("2026-04-02T17:00"))
    assert hours_at(easter, utc("2026-04-07T05:00")) == (True, utc("2026-04-07T05:00"))


def test_where_the_clock_is_put_back_both_of_its_readings_are_worked() -> None:
    early = policy(days=["sun"], **{"from": "00:30", "to": "02:30"})
    # 02:30 comes twice on 2026-10-25: at 00:30 and at 01:30 UTC.
    assert hours_at(early, utc("2026-10-25T01:29"))[0] is True
    assert hours_at(early, utc("2026-10-25T01:30")) == (False, utc("2026-10-25T01:30"))


def test_where_the_clock_is_put_forward_hours_begin_before_they_end() -> None:
    # 02:10 to 02:40 is not on 2026-03-29 at all.
    gone = policy(days=["sun"], **{"from": "02:10", "to": "02:40"})
    begin, end = utc("2026-03-29T00:10"), utc("2026-03-29T01:40")
    assert hours_at(gone, begin) == (True, begin)
    assert hours_at(gone, end) == (False, end)


def test_a_place_west_of_the_date_line_has_days_of_its_own() -> None:
    honolulu = policy(timezone="Pacific/Honolulu", days=["mon"])
    assert hours_at(honolulu, utc("2026-03-17T04:59")) == (True, utc("2026-03-16T17:00"))
    assert hours_at(honolulu, utc("2026-03-17T05:00")) == (False, utc("2026-03-17T05:00"))


def test_a_year_of_holidays_is_looked_behind() -> None:
    first = datetime(2026, 1, 2, tzinfo=UTC).date()
    off = [(first + timedelta(days=n)).isoformat() for n in range(330)]
    assert hours_at(policy(holidays=off), utc("2026-11-20T12:00")) == (
        False,
        utc("2026-01-01T18:00"),
    )


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
MINUTES = st.integers(0, 24 * 60 - 1)


@given(
    at=st.integers(0, 4 * 366 * 24 * 60).map(lambda n: FIRST + timedelta(minutes=n)),
    zone=st.sampled_from(ZONES),
    clocks=st.tuples(MINUTES, MINUTES).filter(lambda two: two[0] < two[1]),
    days=st.sets(st.sampled_from(["mon", "wed", "sat", "sun"]), min_size=1),
)
def test_hours_change_over_only_at_the_instant_that_is_told(
    at: datetime, zone: str, clocks: tuple[int, int], days: set[str]
) -> None:
    begin, end = (f"{one // 60:02}:{one % 60:02}" for one in clocks)
    one = policy(timezone=zone, days=sorted(days), **{"from": begin, "to": end})
    working, since = hours_at(one, at)
    assert since <= at
    assert hours_at(one, since) == (working, since)
    assert hours_at(one, since - timedelta(microseconds=1))[0] is not working
    assert hours_at(one, since + (at - since) / 2) == (working, since)
