"""An independent look at a block of whole lines: how many records, and whether all is plain.

It knows nothing of fields and shares no code with a parser, so that what a parser loses shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cloudledger.reports.text import LONGEST_LINE

STEP = 1 << 18
"""Bytes compared at a time: what a processor keeps near."""

LF, CR, QUOTE, COMMA = b'\n\r",'

_Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Scan:
    """What a block holds.

    ``records`` counts non-blank records, a line feed inside quotes not ending one; ``lines`` the
    line feeds. ``irregular`` says why a fast parser must not be trusted with it; ``None`` when
    every record is one line of strict RFC 4180 CSV in valid UTF-8, whatever its width.
    """

    records: int
    lines: int
    crlf: bool
    irregular: str | None


def scan(data: bytes) -> Scan:
    """Look at lines from the beginning of one to the end of another, or of the text."""
    bytes_ = np.frombuffer(data, dtype=np.uint8)
    reasons: set[str] = set()
    line_feeds = _positions(bytes_, LF)
    quotes = _positions(bytes_, QUOTE) if b'"' in data else line_feeds[:0]
    if b"\0" in data:
        reasons.add("a NUL byte")
    if not data.isascii() and not _is_utf8(data):
        reasons.add("bad UTF-8")
    if len(quotes):
        _look_at_quotes(bytes_, quotes, reasons)
    crlf = _look_at_line_ends(data, bytes_, line_feeds, reasons)
    within = np.searchsorted(quotes, line_feeds) % 2 == 1
    if within.any():
        reasons.add("a line feed inside quotes")
    if _lengths(line_feeds, len(data)).max(initial=0) > LONGEST_LINE:
        reasons.add("a very long line")
    ends = line_feeds[~within]
    blank = np.diff(ends, prepend=-1) == 1
    if crlf:
        returned = bytes_[ends - 1] == CR
        blank |= (np.diff(ends, prepend=-1) == 2) & returned
    unended = len(data) > (int(ends[-1]) + 1 if len(ends) else 0)
    return Scan(
        records=len(ends) - int(np.count_nonzero(blank)) + unended,
        lines=len(line_feeds),
        crlf=crlf > 0,
        irregular="; ".join(sorted(reasons)) or None,
    )


def _positions(bytes_: NDArray[np.uint8], byte: int) -> _Positions:
    found = [
        np.flatnonzero(bytes_[start : start + STEP] == byte) + start
        for start in range(0, len(bytes_), STEP)
    ]
    return np.concatenate(found) if found else np.empty(0, np.intp)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _look_at_quotes(bytes_: NDArray[np.uint8], quotes: _Positions, reasons: set[str]) -> None:
    """An opening quote follows a delimiter, a closing one precedes one; doubled ones may."""
    before = bytes_[np.maximum(quotes[::2] - 1, 0)]
    if not (np.isin(before, (COMMA, LF, QUOTE)) | (quotes[::2] == 0)).all():
        reasons.add("a quote inside an unquoted field")
    after = bytes_[np.minimum(quotes[1::2] + 1, len(bytes_) - 1)]
    last = quotes[1::2] == len(bytes_) - 1
    if not (np.isin(after, (COMMA, LF, CR, QUOTE)) | last).all():
        reasons.add("text after a closing quote")
    if len(quotes) % 2:
        reasons.add("an unclosed quote")


def _look_at_line_ends(
    data: bytes, bytes_: NDArray[np.uint8], line_feeds: _Positions, reasons: set[str]
) -> int:
    """How many line feeds follow a carriage return."""
    if b"\r" not in data:  # quicker than to count none
        return 0
    returns = data.count(b"\r")
    crlf = int(np.count_nonzero(bytes_[line_feeds[line_feeds > 0] - 1] == CR))
    if crlf not in (0, len(line_feeds)) or returns != crlf:
        reasons.add("mixed line ends")
    return crlf


def _lengths(line_feeds: _Positions, size: int) -> _Positions:
    """Bytes of each line without its line feed, and of what follows the last."""
    return np.diff(line_feeds, prepend=-1, append=size) - 1
