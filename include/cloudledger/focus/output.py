"""Lines out: the FOCUS 1.2 columns as the specification writes them, then the ``x_`` columns.

Source: FOCUS 1.2, attributes Date/Time Format, Numeric Format, Key-Value Format, Null Handling and
Column Handling, https://focus.finops.org/focus-specification/v1-2/.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

import duckdb

from cloudledger.focus.columns import LINE_COLUMNS, Kind, LineColumn
from cloudledger.sql import identifier, literal


class UnknownOutput(ValueError):
    """A file whose name does not say what to write."""

    def __init__(self, path: Path) -> None:
        known = ", ".join(member.value for member in Output)
        super().__init__(f"{path}: FOCUS is written as {known}; end the file's name so")


class Output(StrEnum):
    """What a file is written as, told by the end of its name."""

    CSV = ".csv"
    CSV_GZIP = ".csv.gz"
    PARQUET = ".parquet"

    @classmethod
    def of(cls, path: Path) -> Output:
        """:raises UnknownOutput: the name ends in none of them."""
        for member in cls:
            if path.name.lower().endswith(member.value):
                return member
        raise UnknownOutput(path)


COPY_OPTIONS = {
    Output.CSV: "FORMAT csv, HEADER",
    Output.CSV_GZIP: "FORMAT csv, HEADER, COMPRESSION gzip",
    Output.PARQUET: "FORMAT parquet, COMPRESSION zstd",
}


def write_output(con: duckdb.DuckDBPyConnection, relation: str, path: Path) -> int:
    """Write the lines of ``relation`` (columns of ``LAKE_SCHEMA``) to a file: by provider and day,
    then as their objects bring them.

    CSV holds text: instants as ``YYYY-MM-DDTHH:MM:SSZ``, decimals with every digit and at least
    one behind the point, so that a reader that guesses types sees decimals, and without exponent
    unless the provider's own text, which stands wherever DECIMAL(38,24) had to round it, has one.
    Parquet holds DECIMAL(38,24) and UTC timestamps. Tags are a JSON object in both, what is not
    there is null. The file takes its name when it is whole; memory is the connection's, whatever
    the size: what it has no room for is sorted on disk. Returns the number of lines.

    :raises UnknownOutput: the name ends in none of ``Output``.
    :raises OSError: the file cannot be written.
    """
    output = Output.of(path)
    columns = ",\n    ".join(_column(column, output) for column in LINE_COLUMNS)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        row = con.execute(
            f"COPY (SELECT\n    {columns},\n    x_object_id\nFROM {relation} "
            "ORDER BY provider, day, x_object_id, x_record_number) "
            f"TO {literal(part)} ({COPY_OPTIONS[output]})"
        ).fetchone()
        part.replace(path)
    except duckdb.IOException as error:
        raise OSError(f"{path}: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return int(row[0]) if row else 0


def _column(column: LineColumn, output: Output) -> str:
    name = identifier(column.name)
    if column.kind is Kind.MAP:
        return f"nullif(cast(to_json({name}) AS VARCHAR), '{{}}') AS {name}"
    if output is Output.PARQUET:
        return name
    if column.kind is Kind.INSTANT:
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%SZ') AS {name}"
    if column.kind is Kind.DECIMAL:
        digits = f"regexp_replace(cast({name} AS VARCHAR), '(\\.\\d+?)0+$', '\\1')"
        exact = f"coalesce(x_exact[{literal(column.name)}], {digits})"
        return f"CASE WHEN {name} IS NOT NULL THEN {exact} END AS {name}"
    return name
