"""Cells that DuckDB's casts would not read exactly, read one by one and put beside ``raw_text``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import duckdb
import pyarrow as pa

from cloudledger.exact import WHOLE_DIGITS
from cloudledger.reports.check import Problem, said
from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat
from cloudledger.reports.numbers import plain, read_number, simple
from cloudledger.reports.tags import LOSSY, read_tags
from cloudledger.sql import identifier, literal

BATCH = 10_000
_MAP = pa.map_(pa.string(), pa.string())
MENDED = pa.schema(
    [("record_number", pa.int64()), ("cells", _MAP), ("x_exact", _MAP), ("x_left", _MAP)]
)


@dataclass(slots=True)
class _Mended:
    """One record's cells as ``sql/focus`` can cast them, and what they do not say."""

    cells: dict[str, str | None] = field(default_factory=dict)
    exact: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    problem: Problem | None = None


class _Cell(TypedDict):
    """An odd cell: the position of its column among those looked at, its text."""

    at: int
    text: str


def odd(column: RawColumn, digits: int = WHOLE_DIGITS) -> str:
    """The SQL condition under which a cell is not left to a plain cast.

    A decimal never is with more than ``digits`` digits before the decimal point.
    """
    name = identifier(column.name)
    if column.kind is RawKind.DECIMAL:
        return f"NOT regexp_full_match({name}, {literal(simple(digits))})"
    return (
        f"{name} IS NOT NULL AND (regexp_matches({name}, {literal(LOSSY)}) "
        f"OR TRY_CAST(TRY_CAST({name} AS JSON) AS MAP(VARCHAR, VARCHAR)) IS NULL)"
    )


def mend(
    con: duckdb.DuckDBPyConnection,
    report_format: ReportFormat,
    digits: Mapping[str, int],
    odd_columns: Collection[str],
    at_most: int,
) -> tuple[int, dict[int, Problem]]:
    """Fill the temporary table ``raw_mended``; the number of its rows, and the broken numbers.

    At most ``at_most`` of those. ``digits``: see :mod:`cloudledger.reports.digits`;
    ``odd_columns``: those with an odd cell at all, see :class:`cloudledger.reports.look.Look`.
    """
    candidates = (*report_format.of(RawKind.DECIMAL), *report_format.of(RawKind.TAGS))
    columns = [column for column in candidates if column.name in odd_columns]
    problems: dict[int, Problem] = {}
    batches: list[pa.RecordBatch] = []
    for rows in _odd_rows(con, columns, digits):
        mended: list[tuple[int, _Mended]] = []
        for number, cells in rows:
            record = _Mended()
            for cell in cells:
                _take(record, columns[cell["at"]], cell["text"], digits)
            if record.problem is None:
                mended.append((number, record))
            elif len(problems) < at_most:
                problems[number] = record.problem
        batches.append(_batch(mended))
    table = pa.Table.from_batches(batches, MENDED)
    con.register("mended_cells", table)
    con.execute("CREATE OR REPLACE TEMP TABLE raw_mended AS FROM mended_cells").fetchall()
    con.unregister("mended_cells")
    return table.num_rows, problems


def _odd_rows(
    con: duckdb.DuckDBPyConnection, columns: list[RawColumn], digits: Mapping[str, int]
) -> Iterator[list[tuple[int, list[_Cell]]]]:
    conditions = [odd(column, digits.get(column.name, WHOLE_DIGITS)) for column in columns]
    cases = ", ".join(
        f"CASE WHEN {condition} THEN {{'at': {at}, 'text': {identifier(column.name)}}} END"
        for at, (column, condition) in enumerate(zip(columns, conditions, strict=True))
    )
    cursor = con.execute(
        f"SELECT record_number, list_filter([{cases}], lambda cell: cell IS NOT NULL) AS cells "
        f"FROM raw_text WHERE {' OR '.join(f'({condition})' for condition in conditions)}"
    )
    while rows := cursor.fetchmany(BATCH):
        yield rows


def _take(record: _Mended, column: RawColumn, text: str, digits: Mapping[str, int]) -> None:
    if column.kind is RawKind.TAGS:
        tags, whole = read_tags(text)
        record.cells[column.name] = json.dumps(tags, ensure_ascii=False)
        if not whole:
            record.left[column.name] = text
        return
    number = read_number(text, digits.get(column.name))
    if isinstance(number, str):
        record.problem = record.problem or Problem(column.name, said(number, text))
        return
    record.cells[column.name] = None if number.kept is None else plain(number.kept)
    if number.rest:
        record.exact.update(dict.fromkeys(column.exact_names, text))


def _batch(mended: list[tuple[int, _Mended]]) -> pa.RecordBatch:
    return pa.record_batch(
        [
            pa.array([number for number, _ in mended], pa.int64()),
            *(
                pa.array([list(getattr(one, name).items()) for _, one in mended], _MAP)
                for name in ("cells", "exact", "left")
            ),
        ],
        schema=MENDED,
    )
