"""Parts of an object's bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from localcloud.oci.errors import ApiError, invalid

CHUNK = 256 * 1024
RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


def byte_range(text: str, size: int) -> tuple[int, int]:
    """The first and last byte that ``bytes=first-last`` asks for.

    :raises ApiError: 400 for another form, 416 outside of the object.
    """
    found = RANGE.match(text)
    if found is None or found.groups() == ("", ""):
        raise invalid(f"range: '{text}' is not bytes=first-last")
    first, last = found.groups()
    if not first:
        begin, end = max(0, size - int(last)), size - 1
    else:
        begin, end = int(first), min(int(last or size - 1), size - 1)
    if begin >= size or end < begin:
        raise ApiError(416, "InvalidRange", f"The range '{text}' lies outside of {size} bytes")
    return begin, end


def slice_of(file: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    """The bytes in chunks; the file is closed at the end."""
    with file:
        file.seek(first)
        left = last - first + 1
        while left > 0:
            chunk = file.read(min(CHUNK, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
