"""Releases of documents: begun, filled, switched to, gone back from, dropped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cloudledger.knowledge.releases.begin import begin
from cloudledger.knowledge.releases.drop import drop_old
from cloudledger.knowledge.releases.fill import Incomplete, Reconciled, fill
from cloudledger.knowledge.releases.index import NotReady, readiness
from cloudledger.knowledge.releases.release_store import UnknownRelease, find, live, releases
from cloudledger.knowledge.releases.switch import WrongState, refuse, roll_back, switch
from cloudledger.knowledge.terms import terms
from cloudledger.warehouse.duckdb import DuckDbWarehouse, open_duckdb
from tests.support.encoders import FakeEncoder
from tests.support.knowledge_store import (
    AT,
    ENCODER,
    PREP,
    RUN,
    document,
    embedded,
    expected,
    filled_up,
    open_release,
    release,
    vectors,
    want,
)

DAY = timedelta(days=1)
A = document("a.md", "restart the database", "then check the alarm")
B = document("b.md", "order of approval", "then check the alarm")
C = document("c.md", "restart the web server")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[DuckDbWarehouse]:
    with open_duckdb(tmp_path / "warehouse.duckdb", wait_seconds=0) as opened:
        opened.migrate()
        yield opened


def states(warehouse: DuckDbWarehouse) -> dict[int, str]:
    with warehouse.transaction() as session:
        return {one.number: one.state for one in releases(session)}


def known(warehouse: DuckDbWarehouse, table: str) -> int:
    with warehouse.transaction() as session:
        return session.query(f"SELECT * FROM {table}").num_rows


def test_a_release_holds_a_vector_of_every_chunk(warehouse: DuckDbWarehouse):
    one = release(warehouse, [A, B])
    assert vectors(warehouse) == expected([A, B])
    assert vectors(warehouse, one.vector_table) == expected([A, B])
    assert (one.state, one.documents, one.chunks, one.embedded) == ("live", 2, 4, 4)
    assert (one.released_at, one.index_kind) == (AT, "exact")


def test_before_any_release_there_is_nothing(warehouse: DuckDbWarehouse):
    assert vectors(warehouse) == {}
    with warehouse.transaction() as session:
        assert live(session) is None


def test_only_what_changed_is_embedded(warehouse: DuckDbWarehouse):
    release(warehouse, [A, B])
    changed = document("b.md", "order of approval", "then ask the owner", etag="2")
    versions = want(warehouse, [A, changed, C]).versions
    opened = open_release(warehouse, versions)
    assert opened.reused == 3
    texts = [row for part in embedded(warehouse, opened) for row in part["text_hash"].to_pylist()]
    assert sorted(texts) == sorted([changed.chunks[1].text_hash, C.chunks[0].text_hash])
    assert filled_up(warehouse, opened) == Reconciled(5, embedded=2, reused=0, holes=0, ghosts=0)
    assert switch(warehouse, opened, AT).embedded == 2
    assert vectors(warehouse) == expected([A, changed, C])


def test_words_lie_in_order_and_none_is_lost(warehouse: DuckDbWarehouse):
    release(warehouse, [C, A])
    release(warehouse, [A, B, C])
    with warehouse.transaction() as session:
        rows = session.query("SELECT term, chunk_id FROM chunk_term ORDER BY rowid").to_pylist()
    found = [(row["term"], row["chunk_id"]) for row in rows]
    wanted = {
        (term, chunk.chunk_id)
        for one in (A, B, C)
        for chunk in one.chunks
        for term in terms(chunk.text)
    }
    assert found == sorted(wanted)


def test_equal_texts_are_embedded_once(warehouse: DuckDbWarehouse):
    twins = [document(f"{key}.md", "the same words") for key in "xy"]
    same = [
        document(one.uri.rsplit("/")[-1], "the same words", metadata=twins[0].metadata)
        for one in twins
    ]
    one = release(warehouse, same)
    assert (one.chunks, one.embedded) == (2, 1)
    assert vectors(warehouse) == expected(same)


def test_another_model_shares_no_vectors(warehouse: DuckDbWarehouse):
    release(warehouse, [A])
    other = FakeEncoder(model="other", dimensions=16)
    one = release(warehouse, [A], encoder=other)
    assert (one.reused, one.embedded, one.dimensions) == (0, 2, 16)
    assert vectors(warehouse) == expected([A], other)


def test_the_same_documents_are_the_same_release(warehouse: DuckDbWarehouse):
    one = release(warehouse, [A, B])
    again = open_release(warehouse, want(warehouse, [B, A]).versions)
    assert again == one
    assert states(warehouse) == {1: "live"}


def test_documents_that_come_back_make_the_retired_release_ready(warehouse: DuckDbWarehouse):
    one = release(warehouse, [A])
    release(warehouse, [A, B], at=AT + DAY)
    assert states(warehouse) == {1: "retired", 2: "live"}
    back = release(warehouse, [A], at=AT + 2 * DAY)
    assert (back.release_id, back.number) == (one.release_id, 1)
    assert states(warehouse) == {1: "live", 2: "retired"}
    assert vectors(warehouse) == expected([A])


def test_a_document_that_is_not_kept_cannot_be_listed(warehouse: DuckDbWarehouse):
    with pytest.raises(UnknownRelease, match="1 documents, and 0 of them are kept"):
        open_release(warehouse, [A.document_version])
    assert states(warehouse) == {}


def test_a_text_without_a_vector_is_told(warehouse: DuckDbWarehouse):
    opened = open_release(warehouse, want(warehouse, [A, B]).versions)
    some, *_ = embedded(warehouse, opened, size=2)
    with pytest.raises(Incomplete, match="lacks the vectors of 2 chunks"):
        fill(warehouse, opened, [some])
    with pytest.raises(NotReady, match="holds 2 vectors and release 1 has 4 chunks"):
        readiness(warehouse, opened)
    rest = embedded(warehouse, opened, size=1)
    assert len(rest) == 2
    assert fill(warehouse, opened, [some, *rest]).embedded == 2


def test_holes_and_ghosts_are_found_in_the_table_itself(warehouse: DuckDbWarehouse):
    one = release(warehouse, [A, B])
    ghost = expected([C])
    with warehouse.transaction() as session:
        lost = A.chunks[0]
        session.execute(
            f"DELETE FROM {one.vector_table} WHERE chunk_id = :chunk_id", chunk_id=lost.chunk_id
        )
        session.execute(
            f"UPDATE {one.vector_table} SET chunk_id = :ghost WHERE chunk_id = :chunk_id",
            ghost=next(iter(ghost)),
            chunk_id=B.chunks[0].chunk_id,
        )
    with pytest.raises(NotReady, match="holds 3 vectors"):
        readiness(warehouse, one)
    told = fill(warehouse, one, embedded(warehouse, one))
    assert (told.holes, told.ghosts) == (2, 1)
    assert vectors(warehouse) == expected([A, B])
    with warehouse.transaction() as session:
        kept = find(session, "1")
    assert (kept.holes, kept.ghosts, kept.embedded, kept.reused) == (2, 1, 4, 0)
    assert fill(warehouse, one, []) == Reconciled(4, 0, 0, 0, 0)


def test_a_table_that_is_gone_is_not_ready(warehouse: DuckDbWarehouse):
    one = release(warehouse, [A])
    with warehouse.transaction() as session:
        session.execute(f"DROP TABLE {one.vector_table}")
    with pytest.raises(NotReady, match="is not there: fill release 1"):
        readiness(warehouse, one)


def test_going_back_is_one_call_and_lasts(warehouse: DuckDbWarehouse):
    first = release(warehouse, [A])
    second = release(warehouse, [A, B], at=AT + DAY)
    back = roll_back(warehouse, AT + 2 * DAY, because="finds the wrong runbook")
    assert (back.number, back.state, back.reason) == (1, "live", "finds the wrong runbook")
    assert vectors(warehouse) == expected([A])
    with warehouse.transaction() as session:
        left = find(session, second.release_id)
    assert (left.state, left.reason) == ("refused", "finds the wrong runbook")
    assert left.ended_at == AT + 2 * DAY
    forth = roll_back(warehouse, AT + 3 * DAY, "2", because="it was the question")
    assert (forth.number, states(warehouse)) == (2, {1: "refused", 2: "live"})
    assert first.number == 1


def test_what_was_gone_back_from_is_not_made_live_by_the_next_run(warehouse: DuckDbWarehouse):
    release(warehouse, [A])
    second = release(warehouse, [A, B], at=AT + DAY)
    roll_back(warehouse, AT + 2 * DAY, because="wrong")
    versions = want(warehouse, [A, B]).versions
    with warehouse.transaction() as session:
        opened = begin(session, "duckdb", ENCODER, PREP, versions, RUN)
    assert (opened.release_id, opened.state) == (second.release_id, "refused")
    with pytest.raises(WrongState, match="release 2 is refused"):
        switch(warehouse, opened, AT)


def test_there_must_be_something_to_go_back_to(warehouse: DuckDbWarehouse):
    with pytest.raises(WrongState, match="no release is retired"):
        roll_back(warehouse, AT, because="x")
    release(warehouse, [A])
    with pytest.raises(WrongState, match="release 1 is live"):
        roll_back(warehouse, AT, "1", because="x")
    with pytest.raises(UnknownRelease, match="no release 7"):
        roll_back(warehouse, AT, "7", because="x")
    open_release(warehouse, want(warehouse, [A, B]).versions)
    with pytest.raises(WrongState, match="release 2 is building and was never live"):
        roll_back(warehouse, AT, "2", because="x")


def test_a_damaged_release_is_not_gone_back_to(warehouse: DuckDbWarehouse):
    first = release(warehouse, [A])
    release(warehouse, [A, B], at=AT + DAY)
    with warehouse.transaction() as session:
        session.execute(f"DELETE FROM {first.vector_table}")
    with pytest.raises(WrongState, match=r"cannot be gone back to: .*holds 0 vectors"):
        roll_back(warehouse, AT + DAY, because="x")
    assert states(warehouse) == {1: "retired", 2: "live"}


def test_a_refused_release_is_never_searched(warehouse: DuckDbWarehouse):
    release(warehouse, [A])
    opened = open_release(warehouse, want(warehouse, [A, B]).versions)
    filled_up(warehouse, opened)
    refuse(warehouse, opened, AT, "recall 0.80 is under 0.95")
    assert states(warehouse) == {1: "live", 2: "refused"}
    assert vectors(warehouse) == expected([A])
    with pytest.raises(WrongState, match="release 2 is refused and was never live"):
        roll_back(warehouse, AT, "2", because="x")
    with warehouse.transaction() as session:
        standing = find(session, "1")
    with pytest.raises(WrongState, match="release 1 is live: roll it back"):
        refuse(warehouse, standing, AT, "x")


def test_old_releases_give_their_space_back(warehouse: DuckDbWarehouse):
    first = release(warehouse, [A, C])
    release(warehouse, [A, B], at=AT + DAY)
    kept = drop_old(warehouse, AT + 36 * DAY, 35)
    assert (kept.releases, kept.documents) == ((), 0)
    gone = drop_old(warehouse, AT + 36 * DAY + timedelta(seconds=1), 35)
    assert (gone.releases, gone.documents) == ((1,), 1)
    assert states(warehouse) == {1: "dropped", 2: "live"}
    assert vectors(warehouse) == expected([A, B])
    assert [known(warehouse, table) for table in ("document", "chunk")] == [2, 4]
    with warehouse.transaction() as session:
        left = session.query("SELECT DISTINCT chunk_id FROM chunk_term").num_rows
        assert left == 4
    with pytest.raises(WrongState, match="release 1 is dropped"):
        roll_back(warehouse, AT, first.release_id, because="x")
    again = release(warehouse, [A, C], at=AT + 40 * DAY)
    assert (again.number, again.embedded, again.reused) == (1, 1, 2)
    assert vectors(warehouse) == expected([A, C])


def test_the_live_release_and_its_documents_are_never_dropped(warehouse: DuckDbWarehouse):
    release(warehouse, [A])
    opened = open_release(warehouse, want(warehouse, [A, B]).versions)
    gone = drop_old(warehouse, AT + 999 * DAY, 1)
    assert (gone.releases, gone.documents) == ((opened.number,), 1)
    assert vectors(warehouse) == expected([A])
