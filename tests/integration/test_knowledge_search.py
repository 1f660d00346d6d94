"""A search over a release in DuckDB: by meaning, by words and by both, filtered, newer first."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import duckdb
import numpy as np
import pytest

from cloudledger.knowledge.document import Metadata
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.retrieval.candidates import Candidates, Where, by_words
from cloudledger.knowledge.retrieval.search import search
from cloudledger.knowledge.terms import terms
from cloudledger.warehouse.duckdb import DuckDbSession, DuckDbWarehouse, open_duckdb
from tests.support.encoders import FakeEncoder
from tests.support.knowledge_shelf import AT, shelved, written

ENCODER = FakeEncoder(dimensions=256)
SHELF = [
    written(
        "egress",
        "Network egress",
        ("First steps", "Find the instance that sends data out of the region and stop the copy."),
        ("Causes", "A backup that was pointed at another region sends all of its data out."),
        metadata=Metadata(
            department="platform", category="runbook", region="eu", tags=("network", "backup"),
            document_date=date(2024, 3, 1),
        ),
    ),
    written(
        "egress_new",
        "Network egress 2026",
        ("First steps", "Find the instance that sends data out of the region and stop the copy."),
        metadata=Metadata(category="runbook", document_date=date(2026, 2, 1)),
    ),
    written(
        "contract",
        "Support contract",
        ("", "ORA-00942 and other errors are answered within four hours by the vendor."),
        ("Prices", "The price of support rises by three percent every January."),
        metadata=Metadata(department="finance", category="contract", tags=("vendor",)),
        source="legal",
    ),
    written("policy", "Tagging policy", ("", "Every resource carries a cost centre and an owner.")),
]  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DuckDbSession, Release]]:
    warehouse: DuckDbWarehouse = open_duckdb(tmp_path_factory.mktemp("shelf") / "w.duckdb")
    warehouse.migrate()
    with warehouse.transaction() as session:
        release = shelved(session, SHELF[:4], ENCODER)
        other = written("other", "Other release", ("", "ORA-00942 ORA-00942 egress egress"))
        shelved(session, [other], ENCODER, number=2, state="retired")
        yield session, release
    warehouse.close()


def _uris(found: list) -> list[str]:
    return [one.uri.rpartition("/")[2] for one in found]


def test_by_meaning_the_cosine_is_that_of_the_vectors(shelf):
    session, release = shelf
    asked = "instance sends data out of the region"
    found = search(session, "duckdb", release, ENCODER, asked, k=20, mode="meaning", per_document=0)
    vector = ENCODER.question(asked).astype(float)
    texts = {c.chunk_id: c.text for one in SHELF for c in one.chunks}
    exact = {
        one: float(np.dot(vector, ENCODER.documents([text])[0])) for one, text in texts.items()
    }
    assert [one.chunk_id for one in found] == sorted(exact, key=lambda one: (-exact[one], one))
    for one in found:
        assert one.cosine == pytest.approx(exact[one.chunk_id], abs=1e-6)
        assert one.word_rank is None
    assert [one.rank for one in found] == list(range(1, 7))
    assert len({one.release_id for one in found}) == 1


def test_by_words_ranks_and_scores_are_those_of_bm25(shelf):
    """Against the formula written out over the texts."""
    session, release = shelf
    asked = "the price of support, ORA-00942"
    found = by_words(Candidates(session, "duckdb", release, Where(), 50), asked)
    texts = {c.chunk_id: terms(c.text) for one in SHELF for c in one.chunks}
    mean = sum(map(len, texts.values())) / len(texts)
    scores = dict.fromkeys(texts, 0.0)
    for term in set(terms(asked)):
        held = sum(term in words for words in texts.values())
        idf = math.log(1 + (len(texts) - held + 0.5) / (held + 0.5))
        for one, words in texts.items():
            times = words.count(term)
            scores[one] += (
                idf * times / (times + 1.2 * (1 - 0.75 + 0.75 * len(words) / mean)) if times else 0
            )
    expected = sorted((one for one in scores if scores[one]), key=lambda one: -scores[one])
    assert found == expected
    assert len(found) == 2


def test_words_need_no_model_and_have_no_cosine(shelf):
    session, release = shelf
    found = search(session, "duckdb", release, None, "ORA-00942", mode="words")
    assert _uris(found) == ["contract"]
    assert (found[0].cosine, found[0].word_rank) == (None, 1)
    assert search(session, "duckdb", release, None, "what is the", mode="words") == []
    assert search(session, "duckdb", release, None, "zebra", mode="words") == []


def test_both_together_find_what_each_finds(shelf):
    session, release = shelf
    found = search(session, "duckdb", release, ENCODER, "ORA-00942 vendor", k=20)
    assert _uris(found)[0] == "contract"
    assert found[0].word_rank == 1
    assert len(found) == 6
    assert all(one.cosine is not None for one in found)


def test_words_alone_bring_in_what_meaning_did_not_reach(shelf, monkeypatch):
    """And its cosine is told all the same."""
    session, release = shelf
    monkeypatch.setattr("cloudledger.knowledge.retrieval.search._CANDIDATES", 1)
    monkeypatch.setattr("cloudledger.knowledge.retrieval.search._FOR_EACH", 1)
    monkeypatch.setattr(
        FakeEncoder, "question", lambda self, text: self._vector("network egress causes backup")
    )
    found = search(session, "duckdb", release, ENCODER, "ORA-00942", k=2)
    both = search(session, "duckdb", release, ENCODER, "ORA-00942", k=2, mode="meaning")
    assert "contract" in _uris(found)
    assert "contract" not in _uris(both[:1])
    assert all(one.cosine is not None for one in found)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Where(department="finance"), {"contract"}),
        (Where(category="runbook"), {"egress", "egress_new"}),
        (Where(region="eu"), {"egress"}),
        (Where(tag="backup"), {"egress"}),
        (Where(source="legal"), {"contract"}),
        (Where(since=date(2026, 2, 1)), {"egress_new"}),
        (Where(until=date(2024, 3, 1)), {"egress"}),
        (Where(uri_prefix="file:///shelf/egress"), {"egress", "egress_new"}),
        (Where(uri_prefix="file:///shelf/%"), set()),
        (Where(category="runbook", tag="network", until=date(2025, 1, 1)), {"egress"}),
        (Where(category="nothing"), set()),
    ],
)
@pytest.mark.parametrize("mode", ["meaning", "words", "hybrid"])
def test_filters(shelf, where: Where, expected: set[str], mode):
    session, release = shelf
    asked = "egress data region price support resource cost owner errors"
    found = search(session, "duckdb", release, ENCODER, asked, where, 20, mode=mode)
    assert set(_uris(found)) == expected


def test_the_newer_of_two_alike_is_first_and_only_when_asked(shelf):
    session, release = shelf
    asked = "stop the copy that sends data out of the region: network egress first steps"

    def first(half_life: int) -> str:
        found = search(
            session, "duckdb", release, ENCODER, asked, recency_half_life_days=half_life, at=AT
        )
        return _uris(found)[0]

    assert first(0) == "egress"
    assert first(90) == "egress_new"


def test_a_document_without_a_date_is_as_old_as_its_object(tmp_path):
    old = written("old", "Note", ("", "alpha beta"), modified_at=datetime(2020, 1, 1, tzinfo=UTC))
    new = written("new", "Note", ("", "alpha beta gamma"), modified_at=AT)
    with open_duckdb(tmp_path / "w.duckdb") as warehouse:
        warehouse.migrate()
        with warehouse.transaction() as session:
            release = shelved(session, [old, new], ENCODER)
            plain = search(session, "duckdb", release, ENCODER, "note alpha beta")
            fresh = search(
                session, "duckdb", release, ENCODER, "note alpha beta",
                recency_half_life_days=30, at=AT,
            )  # fmt: skip
    assert _uris(plain) == ["old", "new"]
    assert _uris(fresh) == ["new", "old"]


def test_a_document_gives_so_many_passages_and_no_more(shelf):
    session, release = shelf
    for most in (1, 2):
        found = search(session, "duckdb", release, ENCODER, "egress support", per_document=most)
        counts = [_uris(found).count(uri) for uri in set(_uris(found))]
        assert max(counts) == most


def test_a_floor_leaves_out_what_is_too_far(shelf):
    session, release = shelf
    asked = "Every resource carries a cost centre and an owner"
    every = search(session, "duckdb", release, ENCODER, asked, k=20)
    found = search(session, "duckdb", release, ENCODER, asked, k=20, min_score=0.4)
    assert [one.chunk_id for one in found] == [
        one.chunk_id for one in every if (one.cosine or 0) >= 0.4
    ]
    assert 0 < len(found) < len(every)


def test_k_cuts_and_the_order_is_the_same_every_time(shelf):
    session, release = shelf
    longer = search(session, "duckdb", release, ENCODER, "egress region support", k=5)
    shorter = search(session, "duckdb", release, ENCODER, "egress region support", k=2)
    assert shorter == longer[:2]
    assert longer == search(
        session, "duckdb", release, ENCODER, "egress region support", k=5, exact=True
    )


def test_what_is_found_can_be_written_as_json(shelf):
    session, release = shelf
    found = search(session, "duckdb", release, ENCODER, "network egress", k=1)[0]
    row = json.loads(json.dumps(found.as_json()))
    assert row["document_date"] == "2024-03-01"
    assert row["title_path"].startswith("Network egress > ")
    assert row["locator"].startswith("section ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"question": "  "}, "the question is empty"),
        ({"k": 0}, "ask for 1 to 100"),
        ({"k": 101}, "ask for 1 to 100"),
        ({"recency_half_life_days": 30}, "give both"),
        ({"recency_half_life_days": -1, "at": AT}, "give both"),
        ({"mode": "words", "min_score": 0.5}, "leave it out"),
        ({"encoder": None}, "needs the model fake"),
        ({"encoder": replace(ENCODER, model="another")}, "open the release's"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(shelf, arguments: dict, message: str):
    session, release = shelf
    given = {"encoder": ENCODER, "question": "egress"} | arguments
    with pytest.raises(ValueError, match=message):
        search(session, "duckdb", release, **given)


def test_a_question_longer_than_any_statement_is_asked_by_its_first_words(shelf):
    session, release = shelf
    asked = " ".join(f"word{place}" for place in range(300)) + " egress"
    found = search(session, "duckdb", release, None, "egress " + asked, mode="words")
    assert found
    assert search(session, "duckdb", release, None, asked, mode="words") == []


def test_it_reads_a_file_that_is_open_for_reading_only(tmp_path):
    with open_duckdb(tmp_path / "w.duckdb") as warehouse:
        warehouse.migrate()
        with warehouse.transaction() as session:
            release = shelved(session, SHELF, ENCODER)
    with (
        open_duckdb(tmp_path / "w.duckdb", read_only=True) as warehouse,
        warehouse.transaction() as session,
    ):
        assert search(session, "duckdb", release, ENCODER, "egress")
        with pytest.raises(duckdb.Error):
            session.execute("DELETE FROM chunk")
