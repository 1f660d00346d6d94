"""CSV: each row a document of its own, its columns told by their names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cloudledger.knowledge.document import Block, BlockKind, Parsed, Unreadable, hashed
from cloudledger.knowledge.reading.normalise import cut, normalised
from cloudledger.knowledge.reading.parse.aside import Aside
from cloudledger.knowledge.reading.parse.encoding import encoding_of, undecodable
from cloudledger.knowledge.reading.parse.lines import Line, paragraphs
from cloudledger.knowledge.reading.parse.metadata import metadata

MOST_ROWS = 100_000
TEXT = ("text", "body")
TOLD = frozenset({"id", "title", "department", "category", "region", "date", "tags", *TEXT})
"""Columns that are not part of what is searched for as ``name: value``."""

_DELIMITERS = ",;\t|"
_NUMBER = re.compile(r"[\d\s.,-]*")
_MOST_HEADER = 64_000
_PART_BYTES = 100


class _Row(NamedTuple):
    line: int
    cells: list[str]


def parsed(path: Path, where: str) -> Iterator[Parsed | Aside]:
    """A document for each row, with the columns id, title, text (or body), department, category,
    region, date and tags; other columns are lines ``name: value`` of its text.

    An id with a letter in it is the document's identity wherever it lies, a number only within its
    file. The file is read twice: the first time to see that all of it can be.

    :raises Unreadable: nothing of the file can be taken in.
    """
    encoding = encoding_of(path)
    header, delimiter = _header(path, encoding)
    if not any(name in header for name in TEXT):
        raise Unreadable(
            "no_text_column",
            f"none of its columns {', '.join(header)[:500]} is named text or body: name the one"
            " that is to be searched",
        )
    _check(path, encoding, delimiter)
    seen: set[str] = set()
    for row in _rows(path, encoding, delimiter):
        document = _document(row, header, where)
        if document.part in seen:
            part = f"{document.part} line {row.line}"
            detail = f"line {row.line} repeats the row {document.part!r} of the file: take it out"
            yield Aside(part, "duplicate_id", detail)
            continue
        seen.add(document.part)
        yield document


def _document(row: _Row, header: Sequence[str], where: str) -> Parsed | Aside:
    told = dict(zip(header, row.cells, strict=False))
    identity = normalised(told.get("id", ""))
    part = cut(identity, _PART_BYTES) or f"row-{hashed('row', *row.cells)[:12]}"
    if len(row.cells) > len(header) and any(map(str.strip, row.cells[len(header) :])):
        detail = (
            f"line {row.line} has {len(row.cells)} cells and the first line {len(header)}: put"
            " quotes around the cells that have the delimiter in them"
        )
        return Aside(part, "columns", detail)
    text = "\n".join(told[name] for name in TEXT if told.get(name, "").strip())
    if not text:
        detail = f"line {row.line} has nothing in the column text: fill it, or take the row out"
        return Aside(part, "no_text", detail)
    return Parsed(
        (*paragraphs(map(Line, text.splitlines())), *_others(told)),
        metadata({**told, "title": told.get("title", "")}, f"{where} line {row.line}"),
        declared_id="" if _NUMBER.fullmatch(identity) else identity,
        part=part,
    )


def _others(told: Mapping[str, str]) -> Iterator[Block]:
    for name, value in told.items():
        if name not in TOLD and value.strip():
            yield Block(BlockKind.ROW, f"{name}: {value}" if name else value)


def _header(path: Path, encoding: str) -> tuple[list[str], str]:
    """The columns' names, and the delimiter that makes most of them ones that are known."""
    with path.open(encoding=encoding, newline="") as file:
        try:
            first = next((line for line in file if line.strip()), "")[:_MOST_HEADER]
        except UnicodeDecodeError as error:
            raise undecodable(encoding, error) from error
    named = {delimiter: _names(first, delimiter) for delimiter in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda delimiter: len(TOLD.intersection(named[delimiter])))
    return named[best], best


def _names(line: str, delimiter: str) -> list[str]:
    cells = next(csv.reader([line], delimiter=delimiter), [])
    return [normalised(name).lower() for name in cells]


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[_Row]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        filled = (_Row(reader.line_num, cells) for cells in reader if any(map(str.strip, cells)))
        next(filled, None)
        yield from filled


def _check(path: Path, encoding: str, delimiter: str) -> None:
    last = 1
    try:
        for count, row in enumerate(_rows(path, encoding, delimiter), start=1):
            last = row.line
            if count > MOST_ROWS:
                raise Unreadable(
                    "too_many_rows", f"it has more than {MOST_ROWS:,} rows: split it into several"
                )
    except UnicodeDecodeError as error:
        raise undecodable(encoding, error) from error
    except csv.Error as error:
        raise Unreadable(
            "broken",
            f"the row after line {last} cannot be read ({error}): close its quotes, and keep each"
            f" cell within {csv.field_size_limit():,} characters",
        ) from error
