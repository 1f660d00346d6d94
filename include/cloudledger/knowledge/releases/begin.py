"""Begin a release: its documents, its table, and every vector that is known already."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from cloudledger.knowledge.embedding.encoder import Model
from cloudledger.knowledge.release import Release, release_id
from cloudledger.knowledge.releases.fill import copy_vectors, create_table
from cloudledger.knowledge.releases.release_store import UnknownRelease, find, releases
from cloudledger.knowledge.statements import filled
from cloudledger.run import Run
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Engine, Session


def begin(
    session: Session,
    engine: Engine,
    model: Model,
    prep_key: str,
    versions: Sequence[str],
    run: Run,
    *,
    again: bool = False,
) -> Release:
    """The release of these documents, with its table and every vector that is known already.

    The same documents embedded alike are the same release: a run that was killed goes on with its
    own. One that is live comes back as it is, there is nothing to do; so does one that was refused
    or gone back from, unless it is to be tried ``again``. One that was retired or dropped is
    made ready once more.

    :raises UnknownRelease: a document is not kept: it must be, before (:mod:`.store`).
    """
    name = release_id(model.embedding_key, versions)
    there = next((one for one in releases(session) if one.release_id == name), None)
    if there is None:
        _list(session, name, versions)
        _insert(session, name, model, prep_key, run)
    elif there.state == "live" or (there.state == "refused" and not again):
        return there
    else:
        if there.state == "dropped":
            _list(session, name, versions)
            session.execute(filled("empty_release", None), release_id=name)
        session.execute(
            filled("reopen_release", None),
            release_id=name,
            prep_key=prep_key,
            run_id=run.run_id,
            as_of=run.as_of,
        )
    _size(session, name, len(versions))
    opened = find(session, name)
    create_table(session, engine, opened)
    copy_vectors(session, engine, opened)
    return find(session, name)


def _list(session: Session, name: str, versions: Sequence[str]) -> None:
    session.execute(filled("forget_release_documents", None), release_id=name)
    if versions:
        listed = {
            "release_id": pa.repeat(pa.scalar(name), len(versions)),
            "document_version": pa.array(versions, pa.string()),
        }
        session.insert("release_document", pa.table(listed))


def _insert(session: Session, name: str, model: Model, prep_key: str, run: Run) -> None:
    row = {
        "release_id": name,
        "release_number": max((one.number for one in releases(session)), default=0) + 1,
        "state": "building",
        "embedding_key": model.embedding_key,
        "prep_key": prep_key,
        "model": model.model,
        "model_precision": model.precision,
        "dimensions": model.dimensions,
        **dict.fromkeys(("documents", "chunks", "embedded", "reused", "holes", "ghosts"), 0),
        "run_id": run.run_id,
        "as_of": run.as_of,
    }
    session.insert("embedding_release", pa.Table.from_pylist([row], _ROW))


def _size(session: Session, name: str, documents: int) -> None:
    (size,) = session.query(filled("release_size", None), release_id=name).to_pylist()
    if size["documents"] != documents:
        raise UnknownRelease(
            f"release {name} lists {documents} documents, and {size['documents']} of them are "
            "kept: read the others again, then begin"
        )
    session.execute(filled("set_release_size", None), release_id=name, **size)


_ROW = pa.schema(
    [
        *(
            (name, pa.string())
            for name in (
                *("release_id", "state", "embedding_key", "prep_key"),
                *("model", "model_precision", "run_id"),
            )
        ),
        *(
            (name, pa.int64())
            for name in (
                *("release_number", "dimensions", "documents", "chunks"),
                *("embedded", "reused", "holes", "ghosts"),
            )
        ),
        ("as_of", INSTANT),
    ]
)
