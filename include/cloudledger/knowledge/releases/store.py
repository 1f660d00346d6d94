"""Documents in the warehouse: their text in chunks, their words, and which object holds them.

Rows of documents and chunks are named by what they hold, so that keeping one twice changes nothing;
no search shows them before a release that lists them is live.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import pyarrow as pa

from cloudledger.knowledge.document import Document, SetAside, hashed
from cloudledger.knowledge.statements import filled
from cloudledger.knowledge.terms import terms
from cloudledger.run import Run
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Engine, Session

CHUNKS = 2_000
"""Chunks that are held at a time: memory stays the same however many there are."""
ASKED = 110
"""Versions that are asked for at a time: as an array in JSON they fit a VARCHAR2 of 4000 bytes."""
DETAIL_BYTES = 2000


@dataclass(frozen=True, slots=True)
class Saved:
    """What was kept: documents that were not there before, their chunks, documents set aside."""

    documents: int
    chunks: int
    set_aside: int


@dataclass(slots=True)
class _Object:
    """A version of an object while its documents come in."""

    name: str
    places: int = 0


@dataclass(slots=True)
class _Batch:
    documents: dict[str, Document] = field(default_factory=dict)
    held: list[dict[str, object]] = field(default_factory=list)
    aside: dict[str, dict[str, object]] = field(default_factory=dict)
    chunks: int = 0


def known_objects(session: Session, prep_key: str) -> frozenset[tuple[str, str]]:
    """URI and etag of the objects whose documents are kept, prepared by ``prep_key``."""
    rows = session.query(filled("known_objects", None), prep_key=prep_key)
    return frozenset(zip(rows["object_uri"].to_pylist(), rows["etag"].to_pylist(), strict=True))


def save(session: Session, engine: Engine, found: Iterable[Document | SetAside], run: Run) -> Saved:
    """Keep the documents of objects, each object's one after the other and all of them: an object
    of which one is kept is not read again.
    """
    documents = chunks = aside = 0
    for batch in _batches(session, found, run):
        new = _new(session, engine, batch.documents)
        _insert(session, new)
        if batch.held:
            session.insert("object_document", pa.Table.from_pylist(batch.held, _HELD))
        save_set_aside(session, batch.aside)
        documents += len(new)
        chunks += sum(len(one.chunks) for one in new)
        aside += len(batch.aside)
    return Saved(documents, chunks, aside)


def object_version(object_uri: str, etag: str, prep_key: str) -> str:
    """Of an object as it was read: 32 hex digits."""
    return hashed("object", object_uri, etag, prep_key)


def set_aside_row(one: SetAside, run: Run) -> tuple[str, dict[str, object]]:
    """The key and the row of a document that cannot be searched."""
    key = hashed("set_aside", one.uri, one.etag, one.prep_key)
    return key, {
        "set_aside_id": key,
        "document_id": hashed("document", one.uri),
        "object_uri": one.object_uri,
        "uri": one.uri,
        "source": one.source,
        "etag": one.etag,
        "prep_key": one.prep_key,
        "reason": one.reason,
        "detail": one.detail.encode()[:DETAIL_BYTES].decode(errors="ignore"),
        "as_of": run.as_of,
        "run_id": run.run_id,
    }


def save_set_aside(session: Session, rows: dict[str, dict[str, object]]) -> None:
    """Keep rows by their key, in place of what was kept under it."""
    if rows:
        session.execute_many(
            filled("forget_set_aside", None), [{"set_aside_id": key} for key in rows]
        )
        session.insert("document_set_aside", pa.Table.from_pylist(list(rows.values()), _ASIDE))


def _batches(session: Session, found: Iterable[Document | SetAside], run: Run) -> Iterator[_Batch]:
    batch = _Batch()
    holder = _Object("")
    for one in found:
        if isinstance(one, SetAside):
            key, row = set_aside_row(one, run)
            batch.aside[key] = row
        else:
            name = object_version(one.object_uri, one.etag, one.prep_key)
            if name != holder.name:
                holder = _Object(name)
                session.execute(filled("forget_object", None), object_version=name)
            holder.places += 1
            batch.held.append(_held(one, holder, run))
            batch.documents[one.document_version] = one
            batch.chunks += len(one.chunks)
        if batch.chunks + len(batch.aside) >= CHUNKS:
            yield batch
            batch = _Batch()
    yield batch


def _held(one: Document, holder: _Object, run: Run) -> dict[str, object]:
    return {
        "object_version": holder.name,
        "place": holder.places,
        "document_version": one.document_version,
        "object_uri": one.object_uri,
        "etag": one.etag,
        "prep_key": one.prep_key,
        "uri": one.uri,
        "as_of": run.as_of,
    }


def _new(session: Session, engine: Engine, found: dict[str, Document]) -> list[Document]:
    there: set[str] = set()
    versions = list(found)
    for begin in range(0, len(versions), ASKED):
        asked = json.dumps(versions[begin : begin + ASKED])
        rows = session.query(filled("known_versions", engine), versions=asked)
        there.update(rows["document_version"].to_pylist())
    return [one for version, one in found.items() if version not in there]


def _insert(session: Session, new: Sequence[Document]) -> None:
    if not new:
        return
    session.insert("document", pa.Table.from_pylist([_document(one) for one in new], _DOCUMENT))
    tags = [
        {"document_version": one.document_version, "tag": tag}
        for one in new
        for tag in dict.fromkeys(one.metadata.tags)
    ]
    if tags:
        session.insert("document_tag", pa.Table.from_pylist(tags))
    chunks = [(one.document_version, chunk) for one in new for chunk in one.chunks]
    words = [Counter(terms(chunk.text)) for _, chunk in chunks]
    rows = [
        {
            "chunk_id": chunk.chunk_id,
            "document_version": version,
            "place": chunk.place,
            "title_path": chunk.title_path,
            "locator": chunk.locator,
            "body": chunk.body,
            "tokens": chunk.tokens,
            "terms": counted.total(),
            "text_hash": chunk.text_hash,
        }
        for (version, chunk), counted in zip(chunks, words, strict=True)
    ]
    session.insert("chunk", pa.Table.from_pylist(rows, _CHUNK))
    ids = [chunk.chunk_id for _, chunk in chunks]
    held = [[chunk_id] * len(counted) for chunk_id, counted in zip(ids, words, strict=True)]
    postings = pa.table(
        {
            "term": pa.array(chain.from_iterable(words), pa.string()),
            "chunk_id": pa.array(chain.from_iterable(held), pa.string()),
            "occurrences": pa.array(
                chain.from_iterable(counted.values() for counted in words), pa.int64()
            ),
        }
    )
    # In the order of the key: a search reads some words of it, which then lie together.
    session.insert(
        "chunk_term", postings.sort_by([("term", "ascending"), ("chunk_id", "ascending")])
    )


def _document(one: Document) -> dict[str, object]:
    told = one.metadata
    return {
        "document_version": one.document_version,
        "document_id": one.document_id,
        "object_uri": one.object_uri,
        "uri": one.uri,
        "source": one.source,
        "etag": one.etag,
        "prep_key": one.prep_key,
        "media_type": one.media_type,
        "object_bytes": one.bytes,
        "modified_at": one.modified_at,
        "title": told.title,
        "department": told.department,
        "category": told.category,
        "region": told.region,
        "document_date": told.document_date,
        "chunks": len(one.chunks),
    }


def _schema(texts: str, **others: pa.DataType) -> pa.Schema:
    return pa.schema([*((name, pa.string()) for name in texts.split()), *others.items()])


_DOCUMENT = _schema(
    "document_version document_id object_uri uri source etag prep_key media_type title department"
    " category region",
    object_bytes=pa.int64(),
    modified_at=INSTANT,
    document_date=pa.date32(),
    chunks=pa.int64(),
)
_CHUNK = _schema(
    "chunk_id document_version title_path locator body text_hash",
    place=pa.int64(),
    tokens=pa.int64(),
    terms=pa.int64(),
)
_HELD = _schema(
    "object_version document_version object_uri etag prep_key uri",
    place=pa.int64(),
    as_of=INSTANT,
)
_ASIDE = _schema(
    "set_aside_id document_id object_uri uri source etag prep_key reason detail run_id",
    as_of=INSTANT,
)
