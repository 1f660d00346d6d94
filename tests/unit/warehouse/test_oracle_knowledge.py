"""What Oracle is asked when a release is indexed, read and switched to, call by call."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime
from typing import Any

import oracledb
import pytest
from test_oracle_calls import Recorder, info, warehouse

from cloudledger.knowledge.config import VectorIndex
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.index import NotReady, Readiness, build_index, readiness
from cloudledger.knowledge.releases.switch import switch

AT = datetime(2026, 5, 1, tzinfo=UTC)
NAIVE = AT.replace(tzinfo=None)
RELEASE = Release("0123456789abcdef", 1, "building", "e", "p", "m", "float32", 2, 1, 3)
GRAPH = [("TABLE ACCESS", "BY INDEX ROWID", "T"), ("VECTOR INDEX", "HNSW SCAN", "T_VX")]
PARTITIONS = [("TABLE ACCESS", "FULL", "VECTOR$T_VX$1_2_0$IVF_FLAT_CENTROIDS")]
SCAN = [("TABLE ACCESS", "FULL", "T")]
WHOLE = {"precision": 18, "scale": 0}
TEXT = {"internal_size": 2000}
VARCHAR, NUMBER = oracledb.DB_TYPE_VARCHAR, oracledb.DB_TYPE_NUMBER
RELEASES = {
    "release_id": RELEASE.release_id,
    "release_number": 1,
    "state": "building",
    **dict.fromkeys(("embedding_key", "prep_key", "model", "model_precision"), "x"),
    "dimensions": 2,
    "documents": 1,
    "chunks": 3,
    **dict.fromkeys(("embedded", "reused", "holes", "ghosts"), 0),
    "index_kind": "hnsw",
    "reason": None,
    "run_id": "r",
    "as_of": NAIVE,
    "released_at": None,
    "ended_at": None,
}


def answering(**told: Any) -> Recorder:
    """A database of which every reading is as it should be, but for what is told."""
    read = {
        "vectors": 3,
        "indexed": 3,
        "waiting": 0,
        "status": "VALID",
        "plan": GRAPH,
        "kind": "hnsw",
        "table": RELEASE.vector_table,
    } | told
    answers: dict[str, tuple[list[Any], list[tuple[Any, ...]]]] = {
        "FROM embedding_release\nORDER": (
            [_column(name) for name in RELEASES],
            [tuple((RELEASES | {"index_kind": read["kind"]}).values())],
        ),
        "user_tables": ([_column("table_name")], [(read["table"],)]),
        "AS vectors": ([info("vectors", NUMBER, **WHOLE)], [(read["vectors"],)]),
        "AS indexed": (
            [info("indexed", NUMBER, **WHOLE)],
            [] if read["indexed"] is None else [(read["indexed"],)],
        ),
        "AS waiting": ([info("waiting", NUMBER, **WHOLE)], [(read["waiting"],)]),
        "user_indexes": (
            [_column("status")],
            [(read["status"],)] if read["status"] else [],
        ),
        "operation,": (
            [_column(name) for name in ("operation", "options", "object_name")],
            read["plan"],
        ),
    }

    def found(statement: str) -> tuple[list[Any], list[tuple[Any, ...]]]:
        return next((answer for part, answer in answers.items() if part in statement), ([], []))

    return Recorder(describe=lambda s: found(s)[0], rows=lambda s: found(s)[1])


def _column(name: str) -> Any:
    if name in {"as_of", "released_at", "ended_at"}:
        return info(name, oracledb.DB_TYPE_TIMESTAMP, scale=6)
    if isinstance(RELEASES.get(name), int):
        return info(name, NUMBER, **WHOLE)
    return info(name, VARCHAR, **TEXT)


def changes(recorder: Recorder) -> list[str]:
    """The first words of what was sent, without comments and queries."""
    bare = ["\n".join(s.splitlines()[1:]) for s in recorder.statements]
    return [" ".join(s.split()[:3]) for s in bare if not s.startswith(("SELECT", "FROM"))]


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_what_a_killed_build_left_is_dropped_before_the_build(kind: str):
    recorder = answering()
    assert build_index(warehouse(recorder), RELEASE, VectorIndex(kind=kind)) == kind
    assert changes(recorder) == [
        "ALTER SESSION SET",
        "DROP INDEX IF",
        "CREATE VECTOR INDEX",
        "UPDATE embedding_release SET",
    ]
    assert [name for name, _ in recorder.calls].count("commit") == 4


def test_four_readings_that_agree_make_a_release_ready():
    recorder = answering()
    read = readiness(warehouse(recorder), RELEASE)
    plan = ("TABLE ACCESS BY INDEX ROWID T", "VECTOR INDEX HNSW SCAN T_VX")
    assert read == Readiness(3, 3, 0, "VALID", plan)
    (explained,) = [
        call["parameters"] for call in recorder.named("execute") if "EXPLAIN" in call["statement"]
    ]
    assert explained == {"question": array("f", [1.0, 1.0])}
    assert {"question": oracledb.DB_TYPE_VECTOR} in recorder.named("setinputsizes")


def test_of_partitions_the_plan_shows_their_tables():
    recorder = answering(kind="ivf", plan=PARTITIONS)
    assert readiness(warehouse(recorder), RELEASE).indexed == 3
    assert any("v$vector_partitions_index" in one for one in recorder.statements)


def test_where_no_view_counts_vectors_the_other_readings_decide():
    assert readiness(warehouse(answering(indexed=None)), RELEASE).indexed is None
    with pytest.raises(NotReady, match="does not go by it"):
        readiness(warehouse(answering(indexed=None, plan=SCAN)), RELEASE)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"table": "another"}, "is not there: fill release 1"),
        ({"vectors": 2}, "holds 2 vectors and release 1 has 3 chunks: fill it again"),
        ({"status": ""}, "USER_INDEXES has no such index: build it"),
        ({"status": "UNUSABLE"}, "USER_INDEXES says UNUSABLE: build it again"),
        ({"indexed": 0}, "it holds 0 of 3 vectors: build it again"),
        ({"waiting": 2}, "2 changes wait in V.VECTOR_CHANGE_LOG_PARTITION"),
        ({"plan": SCAN}, "a search does not go by it .TABLE ACCESS FULL T.: gather"),
        ({"kind": "ivf"}, "a search does not go by it"),
    ],
)
def test_each_reading_that_fails_is_told(told: dict[str, Any], said: str):
    with pytest.raises(NotReady, match=said):
        readiness(warehouse(answering(**told)), RELEASE)


def test_the_synonym_is_switched_first_and_the_states_together():
    recorder = answering()
    switch(warehouse(recorder), RELEASE, AT)
    assert changes(recorder) == [
        "CREATE OR REPLACE",
        "UPDATE embedding_release SET",
        "UPDATE embedding_release SET",
    ]
    last = [name for name, _ in recorder.calls if name in ("execute", "commit")]
    assert last[-1] == "commit"
