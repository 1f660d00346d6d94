"""Bytes as text: by a byte order mark, as UTF-8, or by a guess that is sure enough."""

from __future__ import annotations

import codecs
from functools import partial
from pathlib import Path

from cloudledger.knowledge.document import Unreadable
from cloudledger.knowledge.reading.parse.aside import check_length

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 1_000_000
"""Bytes that a guess is made from."""
_BLOCK = 1 << 20


def encoding_of(path: Path, declared: str = "") -> str:
    """The name of a file's encoding; the file is read, and never held as a whole.

    :param declared: what the file says, which counts where it is neither marked nor UTF-8.
    :raises Unreadable: no encoding is sure, or the bytes are no text.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    wrong = None
    with path.open("rb") as file:
        for number, block in enumerate(iter(partial(file.read, _BLOCK), b"")):
            if number == 0 and (marked := _marked(block)):
                return marked
            if (place := block.find(b"\0")) >= 0:
                raise Unreadable(
                    "encoding",
                    f"a byte of zero stands at {number * _BLOCK + place:,}, as in no text: save it"
                    " as UTF-8, or as UTF-16 with a byte order mark",
                )
            if wrong is None:
                try:
                    decoder.decode(block, final=len(block) < _BLOCK)
                except UnicodeDecodeError as error:
                    wrong = number * _BLOCK + error.start
    if wrong is None:
        return "utf-8"
    return declared if _is_known(declared) else _guessed(path, wrong)


def text_of(path: Path, most: int, declared: str = "") -> str:
    """A file's text.

    :param most: characters; a longer file is not read.
    :raises Unreadable: it is too long, its encoding cannot be told, or some bytes are not of it.
    """
    check_length(path.stat().st_size // 4, "the file", most)
    encoding = encoding_of(path, declared)
    try:
        text = path.read_bytes().decode(encoding)
    except UnicodeDecodeError as error:
        raise undecodable(encoding, error) from error
    check_length(len(text), "the file", most)
    return text


def undecodable(encoding: str, error: UnicodeDecodeError) -> Unreadable:
    """What to say of bytes that are not of the encoding that the file seemed to have."""
    return Unreadable(
        "encoding", f"some of its bytes are no {encoding} ({error}): save it as UTF-8"
    )


def _marked(start: bytes) -> str:
    return next((name for mark, name in _MARKS if start.startswith(mark)), "")


def _is_known(encoding: str) -> bool:
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        return False
    return bool(encoding)


def _guessed(path: Path, wrong: int) -> str:
    from charset_normalizer import from_bytes

    with path.open("rb") as file:
        file.seek(max(0, wrong - _SAMPLE // 2))
        best = from_bytes(file.read(_SAMPLE), threshold=0.1).best()
    if best is None or best.encoding in ("utf_8", "ascii"):
        raise Unreadable(
            "encoding",
            f"byte {wrong:,} is no UTF-8, and no other encoding fits: save it as UTF-8",
        )
    return best.encoding
