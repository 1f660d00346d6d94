"""Files of documents made in code: PDF with text, Word with headings, tables and properties."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

LINE_HEIGHT = 14


def pdf(
    pages: Sequence[Sequence[str]],
    info: dict[str, str] | None = None,
    password: str | None = None,
    compressed: bool = True,
) -> bytes:
    """A PDF with one page for each list of lines."""
    writer = PdfWriter()
    font = writer._add_object(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Font"),
                NameObject("/Subtype"): NameObject("/Type1"),
                NameObject("/BaseFont"): NameObject("/Helvetica"),
                NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
            }
        )
    )
    for lines in pages:
        page = writer.add_blank_page(width=595, height=842)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        stream = DecodedStreamObject()
        stream.set_data(_content(lines))
        page[NameObject("/Contents")] = writer._add_object(
            stream.flate_encode() if compressed else stream
        )
    if info:
        writer.add_metadata(info)
    if password is not None:
        writer.encrypt(password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _content(lines: Sequence[str]) -> bytes:
    parts = [b"BT /F1 11 Tf 50 800 Td"]
    for line in lines:
        written = line.encode("cp1252").replace(b"\\", rb"\\")
        written = written.replace(b"(", rb"\(").replace(b")", rb"\)")
        parts.append(b"(%s) Tj 0 -%d Td" % (written, LINE_HEIGHT))
    parts.append(b"ET")
    return b"\n".join(parts)


def wrapped(text: str, width: int = 90) -> list[str]:
    """Its lines, as a page would show them."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def zipped(members: dict[str, bytes]) -> bytes:
    """An archive of the members, as Word files are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def members(archive: bytes) -> dict[str, bytes]:
    """What an archive holds."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
