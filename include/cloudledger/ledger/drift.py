"""Schema drift: columns that come to a source's reports or go from them, told once each.

A new column is one that the format does not declare: its values are in ``x_extra``. A lost one is
declared optional, and an object delivered earlier had it: its values are NULL from here on. What a
format's objects never had is not lost. A required column that is missing is no drift: the object
fails with the header's difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from cloudledger.lake.journal import Entry, State
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

COLUMN_BYTES = 512
"""What the warehouse keeps of a column's name."""

NO_NAME = "(no name)"


class Kind(StrEnum):
    """What happened: to a column, or to the report as a whole."""

    NEW = "new"
    LOST_OPTIONAL = "lost_optional"
    NEW_FORMAT = "new_format"


@dataclass(frozen=True, slots=True)
class Drift:
    """One drift, and the first object that shows it; ``column_name`` of a new format is the name
    of the one before it."""

    source: str
    format: str
    column_name: str
    kind: Kind
    uri: str
    delivered_at: datetime

    def __str__(self) -> str:
        what = {
            Kind.NEW: f"new column {self.column_name}, kept in x_extra",
            Kind.LOST_OPTIONAL: f"column {self.column_name} is no longer delivered, NULL from here",
            Kind.NEW_FORMAT: f"reports are {self.format} now, before {self.column_name}",
        }[self.kind]
        return f"{self.source} ({self.format}): {what}; first in {self.uri}"


def record(session: Session, entries: Sequence[Entry]) -> None:
    """Find what drifted with the objects just taken in. Recording an entry again finds nothing."""
    taken_in = [entry for entry in entries if entry.state is State.TAKEN_IN and entry.format]
    by_source: dict[str, list[Entry]] = {}
    for entry in taken_in:
        by_source.setdefault(entry.source_object.source, []).append(entry)
    for source, own in by_source.items():
        _record_source(session, source, own)


def tell(session: Session, run_id: str) -> list[Drift]:
    """What drifted and was not told yet. Asked again, the same run is told the same."""
    session.execute(statement("ledger/tell_drift"), run_id=run_id)
    rows = session.query(statement("ledger/drift_told_by"), run_id=run_id).to_pylist()
    return [Drift(**row | {"kind": Kind(row["kind"])}) for row in rows]


def _record_source(session: Session, source: str, entries: Sequence[Entry]) -> None:
    before = {
        (row["format"], row["column_name"]): row["delivered_at"]
        for row in session.query(statement("ledger/source_columns"), source=source).to_pylist()
    }
    known = {
        (row["format"], row["column_name"], row["kind"])
        for row in session.query(statement("ledger/source_drift"), source=source).to_pylist()
    }
    had = dict(before)
    found: list[dict[str, Any]] = []
    for entry in entries:
        for kind, name in _drifted(entry, had):
            if (key := (str(entry.format), name, kind.value)) not in known:
                known.add(key)
                found.append(_row(entry, kind, name))
        _remember(entry, had)
    changed = [key for key, since in had.items() if before.get(key) != since]
    keys = [{"source": source, "format": key[0], "column_name": key[1]} for key in changed]
    session.execute_many(statement("ledger/forget_source_column"), keys)
    rows = [named | {"delivered_at": had[key]} for key, named in zip(changed, keys, strict=True)]
    for table, new in (("source_column", rows), ("schema_drift", found)):
        if new:
            session.insert(table, pa.Table.from_pylist(new))


_Had = dict[tuple[str, str], datetime]


def _drifted(entry: Entry, had: _Had) -> list[tuple[Kind, str]]:
    here = str(entry.format)
    drifted = [(Kind.NEW, _kept(name)) for name in entry.unknown_columns]
    for name in map(_kept, entry.missing_columns):
        since = had.get((here, name))
        if since is not None and since < entry.source_object.delivered_at:
            drifted.append((Kind.LOST_OPTIONAL, name))
    formats = {format for format, _ in had}
    if formats and here not in formats:
        newest = max(had, key=lambda key: had[key])[0]
        drifted.append((Kind.NEW_FORMAT, newest))
    return drifted


def _remember(entry: Entry, had: _Had) -> None:
    delivered = entry.source_object.delivered_at
    for name in map(_kept, (*entry.optional_columns, *entry.unknown_columns)):
        key = (str(entry.format), name)
        had[key] = min(had.get(key, delivered), delivered)


def _kept(name: str) -> str:
    return name.encode()[:COLUMN_BYTES].decode(errors="ignore") or NO_NAME


def _row(entry: Entry, kind: Kind, name: str) -> dict[str, Any]:
    item = entry.source_object
    return {
        "source": item.source,
        "format": entry.format,
        "column_name": name,
        "kind": kind.value,
        "object_id": item.object_id,
        "uri": item.uri,
        "delivered_at": item.delivered_at,
        "run_id": entry.run_id,
    }
