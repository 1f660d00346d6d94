"""PDF: the text of its pages, without what stands at the top or bottom of most of them."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudledger.knowledge.document import Metadata, Parsed, Unreadable
from cloudledger.knowledge.reading.parse.aside import MOST_CHARACTERS, check_length
from cloudledger.knowledge.reading.parse.lines import Line, paragraphs
from cloudledger.knowledge.reading.parse.metadata import metadata

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 10_000
MOST_OPERATIONS = 20_000_000
"""Of all pages' contents together; a page of text has some hundreds."""
LIMITS: Mapping[str, Any] = {
    "zlib_maximum_output_length": 30_000_000,
    "lzw_maximum_output_length": 30_000_000,
    "run_length_maximum_output_length": 30_000_000,
    "array_based_stream_maximum_output_length": 30_000_000,
    "stream_decoding_work_maximum_length": 100_000_000,
    "stream_parsing_work_maximum_count": 1_000_000,
    "xform_maximum_invocations_per_extraction": 500,
    "page_tree_maximum_page_entries": 200_000,
}
"""Of one stream, or one page: pypdf's own settings, in bytes and in things."""

_EDGE = 3
"""Lines at the top and at the bottom of a page that may repeat."""
_REPEATED = 0.4
"""Share of the pages that a repeated line stands on: left and right ones may differ."""
_FEWEST = 3
_NUMBERS = re.compile(r"\b\d{1,6}\b")
_NO_TITLE = re.compile(
    r"^(microsoft (word|powerpoint) - |untitled$)|\.(docx?|pptx?|indd|tex)$", re.I
)
_MALFORMED = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError),
    *(RecursionError, NotImplementedError, StopIteration, EOFError),
)
"""What pypdf comes to on bytes that are not as the format says, beside its own errors."""


def parsed(path: Path, where: str) -> Iterator[Parsed]:
    """The one document of a file, each block with its page.

    :raises Unreadable: it is encrypted, broken, too large inflated, or has no text.
    """
    pages, told = _read(path, where)
    if not any(line.strip() for lines in pages for line in lines):
        raise Unreadable(
            "no_text",
            f"none of its {len(pages)} pages has text, as when it was scanned: put it through text"
            " recognition",
        )
    yield Parsed(tuple(paragraphs(_lines(pages))), told)


def _read(path: Path, where: str) -> tuple[list[list[str]], Metadata]:
    import zlib

    from pypdf import PdfReader, apply_configuration
    from pypdf.errors import DependencyError, LimitReachedError, PyPdfError

    try:
        with path.open("rb") as file, _quiet(), apply_configuration(**LIMITS):
            reader = PdfReader(file)
            if reader.is_encrypted and not reader.decrypt(""):
                raise Unreadable("encrypted", "it has a password: save it without one")
            return list(_pages(reader)), _metadata(reader, where)
    except LimitReachedError as error:
        raise Unreadable(
            "bomb", f"it takes up too much inflated ({error}): print it anew"
        ) from error
    except DependencyError as error:
        raise Unreadable("encrypted", f"it cannot be decrypted ({error})") from error
    except (PyPdfError, zlib.error, *_MALFORMED) as error:
        told = f"{type(error).__name__}: {error}"
        raise Unreadable(
            "broken", f"it is no PDF that can be read ({told}): print it anew"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without pypdf's log of each thing that it mends: thousands of lines for one file."""
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _pages(reader: PdfReader) -> Iterator[list[str]]:
    if (count := len(reader.pages)) > MOST_PAGES:
        raise Unreadable("too_much_text", f"it has {count:,} pages, and {MOST_PAGES:,} are read")
    operations = characters = 0

    def counted(*_: Any) -> None:
        nonlocal operations
        operations += 1
        if operations > MOST_OPERATIONS:
            raise Unreadable(
                "bomb", f"its pages draw more than {MOST_OPERATIONS:,} times: split it"
            )

    for page in reader.pages:
        text = page.extract_text(visitor_operand_before=counted)
        characters += len(text)
        check_length(characters, "the document", MOST_CHARACTERS)
        yield [line.strip() for line in text.splitlines()]


def _metadata(reader: PdfReader, where: str) -> Metadata:
    info = reader.metadata
    if info is None:
        return Metadata()
    title = info.title or ""
    try:
        dated = info.modification_date or info.creation_date
    except ValueError:
        dated = None
    return metadata(
        {
            "title": "" if _NO_TITLE.search(title.strip()) else title,
            "tags": str(info.get("/Keywords") or ""),
            "date": dated,
        },
        where,
    )


def _lines(pages: Sequence[Sequence[str]]) -> Iterator[Line]:
    numbered = list(enumerate(pages, start=1))
    counts = Counter(
        key
        for number, lines in numbered
        for place, edge in _edges(lines)
        for key in _keys(edge, lines[place], number)
    )
    least = max(_FEWEST, _REPEATED * len(pages))
    for number, lines in numbered:
        left_out = {
            place
            for place, edge in _edges(lines)
            if any(counts[key] >= least for key in _keys(edge, lines[place], number))
        }
        kept = [line for place, line in enumerate(lines) if place not in left_out]
        for line in kept if any(kept) else lines:
            yield Line(line, f"page {number}")


def _edges(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places of a page's outer lines, each with its distance from the top, or below zero from the
    bottom.
    """
    filled = [place for place, line in enumerate(lines) if line]
    yield from zip(filled[:_EDGE], range(_EDGE), strict=False)
    yield from zip(reversed(filled[_EDGE:]), range(-1, -_EDGE - 1, -1), strict=False)


def _keys(edge: int, line: str, number: int) -> Iterator[tuple[int, str]]:
    """What a line would share with that of another page: all of it, or all but the page's number.

    A number that does not go along with the pages is text: rows of a table are never alike.
    """
    yield edge, line
    for found in islice(_NUMBERS.finditer(line), _FEWEST):
        ahead = int(found[0]) - number
        yield edge, f"{line[: found.start()]}\0{ahead}\0{line[found.end() :]}"
