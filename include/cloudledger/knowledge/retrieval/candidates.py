"""What a search asks the warehouse: nearest chunks, chunks with its words, and what they say."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from cloudledger.knowledge.release import Release
from cloudledger.knowledge.statements import filled
from cloudledger.knowledge.terms import terms
from cloudledger.sql import statement
from cloudledger.warehouse.port import Engine, Session

WORDS = 16
"""How many different words of a question are searched for, as sql/knowledge/words.sql has binds."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which documents may be found; None and empty: any.

    :param since: documents whose own date is not before; one without a date is left out.
    :param until: documents whose own date is not after.
    :param uri_prefix: what the address of an object, or of its part, begins with.
    """

    department: str | None = None
    category: str | None = None
    region: str | None = None
    tag: str | None = None
    source: str | None = None
    since: date | None = None
    until: date | None = None
    uri_prefix: str | None = None

    @property
    def is_any(self) -> bool:
        """Whether nothing is left out."""
        return not any(asdict(self).values())


@dataclass(frozen=True, slots=True)
class Candidates:
    """Where candidates are looked for, and at most how many of each kind."""

    session: Session
    engine: Engine
    release: Release
    where: Where
    at_most: int


def by_meaning(asked: Candidates, vector: array[float], *, exact: bool) -> dict[str, float]:
    """Cosine by chunk_id, the nearest first.

    DuckDB compares every vector either way. Oracle breaks ties as it likes: they are put in order
    here.
    """
    name = "similar"
    if exact and asked.engine == "oracle":
        name += "_exact"
    binds: dict[str, object] = {"question_vector": vector, "candidates": asked.at_most}
    if not asked.where.is_any:
        name += "_filtered"
        binds |= asdict(asked.where)
    found = asked.session.query(_over_vectors(asked, name), **binds)
    return _by_cosine(found.to_pylist())


def cosines_of(
    asked: Candidates, vector: array[float], chunk_ids: Sequence[str]
) -> dict[str, float]:
    """Cosine by chunk_id, of given chunks."""
    if not chunk_ids:
        return {}
    found = asked.session.query(
        _over_vectors(asked, "cosines"), question_vector=vector, chunk_ids=json.dumps(chunk_ids)
    )
    return _by_cosine(found.to_pylist())


def by_words(asked: Candidates, question: str) -> list[str]:
    """The chunk_ids that hold words of the question, by BM25, the best first."""
    words = list(dict.fromkeys(terms(question)))[:WORDS]
    if not words:
        return []
    padded = words + [None] * (WORDS - len(words))
    found = asked.session.query(
        statement("knowledge/words"),
        release_id=asked.release.release_id,
        candidates=asked.at_most,
        **{f"term_{place}": word for place, word in enumerate(padded, start=1)},
        **asdict(asked.where),
    )
    return [str(chunk_id) for chunk_id in found["chunk_id"].to_pylist()]


def passages(asked: Candidates, chunk_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The rows of chunk and document by chunk_id."""
    if not chunk_ids:
        return {}
    found = asked.session.query(
        statement("knowledge/passages", asked.engine), chunk_ids=json.dumps(chunk_ids)
    )
    return {row["chunk_id"]: row for row in found.to_pylist()}


def _over_vectors(asked: Candidates, name: str) -> str:
    parts: dict[str, str | int] = {"vector_table": asked.release.vector_table}
    if asked.engine == "duckdb":
        parts["dimensions"] = asked.release.dimensions
    return filled(name, asked.engine, **parts)


def _by_cosine(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    pairs = sorted((-float(row["cosine"]), str(row["chunk_id"])) for row in rows)
    return {chunk_id: -distance for distance, chunk_id in pairs}
