"""A zip archive looked over before anything opens it: what it says of its size is not believed."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from cloudledger.knowledge.document import Unreadable

MOST_MEMBERS = 5_000
MOST_BYTES = 300_000_000
"""Of all members, inflated."""
MOST_RATIO = 300
"""Inflated to stored bytes, of a member that inflates to more than :data:`_SMALL`."""
MOST_DIRECTORY = 4_000_000

_SMALL = 5_000_000
_STEP = 1 << 16
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_MARKUP = (".xml", ".rels")


def check(path: Path) -> None:
    """Hold an archive to the limits above, by inflating it piece by piece.

    XML within it may not declare a document type, which entities that grow need.

    :raises Unreadable: it is broken, or a bomb.
    """
    _check_directory(path)
    try:
        with ZipFile(path) as archive, path.open("rb") as file:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise _bomb(f"it has {len(members):,} members and {MOST_MEMBERS:,} are read")
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise _bomb(f"it says that it inflates to more than {MOST_BYTES:,} bytes")
            left = MOST_BYTES
            for member in members:
                left -= _inflated(file, member, left)
    except (BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError) as error:
        raise Unreadable("broken", f"its zip archive is broken ({error}): save it again") from error


def _check_directory(path: Path) -> None:
    """Before the list of members is read into memory."""
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, _END.size + 0xFFFF), SEEK_END)
        tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + _END.size:
        raise Unreadable("broken", "its zip archive has no end: upload it again")
    if _END.unpack_from(tail, place)[5] > MOST_DIRECTORY:
        raise _bomb(f"its list of members has more than {MOST_DIRECTORY:,} bytes")


def _inflated(file: BinaryIO, member: ZipInfo, most: int) -> int:
    total = 0
    before = b""
    looked_into = member.filename.lower().endswith(_MARKUP)
    for piece in _pieces(file, member):
        total += len(piece)
        if total > most:
            raise _bomb(f"it inflates to more than {MOST_BYTES:,} bytes")
        if total > _SMALL and total > MOST_RATIO * max(member.compress_size, 1):
            raise _bomb(f"{member.filename!r} inflates to {MOST_RATIO} times its size")
        if looked_into:
            # Without its zeros, UTF-16 looks as UTF-8 does.
            text = before + piece.replace(b"\0", b"").upper()
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise _bomb(f"{member.filename!r} declares a document type")
            before = text[-16:]
    if total != member.file_size:
        raise BadZipFile(f"{member.filename!r} is not as long as it says")
    return total


def _pieces(file: BinaryIO, member: ZipInfo) -> Iterator[bytes]:
    if member.flag_bits & 1:
        raise Unreadable("encrypted", "it has a password: save it without one")
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadZipFile(f"{member.filename!r} is compressed in an unusual way")
    if member.header_offset < 0:
        raise BadZipFile(f"{member.filename!r} begins before the archive")
    file.seek(member.header_offset)
    *_, name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
    file.seek(name + extra, 1)
    left = member.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type else None
    while left > 0 and (stored := file.read(min(_STEP, left))):
        left -= len(stored)
        if inflate is None:
            yield stored
            continue
        while stored:
            yield inflate.decompress(stored, _STEP)
            stored = inflate.unconsumed_tail
    if inflate is not None:
        yield inflate.flush()


def _bomb(what: str) -> Unreadable:
    return Unreadable("bomb", f"{what}: save it again with the program that it was written in")
