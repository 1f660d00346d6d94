"""How much of each provider's day has arrived, as of an instant: nothing later is looked at.

A source's newest delivery that reaches a day (it holds lines of that day or of a later one) tells
the age at which the day was last brought up to date; the source's own curve tells which share of a
day's lines has arrived by that age. ``docs/completeness.md`` says what the figures mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from statistics import median

from cloudledger.ledger.arrival_curve import (
    DAY,
    DELAYS,
    OTHER_DELAY,
    SETTLED,
    Curve,
    day_end,
    learn,
    lines_by_delivery,
)
from cloudledger.ledger.arrivals import Arrival
from cloudledger.ledger.rhythm import Pace, Rhythm, rhythm

LEARN_DAYS = 120
"""Charge days back that are looked at; what a source did before says little of what it does."""

RECENT_DAYS = 45
"""Days back that a status is given for. A source that brought nothing for longer is not waited for
any more in the days' shares; its stall is still told."""

COMPLETE = 0.99
"""The share from which a day is complete, taken cautiously: nine of ten days had it by that age."""

SCALABLE = 0.5
"""From this share on, lines are scaled up; before, a usual day says more."""

BEGUN = 0.25
"""The share of a source's largest day from which its oldest day is more than late lines."""


class Status(StrEnum):
    """How a provider's day stands."""

    COMPLETE = "complete"
    FILLING = "filling"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class DayState:
    """One provider's day.

    ``expected_share`` should have arrived by now if its sources deliver as usual,
    ``arrived_share`` is what the deliveries that did come usually bring. ``likely_lines`` is what
    the day will have in the end, ``None`` when nothing tells. ``history_days`` settled days were
    learned from, for the source that has the fewest.
    """

    provider: str
    charge_day: date
    status: Status
    expected_share: float
    arrived_share: float
    lines: int
    likely_lines: int | None
    history_days: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """Every recent day that has ended, and every source, as of an instant."""

    as_of: datetime
    days: tuple[DayState, ...]
    sources: tuple[Rhythm, ...]

    @property
    def stalled(self) -> tuple[Rhythm, ...]:
        """The sources of which no object has come for longer than usual."""
        return tuple(source for source in self.sources if source.pace is Pace.STALLED)


@dataclass(frozen=True, slots=True)
class _Part:
    """One source's part in one provider's day."""

    charge_day: date
    status: Status
    expected: float
    arrived: float
    lines: int
    likely: int | None
    history_days: int


def assess(
    arrivals: Iterable[Arrival],
    instants: Mapping[str, Sequence[datetime]],
    as_of: datetime,
    sources: Iterable[str] = (),
) -> Assessment:
    """The state of the last 45 days and of every source.

    :param arrivals: by source, provider, day and instant, in that order.
    :param instants: when objects of each source arrived, in order.
    :param sources: names that are told of even when nothing of them has ever arrived.
    """
    known = [arrival for arrival in arrivals if arrival.delivered_at <= as_of]
    paces = {
        source: rhythm(source, [i for i in instants.get(source, ()) if i <= as_of], as_of)
        for source in sorted({*instants, *sources})
    }
    parts: dict[tuple[date, str], list[_Part]] = {}
    for (source, provider), own in groupby(known, key=lambda one: (one.source, one.provider)):
        pace = paces.get(source) or rhythm(source, [], as_of)
        for part in _parts(list(own), pace, as_of):
            parts.setdefault((part.charge_day, provider), []).append(part)
    days = tuple(_day(*key, found) for key, found in sorted(parts.items()))
    return Assessment(as_of, days, tuple(paces.values()))


_Changes = Sequence[tuple[datetime, int]]


def _parts(arrivals: Sequence[Arrival], pace: Rhythm, as_of: datetime) -> Iterable[_Part]:
    """One source's recent days of one provider."""
    by_day = _begun(
        {
            day: [(one.delivered_at, one.added) for one in own]
            for day, own in groupby(arrivals, key=lambda one: one.charge_day)
        }
    )
    if not by_day:
        return
    reach = _Reach(arrivals)
    seen = {day: lines_by_delivery(reach.to(day), changes, day) for day, changes in by_day.items()}
    settled = {day: found for day, found in seen.items() if day_end(day) + SETTLED <= as_of}
    curve = learn(settled.values(), _delay(arrivals))
    finals = [found[-1][1] for found in (settled or seen).values() if found and found[-1][1] > 0]
    usual_day = round(median(finals)) if finals else None
    for day in _expected_days(by_day, pace, as_of):
        lines = _lines(by_day.get(day, ()))
        yield _part(day, reach.to(day), lines, curve, pace, usual_day)


def _begun(by_day: dict[date, _Changes]) -> dict[date, _Changes]:
    """Without the oldest days, of which a ledger that began later has late lines only."""
    enough = max(1, BEGUN * max(map(_lines, by_day.values())))
    whole = [day for day, changes in by_day.items() if _lines(changes) >= enough]
    return {day: changes for day, changes in by_day.items() if whole and day >= min(whole)}


def _lines(changes: _Changes) -> int:
    return sum(added for _, added in changes)


def _delay(arrivals: Sequence[Arrival]) -> timedelta:
    """As the provider of the source's newest report states it."""
    told = [(one.delivered_at, one.format) for one in arrivals if one.format]
    return DELAYS.get(max(told)[1], OTHER_DELAY) if told else OTHER_DELAY


class _Reach:
    """Which deliveries say something of a day: those that hold lines of it or of a later one."""

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        newest: dict[datetime, date] = {}
        for one in arrivals:
            if one.held:
                day = newest.get(one.delivered_at, one.charge_day)
                newest[one.delivered_at] = max(day, one.charge_day)
        self._deliveries = sorted(newest.items())

    def to(self, day: date) -> list[datetime]:
        """The instants of the deliveries that reach the day, in order."""
        return [instant for instant, newest in self._deliveries if newest >= day]


def _expected_days(held: Iterable[date], pace: Rhythm, as_of: datetime) -> list[date]:
    """The recent days that have ended and that the source is to have lines of."""
    first, last = min(held), max(held)
    since = as_of.date() - RECENT_DAYS * DAY
    silent = pace.last_arrival_at is None or pace.last_arrival_at.date() < since
    if pace.pace is not Pace.UNKNOWN and not silent:
        last = max(last, as_of.date())
    last = min(last, as_of.date() - DAY)
    first = max(first, since)
    return [first + number * DAY for number in range((last - first).days + 1)]


def _part(
    day: date,
    deliveries: Sequence[datetime],
    lines: int,
    curve: Curve,
    pace: Rhythm,
    usual_day: int | None,
) -> _Part:
    end = day_end(day)
    age = deliveries[-1] - end if deliveries else timedelta.min
    # Without a line nothing of a day has come yet, unless it has had the time to.
    step = curve.at(age if lines or age >= SETTLED else timedelta.min)
    due = pace.as_of - pace.usual_gap if pace.usual_gap else None
    expected = max(step.share, curve.at(due - end).share) if due else step.share
    if step.low >= COMPLETE:
        status = Status.COMPLETE
    else:
        status = Status.STALLED if pace.pace is Pace.STALLED else Status.FILLING
    scaled = step.share >= SCALABLE
    likely = round(lines / step.share) if scaled else usual_day and max(usual_day, lines)
    return _Part(day, status, expected, step.share, lines, likely, step.days)


def _day(day: date, provider: str, parts: Sequence[_Part]) -> DayState:
    """A provider's day out of its sources' parts, each weighing what it likely brings."""
    weights = [max(1, part.likely or part.lines) for part in parts]
    unknown = any(part.likely is None for part in parts)
    return DayState(
        provider=provider,
        charge_day=day,
        status=_worst([part.status for part in parts]),
        expected_share=_mean([part.expected for part in parts], weights),
        arrived_share=_mean([part.arrived for part in parts], weights),
        lines=sum(part.lines for part in parts),
        likely_lines=None if unknown else sum(part.likely or 0 for part in parts),
        history_days=min(part.history_days for part in parts),
    )


def _worst(statuses: Sequence[Status]) -> Status:
    for status in (Status.STALLED, Status.FILLING):
        if status in statuses:
            return status
    return Status.COMPLETE


def _mean(values: Sequence[float], weights: Sequence[int]) -> float:
    total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    return total / sum(weights)
