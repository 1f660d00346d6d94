"""The text of a report as it is unpacked: whole lines ahead of a place that only moves on."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST_LINE = 1 << 20
"""Bytes; a longer line is never held whole."""


class Text:
    """Chunks of bytes in a row, looked at ahead of a place and taken up to another.

    ``position`` counts the bytes taken, ``line`` the lines from 1: the one that begins at the
    place. Whoever takes lines moves ``line`` on.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held: list[bytes] = []
        self._size = 0
        self._at = 0
        self._ended = False
        self.position = 0
        self.line = 1

    def ended(self) -> bool:
        """Whether every byte is taken."""
        return not self._fill(1)

    def block(self, size: int) -> bytes:
        """The next whole lines, ``size`` bytes of them or, where one line is longer, that line.

        What remains at the end of the text; only a line too long to be held is cut. Not taken yet.
        """
        if self._fill(size + 1):
            self._cut_at(self._last_line_end(size))
        elif len(self._held) > 1 or self._at:
            self._cut_at(self._size)
        return self._held[0] if self._held else b""

    def line_ahead(self, distance: int) -> bytes:
        """The line that begins so many bytes ahead, at most ``LONGEST_LINE`` bytes of it."""
        wanted = distance + LONGEST_LINE
        if self._size < wanted:
            self._fill(wanted)
        if len(self._held) > 1:
            self._join()
        if not self._held:
            return b""
        start = self._at + distance
        end = self._held[0].find(b"\n", start, start + LONGEST_LINE)
        return self._held[0][start : start + LONGEST_LINE if end < 0 else end + 1]

    def take(self, count: int) -> None:
        """Move the place on by so many of the bytes that were looked at."""
        self.position += count
        self._size -= count
        self._at += count
        while self._held and self._at >= len(self._held[0]):
            self._at -= len(self._held.pop(0))

    def take_line(self) -> None:
        """Move the place behind the next line feed, however far it is."""
        while piece := self.line_ahead(0):
            self.take(len(piece))
            if piece.endswith(b"\n"):
                return

    def _fill(self, size: int) -> bool:
        """Hold so many bytes ahead, if there are."""
        while self._size < size and not self._ended:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
            elif chunk:
                self._held.append(chunk)
                self._size += len(chunk)
        return self._size >= size

    def _last_line_end(self, size: int) -> int:
        """Where the last line that ends within ``size`` bytes does, or the first one that does."""
        after = self._size
        for piece in reversed(self._held):
            start = self._at if piece is self._held[0] else 0
            after -= len(piece) - start
            found = piece.rfind(b"\n", start, max(start + size - after, start))
            if found >= 0:
                return after + found - start + 1
        line = self.line_ahead(0)
        if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
            self._fill(LONGEST_LINE + 1)
            return min(self._size, LONGEST_LINE + 1)
        return len(line)

    def _cut_at(self, count: int) -> None:
        """Let the first piece held be exactly the next ``count`` bytes."""
        pieces: list[bytes] = []
        left = count
        while left:
            piece = self._held.pop(0)
            start, self._at = self._at, 0
            end = min(start + left, len(piece))
            pieces.append(piece[start:end] if (start, end) != (0, len(piece)) else piece)
            left -= end - start
            if end < len(piece):
                self._held.insert(0, piece[end:])
        self._held.insert(0, b"".join(pieces))

    def _join(self) -> None:
        self._held = [b"".join(self._held)]
