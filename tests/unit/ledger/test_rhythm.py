"""When a source is stalled: gaps counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cloudledger.ledger.rhythm import Pace, hours, rhythm

HOUR = timedelta(hours=1)
START = datetime(2026, 3, 1, tzinfo=UTC)


def every(span: timedelta, count: int) -> list[datetime]:
    return [START + number * span for number in range(count)]


def test_six_hourly_objects_may_be_silent_for_twelve_hours() -> None:
    instants = every(6 * HOUR, 21)
    last = instants[-1]
    found = rhythm("oci", instants, last + 12 * HOUR)
    assert (found.usual_gap, found.limit) == (6 * HOUR, 12 * HOUR)
    assert (found.pace, found.stalled_since) == (Pace.ARRIVING, None)
    later = rhythm("oci", instants, last + 12 * HOUR + timedelta(seconds=1))
    assert (later.pace, later.stalled_since) == (Pace.STALLED, last + 12 * HOUR)


def test_a_daily_source_may_be_silent_for_two_days() -> None:
    instants = every(24 * HOUR, 10)
    assert rhythm("aws", instants, instants[-1] + 47 * HOUR).pace is Pace.ARRIVING
    assert rhythm("aws", instants, instants[-1] + 49 * HOUR).pace is Pace.STALLED


def test_a_source_that_comes_each_hour_has_half_a_day() -> None:
    instants = every(2 * HOUR, 30)
    assert rhythm("gcp", instants, instants[-1]).limit == 12 * HOUR


def test_the_files_of_one_delivery_are_one() -> None:
    minute = timedelta(minutes=1)
    files = [at + part * minute for at in every(24 * HOUR, 6) for part in range(50)]
    found = rhythm("aws", files, files[-1])
    assert found.deliveries == 6
    assert found.usual_gap == 24 * HOUR - 49 * minute


def test_one_long_gap_in_twenty_is_usual_and_one_in_forty_is_not() -> None:
    def with_one_long(count: int) -> list[datetime]:
        return [at + (20 * HOUR if at > START else 0 * HOUR) for at in every(6 * HOUR, count)]

    assert rhythm("s", with_one_long(21), START + 3000 * HOUR).usual_gap == 26 * HOUR
    assert rhythm("s", with_one_long(41), START + 3000 * HOUR).usual_gap == 6 * HOUR


@pytest.mark.parametrize("count", [0, 1, 4])
def test_too_few_deliveries_never_alarm_and_say_so(count: int) -> None:
    found = rhythm("new", every(6 * HOUR, count), START + 9999 * HOUR)
    assert (found.pace, found.limit, found.stalled_since) == (Pace.UNKNOWN, None, None)
    assert found.deliveries == count
    assert ("too few" if count else "no object has ever arrived") in str(found)


def test_the_words_name_the_wait_the_last_arrival_and_the_limit() -> None:
    instants = every(6 * HOUR, 9)
    assert str(rhythm("oci_main", instants, instants[-1] + 30 * HOUR)) == (
        "oci_main: no object for 30 h, the last one 2026-03-03 00:00 UTC; usually one comes "
        "within 6 h, the limit is 12 h"
    )


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(minutes=45), "45 min"),
        (6 * HOUR, "6 h"),
        (6.5 * HOUR, "6.5 h"),
        (60 * HOUR, "2.5 days"),
    ],
)
def test_spans_in_words(span: timedelta, text: str) -> None:
    assert hours(span) == text
