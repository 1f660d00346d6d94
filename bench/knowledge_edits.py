"""``python -m bench.knowledge_edits``: what an edit of a long document has embedded anew.

A document of 300 pages without headings is cut by the packaged model's tokenizer, as it is and
after each of some edits of one paragraph. What counts are the texts that were not there before:
those are embedded.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

from bench.knowledge import WORDS
from cloudledger.clouds.object_store import SourceObject
from cloudledger.knowledge.config import Knowledge, KnowledgeSource
from cloudledger.knowledge.document import Document
from cloudledger.knowledge.embedding.encoder import Encoder
from cloudledger.knowledge.embedding.model import open_encoder
from cloudledger.knowledge.reading.prepare import prep_key, prepare

PAGES, PARAGRAPHS_OF_A_PAGE = 300, 6
EDITS_OF_A_KIND = 5
WANTED = 4
"""Chunks: those that the paragraph stands in, one or two, and their neighbours."""
SEED = 31
KNOWLEDGE = Knowledge(sources=(KnowledgeSource(name="docs", uri="file:///documents/"),))

Paragraphs = list[str]
Edit = Callable[[random.Random, Paragraphs, int], Paragraphs]


def show_edits() -> bool:
    """Print the table; whether a figure is not reached."""
    encoder = open_encoder(KNOWLEDGE)
    chance = random.Random(SEED)
    paragraphs = [_paragraph(chance) for _ in range(PAGES * PARAGRAPHS_OF_A_PAGE)]
    before = texts(paragraphs, encoder)
    print(f"a changed paragraph of {PAGES} pages, {len(before)} chunks without headings")
    print(f"{'edit':24}{'edits':>10}{'mean new':>10}{'max new':>10}")
    most = 0
    for name, edit in EDITS.items():
        new = [
            len(
                texts(edit(chance, paragraphs, chance.randrange(len(paragraphs))), encoder) - before
            )
            for _ in range(EDITS_OF_A_KIND)
        ]
        print(f"{name:24}{len(new):>10}{mean(new):>10.1f}{max(new):>10}")
        most = max(most, *new)
    print(f"wanted: at most {WANTED}")
    return most > WANTED


def texts(paragraphs: Sequence[str], encoder: Encoder) -> set[str]:
    """The hashes of what is embedded of a document."""
    with TemporaryDirectory(prefix="cloudledger-bench-") as folder:
        path = Path(folder) / "object"
        path.write_text("\n\n".join(paragraphs), encoding="utf-8")
        found = SourceObject(
            uri="file:///documents/contract.txt",
            source="docs",
            etag="1",
            bytes=path.stat().st_size,
            delivered_at=datetime(2026, 11, 1, tzinfo=UTC),
        )
        key = prep_key(KNOWLEDGE, encoder)
        (one,) = prepare(path, found, KNOWLEDGE.sources[0], key, encoder, KNOWLEDGE)
    assert isinstance(one, Document)
    return {chunk.text_hash for chunk in one.chunks}


def _sentence(chance: random.Random) -> str:
    words = " ".join(chance.choice(WORDS) for _ in range(chance.randint(6, 20)))
    return f"{words.capitalize()}."


def _paragraph(chance: random.Random) -> str:
    return " ".join(_sentence(chance) for _ in range(chance.randint(3, 7)))


def _replaced(paragraphs: Paragraphs, place: int, *by: str) -> Paragraphs:
    return [*paragraphs[:place], *by, *paragraphs[place + 1 :]]


def _word(chance: random.Random, paragraphs: Paragraphs, place: int) -> Paragraphs:
    words = paragraphs[place].split()
    words[chance.randrange(len(words))] = "amended"
    return _replaced(paragraphs, place, " ".join(words))


def _added(chance: random.Random, paragraphs: Paragraphs, place: int) -> Paragraphs:
    return _replaced(paragraphs, place, f"{paragraphs[place]} {_sentence(chance)}")


def _written_anew(chance: random.Random, paragraphs: Paragraphs, place: int) -> Paragraphs:
    return _replaced(paragraphs, place, _paragraph(chance))


def _taken_out(_: random.Random, paragraphs: Paragraphs, place: int) -> Paragraphs:
    return _replaced(paragraphs, place)


EDITS: dict[str, Edit] = {
    "a word": _word,
    "a sentence more": _added,
    "written anew": _written_anew,
    "taken out": _taken_out,
}

if __name__ == "__main__":
    sys.exit(int(show_edits()))
