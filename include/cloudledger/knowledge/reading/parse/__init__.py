"""Documents read from files: each format gives blocks of text and what the document says of itself.

Nothing here reaches another file or the network, and what a file may take up is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

from cloudledger.knowledge.document import Parsed
from cloudledger.knowledge.reading.parse.aside import Aside
from cloudledger.knowledge.reading.parse.media import CSV, DOCX, HTML, MARKDOWN, PDF, PLAIN

PARSER = "1"
"""Changes whenever the same file would be read otherwise: everything is then read again."""

_MODULES: Mapping[str, str] = {
    MARKDOWN: "markdown",
    PLAIN: "plain",
    HTML: "html",
    PDF: "pdf",
    DOCX: "docx",
    CSV: "csv",
}


def parse(path: Path, media_type: str, where: str) -> Iterator[Parsed | Aside]:
    """The documents of a file, one at a time: many in CSV, one in the other formats.

    :param media_type: what :func:`cloudledger.knowledge.reading.parse.media.media_type` says of it.
    :param where: the object, for the log.
    :raises Unreadable: nothing more of the file can be taken in.
    """
    module = import_module(f"{__name__}.{_MODULES[media_type]}")
    parsed: Callable[[Path, str], Iterator[Parsed | Aside]] = module.parsed
    return parsed(path, where)
