"""Every question asked of a release: which documents it finds, how fast, and how well its index."""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from cloudledger.knowledge.embedding.encoder import Encoder
from cloudledger.knowledge.gate.measures import CUT, recall
from cloudledger.knowledge.gate.questions import Question
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.retrieval.candidates import Candidates, Where, by_meaning
from cloudledger.knowledge.retrieval.search import Mode, search
from cloudledger.sql import statement
from cloudledger.warehouse.port import Engine, Session

WARMING = 3
"""Searches before those that are timed."""
DEPTH = 2 * CUT
"""Deeper than what is judged: documents that only one release has are passed over."""


@dataclass(frozen=True, slots=True)
class Searched:
    """A release, its own encoder, and where both are: what questions are asked of."""

    session: Session
    engine: Engine
    release: Release
    encoder: Encoder


@dataclass(frozen=True, slots=True)
class Answers:
    """For each question the documents found, the best first, and the milliseconds it took."""

    found: list[list[str]]
    milliseconds: list[float]


@dataclass(frozen=True, slots=True)
class IndexAnswers:
    """For each question the recall of the index, and the cosine of the nearest chunk."""

    recalls: list[float]
    nearest: list[float]


def ask(searched: Searched, questions: Sequence[Question], mode: Mode) -> Answers:
    """Ask them one after the other, as people do: encoding, searching and reading are timed."""
    for question in questions[:WARMING]:
        _documents(searched, question, mode)
    found, milliseconds = [], []
    for question in questions:
        began = time.perf_counter()
        documents = _documents(searched, question, mode)
        milliseconds.append((time.perf_counter() - began) * 1000)
        found.append(documents)
    return Answers(found, milliseconds)


def ask_index(searched: Searched, questions: Sequence[Question]) -> IndexAnswers:
    """The ten nearest chunks by the index, and by comparing every vector."""
    over = Candidates(searched.session, searched.engine, searched.release, Where(), CUT)
    recalls, nearest = [], []
    for question in questions:
        vector = array("f", searched.encoder.question(question.text).tobytes())
        approximate = by_meaning(over, vector, exact=False)
        share = recall(approximate, by_meaning(over, vector, exact=True))
        if share is not None:
            recalls.append(share)
        nearest.extend(list(approximate.values())[:1])
    return IndexAnswers(recalls, nearest)


def document_ids(searched: Searched) -> set[str]:
    """The documents that it has."""
    rows = searched.session.query(
        statement("knowledge/release_documents"), release_id=searched.release.release_id
    )
    return set(rows["document_id"].to_pylist())


def _documents(searched: Searched, question: Question, mode: Mode) -> list[str]:
    found = search(
        searched.session,
        searched.engine,
        searched.release,
        searched.encoder,
        question.text,
        k=DEPTH,
        mode=mode,
        per_document=1,
    )
    return [one.document_id for one in found]
