"""The exact splitter: any bytes into records, one bad record never taking another with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cloudledger.reports.text import LONGEST_LINE, Text

MOST_LINES = 200
MOST_BYTES = 1 << 18
"""How far a quoted cell may reach over following lines before its record is given up."""

UNCLOSED = "opens a quote that is never closed"
QUOTED = re.compile(rb'"([^"]*+(?:""[^"]*+)*+)"')
UNQUOTED = re.compile(rb"[^,]*+")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its number (the header is 0), the line it starts on (from 1), its bytes.

    ``fields`` is empty where ``problem`` says what is wrong with it.
    """

    number: int
    line: int
    data: bytes
    fields: list[str]
    problem: str | None = None

    @property
    def text(self) -> str:
        r"""The original, undecodable bytes and NUL written ``\xNN``."""
        return self.data.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def split(
    text: Text, columns: int | None = None, *, number: int = 0, until: int | None = None
) -> Iterator[Record]:
    """Every non-blank record from the text's place on; ``columns`` None takes any width.

    The first has the ``number`` given; the header is number 0. ``until`` is a position: records
    that begin before it are taken, wherever they end. A record whose quote does not close on its
    own line is tried over the following ones, and taken only when it then is strict CSV of exactly
    ``columns`` fields; otherwise its first line alone is bad and reading goes on behind it.
    """
    lines = _Lines(text)
    while until is None or text.position < until:
        start = text.line
        line = lines.next()
        if line is None:
            return
        if not line.whole:
            problem = f"is longer than {LONGEST_LINE} bytes"
            yield Record(number, start, line.raw, [], problem)
        elif data := _without_end(line.raw):
            yield _record(number, start, data, line.raw, lines, columns)
        else:
            continue
        number += 1


class _Line(NamedTuple):
    raw: bytes
    whole: bool


class _Lines:
    """Lines with their ends, and those behind them to be looked at."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def next(self) -> _Line | None:
        line = self._line(0)
        if not line.raw:
            return None
        self.skip(1, len(line.raw))
        if not line.whole:
            self._text.take_line()
        return line

    def ahead(self) -> Iterator[_Line]:
        distance = 0
        while (line := self._line(distance)).raw:
            distance += len(line.raw)
            yield line
            if not line.whole:
                return

    def skip(self, count: int, size: int) -> None:
        self._text.take(size)
        self._text.line += count

    def _line(self, distance: int) -> _Line:
        raw = self._text.line_ahead(distance)
        return _Line(raw, len(raw) < LONGEST_LINE or raw.endswith(b"\n"))


def _without_end(raw: bytes) -> bytes:
    return raw.removesuffix(b"\n").removesuffix(b"\r")


def _record(
    number: int, start: int, data: bytes, raw: bytes, lines: _Lines, columns: int | None
) -> Record:
    if b'"' not in data:
        return _decoded(number, start, data, data.split(b","), columns)
    fields, problem = _fields(data, strict=False)
    if problem == UNCLOSED:
        whole, fields, taken, size = _over_lines(raw, lines, columns)
        if taken:
            lines.skip(taken, size)
            return _decoded(number, start, whole, fields, columns)
    if problem:
        return Record(number, start, data, [], problem)
    return _decoded(number, start, data, fields, columns)


def _over_lines(
    raw: bytes, lines: _Lines, columns: int | None
) -> tuple[bytes, list[bytes], int, int]:
    """The record that begins with ``raw``: its bytes, fields, and how many lines and bytes more
    it took.

    0 lines when none of the bounded number of following lines completes it.
    """
    pieces = raw
    for taken, line in enumerate(lines.ahead(), start=1):
        if taken > MOST_LINES or not line.whole or len(pieces) > MOST_BYTES:
            break
        pieces += line.raw
        if b'"' not in line.raw:
            continue
        data = _without_end(pieces)
        fields, problem = _fields(data, strict=True)
        if problem is None and columns in (None, len(fields)):
            return data, fields, taken, len(pieces) - len(raw)
        if problem != UNCLOSED:
            break
    return b"", [], 0, 0


def _fields(data: bytes, *, strict: bool) -> tuple[list[bytes], str | None]:
    """The fields of one record; ``strict`` allows no quote inside an unquoted field."""
    fields: list[bytes] = []
    at = 0
    while True:
        if data.startswith(b'"', at):
            match = QUOTED.match(data, at)
            if match is None:
                return [], UNCLOSED
            fields.append(match[1].replace(b'""', b'"'))
        else:
            match = UNQUOTED.match(data, at)
            assert match is not None  # it matches the empty field too
            fields.append(match[0])
            if strict and b'"' in match[0]:
                return [], "has a quote inside an unquoted field"
        at = match.end()
        if at == len(data):
            return fields, None
        if not data.startswith(b",", at):
            return [], "has text after a closing quote"
        at += 1


def _decoded(
    number: int, start: int, data: bytes, fields: list[bytes], columns: int | None
) -> Record:
    problem = None
    if b"\0" in data:
        problem = f"holds a NUL byte at position {data.index(0) + 1}"
    elif columns not in (None, len(fields)):
        problem = f"has {len(fields)} fields where the header has {columns}"
    else:
        try:
            return Record(number, start, data, [field.decode("utf-8") for field in fields])
        except UnicodeDecodeError:
            problem = _bad_byte(data)
    return Record(number, start, data, [], problem)


def _bad_byte(data: bytes) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"is not UTF-8: byte \\x{data[error.start]:02x} at position {error.start + 1}"
    return "is not UTF-8"
