"""From documents to a release that is searched: read, begin, embed, write, index, gate, switch.

Each operator works by itself: given a release's id it does its part of it, and done twice it
changes nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from cloudledger.settings import Settings
from cloudledger_airflow.assets import KNOWLEDGE
from cloudledger_airflow.exceptions import ReleaseRefused
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import known_as_of
from cloudledger_airflow.retries import CLOUD_RETRIES

if TYPE_CHECKING:
    from airflow.sdk import Context

    from cloudledger.run import Run

LONG, SAMPLE = 2000, 256
"""Of more texts than these it is told how long they will take, by embedding some."""


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


class DocumentReadOperator(KnowledgeOperator):
    """List the places of documents, and read and cut what is new, changed or cut otherwise.

    Holds no warehouse: what it makes is kept in the home's folder `knowledge` until
    ``ReleaseBeginOperator`` takes it over. Returns ``{"listing": "/.../1f.jsonl", "prep_key":
    "9c...", "model": {...}, "objects": 120, "read": 3, "documents": 3, "set_aside": {"encrypted":
    1}}``. Skips where no place is configured.

    :param prefix: only objects whose URI begins so; everything else stays as it is.
    """

    template_fields: Sequence[str] = (*KnowledgeOperator.template_fields, "prefix")

    def __init__(self, *, prefix: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("retry_policy", CLOUD_RETRIES)
        super().__init__(**kwargs)
        self.prefix = prefix

    def execute(self, context: Context) -> dict[str, Any]:
        """Read.

        :raises ObjectStoreError: a place cannot be listed, or an object not be read.
        :raises ValueError: no configured place holds the prefix.
        """
        from collections import Counter

        from cloudledger.knowledge import checkpoint
        from cloudledger.knowledge.encoder import KnownModel
        from cloudledger.knowledge.gather import gather
        from cloudledger.knowledge.model import open_encoder
        from cloudledger.knowledge.prepare import prep_key
        from cloudledger.knowledge.store import known_objects
        from cloudledger.warehouse.port import NoCopyYet
        from cloudledger_airflow.stores import folder_or_bucket

        settings = Settings()
        knowledge = settings.knowledge
        if not knowledge.sources:
            raise AirflowSkipException("the settings' knowledge.sources names no place")
        encoder = open_encoder(knowledge)
        key = prep_key(knowledge, encoder)
        try:
            hook = WarehouseHook(self.warehouse_conn_id)
            with hook.reading() as warehouse, warehouse.transaction() as session:
                known = known_objects(session, key)
        except NoCopyYet:
            known = frozenset()
        gathered = [
            gather(
                folder_or_bucket(source.uri, source.conn_id, source.name),
                source,
                prefix,
                known=known,
                home=settings.home,
                key=key,
                tokenizer=encoder,
                knowledge=knowledge,
                say=self.log.info,
            )
            for source, prefix in knowledge.places(self.prefix)
        ]
        path = checkpoint.listing(settings.home, context["dag_run"].run_id)
        checkpoint.write_listing(path, [one for each in gathered for one in each.objects])
        aside = Counter(one.reason for each in gathered for one in each.set_aside)
        return {
            "listing": str(path),
            "prep_key": key,
            "model": asdict(KnownModel.of(encoder)),
            "objects": sum(len(each.objects) for each in gathered),
            "read": sum(each.read for each in gathered),
            "documents": sum(each.documents for each in gathered),
            "set_aside": dict(aside),
        }


class ReleaseBeginOperator(KnowledgeOperator):
    """Take over what was read, and begin the release that holds it, or find that it is live.

    Returns ``{"release_id": "3f...", "number": 12, "documents": 118, "chunks": 960, "reused": 929,
    "new": 3, "kept": 1, "left_out": 2, "duplicates": 0, "live": False}``, and its id as the XCom
    ``release_id``. ``kept``: documents that cannot be read now and stay as the live release has
    them; ``left_out``: documents of the live release that are gone.

    :param listing: what ``DocumentReadOperator`` returned.
    :param prefix: the same as there.
    :param again: whether a release that was refused is to be judged once more.
    """

    template_fields: Sequence[str] = (
        *KnowledgeOperator.template_fields,
        "listing",
        "prefix",
        "again",
    )

    def __init__(
        self, *, listing: Any, prefix: str = "", again: Any = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.listing = listing
        self.prefix = prefix
        self.again = again

    def execute(self, context: Context) -> dict[str, Any]:
        """Save and begin in one transaction.

        :raises ReleaseRefused: the gate refused this very release before.
        """
        from cloudledger.knowledge import checkpoint
        from cloudledger.knowledge.begin import begin
        from cloudledger.knowledge.encoder import KnownModel
        from cloudledger.knowledge.release_store import live
        from cloudledger.knowledge.store import save
        from cloudledger.knowledge.wanted import wanted

        settings, run = Settings(), self.run(context)
        key, model = self.listing["prep_key"], KnownModel(**self.listing["model"])
        listed = checkpoint.read_listing(Path(self.listing["listing"]))
        files = [checkpoint.prepared(settings.home, key, one) for one in listed]
        there = [path for path in files if path.is_file()]
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            engine = warehouse.engine
            read = (one for path in there for one in checkpoint.read(path))
            saved = save(session, engine, read, run)
            documents = wanted(
                session, listed, live(session), prefix=self.prefix, prep_key=key, run=run
            )
            versions, again = documents.versions, bool(self.again)
            release = begin(session, engine, model, key, versions, run, again=again)
        for path in there:
            path.unlink()
        if release.state == "refused":
            raise ReleaseRefused(
                f"release {release.number} of these documents was refused: {release.reason}; "
                "mend it, or trigger the run with `again` to judge it once more"
            )
        context["ti"].xcom_push("release_id", release.release_id)
        return {
            "release_id": release.release_id,
            "number": release.number,
            "documents": release.documents,
            "chunks": release.chunks,
            "reused": release.reused,
            "new": saved.documents,
            "kept": documents.kept,
            "left_out": documents.left_out,
            "duplicates": documents.duplicates,
            "live": release.state == "live",
        }


class ReleaseOperator(KnowledgeOperator):
    """What works on one release.

    :param release: its id or its number.
    """

    template_fields: Sequence[str] = (*KnowledgeOperator.template_fields, "release")

    def __init__(self, *, release: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.release = release


class EmbedDocumentsOperator(ReleaseOperator):
    """Embed the texts of a release that no release has vectors of, each once.

    Holds no warehouse: vectors are kept in files of the home's folder `knowledge`, and a run that
    was killed embeds what is missing there. Returns ``{"texts": 960, "left_out": 12, "seconds":
    8.1}``.
    """

    def execute(self, context: Context) -> dict[str, Any]:
        """Embed.

        :raises ModelUnusable: the model cannot be loaded, or is another one than the release's.
        """
        from cloudledger.knowledge.embed import embed
        from cloudledger.knowledge.estimate import estimate
        from cloudledger.knowledge.model import open_encoder_of
        from cloudledger.knowledge.release_store import find
        from cloudledger.knowledge.texts import spooled
        from cloudledger.knowledge.vector_files import vector_folder

        settings = Settings()
        hook = WarehouseHook(self.warehouse_conn_id)
        with hook.reading() as warehouse, warehouse.transaction() as session:
            release = find(session, self.release)
            texts = spooled(session, release)
        with texts:
            if not texts.count:
                return {"texts": 0, "left_out": 0, "seconds": 0.0}
            encoder = open_encoder_of(release, settings.knowledge)
            processes = settings.knowledge.processes
            if texts.count > LONG:
                # They come by their hashes: the first are as long as the rest on average.
                sample = [text for _, text in islice(texts, SAMPLE)]
                tokens = sum(encoder.count(sample)) * texts.count // SAMPLE
                expected = estimate(encoder, sample, texts.count, tokens, processes=processes)
                self.log.info("%s", expected)
            done = embed(
                texts,
                encoder,
                vector_folder(settings.home),
                self.log.info,
                processes=processes,
                expected=texts.count,
            )
        return {"texts": done.texts, "left_out": done.left_out, "seconds": round(done.seconds, 1)}


class VectorWriteOperator(ReleaseOperator):
    """Bring a release's table to exactly the vectors of its chunks.

    Returns ``{"chunks": 960, "embedded": 31, "reused": 929, "holes": 0, "ghosts": 0}``; holes and
    ghosts were found in a table that had been whole, and are mended.
    """

    def execute(self, context: Context) -> dict[str, Any]:
        """Fill, and let go of the files that the table holds now.

        :raises Incomplete: texts have no vector yet: embed them.
        """
        from cloudledger.knowledge.fill import fill
        from cloudledger.knowledge.release_store import find
        from cloudledger.knowledge.vector_files import forget, parts, vector_folder

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
        from cloudledger.knowledge.index import EXACT, NotReady, build_index, readiness
        from cloudledger.knowledge.release_store import find

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
        from cloudledger.knowledge.asked import Searched
        from cloudledger.knowledge.gate import judge
        from cloudledger.knowledge.model import open_encoder_of
        from cloudledger.knowledge.quality_store import save_quality
        from cloudledger.knowledge.release_store import find, live
        from cloudledger.knowledge.relevance import relevance
        from cloudledger.knowledge.switch import refuse

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
        from cloudledger.knowledge.drop import drop_old
        from cloudledger.knowledge.release_store import find
        from cloudledger.knowledge.switch import switch

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
