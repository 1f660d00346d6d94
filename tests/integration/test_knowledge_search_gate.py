"""The gate: a release that finds worse than the live one is refused, with figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from cloudledger.knowledge.config import Gate
from cloudledger.knowledge.embedding.encoder import Vectors
from cloudledger.knowledge.gate.asked import Searched
from cloudledger.knowledge.gate.feedback import UnknownPassage, tell, told_questions
from cloudledger.knowledge.gate.judge import Measure, Verdict, judge
from cloudledger.knowledge.gate.questions import Question, made
from cloudledger.knowledge.gate.relevance import relevance
from cloudledger.knowledge.gate.store import drift, save_quality
from cloudledger.run import Run
from cloudledger.warehouse.duckdb import DuckDbSession
from tests.support.empty_warehouse import migrated
from tests.support.encoders import FakeEncoder
from tests.support.knowledge_shelf import AT, shelved, written

GOOD = FakeEncoder(dimensions=128)
THINGS = [
    "gateway",
    "database",
    "cluster",
    "bucket",
    "volume",
    "budget",
    "invoice",
    "tenancy",
    "region",
    "queue",
]
DEEDS = ["grows overnight", "was never removed", "is retried forever", "crosses its limit"]
SHELF = [
    written(
        f"{thing}{place}",
        f"When the {thing} {deed}",
        ("First look", f"Look whether the {thing} is what costs more. Then ask its owner."),
        ("What to do", f"Stop what {deed} and write down why the {thing} did so."),
    )
    for thing in THINGS
    for place, deed in enumerate(DEEDS)
]


class Confused(FakeEncoder):
    """Gives every text nearly the same vector, whatever it says."""

    def _vector(self, text: str) -> Vectors:
        plain = np.ones(self.dimensions, dtype=np.float32) + 1e-3 * super()._vector(text)[::-1]
        return plain / np.float32(np.linalg.norm(plain))


@pytest.fixture
def session(tmp_path) -> Iterator[DuckDbSession]:
    with migrated(tmp_path / "w.duckdb") as warehouse, warehouse.transaction() as session:
        yield session


def _amounts(verdict: Verdict) -> dict[str, float]:
    return {one.name: float(one.amount) for one in verdict.measures}


def test_a_first_release_passes_and_is_measured(session):
    release = shelved(session, SHELF, GOOD)
    questions = made(session, release, 20)
    verdict = judge(Searched(session, "duckdb", release, GOOD), None, questions, Gate())
    assert verdict.passed
    amounts = _amounts(verdict)
    assert amounts["recall_at_10"] == 1
    assert amounts["ndcg_at_10"] > 0.9
    assert 0 < amounts["p50_ms"] <= amounts["p95_ms"]
    assert 0.3 < amounts["top_1_cosine"] <= 1.0001
    assert not any(name.startswith(("live_", "shared_", "judged_")) for name in amounts)
    assert {one.questions for one in verdict.measures} == {20}


def test_a_model_that_finds_worse_is_refused_with_figures(session):
    live = shelved(session, SHELF, GOOD)
    bad = Confused(model="confused", dimensions=128)
    candidate = shelved(session, SHELF, bad, number=2, state="building")
    questions = made(session, candidate, 20)
    verdict = judge(
        Searched(session, "duckdb", candidate, bad),
        Searched(session, "duckdb", live, GOOD),
        questions,
        Gate(),
    )
    assert not verdict.passed
    amounts = _amounts(verdict)
    assert amounts["shared_meaning_ndcg_at_10"] < amounts["live_meaning_ndcg_at_10"] - 0.2
    figures = re.search(
        r"nDCG@10 is (0\.\d{3}) over 20 questions by meaning alone, and (\d\.\d{3}) with the live",
        verdict.reason,
    )
    assert figures
    assert float(figures[1]) == pytest.approx(amounts["shared_meaning_ndcg_at_10"], abs=1e-3)
    assert float(figures[2]) == pytest.approx(amounts["live_meaning_ndcg_at_10"], abs=1e-3)


def test_the_same_documents_and_model_are_as_good_and_find_the_same(session):
    live = shelved(session, SHELF, GOOD)
    other = replace(GOOD, model="the same under another name")
    candidate = shelved(session, SHELF, other, number=2, state="building")
    questions = made(session, candidate, 15)
    verdict = judge(
        Searched(session, "duckdb", candidate, other),
        Searched(session, "duckdb", live, GOOD),
        questions,
        Gate(),
    )
    amounts = _amounts(verdict)
    assert verdict.passed
    assert amounts["kept_of_live"] == 1
    assert amounts["shared_ndcg_at_10"] == amounts["live_ndcg_at_10"]


def test_new_and_removed_documents_are_nobodys_fault(session):
    live = shelved(session, SHELF[:30], GOOD)
    candidate = shelved(session, SHELF[10:], GOOD, number=2, state="building")
    questions = [
        *made(session, candidate, 15),
        Question("gone document", {SHELF[0].document_id: 3}, "curated"),
    ]
    verdict = judge(
        Searched(session, "duckdb", candidate, GOOD),
        Searched(session, "duckdb", live, GOOD),
        questions,
        Gate(),
    )
    assert verdict.passed, verdict.reason
    by_name = {one.name: one for one in verdict.measures}
    assert by_name["shared_ndcg_at_10"].questions < 16
    assert by_name["kept_of_live"].amount < 1


def test_a_slow_release_is_refused(session, monkeypatch):
    release = shelved(session, SHELF, GOOD)
    ticks = iter(float(tick) for tick in range(10_000))
    monkeypatch.setattr("cloudledger.knowledge.gate.asked.time.perf_counter", lambda: next(ticks))
    verdict = judge(
        Searched(session, "duckdb", release, GOOD),
        None,
        made(session, release, 10),
        Gate(p95_ms=999),
    )
    assert "1000 ms or longer, over 10 questions, and 999 ms is the limit" in verdict.reason


def test_an_index_that_misses_is_refused(session, monkeypatch):
    """As an approximate search would: the nearest one is not found."""
    from cloudledger.knowledge.gate import asked

    exact = asked.by_meaning

    def missing(over, vector, *, exact: bool, all_of_them=exact):
        found = all_of_them(over, vector, exact=True)
        return found if exact else dict(list(found.items())[1:])

    monkeypatch.setattr(asked, "by_meaning", missing)
    release = shelved(session, SHELF, GOOD)
    verdict = judge(
        Searched(session, "duckdb", release, GOOD), None, made(session, release, 10), Gate()
    )
    assert "the index finds 0.9" in verdict.reason
    assert "0.950 is wanted" in verdict.reason


def test_a_release_without_documents_is_refused(session):
    empty = replace(shelved(session, SHELF[:1], GOOD), documents=0, chunks=0)
    verdict = judge(Searched(session, "duckdb", empty, GOOD), None, [], Gate(), ["told"])
    assert "no question can be made of the 0 documents" in verdict.reason
    assert verdict.remarks == ("told",)
    assert not verdict.passed


def test_what_people_asked_is_judged_by_itself(session):
    live = shelved(session, SHELF, GOOD)
    without = [one for one in SHELF if one is not SHELF[0]]
    worse = written("gateway0", "Renamed", ("", "Nothing of what it said before is left."))
    candidate = shelved(session, [*without, worse], GOOD, number=2, state="building")
    curated = Question("the gateway grows overnight", {SHELF[0].document_id: 3}, "curated")
    questions = [*made(session, candidate, 10), curated]
    verdict = judge(
        Searched(session, "duckdb", candidate, GOOD),
        Searched(session, "duckdb", live, GOOD),
        questions,
        Gate(),
    )
    assert "over 1 questions that people asked" in verdict.reason


def test_made_questions_are_the_same_every_time_and_nearly_so_when_a_document_comes(session):
    release = shelved(session, SHELF, GOOD)
    more = [*SHELF, written("new", "A thing of its own", ("", "It says something quite new."))]
    second = shelved(session, more, GOOD, number=2, state="building")
    first = made(session, release, 40)
    assert first == made(session, release, 40)
    assert len(first) == 40
    assert len({one.text for one in first} & {one.text for one in made(session, second, 40)}) >= 38


def test_made_questions_ask_for_every_document_that_says_the_same(session):
    alike = [
        written(name, "Notes", ("", "The same first sentence stands here. Then they differ."))
        for name in ("a", "b")
    ]
    release = shelved(session, alike, GOOD)
    (question,) = made(session, release, 10)
    assert question.text == "The same first sentence stands here."
    assert set(question.grades) == {one.document_id for one in alike}


def _runs(release_id: str, days: int, ndcg: str) -> tuple[str, list[Measure], Run]:
    measures = [Measure("ndcg_at_10", Decimal(ndcg), 40), Measure("recall_at_10", Decimal("1"), 40)]
    return release_id, measures, Run(f"run-{days}", AT + timedelta(days=days))


def test_drift_tells_releases_over_time(session):
    first = shelved(session, SHELF[:3], GOOD)
    second = shelved(session, SHELF[:4], GOOD, number=2, state="building")
    save_quality(session, *_runs(first.release_id, 0, "0.9"))
    save_quality(session, *_runs(first.release_id, 7, "0.85"))
    save_quality(session, *_runs(second.release_id, 7, "0.95"))
    save_quality(session, *_runs(second.release_id, 7, "0.96"))
    table = drift(session)
    assert [(one.release_number, one.as_of, one.ndcg) for one in table] == [
        (2, AT + timedelta(days=7), Decimal("0.96")),
        (1, AT + timedelta(days=7), Decimal("0.85")),
        (1, AT, Decimal("0.9")),
    ]
    assert table[0].p95_ms is None
    assert (table[0].questions, table[0].model, table[0].state) == (40, "fake", "building")
    assert table[0].as_json()["ndcg"] == 0.96


def test_feedback_becomes_a_question_when_enough_people_agree(session):
    release = shelved(session, SHELF, GOOD)
    chunk = SHELF[0].chunks[0]

    def say(who: str, helpful: bool, question: str = "why does the gateway grow", hour: int = 0):
        tell(
            session, question, release.release_id, chunk.chunk_id,
            helpful=helpful, told_by=who, told_at=AT + timedelta(hours=hour),
        )  # fmt: skip

    say("ana", True)
    say("ana", True)
    assert told_questions(session) == []
    say("ben", True, "Why does the  gateway grow")
    assert told_questions(session) == [
        Question("why does the gateway grow", {SHELF[0].document_id: 1}, "feedback")
    ]
    say("cem", True)
    assert told_questions(session)[0].grades == {SHELF[0].document_id: 2}
    say("cem", False, hour=1)
    assert told_questions(session) == []
    assert told_questions(session, enough=1)[0].grades == {SHELF[0].document_id: 1}


def test_feedback_on_a_passage_that_is_not_there_is_refused(session):
    release = shelved(session, SHELF[:1], GOOD)
    told = {"helpful": True, "told_by": "ana", "told_at": AT}
    with pytest.raises(UnknownPassage, match="has no passage nothing"):
        tell(session, "why", release.release_id, "nothing", **told)
    with pytest.raises(ValueError, match="1 to 2000 bytes"):
        tell(session, " ", release.release_id, SHELF[0].chunks[0].chunk_id, **told)
    with pytest.raises(ValueError, match="1 to 2000 bytes"):
        tell(session, "\u00e4" * 1001, release.release_id, SHELF[0].chunks[0].chunk_id, **told)


def test_all_questions_together(session, tmp_path: Path):
    release = shelved(session, SHELF, GOOD)
    path = tmp_path / "questions.yaml"
    path.write_text(
        "questions:\n"
        "- {question: gateway at night, documents: [{uri: gateway0, grade: 3}]}\n"
        "- {question: nobody, documents: [{id: gone, grade: 3}]}\n",
        encoding="utf-8",
    )
    for who in ("ana", "ben"):
        tell(
            session, "told", release.release_id, SHELF[1].chunks[0].chunk_id,
            helpful=True, told_by=who, told_at=AT,
        )  # fmt: skip
    questions, unknown = relevance(session, release, Gate(questions=path, generated=10))
    assert [one.origin for one in questions] == ["made"] * 10 + ["curated", "feedback"]
    assert len(unknown) == 1
    assert "gone" in unknown[0]


def test_feedback_on_a_document_that_is_gone_asks_nothing(session):
    release = shelved(session, SHELF[:2], GOOD)
    smaller = shelved(session, SHELF[1:2], GOOD, number=2, state="building")
    for who in ("ana", "ben"):
        tell(
            session, "told", release.release_id, SHELF[0].chunks[0].chunk_id,
            helpful=True, told_by=who, told_at=AT,
        )  # fmt: skip
    questions, _ = relevance(session, smaller, Gate())
    assert {one.origin for one in questions} == {"made"}
