"""What Oracle is asked by a search: the index or every vector, with exactly the binds there are."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pytest

from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.retrieval.candidates import (
    Candidates,
    Where,
    by_meaning,
    by_words,
    cosines_of,
    passages,
)
from cloudledger.warehouse import binds

RELEASE = Release(
    hashed("release"), 1, "live", hashed("key"), hashed("prep"), "m", "float32", 2, 1, 1
)
VECTOR = array("f", [0.6, 0.8])


class Asked:
    """A session that keeps what it is asked, and finds two chunks that are as near."""

    def __init__(self) -> None:
        self.statement = ""
        self.binds: dict[str, object] = {}

    def execute(self, statement: str, **_: object) -> int:
        raise AssertionError(f"a search changes nothing: {statement}")

    def execute_many(self, statement: str, rows: Sequence[Mapping[str, object]]) -> int:
        raise AssertionError(f"a search changes nothing: {statement}, {len(rows)} rows")

    def insert(self, table: str, rows: pa.Table) -> int:
        raise AssertionError(f"a search changes nothing: {table}, {rows.num_rows} rows")

    def query(self, statement: str, **values: object) -> pa.Table:
        binds.fitted(statement, values)
        self.statement, self.binds = statement, values
        return pa.table({"chunk_id": ["b", "a", "c"], "cosine": [0.5, 0.5, 0.9]})


def _candidates(session: Asked, where: Where | None = None) -> Candidates:
    return Candidates(session, "oracle", RELEASE, where or Where(), 50)


@pytest.mark.parametrize(
    ("exact", "where", "fetch", "filtered"),
    [
        (False, Where(), "FETCH APPROX FIRST", False),
        (True, Where(), "FETCH EXACT FIRST", False),
        (False, Where(category="runbook"), "FETCH APPROX FIRST", True),
        (True, Where(since=date(2026, 1, 1)), "FETCH EXACT FIRST", True),
    ],
)
def test_the_index_is_asked_unless_every_vector_is_to_be(exact, where, fetch, filtered):
    session = Asked()
    found = by_meaning(_candidates(session, where), VECTOR, exact=exact)
    assert fetch in session.statement
    assert f"FROM {RELEASE.vector_table} v" in session.statement
    assert ("FROM document d" in session.statement) == filtered
    assert "JOIN" not in session.statement
    assert list(found) == ["c", "a", "b"]
    assert session.binds["candidates"] == 50


def test_given_chunks_are_named_in_json():
    session = Asked()
    cosines_of(_candidates(session), VECTOR, ["a", "b"])
    assert json.loads(str(session.binds["chunk_ids"])) == ["a", "b"]
    assert "JSON_TABLE" in session.statement
    passages(_candidates(session), ["c"])
    assert json.loads(str(session.binds["chunk_ids"])) == ["c"]


def test_nothing_is_asked_for_nothing():
    session = Asked()
    assert cosines_of(_candidates(session), VECTOR, []) == {}
    assert passages(_candidates(session), []) == {}
    assert by_words(_candidates(session), "what is the") == []
    assert session.statement == ""


def test_words_are_asked_for_once_each_and_sixteen_at_most():
    session = Asked()
    by_words(_candidates(session), "cost cost " + " ".join(f"word{n}" for n in range(40)))
    asked = [session.binds[f"term_{place}"] for place in range(1, 17)]
    assert asked == ["cost", *(f"word{n}" for n in range(15))]
    by_words(_candidates(session), "cost")
    assert [session.binds[f"term_{place}"] for place in (1, 2)] == ["cost", None]


def test_an_empty_filter_leaves_nothing_out():
    assert Where().is_any
    assert Where(tag="").is_any
    assert not Where(until=date(2026, 1, 1)).is_any
