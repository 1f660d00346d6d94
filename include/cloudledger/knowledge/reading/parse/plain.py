"""Plain text: paragraphs and lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cloudledger.knowledge.document import Metadata, Parsed
from cloudledger.knowledge.reading.parse.aside import MOST_CHARACTERS
from cloudledger.knowledge.reading.parse.encoding import text_of
from cloudledger.knowledge.reading.parse.lines import Line, paragraphs


def parsed(path: Path, where: str) -> Iterator[Parsed]:
    """The one document of a text file; it says nothing of itself.

    :raises Unreadable: see :func:`cloudledger.knowledge.reading.parse.encoding.text_of`.
    """
    text = text_of(path, MOST_CHARACTERS)
    yield Parsed(tuple(paragraphs(map(Line, text.splitlines()))), Metadata())
