"""A release from its vectors to being searched: write, index, gate, switch.

Each operator works by itself: given a release's id or number it does its part of it, and done twice
it changes nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from cloudledger.settings import Settings
from cloudledger_airflow.assets import KNOWLEDGE
from cloudledger_airflow.exceptions import ReleaseRefused
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import known_as_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from cloudledger.run import Run


class KnowledgeOperator(BaseOperator):
    """What the operators have in common.

    :param warehouse_conn_id: the warehouse.
    """

    template_fields: Sequence[str] = ("warehouse_conn_id",)
    ui_color = "#e3ecf0"

    def __init__(
        self, *, warehouse_conn_id: str = WarehouseHook.default_conn_name, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.warehouse_conn_id = warehouse_conn_id

    @staticmethod
    def run(context: Context) -> Run:
        """Which run writes, and its instant."""
        from cloudledger.run import Run

        return Run(context["dag_run"].run_id, known_as_of(context))


class ReleaseOperator(KnowledgeOperator):
    """What works on one release.

    :param release: its id or its number.
    """

    template_fields: Sequence[str] = (*KnowledgeOperator.template_fields, "release")

    def __init__(self, *, release: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.release = release


class VectorWriteOperator(ReleaseOperator):
    """Bring a release's table to exactly the vectors of its chunks.

    Returns ``{"chunks": 960, "embedded": 31, "reused": 929, "holes": 0, "ghosts": 0}``; holes and
    ghosts were found in a table that had been whole, and are mended.
    """

    def execute(self, context: Context) -> dict[str, Any]:
        """Fill, and let go of the files that the table holds now.

        :raises Incomplete: texts have no vector yet: embed them.
        """
        from cloudledger.knowledge.embedding.vector_files import forget, parts, vector_folder
        from cloudledger.knowledge.releases.fill import fill
        from cloudledger.knowledge.releases.release_store import find

        folder = vector_folder(Settings().home)
        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            with warehouse.transaction() as session:
                release = find(session, self.release)
            found = fill(warehouse, release, parts(folder, release.embedding_key))
        forget(folder, release.embedding_key)
        if found.holes or found.ghosts:
            self.log.warning(
                "release %d lacked %d vectors and held %d that are not its own: mended",
                release.number,
                found.holes,
                found.ghosts,
            )
        return asdict(found)


class VectorIndexBuildOperator(ReleaseOperator):
    """Build the index of a release that was filled, and read whether it is ready.

    One that stands and is ready is left as it is. Builds must not meet: run it in a pool of one.
    Returns ``{"index": "hnsw", "vectors": 960, "indexed": 960, "waiting": 0, "status": "VALID"}``;
    DuckDB searches exactly and has none.
    """

    def execute(self, context: Context) -> dict[str, Any]:
        """Build and read.

        :raises NotReady: a reading says that it cannot be searched; says which, and what to do.
        """
        from cloudledger.knowledge.releases.index import EXACT, NotReady, build_index, readiness
        from cloudledger.knowledge.releases.release_store import find

        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            with warehouse.transaction() as session:
                release = find(session, self.release)
            kind = release.index_kind
            try:
                if kind is None:
                    raise NotReady("it was not built yet")
                read = readiness(warehouse, release)
            except NotReady as error:
                self.log.info("building the index of release %d: %s", release.number, error)
                kind = build_index(warehouse, release, Settings().knowledge.index)
                read = readiness(warehouse, release)
        if read.indexed is None and kind != EXACT:
            self.log.warning(
                "the database does not tell how many vectors the index of release %d holds: "
                "the gate's times tell whether searches go by it",
                release.number,
            )
        return {
            "index": kind,
            "vectors": read.vectors,
            "indexed": read.indexed,
            "waiting": read.waiting,
            "status": read.status,
        }


class VectorIndexGateOperator(ReleaseOperator):
    """Ask a release the questions of the gate, and refuse it where it finds too little or too late.

    A live release is not asked. Returns ``{"passed": True, "measures": {"recall_at_10": "1"}}``.
    """

    def execute(self, context: Context) -> dict[str, Any]:
        """Judge, keep the figures, and refuse.

        :raises ReleaseRefused: with the figures that were not reached; the live release stays.
        :raises QuestionsInvalid: the file of questions is not as it should be.
        """
        from cloudledger.knowledge.embedding.model import open_encoder_of
        from cloudledger.knowledge.gate.asked import Searched
        from cloudledger.knowledge.gate.judge import judge
        from cloudledger.knowledge.gate.relevance import relevance
        from cloudledger.knowledge.gate.store import save_quality
        from cloudledger.knowledge.releases.release_store import find, live
        from cloudledger.knowledge.releases.switch import refuse

        knowledge, run = Settings().knowledge, self.run(context)
        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            engine = warehouse.engine
            with warehouse.transaction() as session:
                release, standing = find(session, self.release), live(session)
                if release.state == "live":
                    return {"passed": True, "measures": {}}
                encoder = open_encoder_of(release, knowledge)
                before = None
                if standing is not None:
                    same = standing.embedding_key == release.embedding_key
                    other = encoder if same else open_encoder_of(standing, knowledge)
                    before = Searched(session, engine, standing, other)
                questions, unknown = relevance(session, release, knowledge.gate)
                verdict = judge(
                    Searched(session, engine, release, encoder),
                    before,
                    questions,
                    knowledge.gate,
                    unknown,
                )
                save_quality(session, release.release_id, verdict.measures, run)
            if not verdict.passed:
                refuse(warehouse, release, run.as_of, verdict.reason)
        for remark in verdict.remarks:
            self.log.warning("%s", remark)
        if not verdict.passed:
            raise ReleaseRefused(f"release {release.number} is refused: {verdict.reason}")
        return {
            "passed": True,
            "measures": {one.name: str(one.amount) for one in verdict.measures},
        }


class VectorReleaseOperator(ReleaseOperator):
    """Let a release be the one that is searched, and drop what nobody can go back to any more.

    Skips when it is live already, so that nothing is told to have changed. Returns ``{"release_id":
    "3f...", "number": 12, "dropped": [4]}``.
    """

    def execute(self, context: Context) -> dict[str, Any]:
        """Switch, then drop.

        :raises WrongState: the release is neither being built nor live.
        """
        from cloudledger.knowledge.releases.drop import drop_old
        from cloudledger.knowledge.releases.release_store import find
        from cloudledger.knowledge.releases.switch import switch

        run, keep_days = self.run(context), Settings().knowledge.keep_days
        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            with warehouse.transaction() as session:
                release = find(session, self.release)
            standing = release.state == "live"
            if not standing:
                switch(warehouse, release, run.as_of)
            dropped = drop_old(warehouse, run.as_of, keep_days)
        if standing:
            raise AirflowSkipException(f"release {release.number} is live: nothing has changed")
        context["outlet_events"][KNOWLEDGE].extra = {
            "release_id": release.release_id,
            "release_number": release.number,
        }
        return {
            "release_id": release.release_id,
            "number": release.number,
            "dropped": list(dropped.releases),
        }
