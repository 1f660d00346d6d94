"""The index over a release's vectors, and whether it is ready to be searched.

Oracle searches approximately by an index; DuckDB compares with every vector, exactly. An index that
stands may hold nothing: after a load, a plan goes through a graph of no vectors and the search
scans them all. So four readings must agree before a release is switched to. Where the database does
not tell how many vectors the index holds, the other three and the gate's times must do.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from cloudledger.knowledge.config import VectorIndex
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.release_store import find, tables
from cloudledger.knowledge.statements import filled
from cloudledger.warehouse.port import Session, Warehouse

EXACT = "exact"
IN_ORDER = (
    "bound_memory",
    "hold_terms",
    "take_terms_away",
    "put_terms_back",
    "forget_held_terms",
    "unbound_memory",
)
_IN_PLAN = {"hnsw": "VECTOR INDEX HNSW", "ivf": "IVF"}
"""What the plan of a search by the index shows.

AI Vector Search User's Guide, Optimizer Plans for HNSW, and for IVF, Vector Indexes: of an HNSW
index the step is named so; of an IVF index the names of the tables behind it are.
"""


class NotReady(Exception):
    """A release cannot be searched as it should be: which reading says so, and what to do."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was read; of an exact search only the vectors count.

    :param vectors: in the table, as many as the release has chunks.
    :param indexed: in the index; None where no view tells: the manual has them filled on Autonomous
        AI Database Serverless only. ``waiting``: changes that the index does not have yet.
    :param status: of the index, ``VALID`` where it stands.
    :param plan: how a search is run, step by step.
    """

    vectors: int
    indexed: int | None = None
    waiting: int = 0
    status: str = ""
    plan: tuple[str, ...] = ()


def build_index(warehouse: Warehouse, release: Release, index: VectorIndex) -> str:
    """Build the index anew, whatever a killed run left of one; ``hnsw``, ``ivf`` or ``exact``.

    Two builds at once can hang in Oracle (ORA-00054, ORA-00060, ORA-51906), so a release is built
    in a pool of one. In DuckDB the words of chunks are put in order: 100,000 chunks are searched by
    words four times as fast then.
    """
    kind = EXACT
    if warehouse.engine == "oracle":
        kind = index.kind
        drop = filled("drop_vector_index", "oracle", vector_index=release.vector_index)
        for statement in (filled("wait_for_locks", "oracle"), drop, _build(release, index)):
            with warehouse.transaction() as session:
                session.execute(statement)
    with warehouse.transaction() as session:
        if kind == EXACT:
            for name in IN_ORDER:
                session.execute(filled(name, "duckdb"))
        session.execute(
            filled("set_index_kind", None), release_id=release.release_id, index_kind=kind
        )
    return kind


def readiness(warehouse: Warehouse, release: Release) -> Readiness:
    """Read whether a release that was filled and indexed can be searched as it should be.

    In Oracle the user needs SELECT on V_$VECTOR_INDEX, V_$VECTOR_PARTITIONS_INDEX and
    V_$VECTOR_CHANGE_LOG_PARTITION.

    :raises NotReady: a reading says that it cannot.
    """
    with warehouse.transaction() as session:
        release = find(session, release.release_id)
        if release.vector_table not in tables(session, warehouse.engine):
            raise NotReady(f"{release.vector_table} is not there: fill release {release.number}")
        query = filled("count_vectors", None, vector_table=release.vector_table)
        vectors = int(session.query(query)["vectors"][0].as_py())
        if vectors != release.chunks:
            raise NotReady(
                f"{release.vector_table} holds {vectors} vectors and release {release.number} has "
                f"{release.chunks} chunks: fill it again"
            )
        if warehouse.engine == "duckdb":
            return Readiness(vectors)
        read = _indexed(session, release, vectors)
    if problem := _problem(release, read):
        raise NotReady(f"{release.vector_index}: {problem}")
    return read


def _build(release: Release, index: VectorIndex) -> str:
    names = {"vector_index": release.vector_index, "vector_table": release.vector_table}
    both = {"target_accuracy": index.target_accuracy, "parallel": index.parallel}
    if index.kind == "ivf":
        return filled("build_ivf", "oracle", partitions=index.partitions, **both, **names)
    return filled(
        "build_hnsw",
        "oracle",
        neighbors=index.neighbors,
        efconstruction=index.efconstruction,
        **both,
        **names,
    )


def _indexed(session: Session, release: Release, vectors: int) -> Readiness:
    of_index = {"index_name": release.vector_index}
    kind = "ivf" if release.index_kind == "ivf" else "hnsw"
    indexed = session.query(filled(f"indexed_{kind}", "oracle"), **of_index).to_pylist()
    (waiting,) = session.query(filled("waiting_changes", "oracle"), **of_index).to_pylist()
    status = session.query(filled("index_status", "oracle"), **of_index).to_pylist()
    return Readiness(
        vectors,
        indexed=int(indexed[0]["indexed"] or 0) if indexed else None,
        waiting=waiting["waiting"],
        status=status[0]["status"] if status else "",
        plan=_plan(session, release),
    )


def _plan(session: Session, release: Release) -> tuple[str, ...]:
    statement_id = release.vector_table
    session.execute(filled("forget_plan", "oracle"), statement_id=statement_id)
    session.execute(
        filled("explain_search", "oracle", vector_table=release.vector_table),
        question=array("f", [1.0] * release.dimensions),
    )
    steps = session.query(filled("plan_operations", "oracle"), statement_id=statement_id)
    session.execute(filled("forget_plan", "oracle"), statement_id=statement_id)
    return tuple(" ".join(filter(None, row.values())) for row in steps.to_pylist())


def _problem(release: Release, read: Readiness) -> str:
    if not read.status:
        return "USER_INDEXES has no such index: build it"
    if read.status != "VALID":
        return f"USER_INDEXES says {read.status}: build it again"
    if read.indexed not in (None, read.vectors):
        return f"it holds {read.indexed} of {read.vectors} vectors: build it again"
    if read.waiting:
        return f"{read.waiting} changes wait in V$VECTOR_CHANGE_LOG_PARTITION: build it again"
    shown = _IN_PLAN.get(release.index_kind or "", "")
    if not shown or not any(shown in step for step in read.plan):
        return (
            f"a search does not go by it ({', '.join(read.plan)}): gather statistics of the table"
        )
    return ""
