"""From documents to vectors: read, begin a release, embed.

Each operator works by itself, and done twice it changes nothing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from cloudledger.settings import Settings
from cloudledger_airflow.exceptions import ReleaseRefused
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.operators.release import KnowledgeOperator, ReleaseOperator
from cloudledger_airflow.retries import CLOUD_RETRIES

if TYPE_CHECKING:
    from airflow.sdk import Context

LONG, SAMPLE = 2000, 256
"""Of more texts than these it is told how long they will take, by embedding some."""

SAVED = 500
"""Objects whose documents are saved in one transaction: it is held in memory until its end."""


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
        from cloudledger.knowledge.embedding.encoder import KnownModel
        from cloudledger.knowledge.embedding.model import open_encoder
        from cloudledger.knowledge.reading import checkpoint
        from cloudledger.knowledge.reading.gather import gather
        from cloudledger.knowledge.reading.prepare import prep_key
        from cloudledger.knowledge.releases.store import known_objects
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
        """Save some objects at a time, and then begin: no one sees what no release lists.

        :raises ReleaseRefused: the gate refused this very release before.
        """
        from cloudledger.knowledge.embedding.encoder import KnownModel
        from cloudledger.knowledge.reading import checkpoint
        from cloudledger.knowledge.releases.begin import begin
        from cloudledger.knowledge.releases.release_store import live
        from cloudledger.knowledge.releases.store import save
        from cloudledger.knowledge.releases.wanted import wanted

        settings, run = Settings(), self.run(context)
        key, model = self.listing["prep_key"], KnownModel(**self.listing["model"])
        listed = checkpoint.read_listing(Path(self.listing["listing"]))
        files = [checkpoint.prepared(settings.home, key, one) for one in listed]
        there = [path for path in files if path.is_file()]
        new, rest = 0, iter(there)
        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            engine = warehouse.engine
            while some := list(islice(rest, SAVED)):
                read = (one for path in some for one in checkpoint.read(path))
                with warehouse.transaction() as session:
                    new += save(session, engine, read, run).documents
            with warehouse.transaction() as session:
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
            "new": new,
            "kept": documents.kept,
            "left_out": documents.left_out,
            "duplicates": documents.duplicates,
            "live": release.state == "live",
        }


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
        from cloudledger.knowledge.embedding.embed import embed
        from cloudledger.knowledge.embedding.estimate import estimate
        from cloudledger.knowledge.embedding.model import open_encoder_of
        from cloudledger.knowledge.embedding.vector_files import vector_folder
        from cloudledger.knowledge.releases.release_store import find
        from cloudledger.knowledge.releases.texts import spooled

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
