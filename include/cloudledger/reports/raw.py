"""The cells of a report as text, laid down once as Parquet, and the view ``raw_text`` over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat
from cloudledger.reports.layout import Layout
from cloudledger.reports.set_aside import SetAside, bounded
from cloudledger.reports.split import Record, split
from cloudledger.sql import identifier, literal

EMPTY = {"": None, "NULL": None}
"""What stands for "no value" in a cell."""

BATCH = 10_000
BUFFER = 8_000_000
ROW_GROUP = 30_720
"""Bytes read and rows written at a time: less than DuckDB's own choice, to hold less memory."""

NO_ENTRIES = "CAST(MAP {} AS MAP(VARCHAR, VARCHAR))"


@dataclass(frozen=True, slots=True)
class Laid:
    """The cells on disk: ``c0``, ``c1``... as text, and how a row's record number is told."""

    path: Path
    record_number: str
    rows: int


def lay_fast(
    con: duckdb.DuckDBPyConnection, text: Path, columns: int, crlf: bool, to: Path
) -> Laid | None:
    """DuckDB's parallel parser, for a file that the scan found regular; ``None`` if it errs."""
    names = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(columns))
    line_end = r"\r\n" if crlf else r"\n"
    con.execute("SET preserve_insertion_order = true")
    try:
        rows = con.execute(
            f"""COPY (FROM read_csv({literal(text)}, columns = {{{names}}}, auto_detect = false,
                header = false, skip = 1, delim = ',', quote = '"', escape = '"',
                new_line = '{line_end}', nullstr = ['', 'NULL'], buffer_size = {BUFFER}))
            TO {literal(to)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {ROW_GROUP})"""
        ).fetchall()
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return None
    return Laid(to, "file_row_number + 1", int(rows[0][0]))


def lay_exactly(text: Path, columns: int, to: Path, where: str) -> tuple[Laid, list[SetAside]]:
    """The exact splitter, one record at a time; what has no cells is set aside."""
    schema = pa.schema(
        [("record_number", pa.int64()), *((f"c{n}", pa.string()) for n in range(columns))]
    )
    broken: list[SetAside] = []
    rows = 0
    with pq.ParquetWriter(to, schema, compression="snappy") as writer:
        records = islice(split(text, columns), 1, None)
        for batch in _batches(_whole(records, broken, where)):
            cells = zip(*(record.fields for record in batch), strict=True)
            arrays = [
                pa.array([EMPTY.get(cell, cell) for cell in column], pa.string())
                for column in cells
            ]
            numbers = pa.array([record.number for record in batch], pa.int64())
            writer.write_batch(pa.record_batch([numbers, *arrays], schema=schema))
            rows += len(batch)
    return Laid(to, "record_number", rows), broken


def _whole(records: Iterable[Record], broken: list[SetAside], where: str) -> Iterator[Record]:
    for record in records:
        if record.problem is None:
            yield record
        else:
            broken.append(SetAside(record.number, record.line, None, record.problem, record.text))
            bounded(len(broken), record.number, where, record.problem)


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, BATCH)):
        yield batch


def create_raw_text(
    con: duckdb.DuckDBPyConnection, laid: Laid, layout: Layout, report_format: ReportFormat
) -> None:
    """``raw_text``: every parsed record; each declared column as text (or NULL), ``x_extra``.

    Where each tag is a column of its own they are gathered into the map ``tags``.
    """
    columns = [f"{laid.record_number} AS record_number"]
    for column in report_format.columns:
        columns.append(f"{_cell(layout, column)} AS {identifier(column.name)}")
    if report_format.tag_prefixes:
        columns.append(f"{_entries(layout.tags.items())} AS tags")
    columns.append(f"{_entries(layout.extra.items())} AS x_extra")
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW raw_text AS SELECT {', '.join(columns)} "
        f"FROM read_parquet({literal(laid.path)}, file_row_number = true)"
    ).fetchall()


def _cell(layout: Layout, column: RawColumn) -> str:
    if column.name in layout.given:
        return literal(layout.given[column.name])
    position = layout.declared.get(column.name)
    if position is None:
        return "CAST(NULL AS VARCHAR)"
    return column.spelt.format(cell=f"c{position}")


def _entries(cells: Iterable[tuple[str, int]]) -> str:
    entries = ", ".join(f"({literal(name)}, c{position})" for name, position in cells)
    if not entries:
        return NO_ENTRIES
    return f"map_from_entries(list_filter([{entries}], lambda entry: entry[2] IS NOT NULL))"


def create_raw(con: duckdb.DuckDBPyConnection, report_format: ReportFormat, mended: bool) -> None:
    """``raw``: what ``sql/focus/<format>.sql`` selects from.

    ``raw_text`` without the records set aside, its odd cells in a form that casts exactly, and
    ``x_exact``: FOCUS column -> original text where a decimal was rounded, or was too long.
    """
    kept = "record_number NOT IN (SELECT record_number FROM raw_set_aside)"
    if not mended:
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW raw AS SELECT *, {NO_ENTRIES} AS x_exact "
            f"FROM raw_text WHERE {kept}"
        ).fetchall()
        return
    cells = ", ".join(
        f"CASE WHEN map_contains(raw_mended.cells, {literal(column.name)}) "
        f"THEN raw_mended.cells[{literal(column.name)}] "
        f"ELSE raw_text.{identifier(column.name)} END AS {identifier(column.name)}"
        for kind in (RawKind.DECIMAL, RawKind.TAGS)
        for column in report_format.of(kind)
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP VIEW raw AS
        SELECT raw_text.* REPLACE (
            {cells},
            CASE WHEN raw_mended.x_left IS NULL THEN raw_text.x_extra
                ELSE map_concat(raw_text.x_extra, raw_mended.x_left) END AS x_extra
        ), coalesce(raw_mended.x_exact, {NO_ENTRIES}) AS x_exact
        FROM raw_text LEFT JOIN raw_mended USING (record_number) WHERE {kept}"""
    ).fetchall()
