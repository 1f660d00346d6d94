"""A document cut into passages that the model reads whole, each under its headings.

An edit of one paragraph changes the passage that it stands in and seldom more than its neighbours,
also in a long document without headings: see `cloudledger.knowledge.reading.units`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cloudledger.knowledge.document import Block, BlockKind
from cloudledger.knowledge.reading.normalise import cut
from cloudledger.knowledge.reading.sentences import sentences
from cloudledger.knowledge.reading.titles import Section, sections, shortened
from cloudledger.knowledge.reading.units import (
    Count,
    Counter,
    Unit,
    joined,
    merged,
    smaller_units,
    units_of,
)

CHUNKER = "1"
"""Changes whenever the same blocks would be cut otherwise: everything is then cut again."""
LEAST = 16
"""Tokens that a limit must leave beside those that the model puts around a text."""
LOCATOR_BYTES = 128
LOOKED_BACK = 3
"""Pieces of the passage before that its last sentences are taken from."""


class Piece(NamedTuple):
    """One passage: ``title_path``, a line's end and ``body`` are together ``tokens`` long."""

    title_path: str
    locator: str
    body: str
    tokens: int


class _Draft(NamedTuple):
    path: str
    overlap: str
    units: list[Unit]

    @property
    def body(self) -> str:
        own = joined(self.units)
        return f"{self.overlap}\n{own}" if self.overlap else own

    @property
    def text(self) -> str:
        return f"{self.path}\n{self.body}" if self.path else self.body


def chunks(
    title: str, blocks: Sequence[Block], limit: int, overlap: int, count: Count
) -> tuple[Piece, ...]:
    """The passages of a document, in order; every word of its blocks stands in one.

    :param blocks: normalised.
    :param limit: most tokens of a passage, with those that the model puts around it.
    :param overlap: most tokens of whole sentences that a passage repeats of the one before it in
        its section, where there is room.
    :param count: not cut off at what the model reads.
    :raises ValueError: for a limit that leaves less than :data:`LEAST` tokens of text.
    """
    tokens = Counter(count)
    if limit - tokens.around < LEAST:
        raise ValueError(
            f"a limit of {limit} tokens leaves {limit - tokens.around} of text beside the model's"
            f" own {tokens.around}; set knowledge.chunk_tokens to {tokens.around + LEAST} or more"
        )
    found = list(sections(title, blocks))
    paths = shortened([section.path for section in found], (limit - tokens.around) // 3, tokens)
    drafts = _drafts(_with_lost_headings(found, paths), paths, limit, overlap, tokens)
    return tuple(_within(drafts, limit, tokens))


def _with_lost_headings(
    found: Sequence[Section], paths: dict[tuple[str, ...], str]
) -> list[Section]:
    """Headings that are too long for a title path stand in the text, once."""
    told: set[str] = set()
    kept = []
    for section in found:
        lost = [
            Block(BlockKind.PARAGRAPH, heading)
            for heading in section.path
            if heading not in paths[section.path] and heading not in told
        ]
        told.update(block.text for block in lost)
        kept.append(Section(section.path, (*lost, *section.blocks)))
    return kept


def _drafts(
    found: Sequence[Section],
    paths: dict[tuple[str, ...], str],
    limit: int,
    overlap: int,
    tokens: Counter,
) -> list[_Draft]:
    titles = [paths[section.path] for section in found]
    rooms = [
        limit - tokens.around - (taken if title else 0)
        for title, taken in zip(titles, tokens.inner(titles), strict=True)
    ]
    blocks = [block for section in found for block in section.blocks]
    capacities = [room for section, room in zip(found, rooms, strict=True) for _ in section.blocks]
    units = iter(units_of(blocks, capacities, tokens))
    drafts, left = [], []
    for section, title, room in zip(found, titles, rooms, strict=True):
        own = [unit for _ in section.blocks for unit in next(units)]
        for place, group in enumerate(merged(own, room)):
            drafts.append(_Draft(title, "", group))
            left.append(room - sum(unit.tokens for unit in group) if place else 0)
    return _overlapping(drafts, [min(room, overlap) for room in left], tokens)


def _overlapping(drafts: list[_Draft], rooms: Sequence[int], tokens: Counter) -> list[_Draft]:
    """Drafts that begin with the last sentences of the one before, as many as there is room for."""
    ends = [
        _last_sentences(drafts[place - 1].units) if room > 0 else []
        for place, room in enumerate(rooms)
    ]
    counts = iter(tokens.inner([sentence for end in ends for sentence in end]))
    overlapping = []
    for draft, room, end in zip(drafts, rooms, ends, strict=True):
        kept: list[str] = []
        for sentence, count in reversed([(sentence, next(counts)) for sentence in end]):
            room -= count
            if room < 0:
                break
            kept.insert(0, sentence)
        overlapping.append(draft._replace(overlap=" ".join(kept)))
    return overlapping


def _last_sentences(units: Sequence[Unit]) -> list[str]:
    """Of the last :data:`LOOKED_BACK` pieces, up to code or a sentence that is torn into words."""
    found: list[str] = []
    for unit in reversed(units[-LOOKED_BACK:]):
        if unit.kind is BlockKind.CODE or (unit.glue != "\n" and " " not in unit.text):
            break
        found = ([unit.text] if unit.kind is BlockKind.ROW else sentences(unit.text)) + found
    return found


def _within(drafts: Sequence[_Draft], limit: int, tokens: Counter) -> Iterator[Piece]:
    """The drafts as passages; one that is too long after all is halved until it is not."""
    counts = tokens.whole([draft.text for draft in drafts])
    for draft, count in zip(drafts, counts, strict=True):
        if count <= limit:
            yield Piece(draft.path, _locator(draft.units), draft.body, count)
        else:
            yield from _within(_halves(draft), limit, tokens)


def _halves(draft: _Draft) -> list[_Draft]:
    if draft.overlap:
        return [draft._replace(overlap="")]
    units = draft.units
    if len(units) == 1:
        units = smaller_units(units[0])
        if len(units) == 1:
            raise ValueError(f"{draft.text!r} has more tokens than a passage may have")
    middle = len(units) // 2
    return [_Draft(draft.path, "", units[:middle]), _Draft(draft.path, "", units[middle:])]


def _locator(units: Sequence[Unit]) -> str:
    first, last = units[0].locator, units[-1].locator
    if first.startswith("page ") and last.startswith("page ") and first != last:
        return f"pages {first.removeprefix('page ')}-{last.removeprefix('page ')}"
    return cut(first, LOCATOR_BYTES)
