"""Lines of a text put together to paragraphs, where a blank line does not always part them.

Whether a line ends its paragraph is told from it and its neighbours alone, so that an edit
elsewhere in the document changes nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from cloudledger.knowledge.document import Block, BlockKind

_BULLET = re.compile(r"^(?:[-*+•‣▪◦\u2013]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")
_ENDS_SENTENCE = re.compile(r"""[.!?…:;。]["')\]»”\u2019]*$""")
_BROKEN_WORD = re.compile(r"[^\W\d_](?:-|\u00ad|\u2010)$")
_FULL = 0.9
"""Share of the neighbours' length that a line reaches when it was full: letters differ in width."""
_HEADING = 0.6
"""Share of it that a line without an end of a sentence stays under when it stands alone."""


class Line(NamedTuple):
    """A line and where it stands."""

    text: str
    locator: str = ""


def paragraphs(lines: Iterable[Line]) -> list[Block]:
    """Paragraphs and list items; each has the locator of its first line."""
    blocks: list[Block] = []
    open_lines: list[Line] = []
    stripped = [Line(line.text.strip(), line.locator) for line in lines]
    for line, after in zip(stripped, [*stripped[1:], Line("")], strict=False):
        if not line.text:
            continue
        before = open_lines[-1] if open_lines else None
        open_lines.append(line)
        if _ends(before, line, after):
            blocks.append(_block(open_lines))
            open_lines = []
    return blocks


def _ends(before: Line | None, line: Line, after: Line) -> bool:
    if not after.text or _BULLET.match(after.text):
        return True
    width = max(len(after.text), len(before.text) if before else 0)
    if _ENDS_SENTENCE.search(line.text):
        first_word = after.text.split(maxsplit=1)[0]
        return len(line.text) + 1 + len(first_word) < _FULL * width
    return len(line.text) < _HEADING * width and not after.text[0].islower()


def _block(lines: list[Line]) -> Block:
    parts = [lines[0].text]
    for line in lines[1:]:
        if _BROKEN_WORD.search(parts[-1][-2:]) and line.text[0].islower():
            parts[-1] = f"{parts[-1][:-1]}{line.text}"
        else:
            parts.append(line.text)
    text = " ".join(parts)
    bullet = _BULLET.match(text)
    kind = BlockKind.LIST_ITEM if bullet else BlockKind.PARAGRAPH
    return Block(kind, text, locator=lines[0].locator)
