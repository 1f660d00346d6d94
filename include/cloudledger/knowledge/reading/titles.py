"""The title and the headings that a passage stands under, ``Title > H1 > H2``, kept short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cloudledger.knowledge.document import Block, BlockKind
from cloudledger.knowledge.reading.normalise import cut
from cloudledger.knowledge.reading.units import Counter

SEPARATOR = " > "
LEFT_OUT = "…"
MOST_BYTES = 2000
"""Of a title path, as the table chunk keeps it."""

Path = tuple[str, ...]


class Section(NamedTuple):
    """Blocks that stand under the same headings.

    :param path: the document's title, then the headings.
    """

    path: Path
    blocks: tuple[Block, ...]


def sections(title: str, blocks: Iterable[Block]) -> Iterator[Section]:
    """A document's sections in order; a heading with nothing beneath it is text of its own."""
    headings: list[Block] = []
    below: list[Block] = []
    told = True
    for block in blocks:
        if block.kind is not BlockKind.HEADING:
            below.append(block)
            told = True
            continue
        if below:
            yield Section(_path(title, headings), tuple(below))
            below = []
        if not told and headings[-1].level >= block.level:
            yield Section(_path(title, headings[:-1]), (headings[-1],))
        headings = [above for above in headings if above.level < block.level]
        headings.append(block)
        told = _path(title, headings) == _path(title, headings[:-1])
    if below:
        yield Section(_path(title, headings), tuple(below))
    elif not told:
        yield Section(_path(title, headings[:-1]), (headings[-1],))


def shortened(paths: Sequence[Path], most_tokens: int, tokens: Counter) -> dict[Path, str]:
    """Each path as text of at most so many tokens: the innermost heading is given up last.

    First headings in the middle are left out, then the title, then words at the end.
    """
    distinct = list(dict.fromkeys(paths))
    counts = tokens.inner([SEPARATOR.join(path) for path in distinct])
    return {
        path: _fitting(path, count, most_tokens, tokens)
        for path, count in zip(distinct, counts, strict=True)
    }


def _fitting(path: Path, count: int, most: int, tokens: Counter) -> str:
    text = SEPARATOR.join(path)
    if count <= most:
        return cut(text, MOST_BYTES)
    fewer = [(path[0], LEFT_OUT, *path[-kept:]) for kept in range(len(path) - 2, 0, -1)]
    shorter = [SEPARATOR.join(path) for path in (*fewer, path[-1:])]
    for text, count in zip(shorter, tokens.inner(shorter), strict=True):
        if count <= most:
            return cut(text, MOST_BYTES)
    words = shorter[-1].split()[:most]
    starts = [" ".join(words[:kept]) for kept in range(len(words), 0, -1)]
    fitting = (
        start for start, count in zip(starts, tokens.inner(starts), strict=True) if count <= most
    )
    return cut(next(fitting, ""), MOST_BYTES)


def _path(title: str, headings: Sequence[Block]) -> Path:
    texts = [heading.text for heading in headings]
    if texts and texts[0].casefold() == title.casefold():
        texts = texts[1:]
    return (title, *texts) if title else tuple(texts)
