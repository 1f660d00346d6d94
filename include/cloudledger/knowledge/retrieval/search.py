"""Find the passages of a release that answer a question: by meaning, by words, or by both."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

from cloudledger.knowledge.embedding.encoder import Encoder
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.retrieval.candidates import (
    Candidates,
    Where,
    by_meaning,
    by_words,
    cosines_of,
)
from cloudledger.knowledge.retrieval.candidates import passages as passages_of
from cloudledger.knowledge.retrieval.fuse import freshness, fused, ordered
from cloudledger.warehouse.port import Engine, Session

Mode = Literal["hybrid", "meaning", "words"]
MOST = 100
"""How many passages can be asked for at once."""
_CANDIDATES = 50
_FOR_EACH = 5


class SearchRefused(ValueError):
    """A search makes no sense as it is asked: which argument, and what to give."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, and why it was found.

    :param rank: from 1, the best first.
    :param score: what it is ranked by: reciprocal rank fusion times freshness. To compare within
        one search only.
    :param cosine: of the question to the passage, -1 to 1; None when searched by words.
    :param word_rank: its place among those that hold the question's words; None when not there.
    :param document_date: since when it holds, if the document says so.
    """

    rank: int
    score: float
    cosine: float | None
    word_rank: int | None
    chunk_id: str
    release_id: str
    document_id: str
    uri: str
    source: str
    title: str
    title_path: str
    locator: str
    body: str
    place: int
    text_hash: str
    department: str | None
    category: str | None
    region: str | None
    document_date: date | None

    def as_json(self) -> dict[str, Any]:
        """With days written as 2026-01-31."""
        day = self.document_date
        return asdict(self) | {"document_date": day.isoformat() if day else None}


def search(
    session: Session,
    engine: Engine,
    release: Release,
    encoder: Encoder | None,
    question: str,
    where: Where | None = None,
    k: int = 10,
    *,
    mode: Mode = "hybrid",
    recency_half_life_days: int = 0,
    at: datetime | None = None,
    per_document: int = 3,
    min_score: float | None = None,
    exact: bool = False,
) -> list[Found]:
    """The ``k`` best passages, the best first; equal ones in the order of their ids.

    :param encoder: of the release's own embedding_key; not needed by words.
    :param recency_half_life_days: after how long a document counts half; 0: age does not count.
        A document that has no date of its own is as old as its object.
    :param at: the instant that age is counted to.
    :param per_document: at most so many passages of one document; 0: any number.
    :param min_score: leave out passages of a lower cosine.
    :param exact: compare every vector instead of asking the index.
    :raises SearchRefused: an argument makes no sense.
    """
    where = where or Where()
    encoder = _checked(release, encoder, question, k, mode, recency_half_life_days, at, min_score)
    at_most = max(_CANDIDATES, _FOR_EACH * k)
    asked = Candidates(session, engine, release, where, at_most)
    near: dict[str, float] = {}
    worded: list[str] = []
    if mode != "meaning":
        worded = by_words(asked, question)
    if encoder is not None:
        vector = array("f", encoder.question(question).tobytes())
        near = by_meaning(asked, vector, exact=exact)
        rankings = [list(near), worded]
        near |= cosines_of(asked, vector, [one for one in worded if one not in near])
    else:
        rankings = [worded]
    scores = {
        one: score
        for one, score in fused(rankings).items()
        if min_score is None or near.get(one, -1.0) >= min_score
    }
    rows = passages_of(asked, list(scores))
    if recency_half_life_days and at is not None:
        for one, row in rows.items():
            written = row["document_date"] or row["modified_at"].date()
            scores[one] *= freshness(written, at.date(), recency_half_life_days)
    chosen = _of_each_document([one for one in ordered(scores) if one in rows], rows, per_document)
    places = {one: place for place, one in enumerate(worded, start=1)}
    return [
        _found(rank, scores[one], near.get(one), places.get(one), release, rows[one])
        for rank, one in enumerate(chosen[:k], start=1)
    ]


def _checked(
    release: Release,
    encoder: Encoder | None,
    question: str,
    k: int,
    mode: Mode,
    half_life: int,
    at: datetime | None,
    min_score: float | None,
) -> Encoder | None:
    """The encoder if one is to be used."""
    if not question.strip():
        raise SearchRefused("the question is empty: ask something")
    if not 1 <= k <= MOST:
        raise SearchRefused(f"{k} passages were asked for: ask for 1 to {MOST}")
    if half_life < 0 or (half_life and at is None):
        raise SearchRefused("a half-life is a number of days, counted to an instant: give both")
    if mode == "words":
        if min_score is not None:
            raise SearchRefused(
                "min_score is a cosine, and a search by words has none: leave it out"
            )
        return None
    if encoder is None:
        raise SearchRefused(f"a search by {mode} needs the model {release.model}")
    if encoder.embedding_key != release.embedding_key:
        raise SearchRefused(
            f"the release {release.number} was embedded by {release.model} ({release.precision}), "
            f"the question would be by {encoder.model} ({encoder.precision}): open the release's"
        )
    return encoder


def _of_each_document(
    order: list[str], rows: dict[str, dict[str, Any]], per_document: int
) -> list[str]:
    if not per_document:
        return order
    taken: Counter[str] = Counter()
    chosen = []
    for one in order:
        document = rows[one]["document_id"]
        taken[document] += 1
        if taken[document] <= per_document:
            chosen.append(one)
    return chosen


def _found(
    rank: int,
    score: float,
    cosine: float | None,
    word_rank: int | None,
    release: Release,
    row: dict[str, Any],
) -> Found:
    return Found(
        rank=rank,
        score=score,
        cosine=cosine,
        word_rank=word_rank,
        chunk_id=row["chunk_id"],
        release_id=release.release_id,
        document_id=row["document_id"],
        uri=row["uri"],
        source=row["source"],
        title=row["title"],
        title_path=row["title_path"] or "",
        locator=row["locator"] or "",
        body=row["body"],
        place=row["place"],
        text_hash=row["text_hash"],
        department=row["department"],
        category=row["category"],
        region=row["region"],
        document_date=row["document_date"],
    )
