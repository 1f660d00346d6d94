"""Which share of a day's lines has arrived by the age of the newest delivery: learned, or stated.

An age is the time from the end of the charge day (UTC) to a delivery; it is negative while the day
still runs. A curve is a step for every three hours of age, from the day's start to two weeks
after its end, when a day counts as settled.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STEP = 3 * HOUR
FIRST = -DAY
SETTLED = 14 * DAY
"""The age from which a day's lines are taken for final; later ones are few (docs)."""

STEPS = (SETTLED - FIRST) // STEP
ENOUGH_DAYS = 7
"""So many observed days make a step learned altogether; fewer are mixed with what is stated."""

LOW = 0.1
"""The quantile over days that a cautious share is."""

DELAYS: Mapping[str, timedelta] = {
    "oci_cost": 24 * HOUR,
    "oci_usage": 24 * HOUR,
    "oci_focus": 24 * HOUR,
}
"""By how much lines are delayed at most, as the provider states it. Source: Oracle, "Cost and Usage
Reports": generated every six hours, "data can be delayed up to 24 hours"."""

OTHER_DELAY = 48 * HOUR
"""Of a format whose provider states no delay: twice what AWS and Azure name as usual, a day."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a curve: the median share over days, a cautious one, days observed."""

    share: float
    low: float
    days: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Shares by age; never falls."""

    steps: tuple[Step, ...]

    def at(self, age: timedelta) -> Step:
        """The step of an age: nothing before the day begins, all of it once it is settled."""
        if age < FIRST:
            return Step(0.0, 0.0, self.steps[0].days)
        if age >= SETTLED:
            return Step(1.0, 1.0, self.steps[-1].days)
        return self.steps[step_of(age)]


def day_end(day: date) -> datetime:
    """The instant at which a charge day ends."""
    return datetime.combine(day, time(), UTC) + DAY


def step_of(age: timedelta) -> int:
    """The number of the step that an age between ``FIRST`` and ``SETTLED`` falls on."""
    return (age - FIRST) // STEP


def learn(days: Iterable[Sequence[tuple[timedelta, int]]], delay: timedelta) -> Curve:
    """The curve of settled days.

    :param days: for each settled day its deliveries, as (age, lines that had arrived by then), in
        the order of their ages, up to the newest; the last one's lines are the day's final ones.
    :param delay: how late lines may be, as the provider states it: what steps that too few days
        have been observed at are filled with.
    """
    seen: list[list[float]] = [[] for _ in range(STEPS)]
    for deliveries in days:
        final = deliveries[-1][1] if deliveries else 0
        if final <= 0:
            continue
        at_step = {
            step_of(age): lines / final for age, lines in deliveries if FIRST <= age < SETTLED
        }
        for number, share in at_step.items():
            seen[number].append(min(share, 1.0))
    usual = _mixed(seen, median, delay)
    cautious = _mixed(seen, _low, delay)
    steps = [
        Step(share, min(low, share), len(shares))
        for share, low, shares in zip(usual, cautious, seen, strict=True)
    ]
    return Curve(tuple(steps))


def stated_share(age: timedelta, delay: timedelta) -> float:
    """The share that has arrived at an age if a day's charges are spread evenly over it, and each
    is late by something between nothing and ``delay``, all alike."""
    late, day = delay / HOUR, DAY / HOUR
    since = (age + DAY) / HOUR
    # The part of a rectangle (hour of the charge, delay) that lies below the line of their sum.
    below = (_square(since), _square(since - day), _square(since - late))
    return (below[0] - below[1] - below[2] + _square(since - day - late)) / (2 * day * late)


def lines_by_delivery(
    deliveries: Sequence[datetime], changes: Sequence[tuple[datetime, int]], day: date
) -> list[tuple[timedelta, int]]:
    """For each delivery the day's age and the lines that had arrived by then.

    :param deliveries: the instants of the deliveries that reach the day, in order.
    :param changes: (instant, lines added), in order.
    """
    instants = [instant for instant, _ in changes]
    sums = [0]
    for _, added in changes:
        sums.append(sums[-1] + added)
    end = day_end(day)
    return [(instant - end, sums[bisect_right(instants, instant)]) for instant in deliveries]


def _square(length: float) -> float:
    return max(0.0, length) ** 2


def _mixed(
    seen: Sequence[Sequence[float]], told: Callable[[Sequence[float]], float], delay: timedelta
) -> list[float]:
    """What each step's observed shares tell, mixed with what is stated where they are few."""
    # Shares never fall: what is stated of an age is no more than what is known of a later one.
    ceilings = [1.0]
    for shares in reversed(seen[1:]):
        known = told(shares) if len(shares) >= ENOUGH_DAYS else 1.0
        ceilings.append(min(ceilings[-1], known))
    mixed: list[float] = []
    for number, (shares, ceiling) in enumerate(zip(seen, reversed(ceilings), strict=True)):
        weight = min(1.0, len(shares) / ENOUGH_DAYS)
        stated = min(stated_share(FIRST + number * STEP, delay), ceiling)
        share = weight * (told(shares) if shares else 0.0) + (1 - weight) * stated
        mixed.append(max(share, mixed[-1] if mixed else 0.0))
    return mixed


def _low(shares: Sequence[float]) -> float:
    """The quantile ``LOW``, by nearest rank, towards the smaller one."""
    return sorted(shares)[int(LOW * (len(shares) - 1))]
