"""Take in one object: read, normalise, set aside, prove, commit to the lake.

Nothing but the lake is written, so a kill at any point leaves either the object's former lines or
its new ones, and the next run finishes what is missing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cloudledger import exact
from cloudledger.clouds.object_store import ObjectStore, ObjectStoreError, SourceObject
from cloudledger.engine import engine
from cloudledger.focus.columns import MEASURES
from cloudledger.lake.journal import Entry, ErrorKind, State, Total
from cloudledger.lake.table import Lake, attach_lines, day_lines
from cloudledger.ledger.controls import Controls, read_controls
from cloudledger.ledger.differences import Cell, Difference, Figures, NotReconciled, differences
from cloudledger.ledger.figures import LINES, by_day, figures, lake_totals
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.read import LostLine, Report, control_totals, open_report
from cloudledger.reports.set_aside import SetAside
from cloudledger.sql import statement

QUARANTINE_SCHEMA = pa.schema(
    [
        ("record_number", pa.int64()),
        ("line_number", pa.int64()),
        ("column_name", pa.string()),
        ("reason", pa.string()),
        ("original_text", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What taking in one object came to; small enough for a task's result."""

    object_id: str
    uri: str
    state: str
    lines_kept: int = 0
    lines_set_aside: int = 0
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Outcome:
        """Back from :meth:`to_json`."""
        return cls(**value)


def take_in(
    source_object: SourceObject,
    store: ObjectStore,
    lake: Lake,
    *,
    run_id: str,
    format: str | None = None,
) -> Outcome:
    """Replace the object's lines in the lake by those of this version.

    An object that cannot be reached or read ends as an outcome in state ``failed``, journalled in
    the lake; its earlier lines stay. ``format`` names a report format instead of finding it from
    the header. What fails here for another reason than the object (a full disk, a lost lake)
    raises.
    """
    entry = Entry(source_object, State.TAKEN_IN, run_id)
    if lake.stands(source_object):
        return _outcome(entry, "unchanged")
    with TemporaryDirectory(prefix="cloudledger-") as folder:
        try:
            path = Path(folder) / "object"
            store.download(source_object, path)
            committed = _read_and_commit(path, entry, lake, format=format)
        except ObjectStoreError as error:
            return _failed(lake, entry, ErrorKind.ACCESS, str(error))
        except UnreadableReport as error:
            return _failed(lake, entry, ErrorKind.CONTENT, str(error.at(source_object.uri)))
        except (LostLine, NotReconciled) as error:
            return _failed(lake, entry, ErrorKind.CONTENT, f"{source_object.uri}: {error}")
    return _outcome(committed, "taken_in") if committed else _outcome(entry, "unchanged")


def retire(source_object: SourceObject, lake: Lake, *, run_id: str) -> None:
    """Remove the lines of an object that its source no longer counts."""
    lake.retire(Entry(source_object, State.SUPERSEDED, run_id))


def _read_and_commit(path: Path, entry: Entry, lake: Lake, *, format: str | None) -> Entry | None:
    object_id = entry.source_object.object_id
    with engine() as con:
        report = open_report(con, path, format=format, workdir=path.parent)
        controls = read_controls(control_totals(con, report))
        select = f"SELECT *, '{object_id}' AS x_object_id FROM ({statement('lake/stage')})"
        staged = lake.stage(con, select, object_id)
        attach_lines(con, [file.path for file in staged])
        staged_rows = lake_totals(con)
    try:
        totals = _prove(report, controls, staged_rows)
        quarantine_file = _write_quarantine(lake, object_id, report.set_aside)
    except BaseException:
        lake.discard(staged)
        raise
    done = replace(
        entry,
        format=report.format.name,
        sha256=report.sha256,
        records=report.records,
        lines_kept=report.kept,
        lines_set_aside=len(report.set_aside),
        days=day_lines(staged),
        totals=totals,
        unknown_columns=report.unknown_columns,
        missing_columns=report.missing_columns,
        quarantine_file=quarantine_file,
    )
    return lake.commit(done, staged)


def _prove(
    report: Report, controls: Controls, staged_rows: Sequence[dict[str, Any]]
) -> tuple[Total, ...]:
    """The object's totals, once what is staged equals the source's own sums and counts.

    :raises NotReconciled: naming day, currency, measure and both figures.
    :raises UnreadableReport: a currency's sum over all days needs more than 14 whole digits.
    """
    found = figures(staged_rows, by_day)
    held = {cell: amount for cell, amount in found.items() if _is_controlled(cell, report)}
    wrong = differences("source and lake", controls.kept, held)
    lines = exact.total(amount for cell, amount in found.items() if cell.measure == LINES)
    if lines != report.kept:
        cell = Cell(None, "every currency", LINES)
        wrong.insert(0, Difference("source and lake", cell, Decimal(report.kept), lines))
    if wrong:
        raise NotReconciled(wrong)
    totals = _totals(found, controls)
    for total in totals:
        if not all(exact.fits(sum_) for sum_ in (total.source, total.lake, total.set_aside)):
            raise UnreadableReport(
                str(report.path),
                f"{total.measure} in {total.billing_currency} adds up to {total.source:f}, "
                "which needs more than 14 digits before the decimal point",
                "Deliver it in several objects",
            )
    return totals


def _is_controlled(cell: Cell, report: Report) -> bool:
    return cell.measure == LINES or cell.measure in report.format.controls


def _totals(found: Figures, controls: Controls) -> tuple[Total, ...]:
    lake_sums = _by_currency(found)
    aside_sums = _by_currency(controls.set_aside)
    return tuple(
        Total(
            billing_currency=currency,
            measure=measure,
            source=exact.add(
                lake_sums.get((currency, measure), Decimal(0)),
                aside_sums.get((currency, measure), Decimal(0)),
            ),
            lake=lake_sums.get((currency, measure), Decimal(0)),
            set_aside=aside_sums.get((currency, measure), Decimal(0)),
            rounding=controls.rounding.get((currency, measure), Decimal(0)),
        )
        for currency in sorted({currency for currency, _ in lake_sums.keys() | aside_sums.keys()})
        for measure in MEASURES
    )


def _by_currency(figures: Figures) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = {}
    for cell, amount in figures.items():
        key = (cell.billing_currency, cell.measure)
        sums[key] = exact.add(sums.get(key, Decimal(0)), amount)
    return sums


def _write_quarantine(lake: Lake, object_id: str, set_aside: Sequence[SetAside]) -> str | None:
    if not set_aside:
        return None
    name = f"{object_id}-{uuid.uuid4()}.parquet"
    rows = [
        {
            "record_number": line.record_number,
            "line_number": line.line_number,
            "column_name": line.column,
            "reason": line.reason,
            "original_text": line.text,
        }
        for line in set_aside
    ]
    table = pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA)
    pq.write_table(table, lake.quarantine_folder() / name)
    return name


def _failed(lake: Lake, entry: Entry, kind: ErrorKind, reason: str) -> Outcome:
    failed = replace(entry, state=State.FAILED, error=reason, error_kind=kind)
    lake.journal(failed)
    return _outcome(failed, "failed")


def _outcome(entry: Entry, state: str) -> Outcome:
    return Outcome(
        object_id=entry.source_object.object_id,
        uri=entry.source_object.uri,
        state=state,
        lines_kept=entry.lines_kept,
        lines_set_aside=entry.lines_set_aside,
        error=entry.error,
    )
