"""Word documents (Office Open XML): headings, paragraphs, lists and tables, in their order."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from cloudledger.knowledge.document import Block, BlockKind, Metadata, Parsed, Unreadable
from cloudledger.knowledge.reading.parse import zipped
from cloudledger.knowledge.reading.parse.aside import check_length
from cloudledger.knowledge.reading.parse.metadata import metadata
from cloudledger.knowledge.reading.parse.rows import row_blocks

if TYPE_CHECKING:
    from docx.document import Document

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING = re.compile(r"heading\s*([1-9])", re.IGNORECASE)
_MALFORMED = (LookupError, ValueError, TypeError, AttributeError, EOFError)
"""What python-docx comes to on parts that lack what the format asks for, beside its own errors."""
_WRAPPERS = (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml", f"{_W}smartTag")
_SPACES = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def parsed(path: Path, where: str) -> Iterator[Parsed]:
    """The one document of a Word file, with its core properties; notes and headers are left out.

    :raises Unreadable: it is broken, a bomb, or too long.
    """
    import docx
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    zipped.check(path)
    try:
        document = docx.Document(str(path))
        blocks = tuple(_blocks(document))
        told = _metadata(document, where)
    except (OpcError, LxmlError, BadZipFile, zlib.error, *_MALFORMED) as error:
        raise Unreadable(
            "broken", f"it is no Word document that can be read ({error}): save it again as DOCX"
        ) from error
    check_length(sum(len(block.text) for block in blocks), "the document")
    yield Parsed(blocks, told)


def _metadata(document: Document, where: str) -> Metadata:
    from docx.opc.constants import RELATIONSHIP_TYPE

    related = document.part.package.rels.values()
    if not any(relation.reltype == RELATIONSHIP_TYPE.CORE_PROPERTIES for relation in related):
        return Metadata()
    core = document.core_properties
    return metadata(
        {
            "title": core.title,
            "category": core.category,
            "tags": core.keywords,
            "date": core.modified or core.created,
        },
        where,
    )


def _blocks(document: Document) -> Iterator[Block]:
    styles = {style.style_id: style.name or "" for style in document.styles}
    levels = {id_: level for id_, name in styles.items() if (level := _level(name))}
    lists = {id_ for id_, name in styles.items() if name.lower().startswith("list")}
    waiting: list[Any] = [document.element.body]
    while waiting:
        element = waiting.pop()
        if element.tag == f"{_W}p":
            style = element.pPr.pStyle.val if _has_style(element) else ""
            if style in levels:
                yield Block(BlockKind.HEADING, _text(element), level=levels[style])
            elif style in lists or element.find(f"{_W}pPr/{_W}numPr") is not None:
                yield Block(BlockKind.LIST_ITEM, _text(element))
            else:
                yield Block(BlockKind.PARAGRAPH, _text(element))
        elif element.tag == f"{_W}tbl":
            yield from row_blocks(_rows(element))
        elif element.tag in _WRAPPERS or element.tag == f"{_W}body":
            waiting.extend(reversed(element))


def _level(style: str) -> int:
    found = _HEADING.match(style)
    return int(found[1]) if found else int(style.lower() == "title")


def _has_style(paragraph: Any) -> bool:
    return paragraph.pPr is not None and paragraph.pPr.pStyle is not None


def _rows(table: Any) -> Iterator[list[str]]:
    """Of its own rows; a table within a cell is text of the cell."""
    for row in table.iterchildren(f"{_W}tr"):
        cells = row.iter(f"{_W}tc")
        own = [cell for cell in cells if next(cell.iterancestors(f"{_W}tr")) is row]
        yield [
            " ".join(_text(part) for part in cell.iter(f"{_W}p") if not _is_in_paragraph(part))
            for cell in own
        ]


def _is_in_paragraph(element: Any) -> bool:
    return next(element.iterancestors(f"{_W}p"), None) is not None


def _text(paragraph: Any) -> str:
    """What is read of a paragraph, insertions and boxes included, deletions left out."""
    return "".join(
        node.text or "" if node.tag == f"{_W}t" else _SPACES[node.tag]
        for node in paragraph.iter(f"{_W}t", *_SPACES)
        if next(node.iterancestors(_FALLBACK), None) is None and not _is_tab_stop(node)
    )


def _is_tab_stop(node: Any) -> bool:
    return bool(node.tag == f"{_W}tab" and node.getparent().tag == f"{_W}tabs")
