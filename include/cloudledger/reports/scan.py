"""An independent look at a report's bytes: how many records, and whether all is plain.

It knows nothing of fields and shares no code with a parser, so that what a parser loses shows.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 4 << 20
LONGEST_LINE = 1 << 20
"""Bytes; a longer line is left to the exact splitter."""

LF, CR, QUOTE, COMMA = b'\n\r",'


@dataclass(frozen=True, slots=True)
class Scan:
    """What a file holds, its header included.

    ``records`` counts non-blank records, a line feed inside quotes not ending one; ``delimiters``
    counts the commas outside quotes.
    ``irregular`` says why a fast parser must not be trusted with the file; ``None`` when every
    record is one line of strict RFC 4180 CSV in valid UTF-8.
    """

    records: int
    delimiters: int
    crlf: bool
    irregular: str | None


def scan(path: Path) -> Scan:
    """Read the whole file once, in blocks, in constant memory."""
    state = _State()
    for block in _blocks(path):
        state.take(block)
    return state.result()


@dataclass(slots=True)
class _Block:
    """Bytes with one neighbour on each side (a line feed beyond either end of the file)."""

    data: bytes
    before: int
    after: int
    last: bool


def _blocks(path: Path) -> Iterator[_Block]:
    size = path.stat().st_size
    with path.open("rb") as file:
        for start in range(0, size, BLOCK):
            first = max(start - 1, 0)
            data = os.pread(file.fileno(), start + BLOCK + 1 - first, first)
            before = data[0] if start else LF
            body = data[start - first : start - first + BLOCK]
            last = start + BLOCK >= size
            yield _Block(body, before, LF if last else data[-1], last)


@dataclass(slots=True)
class _State:
    records: int = 0
    delimiters: int = 0
    quotes: int = 0
    line_bytes: int = 0
    record_bytes: int = 0
    line_feeds: int = 0
    crlf: int = 0
    carriage_returns: int = 0
    reasons: dict[str, None] = field(default_factory=dict)
    decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8")
    )

    def take(self, block: _Block) -> None:
        self._characters(block)
        padded = np.frombuffer(
            bytes([block.before]) + block.data + bytes([block.after]), dtype=np.uint8
        )
        inner = padded[1:-1]
        line_feeds = np.flatnonzero(inner == LF)
        quotes = np.flatnonzero(inner == QUOTE)
        self._quotes(padded, quotes)
        self._delimiters(np.flatnonzero(inner == COMMA), quotes)
        self._lines(padded, line_feeds, quotes, block)
        self.quotes += len(quotes)

    def _characters(self, block: _Block) -> None:
        if b"\0" in block.data:
            self._because("a NUL byte")
        if "bad UTF-8" not in self.reasons:
            try:
                self.decoder.decode(block.data, block.last)
            except UnicodeDecodeError:
                self._because("bad UTF-8")

    def _quotes(self, padded: NDArray[np.uint8], quotes: NDArray[np.intp]) -> None:
        """An opening quote follows a delimiter, a closing one precedes one; doubled ones may."""
        opening = quotes[self.quotes % 2 :: 2]
        closing = quotes[1 - self.quotes % 2 :: 2]
        if not np.isin(padded[opening], (COMMA, LF, QUOTE)).all():
            self._because("a quote inside an unquoted field")
        if not np.isin(padded[closing + 2], (COMMA, LF, CR, QUOTE)).all():
            self._because("text after a closing quote")

    def _delimiters(self, commas: NDArray[np.intp], quotes: NDArray[np.intp]) -> None:
        bounds = np.searchsorted(commas, quotes)
        if self.quotes % 2:
            bounds = np.concatenate(([0], bounds))
        if len(bounds) % 2:
            bounds = np.concatenate((bounds, [len(commas)]))
        self.delimiters += len(commas) - int((bounds[1::2] - bounds[::2]).sum())

    def _lines(
        self,
        padded: NDArray[np.uint8],
        line_feeds: NDArray[np.intp],
        quotes: NDArray[np.intp],
        block: _Block,
    ) -> None:
        returns = block.data.count(b"\r")
        ended_by_return = padded[line_feeds] == CR
        self.line_feeds += len(line_feeds)
        self.carriage_returns += returns
        self.crlf += int(ended_by_return.sum())
        within = (self.quotes + np.searchsorted(quotes, line_feeds)) % 2 == 1
        if within.any():
            self._because("a line feed inside quotes")
        lengths = _lengths(line_feeds, self.line_bytes)
        if lengths.max(initial=0) > LONGEST_LINE:
            self._because("a very long line")
        ends = line_feeds[~within]
        blank = _lengths(ends, self.record_bytes) - ended_by_return[~within] <= 0
        self.records += len(ends) - int(blank.sum())
        size = len(block.data)
        self.line_bytes = _left(line_feeds, size, self.line_bytes)
        self.record_bytes = _left(ends, size, self.record_bytes)

    def _because(self, reason: str) -> None:
        self.reasons[reason] = None

    def result(self) -> Scan:
        if self.record_bytes > 0:
            self.records += 1
        if self.line_bytes > LONGEST_LINE:
            self._because("a very long line")
        if self.quotes % 2:
            self._because("an unclosed quote")
        mixed = self.crlf not in (0, self.line_feeds)
        if mixed or self.carriage_returns != self.crlf:
            self._because("mixed line ends")
        return Scan(
            self.records, self.delimiters, self.crlf > 0, "; ".join(sorted(self.reasons)) or None
        )


def _lengths(ends: NDArray[np.intp], carried: int) -> NDArray[np.intp]:
    """Bytes before each end and behind the one before it; ``carried`` lie before the block."""
    return np.diff(ends, prepend=-1 - carried) - 1


def _left(ends: NDArray[np.intp], size: int, carried: int) -> int:
    """Bytes of the block behind its last end."""
    return size - 1 - int(ends[-1]) if len(ends) else carried + size
