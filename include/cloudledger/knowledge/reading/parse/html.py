"""HTML: headings, paragraphs, lists, code and tables, without what is not read by people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from cloudledger.knowledge.document import Block, BlockKind, Metadata, Parsed, Unreadable
from cloudledger.knowledge.reading.parse.aside import check_length
from cloudledger.knowledge.reading.parse.encoding import text_of
from cloudledger.knowledge.reading.parse.metadata import metadata
from cloudledger.knowledge.reading.parse.rows import row_blocks

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from bs4.element import PageElement, Tag

DEEPEST = 200
"""Elements within each other; a page that people read has some thirty."""
MOST_ELEMENTS = 500_000
MOST_MARKED = 20_000_000
"""Characters of a page with its tags."""

_UNREAD = re.compile(
    "head|title|script|style|nav|template|noscript|iframe|svg|object|canvas|button|select"
)
_PARTS = re.compile(
    "html|body|p|div|section|article|main|aside|header|footer|[uod]l|li|d[dt]|blockquote|pre"
    "|fig(ure|caption)|address|hr|h[1-6]|table|caption|t(head|body|foot|r|h|d)|fieldset|form"
    "|details|summary"
)
_NAMES = {
    "document-id": "id",
    "dc.title": "title",
    "dc.date": "date",
    "dcterms.date": "date",
    "article:published_time": "date",
    "keywords": "tags",
}
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset=["']?([\w-]{2,40})""", re.IGNORECASE)


class _Kind(NamedTuple):
    kind: BlockKind
    level: int = 0


def parsed(path: Path, where: str) -> Iterator[Parsed]:
    """The one document of a page, with its ``<title>`` and ``<meta name=...>``.

    :raises Unreadable: its encoding, its size, or how deep its elements are nested.
    """
    with path.open("rb") as file:
        declared = _CHARSET.search(file.read(4096))
    soup = _soup(text_of(path, MOST_MARKED, declared[1].decode() if declared else ""))
    told, declared_id = _metadata(soup, where)
    blocks = tuple(_blocks(soup))
    check_length(sum(len(block.text) for block in blocks), "the page")
    yield Parsed(blocks, told, declared_id)


def blocks_of(content: str) -> Iterator[Block]:
    """The blocks of a piece of HTML.

    :raises Unreadable: it has too many elements, or they are nested too deep.
    """
    return _blocks(_soup(content))


def _soup(text: str) -> BeautifulSoup:
    from bs4 import BeautifulSoup

    _check_nesting(text)
    return BeautifulSoup(text, "lxml")


def _check_nesting(text: str) -> None:
    """Refuse what lxml would cut off, or not come back from, before it builds anything of it."""
    from lxml import etree

    depth = elements = 0

    class Counted:
        def start(self, tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth, elements
            depth += 1
            elements += 1
            if depth > DEEPEST or elements > MOST_ELEMENTS:
                raise Unreadable(
                    "nested",
                    f"the page has elements more than {DEEPEST} deep, or more than"
                    f" {MOST_ELEMENTS:,} of them: save it as simple HTML or as text",
                )

        def end(self, tag: str) -> None:
            nonlocal depth
            depth -= 1

        def close(self) -> None:
            return None

    parser = etree.HTMLParser(target=Counted(), huge_tree=True)
    for start in range(0, len(text), 1 << 16):
        parser.feed(text[start : start + (1 << 16)])
    if text.strip():
        parser.close()


def _metadata(soup: BeautifulSoup, where: str) -> tuple[Metadata, str]:
    told: dict[str, str] = {}
    if soup.title:
        told["title"] = soup.title.get_text()
    for meta in soup.find_all("meta"):
        name = str(meta.get("name") or meta.get("property") or "").lower()
        content = meta.get("content")
        if name and content:
            told.setdefault(_NAMES.get(name, name), str(content))
    return metadata(told, where), told.get("id", "").strip()


def _blocks(soup: BeautifulSoup) -> Iterator[Block]:
    """Walks without recursion; text goes with the innermost element that says what it is."""
    kinds = [_Kind(BlockKind.PARAGRAPH)]
    texts: list[str] = []
    open_tags: list[tuple[Tag | None, Iterator[PageElement]]] = [(None, iter(soup.children))]
    while open_tags:
        tag, children = open_tags[-1]
        child = next(children, None)
        if child is None:
            open_tags.pop()
            if tag is not None and _PARTS.fullmatch(tag.name):
                yield from _flushed(texts, kinds.pop())
        elif not _is_tag(child):
            if type(child).__name__ == "NavigableString":
                texts.append(str(child))
        elif child.name == "br":
            texts.append("\n")
        elif child.name == "table" and not child.find(["table", "h1", "h2", "h3", "ul", "ol"]):
            yield from _flushed(texts, kinds[-1])
            yield from _table(child)
        elif not _UNREAD.fullmatch(child.name) and not child.has_attr("hidden"):
            if _PARTS.fullmatch(child.name):
                yield from _flushed(texts, kinds[-1])
                kinds.append(_kind(child.name, kinds[-1]))
            open_tags.append((child, iter(child.children)))
    yield from _flushed(texts, kinds[-1])


def _is_tag(element: PageElement) -> TypeGuard[Tag]:
    from bs4.element import Tag

    return isinstance(element, Tag)


def _kind(name: str, outer: _Kind) -> _Kind:
    if name[0] == "h" and name[1:].isdigit():
        return _Kind(BlockKind.HEADING, int(name[1:]))
    if name == "pre":
        return _Kind(BlockKind.CODE)
    if name in ("li", "dd"):
        return _Kind(BlockKind.LIST_ITEM)
    return outer


def _flushed(texts: list[str], kind: _Kind) -> Iterator[Block]:
    text = "".join(texts)
    texts.clear()
    if text.strip():
        yield Block(kind.kind, text, kind.level)


def _table(table: Tag) -> Iterator[Block]:
    caption = table.find("caption")
    if caption:
        yield Block(BlockKind.PARAGRAPH, caption.get_text(" "))
    yield from row_blocks(
        [cell.get_text(" ") for cell in row.find_all(["td", "th"])] for row in table.find_all("tr")
    )
