"""Open one delivered report: every record is either a ledger line or set aside, none is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from cloudledger.focus.lines import create_focus_line
from cloudledger.reports.check import Problem, find_problems, find_repeats
from cloudledger.reports.control import sum_raw_text
from cloudledger.reports.declared import ReportFormat
from cloudledger.reports.digits import digits_held
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.formats import detect
from cloudledger.reports.layout import NOTHING_GIVEN, lay_out
from cloudledger.reports.mend import mend
from cloudledger.reports.parquet import is_parquet, unpack_parquet
from cloudledger.reports.raw import Laid, create_raw, create_raw_text, lay_exactly, lay_fast
from cloudledger.reports.scan import Scan, scan
from cloudledger.reports.set_aside import MOST_SET_ASIDE, SetAside, bounded
from cloudledger.reports.split import Record, split
from cloudledger.reports.unpack import Unpacked, unpack


class LostLine(Exception):
    """The reader dropped or doubled a record: a defect of this program, never of the report."""


@dataclass(frozen=True)
class Report:
    """One report, read. ``kept + len(set_aside) == records``; all counts leave out the header.

    ``unknown_columns`` are kept in ``x_extra``, ``missing_columns`` are optional and read as NULL.
    ``sha256`` is that of the unpacked text, or of a Parquet file. ``digits`` says by raw column how
    many digits before the decimal point a quantity or unit price may have to stay a number.
    ``exactly_split`` says why the fast parser was not trusted with the file, ``None`` when it was.
    """

    path: Path
    format: ReportFormat
    header: tuple[str, ...]
    unknown_columns: tuple[str, ...]
    missing_columns: tuple[str, ...]
    records: int
    kept: int
    sha256: str
    set_aside: tuple[SetAside, ...]
    digits: Mapping[str, int]
    exactly_split: str | None


def open_report(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    format: str | None = None,
    given: Mapping[str, str] = NOTHING_GIVEN,
    workdir: Path,
) -> Report:
    """Read the report at ``path`` (CSV, gzip or plain, or Parquet, told by its bytes) into ``con``.

    Afterwards ``con`` holds the temporary view ``focus_line``: the kept records, exactly
    ``LINE_COLUMNS`` in order and type, costs in ``BillingCurrency``. It reads from files in
    ``workdir`` and stands until the next report is opened on ``con``. Sets the connection's time
    zone to UTC and lets it preserve insertion order. ``format`` names the one format to accept;
    else the header tells. ``given`` says the values of columns that the file lacks, by the names of
    the settings that the format declares for them.

    :raises UnreadableReport: the file, or its header, is none that any line can be taken from.
    :raises LostLine: the records do not add up.
    """
    where = str(path)
    con.execute("SET TimeZone = 'UTC'").fetchall()
    text, counted = _unpack(con, path, workdir / "report.csv")
    seen = scan(text.path)
    header = _header(text.path, where)
    report_format = detect(header.fields, format, where=where)
    layout = lay_out(header.fields, report_format, given, where=where)
    laid, broken, why = _lay(con, text.path, seen, header, workdir, where)
    records = laid.rows + len(broken)
    if counted not in (None, records):
        raise LostLine(f"of {counted} rows {records} records were read")
    create_raw_text(con, laid, layout, report_format)
    digits = digits_held(con, report_format, records)
    problems, mended = _problems(con, report_format, digits, records, where)
    create_raw(con, report_format, mended)
    create_focus_line(con, report_format.name)
    set_aside = sorted(
        [*broken, *_with_text(text.path, len(header.fields), problems)],
        key=lambda one: one.record_number,
    )
    kept = int(con.execute("SELECT count(*) FROM focus_line").fetchall()[0][0])
    if kept + len(set_aside) != records:
        raise LostLine(
            f"of {records} records {kept} lines are kept and {len(set_aside)} set aside, "
            f"difference {kept + len(set_aside) - records}"
        )
    return Report(
        path=path,
        format=report_format,
        header=layout.header,
        unknown_columns=layout.unknown,
        missing_columns=layout.missing,
        records=records,
        kept=kept,
        sha256=text.sha256,
        set_aside=tuple(set_aside),
        digits=digits,
        exactly_split=why,
    )


def control_totals(con: duckdb.DuckDBPyConnection, report: Report) -> pa.Table:
    """The report's sums straight from its text; see :func:`cloudledger.reports.control`.

    ``report`` must be the one opened last on ``con``.
    """
    return sum_raw_text(con, report.format, report.digits, report.records, str(report.path))


def _unpack(con: duckdb.DuckDBPyConnection, path: Path, to: Path) -> tuple[Unpacked, int | None]:
    """The report's text, and how many records it has where the file itself says so."""
    return unpack_parquet(con, path, to) if is_parquet(path) else (unpack(path, to), None)


def _header(text: Path, where: str) -> Record:
    """The first record, its byte order mark taken off."""
    header = next(split(text), None)
    if header is None:
        raise UnreadableReport(where, "the file holds blank lines only", "Fetch it again")
    if header.problem:
        raise UnreadableReport(where, f"the header {header.problem}", "Deliver a CSV header")
    if "\r" in header.data.decode():
        raise UnreadableReport(
            where, "lines end with a lone carriage return", "Deliver LF or CRLF line ends"
        )
    header.fields[0] = header.fields[0].removeprefix("\ufeff")
    return header


def _lay(
    con: duckdb.DuckDBPyConnection,
    text: Path,
    seen: Scan,
    header: Record,
    workdir: Path,
    where: str,
) -> tuple[Laid, list[SetAside], str | None]:
    """The cells as Parquet: by the fast parser where it must agree with the scan, else exactly."""
    columns = len(header.fields)
    to = workdir / "raw.parquet"
    # DuckDB drops surplus fields that are empty without a word, hence the count of delimiters
    ragged = seen.delimiters != seen.records * (columns - 1)
    why = (
        seen.irregular
        or ("the header is not on line 1" if header.line != 1 else None)
        or ("records that are not as wide as the header" if ragged else None)
    )
    if why is None:
        laid = lay_fast(con, text, columns, seen.crlf, to)
        if laid is not None and laid.rows == seen.records - 1:
            return laid, [], None
        why = "the fast parser disagrees with the scan"
    laid, broken = lay_exactly(text, columns, to, where)
    return laid, broken, why


def _problems(
    con: duckdb.DuckDBPyConnection,
    report_format: ReportFormat,
    digits: Mapping[str, int],
    records: int,
    where: str,
) -> tuple[dict[int, Problem], bool]:
    """Every record to set aside, told to ``raw_set_aside`` too; whether any cell was mended."""
    at_most = MOST_SET_ASIDE + 1
    problems = find_problems(con, report_format, at_most)
    mended, numbers = mend(con, report_format, digits, at_most)
    problems = numbers | problems
    _tell(con, problems)
    problems = find_repeats(con, report_format, at_most) | problems
    _tell(con, problems)
    example = next(iter(problems.values()), None)
    if example:
        bounded(len(problems), records, where, f"{example.column} {example.reason}")
    return problems, mended > 0


def _tell(con: duckdb.DuckDBPyConnection, problems: dict[int, Problem]) -> None:
    numbers = pa.table({"record_number": pa.array(sorted(problems), pa.int64())})
    con.register("problem_records", numbers)
    con.execute("CREATE OR REPLACE TEMP TABLE raw_set_aside AS FROM problem_records").fetchall()
    con.unregister("problem_records")


def _with_text(text: Path, columns: int, problems: dict[int, Problem]) -> list[SetAside]:
    """Each problem with its record's line and original text: one more pass, when there are any."""
    if not problems:
        return []
    return [
        SetAside(
            record.number,
            record.line,
            problems[record.number].column,
            problems[record.number].reason,
            record.text,
        )
        for record in split(text, columns)
        if record.number in problems
    ]
