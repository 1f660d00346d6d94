"""A release: a set of documents with one table of vectors, searched when it is live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cloudledger.knowledge.document import hashed

State = Literal["building", "refused", "live", "retired", "dropped"]
EMPTY_TABLE = "knowledge_vector_none"
"""What ``knowledge_vector`` stands for before any release."""


@dataclass(frozen=True, slots=True)
class Release:
    """One row of ``embedding_release``.

    :param number: counts releases in the order that they were begun.
    :param embedding_key: of model, precision and prompts; vectors of two are never compared.
    :param chunks: of its documents, which is how many vectors its table must hold.
    :param embedded: texts that were embedded for it; ``reused``: chunks whose vectors were copied.
    :param reason: why it was refused or gone back to.
    """

    release_id: str
    number: int
    state: State
    embedding_key: str
    prep_key: str
    model: str
    precision: str
    dimensions: int
    documents: int
    chunks: int
    embedded: int = 0
    reused: int = 0
    holes: int = 0
    ghosts: int = 0
    index_kind: str | None = None
    reason: str | None = None
    run_id: str = ""
    as_of: datetime | None = None
    released_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def vector_table(self) -> str:
        """Its own table: chunk_id, document_version, text_hash, embedding."""
        return f"knowledge_vector_{self.release_id[:12]}"

    @property
    def vector_index(self) -> str:
        """The index over its table's embeddings, in Oracle."""
        return f"{self.vector_table}_vx"


def release_id(embedding_key: str, versions: Iterable[str]) -> str:
    """The same for the same documents embedded alike, so that a repeated run finds its own."""
    return hashed("release", embedding_key, *sorted(versions))
