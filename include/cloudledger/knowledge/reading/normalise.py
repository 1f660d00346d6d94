"""Text written one way, so that equal words are equal bytes.

NFKC as a whole would change what a text says (10⁶ would be 106), so NFC is taken, and of the
compatibility characters only those that stand for the same letters: ligatures, full-width forms
and kinds of spaces (Unicode Standard Annex 15).
"""

from __future__ import annotations

import re
import unicodedata

from cloudledger.knowledge.document import Block, BlockKind

NORMALISER = "1"
"""Changes whenever the same text would come out otherwise: everything is then read again."""

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_UNSEEN = dict.fromkeys((0x00AD, 0x200B, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF))
_CONTROLS = {code: " " for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_SAME = str.maketrans(_LIGATURES) | _FULL_WIDTH | _UNSEEN | _CONTROLS | _SURROGATES
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85\v\f]")
_INDENT_KEPT = re.compile(r"[^\S\n]+$", re.MULTILINE)


def normalised(text: str) -> str:
    """The text on one line, its words apart by single spaces."""
    return " ".join(_same(text).split())


def normalised_lines(text: str) -> str:
    """The text with its lines and their indents kept, as code is."""
    return _INDENT_KEPT.sub("", _same(_LINE_ENDS.sub("\n", text))).strip("\n")


def normalised_blocks(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks that hold text, each normalised as its kind asks for."""
    ways = {BlockKind.CODE: normalised_lines}
    texts = (ways.get(block.kind, normalised)(block.text) for block in blocks)
    return tuple(
        Block(block.kind, text, block.level, block.locator)
        for block, text in zip(blocks, texts, strict=True)
        if text.strip()
    )


def cut(text: str, most: int) -> str:
    """The text's first words that fit into so many bytes of UTF-8; of one long word, its start.

    :param most: bytes, as columns of the warehouse are limited.
    """
    written = text.encode()
    if len(written) <= most:
        return text
    kept = written[:most].decode(errors="ignore")
    if text[len(kept)].isspace() or " " not in kept:
        return kept.rstrip()
    return kept[: kept.rindex(" ")].rstrip()


def _same(text: str) -> str:
    return unicodedata.normalize("NFC", text.translate(_SAME))
