"""One block of a report: its records checked, mended, summed, and handed on as ledger lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import numpy as np
import pyarrow as pa

from cloudledger.focus.lines import focus_lines
from cloudledger.focus.repeating import Cells
from cloudledger.reports.blocks import Block
from cloudledger.reports.check import Problem, find_problems, find_repeats, repeats
from cloudledger.reports.control import NO_GROUP, ControlSums, sum_raw_text
from cloudledger.reports.declared import ReportFormat
from cloudledger.reports.errors import LostLine
from cloudledger.reports.layout import Layout
from cloudledger.reports.look import Look, look
from cloudledger.reports.mend import mend
from cloudledger.reports.raw import cells_of, create_raw, create_raw_text
from cloudledger.reports.references import (
    Hashes,
    comes_twice,
    reference_hashes,
    references_of,
)
from cloudledger.reports.set_aside import MOST_SET_ASIDE, SetAside
from cloudledger.workers import Worker


class Sink(Protocol):
    """Where the kept lines go."""

    def take(self, lines: Iterator[pa.RecordBatch]) -> int:
        """Take lines, of LINE_COLUMNS, and say how many; called from several threads."""

    def restart(self) -> None:
        """Forget all that was taken: the report is read once more."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What is settled over the whole report and holds for each of its blocks.

    ``digits``: see :mod:`cloudledger.reports.digits`; ``repeats``: a record's number -> the first
    record, of another block, that has its reference.
    """

    digits: Mapping[str, int]
    repeats: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BlockRead:
    """What one block came to; ``lines + len(set_aside) == records``."""

    records: int
    lines: int
    set_aside: tuple[SetAside, ...]
    controls: ControlSums
    magnitudes: Mapping[str, Decimal]
    references: Hashes
    exactly: str | None


@dataclass(frozen=True, slots=True)
class BlockReader:
    """Reads the blocks of one report, whose header says the ``layout``."""

    report_format: ReportFormat
    layout: Layout
    settled: Settled

    def read(self, worker: Worker, block: Block, sink: Sink) -> BlockRead:
        """Hand the lines of the kept records to ``sink``.

        :raises LostLine: the records do not add up.
        """
        con, report_format, digits = worker.con, self.report_format, self.settled.digits
        block, cells, seen, problems = self._checked(worker, block)
        mended, numbers = self._mended(worker, seen)
        problems = numbers | problems
        self._tell(worker, problems)
        again = {
            number: repeats(report_format, first)
            for number, first in self.settled.repeats.items()
            if block.first < number <= block.first + block.records and number not in problems
        }
        if again:
            problems |= again
            self._tell(worker, problems)
        references = reference_hashes(con, report_format, set_aside=bool(problems))
        if comes_twice(references):
            problems = find_repeats(con, report_format, MOST_SET_ASIDE + 1) | problems
            self._tell(worker, problems)
            references = reference_hashes(con, report_format, set_aside=bool(problems))
        set_aside = bool(problems)
        controls = sum_raw_text(con, report_format, digits, seen.odd, set_aside=set_aside)
        if block.broken:
            controls.lines[NO_GROUP] += len(block.broken)
        aside = [*block.broken, *self._with_text(worker, block, problems)]
        create_raw(worker, self.layout, report_format, set_aside=set_aside, mended=mended)
        lines = sink.take(
            focus_lines(
                worker,
                report_format.name,
                _without(cells, problems),
                cells_of(self.layout, report_format, seen.odd if mended else ()),
            )
        )
        if lines + len(aside) != block.records:
            raise LostLine(
                f"of {block.records} records {lines} lines are kept and {len(aside)} set aside, "
                f"difference {lines + len(aside) - block.records}"
            )
        return BlockRead(
            records=block.records,
            lines=lines,
            set_aside=tuple(sorted(aside, key=lambda one: one.record_number)),
            controls=controls,
            magnitudes=seen.magnitudes,
            references=references,
            exactly=block.exactly,
        )

    def suspects(self, worker: Worker, block: Block, hashes: Hashes) -> list[tuple[int, str]]:
        """The records, not set aside, whose reference has one of these hashes, with it."""
        block, _, seen, problems = self._checked(worker, block)
        _, numbers = self._mended(worker, seen)
        self._tell(worker, numbers | problems)
        return references_of(worker.con, self.report_format, hashes)

    def _checked(
        self, worker: Worker, block: Block
    ) -> tuple[Block, Cells, Look, dict[int, Problem]]:
        read, table = block.load(worker.con)
        cells = Cells(table)
        worker.con.register("raw_cells", table)
        create_raw_text(worker, self.layout, self.report_format)
        cells_by_column = cells_of(self.layout, self.report_format)
        seen = look(worker.con, self.report_format, self.settled.digits, cells, cells_by_column)
        if seen.records + len(read.broken) != block.records:
            raise LostLine(f"of {block.records} records {seen.records} were read")
        if not seen.broken:
            return read, cells, seen, {}
        problems = find_problems(worker.con, self.report_format, MOST_SET_ASIDE + 1)
        return read, cells, seen, problems

    def _mended(self, worker: Worker, seen: Look) -> tuple[bool, dict[int, Problem]]:
        """Whether any cell was mended, and the records whose numbers are none."""
        if not seen.odd:
            return False, {}
        rows, numbers = mend(
            worker.con, self.report_format, self.settled.digits, seen.odd, MOST_SET_ASIDE + 1
        )
        return rows > 0, numbers

    def _tell(self, worker: Worker, problems: Mapping[int, Problem]) -> None:
        numbers = pa.table({"record_number": pa.array(sorted(problems), pa.int64())})
        worker.con.register("problem_records", numbers)
        worker.con.execute(
            "CREATE OR REPLACE TEMP TABLE raw_set_aside AS FROM problem_records"
        ).fetchall()
        worker.con.unregister("problem_records")

    def _with_text(
        self, worker: Worker, block: Block, problems: Mapping[int, Problem]
    ) -> list[SetAside]:
        if not problems:
            return []
        originals = block.originals(worker.con, sorted(problems))
        aside = []
        for number, problem in problems.items():
            line, text = originals[number]
            aside.append(SetAside(number, line, problem.column, problem.reason, text))
        return aside


def _without(cells: Cells, problems: Mapping[int, Problem]) -> Cells:
    """The cells of the records that are kept."""
    if not problems:
        return cells
    kept = ~np.isin(cells.table["record_number"], list(problems))
    return Cells(cells.table.filter(pa.array(kept)))
