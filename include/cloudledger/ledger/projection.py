"""The warehouse's ledger, kept as a projection of the journal in the Delta log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cloudledger.lake.journal import Entry, Record, State
from cloudledger.lake.table import Lake
from cloudledger.ledger import history
from cloudledger.ledger.changes import keep_changes
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

SYNCED = "lake_version"
STANDING = (State.TAKEN_IN, State.SUPERSEDED)
ProviderDay = tuple[str, date]
OBJECT_TABLES = ("source_object", "source_object_total", "source_object_day", "quarantine")


def synced_version(session: Session) -> int:
    """The lake's version up to which the ledger knows the journal; -1 for an empty ledger."""
    rows = session.query(statement("ledger/state"), name=SYNCED).to_pylist()
    return int(rows[0]["value"]) if rows else -1


def pending_days(session: Session) -> set[ProviderDay]:
    """The provider's days whose lines changed since they were last published."""
    rows = session.query(statement("ledger/pending_days")).to_pylist()
    return {(row["provider"], row["charge_day"]) for row in rows}


def forget_pending(session: Session, days: Iterable[ProviderDay]) -> None:
    """Take days off the list of those to publish."""
    session.execute_many(statement("ledger/forget_pending_day"), _day_keys(days))


def sync(session: Session, lake: Lake) -> int:
    """Bring the ledger up to the lake's newest commit and mark the days it touched as pending.

    Returns the number of journal entries read. Running it again reads none; deleting the ledger's
    rows and its state and running it again rebuilds them.
    """
    known = synced_version(session)
    target = lake.version()
    records = [(version, record) for version, record in lake.records(known) if version <= target]
    journal = [(version, entry) for version, record in records for entry in record.entries]
    _apply_standing(session, lake, journal)
    _apply_failures(session, records)
    keep_changes(session, records, after_version=known)
    session.execute(statement("ledger/close_open_objects"))
    history.record(session, lake, journal, after=known, until=target)
    session.execute(statement("ledger/forget_state"), name=SYNCED)
    session.insert("ledger_state", pa.table({"name": [SYNCED], "value": [str(target)]}))
    return len(journal)


def _apply_standing(session: Session, lake: Lake, journal: Sequence[tuple[int, Entry]]) -> None:
    standing = [(version, entry) for version, entry in journal if entry.state in STANDING]
    newest = {entry.source_object.object_id: (version, entry) for version, entry in standing}
    if not newest:
        return
    known = set(session.query(statement("ledger/known_objects"))["object_id"].to_pylist())
    keys = [{"object_id": object_id} for object_id in newest if object_id in known]
    session.execute_many(statement("ledger/mark_object_days_pending"), keys)
    _mark_pending(session, (entry for _, entry in standing))
    for table in OBJECT_TABLES:
        session.execute_many(statement(f"ledger/forget_{table}"), keys)
    entries = list(newest.values())
    _insert(session, "source_object", [_object_row(version, entry) for version, entry in entries])
    _insert(session, "source_object_total", [r for _, entry in entries for r in _totals(entry)])
    _insert(session, "source_object_day", [row for _, entry in entries for row in _days(entry)])
    for _, entry in entries:
        _insert_quarantine(session, lake, entry)


def _mark_pending(session: Session, entries: Iterable[Entry]) -> None:
    days = {(day.provider, day.day) for entry in entries for day in entry.days}
    forget_pending(session, days)
    _insert(session, "pending_day", _day_keys(days))


def _day_keys(days: Iterable[ProviderDay]) -> list[dict[str, Any]]:
    return [{"provider": provider, "charge_day": day} for provider, day in sorted(days)]


def _apply_failures(session: Session, records: Sequence[tuple[int, Record]]) -> None:
    failed: dict[str, Entry] = {}
    for _, record in records:
        if record.folder is not None:
            until = record.delivered_at
            session.execute(
                statement("ledger/forget_open_folder"), folder=record.folder, until=until
            )
            failed = {
                object_id: entry
                for object_id, entry in failed.items()
                if not entry.source_object.uri.startswith(record.folder)
                or entry.source_object.delivered_at > until
            }
        failed |= {
            entry.source_object.object_id: entry
            for entry in record.entries
            if entry.state is State.FAILED
        }
    keys = [{"object_id": object_id} for object_id in failed]
    session.execute_many(statement("ledger/forget_open_object"), keys)
    _insert(session, "open_object", [_failure_row(entry) for entry in failed.values()])


def _insert(session: Session, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.insert(table, pa.Table.from_pylist(rows))


def _object_row(version: int, entry: Entry) -> dict[str, Any]:
    item = entry.source_object
    return {
        "object_id": item.object_id,
        "source": item.source,
        "uri": item.uri,
        "etag": item.etag,
        "bytes": item.bytes,
        "delivered_at": item.delivered_at,
        "first_seen_at": item.first_seen_at,
        "state": entry.state.value,
        "generation": entry.generation,
        "format": entry.format,
        "sha256": entry.sha256,
        "records": entry.records,
        "lines_kept": entry.lines_kept,
        "lines_set_aside": entry.lines_set_aside,
        "unknown_columns": json.dumps(entry.unknown_columns),
        "missing_columns": json.dumps(entry.missing_columns),
        "run_id": entry.run_id,
        "lake_version": version,
    }


def _totals(entry: Entry) -> list[dict[str, Any]]:
    return [
        {
            "object_id": entry.source_object.object_id,
            "billing_currency": total.billing_currency,
            "measure": total.measure,
            "source_amount": total.source,
            "lake_amount": total.lake,
            "set_aside_amount": total.set_aside,
            "rounding": f"{total.rounding:f}",
        }
        for total in entry.totals
    ]


def _days(entry: Entry) -> list[dict[str, Any]]:
    return [
        {
            "object_id": entry.source_object.object_id,
            "provider": day.provider,
            "charge_day": day.day,
            "lines": day.lines,
        }
        for day in entry.days
    ]


def _insert_quarantine(session: Session, lake: Lake, entry: Entry) -> None:
    if entry.quarantine_file is None:
        return
    lines = pq.read_table(lake.quarantine_folder() / entry.quarantine_file)
    for name, value in (("object_id", entry.source_object.object_id), ("run_id", entry.run_id)):
        lines = lines.append_column(name, pa.array([value] * lines.num_rows))
    session.insert("quarantine", lines)


def _failure_row(entry: Entry) -> dict[str, Any]:
    return {
        **asdict(entry.source_object),
        "object_id": entry.source_object.object_id,
        "state": State.FAILED.value,
        "run_id": entry.run_id,
        "error": entry.error,
        "error_kind": entry.error_kind and entry.error_kind.value,
    }
