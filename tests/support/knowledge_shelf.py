"""Documents put straight into a warehouse as a release, so that a search has something to find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from cloudledger.knowledge.document import Chunk, Document, Metadata, hashed
from cloudledger.knowledge.embedding.encoder import Encoder
from cloudledger.knowledge.release import Release, State, release_id
from cloudledger.knowledge.statements import filled
from cloudledger.knowledge.terms import terms
from cloudledger.warehouse.port import Session

AT = datetime(2026, 3, 1, tzinfo=UTC)


def written(
    name: str,
    title: str,
    *sections: tuple[str, str],
    metadata: Metadata | None = None,
    source: str = "shelf",
    modified_at: datetime = AT,
) -> Document:
    """A document of sections, each a heading and a body; a heading may be empty."""
    uri = f"file:///{source}/{name}"
    known = metadata or Metadata()
    said = Metadata(
        title, known.department, known.category, known.region, known.document_date, known.tags
    )
    texts = [text for section in sections for text in section]
    document_id = hashed("document", uri)
    version = hashed("version", document_id, repr(said), *texts)
    chunks = tuple(
        Chunk(
            hashed("chunk", version, str(place)),
            place,
            f"{title} > {heading}" if heading else title,
            f"section {place}",
            body,
            len(body.split()) + 2,
        )
        for place, (heading, body) in enumerate(sections, start=1)
    )
    return Document(
        document_id=document_id,
        document_version=version,
        object_uri=uri,
        uri=uri,
        source=source,
        etag=hashed("etag", *texts),
        prep_key=hashed("prep"),
        media_type="text/markdown",
        bytes=sum(map(len, texts)),
        modified_at=modified_at,
        metadata=said,
        chunks=chunks,
    )


def shelved(
    session: Session,
    documents: Sequence[Document],
    encoder: Encoder,
    number: int = 1,
    state: State = "live",
) -> Release:
    """Save documents that are not there yet, and a release of all of them with its vectors."""
    release = Release(
        release_id(encoder.embedding_key, [one.document_version for one in documents]),
        number,
        state,
        encoder.embedding_key,
        hashed("prep"),
        encoder.model,
        encoder.precision,
        encoder.dimensions,
        len(documents),
        sum(len(one.chunks) for one in documents),
    )
    known = set(session.query("SELECT document_version FROM document")[0].to_pylist())
    _save(session, [one for one in documents if one.document_version not in known])
    session.insert(
        "embedding_release",
        pa.Table.from_pylist(
            [
                {
                    "release_id": release.release_id,
                    "release_number": number,
                    "state": state,
                    "embedding_key": release.embedding_key,
                    "prep_key": release.prep_key,
                    "model": release.model,
                    "model_precision": release.precision,
                    "dimensions": release.dimensions,
                    "documents": release.documents,
                    "chunks": release.chunks,
                    "embedded": release.chunks,
                    "reused": 0,
                    "holes": 0,
                    "ghosts": 0,
                    "run_id": "shelved",
                    "as_of": AT,
                }
            ]
        ),
    )
    _insert(
        session,
        "release_document",
        (
            {"release_id": release.release_id, "document_version": one.document_version}
            for one in documents
        ),
    )
    session.execute(
        filled(
            "create_vector_table",
            "duckdb",
            vector_table=release.vector_table,
            dimensions=release.dimensions,
        )
    )
    session.insert(release.vector_table, _vectors(documents, encoder))
    return release


def _vectors(documents: Sequence[Document], encoder: Encoder) -> pa.Table:
    chunks = [(one.document_version, chunk) for one in documents for chunk in one.chunks]
    embedded = encoder.documents([chunk.text for _, chunk in chunks])
    return pa.table(
        {
            "chunk_id": [chunk.chunk_id for _, chunk in chunks],
            "document_version": [version for version, _ in chunks],
            "text_hash": [chunk.text_hash for _, chunk in chunks],
            "embedding": pa.FixedSizeListArray.from_arrays(
                pa.array(embedded.ravel()), encoder.dimensions
            ),
        }
    )


def _save(session: Session, documents: Sequence[Document]) -> None:
    _insert(session, "document", (_document_row(one) for one in documents))
    _insert(
        session,
        "document_tag",
        (
            {"document_version": one.document_version, "tag": tag}
            for one in documents
            for tag in one.metadata.tags
        ),
    )
    chunks = [(one, chunk) for one in documents for chunk in one.chunks]
    _insert(session, "chunk", (_chunk_row(one, chunk) for one, chunk in chunks))
    _insert(
        session,
        "chunk_term",
        (
            {"term": term, "chunk_id": chunk.chunk_id, "occurrences": times}
            for _, chunk in chunks
            for term, times in Counter(terms(chunk.text)).items()
        ),
    )


def _insert(session: Session, table: str, rows: Iterable[dict[str, object]]) -> None:
    if listed := list(rows):
        session.insert(table, pa.Table.from_pylist(listed))


def _document_row(one: Document) -> dict[str, object]:
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
        "title": one.metadata.title,
        "department": one.metadata.department,
        "category": one.metadata.category,
        "region": one.metadata.region,
        "document_date": one.metadata.document_date,
        "chunks": len(one.chunks),
    }


def _chunk_row(one: Document, chunk: Chunk) -> dict[str, object]:
    return {
        "chunk_id": chunk.chunk_id,
        "document_version": one.document_version,
        "place": chunk.place,
        "title_path": chunk.title_path,
        "locator": chunk.locator,
        "body": chunk.body,
        "tokens": chunk.tokens,
        "terms": len(terms(chunk.text)),
        "text_hash": chunk.text_hash,
    }
