"""Quiet hours and digests, by the channel's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.alerting.config import QuietHours
from cloudledger.alerting.hours import digest_after, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]
).map(ZoneInfo)
CLOCKS = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
QUIET = st.tuples(CLOCKS, CLOCKS, st.booleans()).filter(lambda made: made[0] != made[1])
INSTANTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 12, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def quiet(start: str, end: str, weekends: bool = False) -> QuietHours:
    return QuietHours.model_validate({"from": start, "to": end, "weekends": weekends})


def reigns(hours: QuietHours, zone: ZoneInfo, at: datetime) -> bool:
    local = at.astimezone(zone)
    return (hours.weekends and local.weekday() >= 5) or hours.at_clock(local.time())


@given(QUIET, ZONES, INSTANTS)
def test_it_ends_at_the_first_loud_instant(
    said: tuple[str, str, bool], zone: ZoneInfo, at: datetime
) -> None:
    hours = quiet(*said)
    until = quiet_until(hours, zone, at)
    if until is None:
        assert not reigns(hours, zone, at)
        return
    assert not reigns(hours, zone, until)
    steps = int((until - at) / timedelta(minutes=15)) + 1
    between = (at + timedelta(minutes=15 * step) for step in range(steps))
    assert all(reigns(hours, zone, one) for one in between if one < until)


@given(st.integers(0, 23), ZONES, INSTANTS)
def test_a_digest_comes_within_a_day_and_an_hour_and_in_the_future(
    hour: int, zone: ZoneInfo, at: datetime
) -> None:
    due = digest_after(hour, None, zone, at)
    assert timedelta(0) < due - at <= timedelta(hours=25)
    assert digest_after(hour, None, zone, due) > due


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-03-10T18:59", None),
        ("2026-03-10T19:00", "2026-03-11T06:00"),  # winter: Berlin is an hour ahead
        ("2026-03-28T22:00", "2026-03-29T05:00"),  # the clock is put forward in that night
        ("2026-07-01T18:00", "2026-07-02T05:00"),
        ("2026-10-24T22:00", "2026-10-25T06:00"),  # and back in that one
        ("2026-03-11T05:59", "2026-03-11T06:00"),
        ("2026-03-11T06:00", None),
    ],
)
def test_a_night_ends_by_the_channels_clock(at: str, until: str | None) -> None:
    found = quiet_until(quiet("20:00", "07:00"), BERLIN, datetime.fromisoformat(at + "+00:00"))
    assert found == (None if until is None else datetime.fromisoformat(until + "+00:00"))


def test_a_quiet_weekend_lasts_until_monday_morning() -> None:
    friday = datetime(2026, 3, 13, 20, tzinfo=UTC)
    monday = datetime(2026, 3, 16, 6, tzinfo=UTC)
    assert quiet_until(quiet("20:00", "07:00", weekends=True), BERLIN, friday) == monday


def test_a_digest_never_breaks_the_peace_of_a_weekend() -> None:
    friday = datetime(2026, 3, 13, 12, tzinfo=UTC)
    hours = quiet("20:00", "07:00", weekends=True)
    assert digest_after(8, hours, BERLIN, friday) == datetime(2026, 3, 16, 7, tzinfo=UTC)


@pytest.mark.parametrize(("at", "until"), [("00:10", "00:30"), ("01:10", "01:30")])
def test_an_hour_that_comes_twice_has_its_end_twice(at: str, until: str) -> None:
    found = quiet_until(
        quiet("20:00", "02:30"), BERLIN, datetime.fromisoformat(f"2026-10-25T{at}+00:00")
    )
    assert found == datetime.fromisoformat(f"2026-10-25T{until}+00:00")
