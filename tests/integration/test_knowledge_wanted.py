"""Which documents the next release lists: added, changed, vanished, set aside, doubled, moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cloudledger.knowledge.document import Document, Metadata
from cloudledger.knowledge.releases.drop import drop_old
from cloudledger.knowledge.releases.release_store import live
from cloudledger.knowledge.releases.store import known_objects, save
from cloudledger.knowledge.releases.wanted import wanted
from cloudledger.run import Run
from cloudledger.warehouse.duckdb import DuckDbWarehouse, open_duckdb
from tests.support.knowledge_store import AT, PREP, RUN, aside, document, objects, release, want

DAY = timedelta(days=1)
A = document("hr/a.md", "leave of absence")
B = document("hr/b.md", "travel")
C = document("it/c.md", "restart", "check")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[DuckDbWarehouse]:
    with open_duckdb(tmp_path / "warehouse.duckdb", wait_seconds=0) as opened:
        opened.migrate()
        yield opened


def versions(*found: Document) -> tuple[str, ...]:
    return tuple(sorted({one.document_version for one in found}))


def rows(warehouse: DuckDbWarehouse, query: str) -> list[dict[str, Any]]:
    with warehouse.transaction() as session:
        return session.query(query).to_pylist()


def known(warehouse: DuckDbWarehouse, prep_key: str = PREP) -> frozenset[tuple[str, str]]:
    with warehouse.transaction() as session:
        return known_objects(session, prep_key)


def set_aside(warehouse: DuckDbWarehouse) -> dict[str, str]:
    found = rows(warehouse, "SELECT uri, reason FROM document_set_aside")
    return {row["uri"].removeprefix("s3://bucket/"): row["reason"] for row in found}


def test_a_document_is_kept_with_all_that_is_asked_of_it(warehouse: DuckDbWarehouse):
    told = Metadata("Leave", "HR", "policy", "eu", AT.date(), ("b", "a", "b"))
    want(warehouse, [document("hr/a.md", "Restarts, restart and reports", metadata=told)])
    (row,) = rows(warehouse, "SELECT * FROM document")
    assert (row["title"], row["department"], row["category"]) == ("Leave", "HR", "policy")
    assert (row["region"], row["document_date"], row["chunks"]) == ("eu", AT.date(), 1)
    assert (row["modified_at"], row["object_bytes"]) == (AT, 100)
    assert rows(warehouse, "SELECT tag FROM document_tag ORDER BY tag") == [
        {"tag": "a"},
        {"tag": "b"},
    ]
    terms = rows(warehouse, "SELECT term, occurrences FROM chunk_term ORDER BY term")
    assert [tuple(row.values()) for row in terms] == [("leave", 1), ("report", 1), ("restart", 2)]
    (chunk,) = rows(warehouse, "SELECT * FROM chunk")
    assert (chunk["terms"], chunk["place"], chunk["locator"]) == (4, 1, None)


def test_keeping_twice_changes_nothing(warehouse: DuckDbWarehouse):
    found = [A, B, C, aside("it/d.pdf")]
    with warehouse.transaction() as session:
        assert save(session, "duckdb", found, RUN).documents == 3
    tables = ("document", "chunk", "chunk_term", "object_document", "document_set_aside")
    before = [rows(warehouse, f"SELECT * FROM {table} ORDER BY ALL") for table in tables]
    with warehouse.transaction() as session:
        assert save(session, "duckdb", found, RUN).documents == 0
    assert [rows(warehouse, f"SELECT * FROM {table} ORDER BY ALL") for table in tables] == before


def test_objects_that_are_kept_or_set_aside_need_not_be_read_again(warehouse: DuckDbWarehouse):
    want(warehouse, [A, aside("it/d.pdf", etag="7")])
    assert known(warehouse) == {("s3://bucket/hr/a.md", "1"), ("s3://bucket/it/d.pdf", "7")}
    assert known(warehouse, "another") == frozenset()


def test_changed_and_vanished(warehouse: DuckDbWarehouse):
    assert want(warehouse, [A, B]).versions == versions(A, B)
    release(warehouse, [A, B])
    changed = document("hr/b.md", "travel by train", etag="2")
    found = want(warehouse, [changed, C])
    assert found.versions == versions(changed, C)
    assert (found.kept, found.left_out, found.duplicates) == (0, 1, 0)


def test_a_newest_version_that_is_set_aside_leaves_the_one_before(warehouse: DuckDbWarehouse):
    release(warehouse, [A, B])
    found = want(warehouse, [A, aside("hr/b.md", etag="2"), aside("it/new.pdf")])
    assert (found.versions, found.kept, found.left_out) == (versions(A, B), 1, 0)
    release(warehouse, [A, aside("hr/b.md", etag="2")], at=AT + DAY)
    again = want(warehouse, [A, aside("hr/b.md", etag="3")])
    assert again.versions == versions(A, B)
    assert set_aside(warehouse) == {"hr/b.md": "encrypted"}
    assert want(warehouse, [A]).versions == versions(A)
    assert set_aside(warehouse) == {}


def test_an_object_of_many_documents_that_is_set_aside_leaves_all_of_them(
    warehouse: DuckDbWarehouse,
):
    many = [document("it/all.csv", text, part=text, declared=text) for text in ("x", "y", "z")]
    release(warehouse, [A, *many])
    assert want(warehouse, [A, aside("it/all.csv", etag="2")]).versions == versions(A, *many)
    one = document("it/all.csv", "x changed", part="x", declared="x", etag="3")
    rest = document("it/all.csv", "z", part="z", declared="z", etag="3")
    found = want(warehouse, [A, one, aside("it/all.csv", part="y", etag="3"), rest])
    assert (found.versions, found.kept) == (versions(A, one, many[1], many[2]), 1)


def test_of_one_id_the_first_address_counts(warehouse: DuckDbWarehouse):
    first = document("it/1.md", "one", declared="POL-7")
    second = document("it/2.md", "two", declared="POL-7")
    found = want(warehouse, [second, A, first])
    assert (found.versions, found.duplicates) == (versions(A, first), 1)
    assert set_aside(warehouse) == {"it/2.md": "duplicate_id"}
    detail = rows(warehouse, "SELECT detail FROM document_set_aside")[0]["detail"]
    assert detail.startswith("s3://bucket/it/1.md bears the same id")
    release(warehouse, [second, A, first])
    alone = want(warehouse, [second, A])
    assert (alone.versions, alone.duplicates) == (versions(A, second), 0)
    assert set_aside(warehouse) == {}


def test_the_same_document_in_two_places_is_one(warehouse: DuckDbWarehouse):
    pair = [document(f"it/{n}.md", "one", declared="P", metadata=Metadata("P")) for n in (1, 2)]
    for _ in range(2):
        assert want(warehouse, pair).versions == versions(pair[0])
        assert rows(warehouse, "SELECT uri FROM document") == [{"uri": "s3://bucket/it/1.md"}]


def test_twice_in_one_object(warehouse: DuckDbWarehouse):
    twins = [document("it/all.csv", "x", part=part, declared="P") for part in ("2", "1")]
    found = want(warehouse, twins)
    assert (found.versions, found.duplicates) == (versions(twins[0]), 1)
    assert set_aside(warehouse) == {"it/all.csv#2": "duplicate_id"}


def test_a_document_that_moves_is_found_where_it_lies(warehouse: DuckDbWarehouse):
    before = document("it/old.md", "one", declared="P", metadata=Metadata("P"))
    after = document("it/new.md", "one", declared="P", metadata=Metadata("P"), etag="2")
    release(warehouse, [before])
    assert want(warehouse, [after]).versions == versions(before)
    assert rows(warehouse, "SELECT uri, etag FROM document") == [
        {"uri": "s3://bucket/it/new.md", "etag": "2"}
    ]
    want(warehouse, [before])
    assert rows(warehouse, "SELECT uri FROM document") == [{"uri": "s3://bucket/it/old.md"}]


def test_an_object_that_becomes_again_what_it_was(warehouse: DuckDbWarehouse):
    def rows_of(etag: str, *texts: str) -> list[Document]:
        return [
            document("it/all.csv", text, part=str(place), etag=etag)
            for place, text in enumerate(texts)
        ]

    first = rows_of("1", "a", "b", "c")
    release(warehouse, first)
    release(warehouse, rows_of("2", "a", "changed", "c"), at=AT + DAY)
    assert ("s3://bucket/it/all.csv", "1") in known(warehouse)
    with warehouse.transaction() as session:
        back = wanted(session, objects(first), live(session), prefix="", prep_key=PREP, run=RUN)
    assert back.versions == versions(*first)
    drop_old(warehouse, AT + 99 * DAY, 35)
    assert ("s3://bucket/it/all.csv", "1") not in known(warehouse)
    assert ("s3://bucket/it/all.csv", "2") in known(warehouse)


def test_a_run_for_a_prefix_leaves_the_rest(warehouse: DuckDbWarehouse):
    release(warehouse, [A, B, C])
    changed = document("hr/a.md", "leave", etag="2")
    found = want(warehouse, [changed], prefix="s3://bucket/hr/")
    assert (found.versions, found.left_out) == (versions(changed, C), 1)
    release(warehouse, [changed], prefix="s3://bucket/hr/")
    assert want(warehouse, [changed, C]).versions == versions(changed, C)


def test_a_prefix_does_not_double_what_lies_elsewhere(warehouse: DuckDbWarehouse):
    there = document("hr/p.md", "one", declared="P")
    release(warehouse, [there])
    here = document("it/p.md", "two", declared="P")
    found = want(warehouse, [here], prefix="s3://bucket/it/")
    assert (found.versions, found.duplicates) == (versions(there), 1)
    earlier = document("a/p.md", "three", declared="P")
    found = want(warehouse, [earlier], prefix="s3://bucket/a/")
    assert (found.versions, found.duplicates) == (versions(earlier), 1)


def test_what_was_not_read_stays_as_it_was(warehouse: DuckDbWarehouse):
    release(warehouse, [A, B])
    with warehouse.transaction() as session:
        unread = objects([A, document("hr/b.md", "never kept", etag="9")])
        found = wanted(session, unread, live(session), prefix="", prep_key=PREP, run=RUN)
    assert (found.versions, found.kept) == (versions(A, B), 1)


def test_what_is_prepared_in_another_way_takes_the_place(warehouse: DuckDbWarehouse):
    release(warehouse, [A])
    new = document("hr/a.md", "leave of absence", prep_key="another")
    with warehouse.transaction() as session:
        save(session, "duckdb", [new], RUN)
        found = wanted(session, objects([A]), live(session), prefix="", prep_key="another", run=RUN)
    assert found.versions == versions(new)


def test_what_was_set_aside_long_ago_is_looked_at_again(warehouse: DuckDbWarehouse):
    with warehouse.transaction() as session:
        save(session, "duckdb", [aside("it/d.pdf")], Run("old", AT - 50 * DAY))
    want(warehouse, [A])
    drop_old(warehouse, AT, 35)
    assert known(warehouse) == {("s3://bucket/hr/a.md", "1")}
