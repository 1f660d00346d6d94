"""Read one delivered report: every record is either a ledger line or set aside, none is lost.

A report is a stream of blocks of whole records, read two at a time in bounded memory. What only
the whole report tells (a reference number that comes up again in another block, quantities that do
not add up) is settled over its blocks, and, where it changes any of them, the report is read again.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from cloudledger import exact
from cloudledger.exact import WHOLE_DIGITS
from cloudledger.reports.blocks import BLOCK, Block, text_blocks
from cloudledger.reports.control import ControlSums
from cloudledger.reports.declared import ReportFormat
from cloudledger.reports.digits import digits_held, most_digits
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.formats import detect
from cloudledger.reports.layout import NOTHING_GIVEN, Layout, lay_out
from cloudledger.reports.parquet import header_of, is_parquet, row_blocks
from cloudledger.reports.read_block import BlockRead, BlockReader, Settled, Sink
from cloudledger.reports.references import HashFile, later_ones
from cloudledger.reports.set_aside import SetAside, bounded
from cloudledger.reports.split import Record, split
from cloudledger.reports.text import Text
from cloudledger.reports.unpack import unpacked
from cloudledger.workers import THREADS, Worker, borrowed

WAITING = 1
"""Blocks that lie ready for the threads, at most."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Report:
    """One report, read. ``kept + len(set_aside) == records``; all counts leave out the header.

    ``unknown_columns`` are kept in ``x_extra``, ``missing_columns`` are optional and read as NULL.
    ``sha256`` is that of the file as delivered. ``controls`` are its sums
    straight from its text. ``digits`` says by raw column how many digits before the decimal point a
    quantity or unit price may have to stay a number. ``exactly_split`` says why the fast parser was
    not trusted with some block, ``None`` when it read all of them.
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
    controls: ControlSums
    digits: Mapping[str, int]
    exactly_split: str | None


def read_report(
    path: Path,
    sink: Sink,
    *,
    format: str | None = None,
    given: Mapping[str, str] = NOTHING_GIVEN,
    block: int = BLOCK,
) -> Report:
    """Hand the lines of the report at ``path`` (CSV, gzip or plain, or Parquet) to ``sink``.

    What it is follows from its bytes. ``format`` names the one format to accept; else the header
    tells. ``given`` says the values of columns that the file lacks, by the names of the settings
    that the format declares for them. ``block`` is the size of blocks in bytes; it changes nothing
    in what is read.

    :raises UnreadableReport: the file, or its header, is none that any line can be taken from.
    :raises LostLine: the records do not add up.
    """
    source = _Source(path, block)
    header = source.header()
    report_format = detect(header, format, where=str(path))
    layout = lay_out(header, report_format, given, where=str(path))
    reader = BlockReader(report_format, layout, Settled(most_digits(report_format)))
    while True:
        found = _read_all(source, reader, sink, str(path))
        settled = _settled(source, reader, found)
        if settled is None:
            return _report(path, source, reader, layout, found)
        sink.restart()
        reader = replace(reader, settled=settled)


class _Source:
    """A file whose blocks can be gone through more than once."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self._parquet = is_parquet(path)
        self._text: Text | None = None
        self._columns = 0

    def header(self) -> list[str]:
        """The columns' names.

        :raises UnreadableReport: there is no header, or none that can be read.
        """
        if self._parquet:
            return header_of(self._path)
        self._text = Text(unpacked(self._path))
        header = _header(self._text, str(self._path))
        self._columns = len(header.fields)
        return header.fields

    def blocks(self) -> Iterator[Block]:
        """Every block, from the first on."""
        if self._parquet:
            yield from row_blocks(self._path)
            return
        if self._text is None or self._text.ended():
            self.header()
        assert self._text is not None
        yield from text_blocks(self._text, self._columns, self._size)


def _header(text: Text, where: str) -> Record:
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


def _each(source: _Source, work: Callable[[Worker, Block], _T]) -> Iterator[_T]:
    """What ``work`` makes of each block, in their order; at most a few are under way at once."""

    def run(block: Block) -> _T:
        with borrowed() as worker:
            made = work(worker, block)
            worker.con.unregister("raw_cells")
        return made

    pool: ThreadPoolExecutor | None = None
    running: deque[Future[_T]] = deque()
    try:
        for block in source.blocks():
            if block.first == 0 and block.last:
                yield run(block)
                return
            pool = pool or ThreadPoolExecutor(THREADS, "cloudledger-read")
            running.append(pool.submit(run, block))
            while len(running) >= THREADS + WAITING:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)


@dataclass
class _Found:
    records: int
    kept: int
    set_aside: list[SetAside]
    controls: ControlSums
    magnitudes: dict[str, Decimal]
    references: HashFile
    exactly: str | None


def _read_all(source: _Source, reader: BlockReader, sink: Sink, where: str) -> _Found:
    controls = ControlSums(tuple(reader.report_format.controls))
    found = _Found(0, 0, [], controls, {}, HashFile(), None)

    def work(worker: Worker, block: Block) -> BlockRead:
        return reader.read(worker, block, sink)

    for one in _each(source, work):
        found.records += one.records
        found.kept += one.lines
        found.set_aside += one.set_aside
        found.controls.add(one.controls)
        for name, magnitude in one.magnitudes.items():
            found.magnitudes[name] = exact.add(found.magnitudes.get(name, Decimal(0)), magnitude)
        found.references.add(one.references)
        found.exactly = found.exactly or one.exactly
        bounded(found.set_aside, where)
    return found


def _settled(source: _Source, reader: BlockReader, found: _Found) -> Settled | None:
    """What the report must be read again with, if it must be."""
    now = reader.settled
    digits = digits_held(now.digits, found.magnitudes, found.records)
    later = now.repeats
    suspects = found.references.repeated()
    if len(suspects) and not later:

        def work(worker: Worker, block: Block) -> list[tuple[int, str]]:
            return reader.suspects(worker, block, suspects)

        later = later_ones(one for some in _each(source, work) for one in some)
    settled = Settled(digits, later)
    return None if settled == now else settled


def _report(
    path: Path, source: _Source, reader: BlockReader, layout: Layout, found: _Found
) -> Report:
    for control in found.controls:
        if not exact.fits(control.amount):
            raise UnreadableReport(
                str(path),
                f"a cost of one day and currency adds up to more than {WHOLE_DIGITS} digits before "
                "the decimal point",
                "Mend the costs that are too high",
            )
    return Report(
        path=path,
        format=reader.report_format,
        header=layout.header,
        unknown_columns=layout.unknown,
        missing_columns=layout.missing,
        records=found.records,
        kept=found.kept,
        sha256=_sha256(path),
        set_aside=tuple(found.set_aside),
        controls=found.controls,
        digits=reader.settled.digits,
        exactly_split=found.exactly,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as delivered:
        return hashlib.file_digest(delivered, "sha256").hexdigest()
