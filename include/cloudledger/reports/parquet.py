"""A Parquet report as blocks of rows, every cell the text that another report would deliver."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from cloudledger.reports.blocks import Block
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.set_aside import SetAside
from cloudledger.reports.unpack import AGAIN
from cloudledger.sql import identifier

MAGIC = b"PAR1"
ROWS = 40_000
"""Rows in a block."""
INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"


def is_parquet(path: Path) -> bool:
    """Whether the file begins as Parquet does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def header_of(path: Path) -> list[str]:
    """The names of the columns.

    :raises UnreadableReport: cut off or damaged.
    """
    with _readable(path), pq.ParquetFile(path) as file:
        return list(file.schema_arrow.names)


def row_blocks(path: Path, rows: int = ROWS) -> Iterator[Block]:
    """The rows in their order, so many in a block. Page checksums are verified if there are any.

    :raises UnreadableReport: cut off or damaged.
    """
    first = 0
    with _readable(path), pq.ParquetFile(path, page_checksum_verification=True) as file:
        count = int(file.metadata.num_rows)
        for batch in file.iter_batches(rows):
            end = first + batch.num_rows
            if batch.num_rows:
                yield RowBlock(first, batch.num_rows, end == count, pa.table(batch), path)
            first = end


@dataclass(slots=True)
class RowBlock:
    """Rows of a Parquet file.

    Decimals are written with every digit, a float as the shortest text that reads back as the same
    float, instants in UTC to the microsecond, maps and lists as JSON.
    """

    first: int
    records: int
    last: bool
    table: pa.Table
    path: Path
    broken: Sequence[SetAside] = ()
    exactly: str | None = None

    def load(self, con: duckdb.DuckDBPyConnection) -> tuple[Block, pa.Table]:
        """See :class:`cloudledger.reports.blocks.Block`."""
        cells = ", ".join(
            f"nullif(nullif({_text(field, f'p{at}')}, ''), 'NULL') AS c{at}"
            for at, field in enumerate(self.table.schema)
        )
        named = self.table.rename_columns([f"p{at}" for at in range(self.table.num_columns)])
        with _readable(self.path):
            con.register("parquet_rows", named)
            texts = con.sql(
                f"SELECT row_number() OVER () + {self.first} AS record_number, {cells} "
                "FROM parquet_rows"
            ).to_arrow_table()
            con.unregister("parquet_rows")
        return self, texts

    def originals(
        self, con: duckdb.DuckDBPyConnection, numbers: Sequence[int]
    ) -> Mapping[int, tuple[int, str]]:
        """See :class:`cloudledger.reports.blocks.Block`."""
        listed = ", ".join(map(str, numbers))
        rows = con.execute(f"SELECT * FROM raw_cells WHERE record_number IN ({listed})").fetchall()
        return {number: (number + 1, _line(cells)) for number, *cells in rows}


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        what = f"this Parquet file cannot be read ({str(error).splitlines()[0]})"
        raise UnreadableReport(str(path), what, AGAIN) from error


def _line(cells: Sequence[str | None]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def _text(field: pa.Field, name: str) -> str:
    name = identifier(name)
    kind = field.type
    if pa.types.is_timestamp(kind):
        return f"strftime(CAST({name} AS TIMESTAMP), '{INSTANT}')"
    if pa.types.is_nested(kind):
        return f"CAST(to_json({name}) AS VARCHAR)"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return f"decode({name})"
    return f"CAST({name} AS VARCHAR)"
