"""Report files as they are delivered, and when each charge reaches one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from localcloud.samples.charges import Charge
from localcloud.samples.usage import HOUR, noise

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
PAST_THE_HOUR = timedelta(minutes=40)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that a reader must set aside; records count from 1, after the header."""

    record_number: int
    line_number: int
    column: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One version of one object; ``repeats`` are the lines of an earlier one that it brings anew,
    under the same reference numbers."""

    key: str
    delivered_at: datetime
    data: bytes
    charges: tuple[Charge, ...] = ()
    bad_lines: tuple[BadLine, ...] = ()
    feature: str = ""
    repeats: tuple[Charge, ...] = ()


def due(charges: Iterable[Charge], source: str, seed: int) -> list[tuple[datetime, Charge]]:
    """When each charge is known: mostly within hours of its end, some 12 to 46 hours late."""
    random = noise(seed, source, "delay")
    found = list(charges)
    delay = random.uniform(0.5, 5, len(found))
    late = random.uniform(12, 46, len(found))
    is_late = random.random(len(found)) < 0.03
    return [
        (charge.end + float(late[at] if is_late[at] else delay[at]) * HOUR, charge)
        for at, charge in enumerate(found)
    ]


def slot_at(moment: datetime, every_hours: int) -> datetime:
    """The first delivery at or after ``moment``."""
    since = moment - PAST_THE_HOUR - EPOCH
    return EPOCH + PAST_THE_HOUR + -(-since // (every_hours * HOUR)) * every_hours * HOUR


def by_slot(
    known: Iterable[tuple[datetime, Charge]], every_hours: int
) -> Mapping[datetime, list[Charge]]:
    """The charges of each delivery, by time and resource."""
    slots: defaultdict[datetime, list[Charge]] = defaultdict(list)
    for moment, charge in known:
        slots[slot_at(moment, every_hours)].append(charge)
    for charges in slots.values():
        charges.sort(key=lambda charge: (charge.start, charge.resource.name, charge.sku.id))
    return dict(sorted(slots.items()))


def sequence(moment: datetime, extra: int = 0) -> str:
    """Reports are numbered upwards in the order they are made."""
    return f"{1_000_000_000_000 + (moment - EPOCH) // HOUR * 10 + extra:016d}"
