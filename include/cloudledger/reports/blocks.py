"""A report's text as blocks of whole records, each laid open as ``raw_cells``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import csv

from cloudledger.reports.errors import LostLine
from cloudledger.reports.scan import scan
from cloudledger.reports.set_aside import SetAside
from cloudledger.reports.split import Record, split
from cloudledger.reports.text import Text

BLOCK = 24 << 20
"""Bytes of text in a block."""
CHUNK = 1 << 20
"""Bytes that the fast parser takes at a time."""
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

    def load(self, con: duckdb.DuckDBPyConnection) -> tuple[Block, pa.Table]:
        """The block as it was read, and its cells: ``record_number``, ``c0``, ``c1``... as text."""

    def originals(
        self, con: duckdb.DuckDBPyConnection, numbers: Sequence[int]
    ) -> Mapping[int, tuple[int, str]]:
        """Record number -> its line and original text, of records that have cells."""


@dataclass(slots=True)
class PlainBlock:
    """Lines that the scan found regular: the fast parser's."""

    first: int
    records: int
    last: bool
    line: int
    data: bytes
    columns: int
    broken: Sequence[SetAside] = ()
    exactly: str | None = None

    def load(self, con: duckdb.DuckDBPyConnection) -> tuple[Block, pa.Table]:
        """See :class:`Block`."""
        names = [f"c{position}" for position in range(self.columns)]
        try:
            cells = csv.read_csv(
                pa.BufferReader(self.data),
                csv.ReadOptions(use_threads=False, block_size=CHUNK, column_names=names),
                csv.ParseOptions(),
                csv.ConvertOptions(
                    check_utf8=False,  # the scan has
                    column_types=dict.fromkeys(names, pa.string()),
                    null_values=list(EMPTY),
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid:
            return self._exactly().load(con)
        if cells.num_rows != self.records:
            return self._exactly().load(con)
        numbers = np.arange(self.first + 1, self.first + self.records + 1)
        return self, cells.append_column("record_number", pa.array(numbers))

    def _exactly(self) -> SplitBlock:
        text = Text([self.data])
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
        for line, data in enumerate(self.data.split(b"\n"), start=self.line):
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

    def load(self, con: duckdb.DuckDBPyConnection) -> tuple[Block, pa.Table]:
        """See :class:`Block`."""
        return self, self._table

    def originals(
        self, con: duckdb.DuckDBPyConnection, numbers: Sequence[int]
    ) -> Mapping[int, tuple[int, str]]:
        """See :class:`Block`."""
        return {number: (self._whole[number].line, self._whole[number].text) for number in numbers}


def text_blocks(text: Text, columns: int, size: int = BLOCK) -> Iterator[Block]:
    """Everything behind the header, in blocks of about ``size`` bytes."""
    first = 0
    while data := text.block(size):
        seen = scan(data)
        block: Block
        if seen.irregular is None:
            line = text.line
            text.take(len(data))
            text.line += seen.lines
            block = PlainBlock(first, seen.records, text.ended(), line, data, columns)
        else:
            until = text.position + len(data)
            records = list(split(text, columns, number=first + 1, until=until))
            block = SplitBlock(first, records, text.ended(), columns, seen.irregular)
        first += block.records
        if block.records:
            yield block
