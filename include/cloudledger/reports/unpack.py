"""A delivered file as plain text: gzip verified to its last byte, or text as it is.

What a file is follows from its first bytes, never from its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from isal import igzip_lib, isal_zlib

from cloudledger.reports.errors import UnreadableReport

CHUNK = 1 << 20
GZIP = b"\x1f\x8b"
MEND = "Deliver CSV, plain or gzip, or Parquet"
AGAIN = "Fetch the object again; if it stays so, its delivery is broken"
REFUSED = {
    GZIP: "gzip inside gzip",
    b"PAR1": "Parquet inside gzip",
    b"PK\x03\x04": "a ZIP archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"BZh": "a bzip2 file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
CONTROL = bytes(set(range(32)) - set(b"\t\n\r"))
MOST_CONTROL = 0.05
"""A text may hold a stray control byte; above this share of the first block it is binary."""


def unpacked(path: Path) -> Iterator[bytes]:
    """The text of ``path`` in chunks; CRC and length of every gzip member are verified.

    :raises UnreadableReport: empty, cut off, damaged, or neither gzip nor text; raised where the
        reading comes to it.
    """
    empty = True
    with path.open("rb") as source:
        start = source.read(CHUNK)
        if not start:
            raise UnreadableReport(str(path), "the file is empty", AGAIN)
        packed = start.startswith(GZIP)
        for chunk in _members(path, source, start) if packed else _plain(source, start):
            if empty:
                _refuse_other_than_text(path, chunk)
            empty = False
            yield chunk
    if empty:
        raise UnreadableReport(str(path), "the gzip holds no text", AGAIN)


def _refuse_other_than_text(path: Path, start: bytes) -> None:
    for magic, name in REFUSED.items():
        if start.startswith(magic):
            raise UnreadableReport(str(path), f"this is {name}", MEND)
    control = len(start) - len(start.translate(None, CONTROL))
    if control > MOST_CONTROL * len(start):
        raise UnreadableReport(
            str(path),
            "this is binary, neither gzip nor text",
            "Deliver CSV, plain or gzip, or Parquet",
        )


def _plain(source: BinaryIO, block: bytes) -> Iterator[bytes]:
    while block:
        yield block
        block = source.read(CHUNK)


def _members(path: Path, source: BinaryIO, block: bytes) -> Iterator[bytes]:
    """The text of each gzip member; zero padding may follow the last one, nothing else."""
    member = 1
    while block:
        inflate = isal_zlib.decompressobj(wbits=31)
        while not inflate.eof:
            try:
                text = inflate.decompress(block, CHUNK)
            except igzip_lib.IsalError as error:  # type: ignore[misc]
                what = f"gzip member {member} is damaged ({error})"
                raise UnreadableReport(str(path), what, AGAIN) from error
            if text:
                yield text
            elif not block and not inflate.eof:
                raise UnreadableReport(str(path), f"gzip member {member} is cut off", AGAIN)
            block = b"" if inflate.eof else inflate.unconsumed_tail or source.read(CHUNK)
        block = inflate.unused_data or source.read(CHUNK)
        while block and not block.strip(b"\0"):
            block = source.read(CHUNK)
        if block and not block.startswith(GZIP[: len(block)]):
            what = f"bytes that are not gzip follow gzip member {member}"
            raise UnreadableReport(str(path), what, AGAIN)
        member += 1
