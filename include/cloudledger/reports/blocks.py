"""A report's text as blocks of whole records, each laid down as the table ``raw_cells``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from cloudledger.reports.errors import LostLine
from cloudledger.reports.scan import scan
from cloudledger.reports.set_aside import SetAside
from cloudledger.reports.split import Record, split
from cloudledger.reports.text import Text
from cloudledger.sql import literal

BLOCK = 24 << 20
"""Bytes of text in a block."""
BUFFER = 8_000_000
"""Bytes that DuckDB reads at a time: less than its own choice, to hold less memory."""
EMPTY = {"": None, "NULL": None}
"""What stands for "no value" in a cell."""


class Block(Protocol):
    """Records of a report in a row.

    ``records`` counts them, ``broken`` are those of them that have no cells. ``first`` is the
    number of records before it; ``exactly`` says why the fast parser was not trusted with it.
    ``last``: none follows.
    """

    first: int
    records: int
    last: bool
    broken: Sequence[SetAside]
    exactly: str | None

    def load(self, con: duckdb.DuckDBPyConnection) -> Block:
        """Lay the cells down as ``raw_cells``: ``record_number``, ``c0``, ``c1``... as text.

        Returns the block as it was read.
        """

    def originals(
        self, con: duckdb.DuckDBPyConnection, numbers: Sequence[int]
    ) -> Mapping[int, tuple[int, str]]:
        """Record number -> its line and original text, of records that have cells."""


@dataclass(slots=True)
class PlainBlock:
    """Lines that the scan found regular, in a file of their own: the fast parser's."""

    first: int
    records: int
    last: bool
    line: int
    path: Path
    columns: int
    crlf: bool
    broken: Sequence[SetAside] = ()
    exactly: str | None = None

    def load(self, con: duckdb.DuckDBPyConnection) -> Block:
        """See :class:`Block`."""
        names = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(self.columns))
        line_end = r"\r\n" if self.crlf else r"\n"
        try:
            rows = con.execute(
                f"""CREATE OR REPLACE TEMP TABLE raw_cells AS
                SELECT row_number() OVER () + {self.first} AS record_number, *
                FROM read_csv({literal(self.path)}, columns = {{{names}}}, auto_detect = false,
                    header = false, delim = ',', quote = '"', escape = '"',
                    new_line = '{line_end}', nullstr = ['', 'NULL'], buffer_size = {BUFFER})"""
            ).fetchall()
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            rows = []
        if rows and rows[0][0] == self.records:
            return self
        return self._exactly().load(con)

    def _exactly(self) -> SplitBlock:
        text = Text([self.path.read_bytes()])
        text.line = self.line
        found = list(split(text, self.columns, number=self.first + 1))
        if len(found) != self.records:
            raise LostLine(f"of {self.records} records the exact splitter found {len(found)}")
        why = "the fast parser disagrees with the scan"
        return SplitBlock(self.first, found, self.last, self.columns, why)

    def originals(
        self, con: duckdb.DuckDBPyConnection, numbers: Sequence[int]
    ) -> Mapping[int, tuple[int, str]]:
        """See :class:`Block`."""
        wanted = set(numbers)
        found: dict[int, tuple[int, str]] = {}
        number = self.first
        for line, data in enumerate(self.path.read_bytes().split(b"\n"), start=self.line):
            data = data.removesuffix(b"\r")
            if data:
                number += 1
                if number in wanted:
                    found[number] = (line, data.decode())
        return found


class SplitBlock:
    """Records that the exact splitter took apart, one at a time."""

    def __init__(
        self, first: int, records: Sequence[Record], last: bool, columns: int, exactly: str
    ) -> None:
        self.first = first
        self.records = len(records)
        self.last = last
        self.exactly: str | None = exactly
        self.broken: Sequence[SetAside] = [
            SetAside(record.number, record.line, None, record.problem, record.text)
            for record in records
            if record.problem is not None
        ]
        whole = [record for record in records if record.problem is None]
        self._whole = {record.number: record for record in whole}
        cells = zip(*(record.fields for record in whole), strict=True) if whole else [()] * columns
        self._table = pa.table(
            {"record_number": pa.array([record.number for record in whole], pa.int64())}
            | {
                f"c{position}": pa.array([EMPTY.get(cell, cell) for cell in column], pa.string())
                for position, column in enumerate(cells)
            }
        )

    def load(self, con: duckdb.DuckDBPyConnection) -> Block:
        """See :class:`Block`."""
        con.register("split_cells", self._table)
        con.execute("CREATE OR REPLACE TEMP TABLE raw_cells AS FROM split_cells").fetchall()
        con.unregister("split_cells")
        return self

    def originals(
        self, con: duckdb.DuckDBPyConnection, numbers: Sequence[int]
    ) -> Mapping[int, tuple[int, str]]:
        """See :class:`Block`."""
        return {number: (self._whole[number].line, self._whole[number].text) for number in numbers}


def text_blocks(text: Text, columns: int, folder: Path, size: int) -> Iterator[Block]:
    """Everything behind the header; a block whose lines are regular is a file in ``folder``."""
    first = 0
    while data := text.block(size):
        seen = scan(data)
        # DuckDB drops surplus fields that are empty without a word, hence the count of delimiters
        ragged = seen.delimiters != seen.records * (columns - 1)
        why = seen.irregular or ("records that are not as wide as the header" if ragged else None)
        block: Block
        if why is None:
            path = folder / f"block-{first}.csv"
            path.write_bytes(data)
            line, crlf = text.line, seen.crlf
            text.take(len(data))
            text.line += seen.lines
            block = PlainBlock(first, seen.records, text.ended(), line, path, columns, crlf)
        else:
            until = text.position + len(data)
            records = list(split(text, columns, number=first + 1, until=until))
            block = SplitBlock(first, records, text.ended(), columns, why)
        first += block.records
        if block.records:
            yield block
