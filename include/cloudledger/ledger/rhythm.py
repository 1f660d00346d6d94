"""How often objects of a source arrive, and whether they have stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TOGETHER = timedelta(hours=1)
"""Objects that follow one another no later than this are one delivery."""

GAPS = 60
"""The newest gaps that the usual one is learned from."""

ENOUGH_GAPS = 4
USUAL = 0.95
MARGIN = 2
FLOOR = timedelta(hours=12)
"""No source is stalled sooner, however often it delivers: what is fetched nightly says no more."""


class Pace(StrEnum):
    """Whether objects still arrive."""

    ARRIVING = "arriving"
    STALLED = "stalled"
    UNKNOWN = "unknown"
    """Too few deliveries to know what is usual: no alarm."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A source's deliveries as of an instant.

    ``usual_gap`` is what 19 of 20 gaps do not exceed, ``limit`` how long a gap may become; both
    ``None`` while there are too few ``deliveries``. ``stalled_since`` is when the limit passed.
    """

    source: str
    as_of: datetime
    deliveries: int
    last_arrival_at: datetime | None
    usual_gap: timedelta | None
    limit: timedelta | None
    stalled_since: datetime | None

    @property
    def pace(self) -> Pace:
        """Whether objects still arrive."""
        if self.limit is None:
            return Pace.UNKNOWN
        return Pace.STALLED if self.stalled_since else Pace.ARRIVING

    def __str__(self) -> str:
        if self.last_arrival_at is None:
            return f"{self.source}: no object has ever arrived"
        last = f"{self.last_arrival_at:%Y-%m-%d %H:%M} UTC"
        if self.usual_gap is None or self.limit is None:
            return (
                f"{self.source}: last object {last}; {self.deliveries} deliveries are too few to "
                "know when the next one is due"
            )
        waited = hours(self.as_of - self.last_arrival_at)
        return (
            f"{self.source}: no object for {waited}, the last one {last}; usually one comes "
            f"within {hours(self.usual_gap)}, the limit is {hours(self.limit)}"
        )


def rhythm(source: str, instants: Sequence[datetime], as_of: datetime) -> Rhythm:
    """What is usual at a source, from the instants at which its objects arrived.

    :param instants: in order, none of them after ``as_of``.
    """
    starts: list[datetime] = []
    ends: list[datetime] = []
    for instant in instants:
        if ends and instant - ends[-1] <= TOGETHER:
            ends[-1] = instant
        else:
            starts.append(instant)
            ends.append(instant)
    gaps = [start - end for start, end in zip(starts[1:], ends[:-1], strict=True)][-GAPS:]
    last = ends[-1] if ends else None
    if last is None or len(gaps) < ENOUGH_GAPS:
        return Rhythm(source, as_of, len(ends), last, None, None, None)
    usual = sorted(gaps)[_rank(len(gaps))]
    limit = max(FLOOR, MARGIN * usual)
    over = last + limit
    return Rhythm(source, as_of, len(gaps) + 1, last, usual, limit, over if over < as_of else None)


def hours(span: timedelta) -> str:
    """``45 min``, ``6 h``, ``30 h``, ``5 days``."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes / 60:.3g} h"
    return f"{minutes / (24 * 60):.3g} days"


def _rank(count: int) -> int:
    """The place of the usual gap, towards the longer one: the longest of up to twenty."""
    return min(count - 1, int(USUAL * count))
