"""Bytes as text: by a byte order mark, as UTF-8, or by a guess that is sure enough."""

from __future__ import annotations

import codecs
from pathlib import Path

from cloudledger.knowledge.document import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 1_000_000
"""Bytes that a guess is made from."""


def encoding_of(data: bytes, declared: str = "") -> str:
    """The name of the encoding of a file's bytes, or of its first ones.

    :param declared: what the file says, which counts where it is neither marked nor UTF-8.
    :raises Unreadable: no encoding is sure, or the bytes are no text.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if (place := data.find(b"\0")) >= 0:
        raise Unreadable(
            "encoding",
            f"a byte of zero stands at {place:,}, as in no text: save it as UTF-8, or UTF-16 with"
            " a byte order mark",
        )
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError as error:
        return declared if _is_known(declared) else _guessed(data, error)
    return "utf-8"


def text_of(path: Path) -> str:
    """A file's text.

    :raises Unreadable: its encoding cannot be told, or some bytes of it are not of the encoding.
    """
    data = path.read_bytes()
    return decoded(data, encoding_of(data))


def decoded(data: bytes, encoding: str) -> str:
    """The text of bytes in an encoding.

    :raises Unreadable: some bytes are not of the encoding.
    """
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            "encoding", f"byte {error.start:,} is no {encoding}: save it as UTF-8"
        ) from error


def _is_known(encoding: str) -> bool:
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        return False
    return bool(encoding)


def _guessed(data: bytes, error: UnicodeDecodeError) -> str:
    from charset_normalizer import from_bytes

    sample = data[max(0, error.start - _SAMPLE // 2) :][:_SAMPLE]
    best = from_bytes(sample, threshold=0.1).best()
    if best is None or best.encoding in ("utf_8", "ascii"):
        raise Unreadable(
            "encoding",
            f"byte {error.start:,} is no UTF-8, and no other encoding fits: save it as UTF-8",
        )
    return best.encoding
