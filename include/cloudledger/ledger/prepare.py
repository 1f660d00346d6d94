"""One delivered file as files of the lake, staged and proven, not yet committed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cloudledger import exact
from cloudledger.focus.columns import MEASURES
from cloudledger.lake.files import StagedFile
from cloudledger.lake.journal import DayLines, Total
from cloudledger.lake.lines import attach_lines, day_lines
from cloudledger.lake.stage import Stage
from cloudledger.lake.table import Lake
from cloudledger.ledger.controls import Controls, read_controls
from cloudledger.ledger.differences import Cell, Difference, Figures, NotReconciled, differences
from cloudledger.ledger.figures import LINES, by_day, figures, lake_totals
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.layout import NOTHING_GIVEN
from cloudledger.reports.read import Report, read_report
from cloudledger.reports.set_aside import SetAside
from cloudledger.workers import THREADS, borrowed

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
class Prepared:
    """What one file holds, and the staged files of it; all counts leave out the header.

    ``lines_kept + lines_set_aside == records``. ``quarantine_file`` names the file in the lake's
    quarantine that has the records set aside, ``None`` when there are none.
    """

    format: str
    sha256: str
    records: int
    lines_kept: int
    lines_set_aside: int
    days: tuple[DayLines, ...]
    totals: tuple[Total, ...]
    unknown_columns: tuple[str, ...]
    missing_columns: tuple[str, ...]
    optional_columns: tuple[str, ...]
    quarantine_file: str | None
    staged: tuple[StagedFile, ...]


def prepare(
    path: Path,
    lake: Lake,
    object_id: str,
    *,
    format: str | None = None,
    given: Mapping[str, str] = NOTHING_GIVEN,
) -> Prepared:
    """Read the report at ``path`` and stage its kept lines under ``object_id``.

    ``format`` names the one format to accept, else the header tells; ``given`` says the values of
    columns that the file lacks, by the settings' names. On any error nothing stays staged.

    :raises UnreadableReport: no line of the file can be trusted.
    :raises LostLine: the records do not add up.
    :raises NotReconciled: what is staged is not what the file's own text adds up to.
    """
    stage = Stage(lake.folder, object_id)
    try:
        report = read_report(path, stage, format=format, given=given)
        staged = stage.finish()
        totals = _prove(report, read_controls(report.controls), _staged_rows(staged))
        quarantine_file = _write_quarantine(lake, object_id, report.set_aside)
    except BaseException:
        stage.restart()
        raise
    return Prepared(
        format=report.format.name,
        sha256=report.sha256,
        records=report.records,
        lines_kept=report.kept,
        lines_set_aside=len(report.set_aside),
        days=day_lines(staged),
        totals=totals,
        unknown_columns=report.unknown_columns,
        missing_columns=report.missing_columns,
        optional_columns=tuple(
            column.name
            for column in report.format.columns
            if not column.required and column.name not in report.missing_columns
        ),
        quarantine_file=quarantine_file,
        staged=tuple(staged),
    )


def _staged_rows(staged: Sequence[StagedFile]) -> list[dict[str, Any]]:
    """The figures of the staged files, read back from them."""
    if not staged:
        return []

    def read(files: Sequence[StagedFile]) -> list[dict[str, Any]]:
        with borrowed() as worker:
            attach_lines(worker.con, [file.path for file in files])
            return lake_totals(worker.con)

    parts = [staged[at::THREADS] for at in range(min(THREADS, len(staged)))]
    if len(parts) == 1:
        return read(staged)
    with ThreadPoolExecutor(THREADS, "cloudledger-prove") as pool:
        return [row for rows in pool.map(read, parts) for row in rows]


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
