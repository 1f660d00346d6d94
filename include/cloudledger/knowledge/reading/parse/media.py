"""What kind of file an object is: by its first bytes, then by the end of its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import SEEK_END
from pathlib import Path, PurePosixPath

from cloudledger.knowledge.document import Unreadable

MARKDOWN = "text/markdown"
PLAIN = "text/plain"
HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV = "text/csv"

_BY_SUFFIX: Mapping[str, str] = {
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".txt": PLAIN,
    ".text": PLAIN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".pdf": PDF,
    ".docx": DOCX,
    ".csv": CSV,
    ".tsv": CSV,
}
_LOOKED_AT = 1024
_DIRECTORY = 1 << 18
"""Bytes at the end of a zip archive where its members are listed."""
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOT_TEXT = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"\x7fELF")
_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype html|<html)", re.I)


def media_type(path: Path, key: str) -> str:
    """One of this module's constants.

    :raises Unreadable: the file is empty, of a type that is not read, or not what its name says.
    """
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
        file.seek(-min(_DIRECTORY, path.stat().st_size), SEEK_END)
        end = file.read()
    suffix = PurePosixPath(key).suffix.lower()
    if not head:
        raise Unreadable("empty", "the file has no bytes: upload it again")
    if b"%PDF-" in head:
        return PDF
    if head.startswith(_ZIP) and (suffix == ".docx" or b"word/document.xml" in end):
        return DOCX
    if head.startswith(_OLD_OFFICE) and suffix == ".docx":
        raise Unreadable("encrypted", "the Word file has a password: save it without one")
    if _HTML.match(head):
        return HTML
    told = _BY_SUFFIX.get(suffix)
    if told is None or head.startswith((*_NOT_TEXT, _OLD_OFFICE, _ZIP)):
        raise Unreadable(
            "unknown_type",
            f"neither its first bytes nor its suffix {suffix!r} are of Markdown, text, HTML, PDF,"
            " DOCX or CSV: convert it, or keep it elsewhere",
        )
    if told in (PDF, DOCX):
        raise Unreadable(
            "broken", f"its first bytes are not those of a {suffix} file: export it again"
        )
    return told
