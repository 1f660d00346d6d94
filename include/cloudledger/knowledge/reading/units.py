"""The pieces that chunks are put together from, and which of them stand together.

Neighbours are merged in the order of a hash of what stands on both sides of their border, as long
as the two fit together. So where a chunk ends is decided by the text around it alone: an edit
moves few borders, since it reaches a next one only along ever higher hashes (the influence of
random sequential adsorption, 1/k! over k steps; Evans, Rev. Mod. Phys. 65, 1281, 1993). And no two
neighbours that are left would fit together: chunks are more than half full on average.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cloudledger.knowledge.document import Block, BlockKind
from cloudledger.knowledge.reading.sentences import smaller

Count = Callable[[Sequence[str]], list[int]]
"""Tokens of each text, with those that the model puts around it."""


class Unit(NamedTuple):
    """A piece that goes into one chunk as a whole.

    :param tokens: without those that the model puts around a text.
    :param glue: what stands between it and the piece before it.
    :param block: the number of its block in the document.
    """

    text: str
    tokens: int
    glue: str
    kind: BlockKind
    block: int
    locator: str


class Counter:
    """Counts tokens of many texts at once, each distinct one a single time.

    :param around: tokens that the model puts around every text.
    :param between: tokens that a line's end costs.
    """

    def __init__(self, count: Count) -> None:
        self._count = count
        empty, one, two = count(["", "a", "a\na"])
        self.around = empty
        self.between = max(0, two - empty - 2 * (one - empty))

    def whole(self, texts: Sequence[str]) -> list[int]:
        """As the model counts them."""
        distinct = list(dict.fromkeys(texts))
        known = dict(zip(distinct, self._count(distinct), strict=True)) if distinct else {}
        return [known[text] for text in texts]

    def inner(self, texts: Sequence[str]) -> list[int]:
        """As they count within a longer text, the border to the next one included."""
        return [count - self.around + self.between for count in self.whole(texts)]


def units_of(
    blocks: Sequence[Block], capacities: Sequence[int], tokens: Counter
) -> list[list[Unit]]:
    """The pieces of each block, none with more tokens than its block's capacity.

    A single character is never torn, whatever it counts.
    """
    texts = [block.text for block in blocks]
    pieces = [
        [Unit(block.text, count, "\n", block.kind, number, block.locator)]
        for number, (block, count) in enumerate(zip(blocks, tokens.inner(texts), strict=True))
    ]
    while too_long := [
        (number, place)
        for number, of_block in enumerate(pieces)
        for place, unit in enumerate(of_block)
        if unit.tokens > capacities[number] and len(unit.text) > 1
    ]:
        torn = {at: smaller_units(pieces[at[0]][at[1]]) for at in too_long}
        counts = iter(tokens.inner([unit.text for units in torn.values() for unit in units]))
        for number in dict.fromkeys(number for number, _ in too_long):
            pieces[number] = [
                piece
                for place, unit in enumerate(pieces[number])
                for piece in _counted(torn.get((number, place)), unit, counts)
            ]
    return pieces


def merged(units: Sequence[Unit], capacity: int) -> Iterator[list[Unit]]:
    """The units in groups of at most ``capacity`` tokens, in order; each unit in one of them."""
    starts, ends = list(range(len(units))), list(range(len(units)))
    tokens = [unit.tokens for unit in units]
    for border in sorted(range(1, len(units)), key=lambda border: _rank(units, border)):
        first, last = starts[border - 1], ends[border]
        together = tokens[first] + tokens[border]
        if together <= capacity:
            starts[last], ends[first], tokens[first] = first, last, together
    place = 0
    while place < len(units):
        yield list(units[place : ends[place] + 1])
        place = ends[place] + 1


def joined(units: Sequence[Unit]) -> str:
    """The text that the units are of."""
    return "".join(unit.glue * (place > 0) + unit.text for place, unit in enumerate(units))


def _counted(torn: Sequence[Unit] | None, unit: Unit, counts: Iterator[int]) -> Sequence[Unit]:
    return [unit] if torn is None else [piece._replace(tokens=next(counts)) for piece in torn]


def smaller_units(unit: Unit) -> list[Unit]:
    """The next smaller pieces, not yet counted; the unit alone where it is one character."""
    texts = smaller(unit.kind, unit.text)
    lines = unit.kind is BlockKind.CODE and "\n" in unit.text
    glue = "\n" if lines else " " if " " in unit.text else ""
    return [
        unit._replace(text=text, glue=glue if place else unit.glue)
        for place, text in enumerate(texts)
    ]


def _rank(units: Sequence[Unit], border: int) -> tuple[int, bytes]:
    before, after = units[border - 1], units[border]
    if before.block == after.block:
        closeness = 0
    elif before.kind is after.kind is not BlockKind.PARAGRAPH:
        closeness = 1
    else:
        closeness = 2
    written = f"{before.text}\0{after.text}".encode()
    return closeness, hashlib.blake2b(written, digest_size=8).digest()
