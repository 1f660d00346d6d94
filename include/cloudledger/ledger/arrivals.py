"""When which lines arrived: every version of every object, also those since replaced.

The table ``arrival`` is a projection of the lake's journal. At an instant T an object has brought
the lines of its newest version that was delivered by T, so the lines of a day that had arrived at T
are a sum of changes, and nothing that came after T is in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from cloudledger.lake.journal import Entry, State
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

STANDING = (State.TAKEN_IN, State.SUPERSEDED)
Journal = Sequence[tuple[int, Entry]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one delivery did to one provider's day: ``added`` lines (fewer than none where it took
    some away), of a total of ``held`` in its objects."""

    source: str
    provider: str
    charge_day: date
    delivered_at: datetime
    format: str | None
    added: int
    held: int


def record(session: Session, journal: Journal) -> None:
    """Add the versions that these entries brought; none of them has been recorded before.

    The objects of one commit have arrived when its last one has: until then none of them counts.
    """
    standing = [(version, entry) for version, entry in journal if entry.state in STANDING]
    arrived: dict[int, datetime] = {}
    for version, entry in standing:
        instant = entry.source_object.delivered_at
        arrived[version] = max(arrived.get(version, instant), instant)
    held: dict[str, dict[tuple[str, date], int]] = {}
    rows: list[dict[str, Any]] = []
    for version, entry in standing:
        object_id = entry.source_object.object_id
        if object_id not in held:
            held[object_id] = _held_before(session, entry)
        now = {(day.provider, day.day): day.lines for day in entry.days}
        gone = {day: 0 for day, lines in held[object_id].items() if lines and day not in now}
        held[object_id] = now
        rows += [_row(entry, arrived[version], *day, n) for day, n in (now | gone).items()]
    if rows:
        session.insert("arrival", pa.Table.from_pylist(rows, schema=_SCHEMA))


def forget(session: Session) -> None:
    """Forget every arrival, to record the whole journal."""
    session.execute(statement("ledger/forget_arrivals"))


def arrivals(session: Session, *, as_of: datetime, first_day: date) -> list[Arrival]:
    """What arrived up to an instant for the days from ``first_day`` on, by delivery, in order."""
    found = session.query(statement("ledger/arrivals"), as_of=as_of, first_day=first_day)
    return [Arrival(**row) for row in found.to_pylist()]


def delivery_instants(
    session: Session, *, as_of: datetime, since: datetime
) -> dict[str, list[datetime]]:
    """When objects of each source arrived in [``since``, ``as_of``], in order; also objects
    without a line, and those that failed."""
    instants: defaultdict[str, list[datetime]] = defaultdict(list)
    found = session.query(statement("ledger/delivery_instants"), as_of=as_of, since=since)
    for row in found.to_pylist():
        instants[row["source"]].append(row["delivered_at"])
    return dict(instants)


_SCHEMA = pa.schema(
    [
        ("object_id", pa.string()),
        ("generation", pa.int64()),
        ("provider", pa.string()),
        ("charge_day", pa.date32()),
        ("source", pa.string()),
        ("format", pa.string()),
        ("delivered_at", pa.timestamp("us", tz="UTC")),
        ("first_seen_at", pa.timestamp("us", tz="UTC")),
        ("lines", pa.int64()),
    ]
)


def _held_before(session: Session, entry: Entry) -> dict[tuple[str, date], int]:
    if entry.generation == 1:
        return {}
    rows: Iterable[dict[str, Any]] = session.query(
        statement("ledger/object_arrivals"),
        object_id=entry.source_object.object_id,
        generation=entry.generation,
    ).to_pylist()
    return {(row["provider"], row["charge_day"]): row["lines"] for row in rows}


def _row(entry: Entry, arrived: datetime, provider: str, day: date, lines: int) -> dict[str, Any]:
    item = entry.source_object
    return {
        "object_id": item.object_id,
        "generation": entry.generation,
        "provider": provider,
        "charge_day": day,
        "source": item.source,
        "format": entry.format,
        "delivered_at": arrived,
        "first_seen_at": item.first_seen_at,
        "lines": lines,
    }
