"""Markdown (CommonMark with tables) and its front matter in YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from cloudledger.knowledge.document import Block, BlockKind, Parsed, Unreadable
from cloudledger.knowledge.reading.parse.aside import MOST_CHARACTERS
from cloudledger.knowledge.reading.parse.encoding import text_of
from cloudledger.knowledge.reading.parse.metadata import Value, metadata
from cloudledger.knowledge.reading.parse.rows import row_blocks

if TYPE_CHECKING:
    from markdown_it.token import Token

DEEPEST = 60
"""Levels, of which a list within a list takes two; what is deeper would be left out."""
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.M)
_MOST_FRONT_MATTER = 64_000
_NESTED = f"it has lists or quotes more than {DEEPEST // 2} deep: take some levels out"
_SPACE = {"softbreak": " ", "hardbreak": " "}


def parsed(path: Path, where: str) -> Iterator[Parsed]:
    """The one document of a Markdown file.

    :raises Unreadable: its encoding, its front matter or its length.
    """
    text = text_of(path, MOST_CHARACTERS).replace("\r\n", "\n").replace("\r", "\n")
    told, body = _front_matter(text)
    declared = told.get("id")
    yield Parsed(
        tuple(_blocks(body)),
        metadata(told, where),
        declared_id=declared.strip() if isinstance(declared, str) else "",
    )


def _front_matter(text: str) -> tuple[Mapping[str, Value], str]:
    found = _FRONT_MATTER.match(text)
    if not found or len(found[1]) > _MOST_FRONT_MATTER:
        return {}, text
    try:
        # BaseLoader makes texts, lists and mappings only: an id stays 007, a region stays no.
        told = yaml.load(found[1], Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        raise Unreadable(
            "front_matter",
            f"what stands between the --- lines at its top is no YAML ({_one_line(error)}): mend"
            " it, or begin the file with an empty line",
        ) from error
    if not isinstance(told, dict):
        return {}, text
    return {str(name).lower(): _value(value) for name, value in told.items()}, text[found.end() :]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _value(value: object) -> Value:
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str)]
    return value if isinstance(value, str) else None


def _blocks(text: str) -> Iterator[Block]:
    from markdown_it import MarkdownIt

    try:
        tokens = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable("table").parse(text)
    except RecursionError as error:
        raise Unreadable("nested", _NESTED) from error
    if any(token.level >= DEEPEST - 1 for token in tokens):
        raise Unreadable("nested", _NESTED)
    lists = 0
    for place, token in enumerate(tokens):
        lists += token.nesting if token.type.startswith("list_item_") else 0
        if token.type in ("fence", "code_block"):
            yield Block(BlockKind.CODE, token.content)
        elif token.type == "html_block":
            yield from _html(token.content)
        elif token.type == "heading_open":
            yield Block(BlockKind.HEADING, _inline(tokens[place + 1]), level=int(token.tag[1:]))
        elif token.type == "paragraph_open":
            kind = BlockKind.LIST_ITEM if lists else BlockKind.PARAGRAPH
            yield Block(kind, _inline(tokens[place + 1]))
        elif token.type == "table_open":
            yield from row_blocks(_rows(tokens, place))


def _rows(tokens: Sequence[Token], place: int) -> list[list[str]]:
    rows: list[list[str]] = []
    while (token := tokens[place]).type != "table_close":
        place += 1
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_inline(token))
    return rows


def _inline(token: Token) -> str:
    return "".join(
        _SPACE.get(child.type, "" if child.type == "html_inline" else child.content)
        for child in token.children or ()
    )


def _html(content: str) -> Iterator[Block]:
    from cloudledger.knowledge.reading.parse.html import blocks_of

    return blocks_of(content)
