"""Days and sources of hand-made arrivals: shares, statuses, and nothing of the future."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from cloudledger.ledger.arrivals import Arrival
from cloudledger.ledger.assess import Assessment, DayState, Status, assess

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST = date(2026, 3, 1)
SIX_HOURLY = {6: 20, 12: 20, 18: 20, 24: 20, 30: 15, 48: 5}
"""Lines of each day by the hour after its start at which they arrive: 100 in all."""

NIGHT = datetime(2026, 4, 1, 2, tzinfo=UTC)


def arrivals(
    days: int, source: str = "oci", plan: dict[int, int] = SIX_HOURLY, provider: str = "oracle"
) -> Iterator[Arrival]:
    """Each day's lines as ``plan`` has them."""
    for number in range(days):
        day = FIRST + number * DAY
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        for hour, lines in plan.items():
            at = start + hour * HOUR
            yield Arrival(source, provider, day, at, "oci_cost", lines, lines)


def at(found: list[Arrival], as_of: datetime, **options: object) -> Assessment:
    found.sort(key=lambda one: (one.source, one.provider, one.charge_day, one.delivered_at))
    instants: dict[str, list[datetime]] = {}
    for one in sorted(found, key=lambda one: one.delivered_at):
        instants.setdefault(one.source, []).append(one.delivered_at)
    return assess(found, instants, as_of, **options)  # type: ignore[arg-type]


def day(found: Assessment, when: date, provider: str = "oracle") -> DayState:
    (state,) = [one for one in found.days if (one.charge_day, one.provider) == (when, provider)]
    return state


def test_a_day_fills_as_days_before_it_have() -> None:
    known = list(arrivals(40))
    yesterday = day(at(known, NIGHT), date(2026, 3, 31))
    assert yesterday.status is Status.FILLING
    assert (yesterday.arrived_share, yesterday.expected_share) == (0.8, 0.8)
    assert (yesterday.lines, yesterday.likely_lines) == (80, 100)
    assert yesterday.history_days == 17
    before = day(at(known, NIGHT), date(2026, 3, 30))
    assert (before.status, before.arrived_share, before.lines) == (Status.COMPLETE, 1.0, 100)
    in_the_morning = day(at(known, NIGHT + 5 * HOUR), date(2026, 3, 31))
    assert (in_the_morning.arrived_share, in_the_morning.likely_lines) == (0.95, 100)


def test_a_bigger_day_is_scaled_up_as_a_bigger_day() -> None:
    doubled = {hour: 2 * lines for hour, lines in SIX_HOURLY.items()}
    last = [one for one in arrivals(31, plan=doubled) if one.charge_day == date(2026, 3, 31)]
    state = day(at([*arrivals(30), *last], NIGHT), date(2026, 3, 31))
    assert (state.lines, state.likely_lines) == (160, 200)


def test_nothing_that_arrived_later_is_known() -> None:
    known = list(arrivals(60))
    past = [one for one in known if one.delivered_at <= NIGHT]
    assert at(known, NIGHT) == at(past, NIGHT)
    assert max(one.charge_day for one in at(known, NIGHT).days) == date(2026, 3, 31)
    second = timedelta(seconds=1)
    just_before = datetime(2026, 4, 1, tzinfo=UTC) - second
    assert day(at(known, just_before), date(2026, 3, 30)).lines == 95
    assert day(at(known, just_before + second), date(2026, 3, 30)).lines == 100


def test_a_source_that_stops_stalls_its_days_and_what_it_owes_is_told() -> None:
    known = [one for one in arrivals(40) if one.delivered_at < NIGHT - 2 * DAY]
    found = at(known, NIGHT)
    (source,) = found.stalled
    last = datetime(2026, 3, 30, tzinfo=UTC)
    assert (source.last_arrival_at, source.stalled_since) == (last, last + 12 * HOUR)
    assert [(one.charge_day.day, one.status) for one in found.days[-4:]] == [
        (28, Status.COMPLETE),
        (29, Status.STALLED),
        (30, Status.STALLED),
        (31, Status.STALLED),
    ]
    owed = day(found, date(2026, 3, 29))
    assert (owed.arrived_share, owed.lines, owed.likely_lines) == (0.8, 80, 100)
    assert owed.expected_share == 1.0
    absent = day(found, date(2026, 3, 31))
    assert (absent.arrived_share, absent.lines, absent.likely_lines) == (0.0, 0, 100)
    assert absent.expected_share == 0.6


def test_a_providers_day_is_as_good_as_its_worst_source() -> None:
    small = {hour: lines // 5 for hour, lines in SIX_HOURLY.items()}
    other = [one for one in arrivals(40, "lab", small) if one.delivered_at < NIGHT - 2 * DAY]
    found = at([*arrivals(40), *other], NIGHT)
    assert [one.source for one in found.stalled] == ["lab"]
    state = day(found, date(2026, 3, 30))
    assert state.status is Status.STALLED
    assert (state.lines, state.likely_lines) == (100, 120)
    assert state.arrived_share == pytest.approx(100 / 120)


def test_each_provider_has_days_of_its_own() -> None:
    slow = {33: 30}
    found = at([*arrivals(40), *arrivals(40, "aws", slow, "aws")], NIGHT)
    assert day(found, date(2026, 3, 30)).status is Status.COMPLETE
    assert day(found, date(2026, 3, 30), "aws").status is Status.COMPLETE
    state = day(found, date(2026, 3, 31), "aws")
    assert (state.status, state.arrived_share, state.likely_lines) == (Status.FILLING, 0.0, 30)


def test_a_rewritten_file_counts_what_it_changes() -> None:
    """A month's file each morning: 29 of a day's 30 lines first, all of them the day after."""
    known = []
    for number in range(31):
        end = datetime(2026, 3, 1, 9, tzinfo=UTC) + (number + 1) * DAY
        when = FIRST + number * DAY
        known.append(Arrival("aws", "aws", when, end, "focus", 29, 29))
        known.append(Arrival("aws", "aws", when, end + DAY, "focus", 1, 30))
        known += [
            Arrival("aws", "aws", when, end + later * DAY, "focus", 0, 30) for later in range(2, 5)
        ]
    found = at(known, NIGHT)
    assert day(found, date(2026, 3, 30), "aws").arrived_share == pytest.approx(29 / 30)
    assert day(found, date(2026, 3, 30), "aws").likely_lines == 30
    assert day(found, date(2026, 3, 29), "aws").status is Status.COMPLETE


def test_late_lines_of_days_before_the_ledger_are_no_days_of_it() -> None:
    late = Arrival(
        "oci", "oracle", FIRST - 9 * DAY, datetime(2026, 3, 1, 6, tzinfo=UTC), "oci_cost", 2, 2
    )
    found = at([late, *arrivals(5)], datetime(2026, 3, 6, 2, tzinfo=UTC))
    assert found.days[0].charge_day == FIRST


def test_files_put_in_once_are_not_waited_for() -> None:
    taken = NIGHT - 20 * DAY
    held = [Arrival("local", "oracle", FIRST + n * DAY, taken, "oci_cost", 9, 9) for n in (0, 1)]
    found = at(held, NIGHT, sources=("local", "never"))
    assert [one.charge_day for one in found.days] == [FIRST, FIRST + DAY]
    assert {one.status for one in found.days} == {Status.COMPLETE}
    assert found.stalled == ()
    assert [one.source for one in found.sources] == ["local", "never"]


def test_a_source_silent_for_months_is_stalled_but_no_longer_part_of_days() -> None:
    old = list(arrivals(20, "old"))
    begun = FIRST + 30 * DAY
    new = [one for one in arrivals(90, "new") if one.charge_day >= begun]
    found = at([*old, *new], datetime(2026, 5, 30, 2, tzinfo=UTC))
    assert [one.source for one in found.stalled] == ["old"]
    assert {one.status for one in found.days[:-1]} == {Status.COMPLETE}


def test_nothing_known_is_nothing_said() -> None:
    found = assess([], {}, NIGHT)
    assert (found.days, found.sources) == ((), ())
