"""A text torn where it hurts least: between sentences, then lines or cells, then words."""

from __future__ import annotations

import re

from cloudledger.knowledge.document import BlockKind

CELL = " | "
"""Between the cells of a table's row."""

_CELL_END = re.compile(r"(?<= \|) ")
_SENTENCE_END = re.compile(
    r"""(?<=[.!?…])(?<!\b[A-Z]\.)(?<!e\.g\.)(?<!i\.e\.)(?<!\bcf\.)(?<!\bvs\.)(?<!\b[NF]o\.)
    \s+(?=[^\sa-z]) | (?<=[.!?…]["')\]»”\u2019])\s+(?=[^\sa-z]) | (?<=。)\s*(?=\S)""",
    re.VERBOSE,
)


def sentences(text: str) -> list[str]:
    """The text's sentences; joined by spaces they have every word of it."""
    return [part for part in _SENTENCE_END.split(text) if part]


def smaller(kind: BlockKind, text: str) -> list[str]:
    """The next smaller pieces of a text; one only where nothing smaller is left of it.

    No piece is empty. Of one word, its halves.
    """
    if kind is BlockKind.CODE and len(lines := text.split("\n")) > 1:
        return [line for line in lines if line.strip()]
    if kind is BlockKind.ROW and len(cells := _CELL_END.split(text)) > 1:
        return cells
    if len(parts := sentences(text)) > 1:
        return parts
    if len(words := text.split()) > 1:
        return words
    middle = len(text) // 2
    return [text[:middle], text[middle:]] if middle else [text]
