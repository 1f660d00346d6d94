"""Documents, releases and the way between them, in as few words as a test needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from cloudledger.clouds.object_store import SourceObject
from cloudledger.knowledge.config import VectorIndex
from cloudledger.knowledge.document import Chunk, Document, Metadata, SetAside, hashed
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.begin import begin
from cloudledger.knowledge.releases.fill import Reconciled, fill, missing_texts
from cloudledger.knowledge.releases.index import build_index, readiness
from cloudledger.knowledge.releases.release_store import live
from cloudledger.knowledge.releases.store import save
from cloudledger.knowledge.releases.switch import switch
from cloudledger.knowledge.releases.wanted import Wanted, wanted
from cloudledger.run import Run
from cloudledger.warehouse.port import Warehouse
from tests.support.encoders import FakeEncoder

AT = datetime(2026, 5, 1, tzinfo=UTC)
RUN = Run("run", AT)
PREP = hashed("prep", "1")
ENCODER = FakeEncoder(dimensions=8)
Found = Document | SetAside


def document(
    key: str,
    *bodies: str,
    declared: str = "",
    part: str = "",
    etag: str = "1",
    prep_key: str = PREP,
    metadata: Metadata | None = None,
) -> Document:
    """A document of as many chunks as bodies, in the bucket of tests."""
    object_uri = f"s3://bucket/{key}"
    uri = f"{object_uri}#{part}" if part else object_uri
    told = metadata or Metadata(title=key)
    document_id = hashed("document", declared or uri)
    texts = [f"{told.title}\n{body}" for body in bodies]
    version = hashed("version", document_id, prep_key, repr(told), *texts)
    chunks = tuple(
        Chunk(hashed("chunk", version, str(place)), place, told.title, "", body, 10)
        for place, body in enumerate(bodies, 1)
    )
    return Document(
        *(document_id, version, object_uri, uri, "docs", etag, prep_key),
        *("text/plain", 100, AT, told, chunks),
    )


def aside(key: str, *, part: str = "", etag: str = "1", reason: str = "encrypted") -> SetAside:
    object_uri = f"s3://bucket/{key}"
    uri = f"{object_uri}#{part}" if part else object_uri
    return SetAside(object_uri, uri, "docs", etag, PREP, reason, "give a copy that is not locked")


def objects(found: Iterable[Found]) -> list[SourceObject]:
    """The listing of the objects that hold these."""
    seen = {one.object_uri: one.etag for one in found}
    return [SourceObject(uri, etag, 100, AT, "docs") for uri, etag in sorted(seen.items())]


def want(warehouse: Warehouse, found: Iterable[Found], *, prefix: str = "") -> Wanted:
    """Keep the documents and say which the next release lists."""
    found = list(found)
    with warehouse.transaction() as session:
        save(session, warehouse.engine, found, RUN)
    with warehouse.transaction() as session:
        return wanted(session, objects(found), live(session), prefix=prefix, prep_key=PREP, run=RUN)


def open_release(
    warehouse: Warehouse,
    versions: Iterable[str],
    *,
    encoder: FakeEncoder = ENCODER,
    at: datetime = AT,
) -> Release:
    with warehouse.transaction() as session:
        return begin(
            session, warehouse.engine, encoder, PREP, sorted(versions), Run("run", at), again=True
        )


def embedded(
    warehouse: Warehouse, release: Release, *, encoder: FakeEncoder = ENCODER, size: int = 3
) -> list[pa.Table]:
    """The parts that a release lacks, each of ``size`` texts."""
    with warehouse.transaction() as session:
        texts = list(missing_texts(session, release))
    return list(parts(texts, encoder, size))


def parts(
    texts: list[tuple[str, str]], encoder: FakeEncoder = ENCODER, size: int = 3
) -> Iterator[pa.Table]:
    for begin_at in range(0, len(texts), size):
        page = texts[begin_at : begin_at + size]
        flat = encoder.documents([text for _, text in page]).ravel()
        yield pa.table(
            {
                "text_hash": [name for name, _ in page],
                "embedding": pa.FixedSizeListArray.from_arrays(pa.array(flat), encoder.dimensions),
            }
        )


def release(
    warehouse: Warehouse,
    found: Iterable[Found],
    *,
    at: datetime = AT,
    prefix: str = "",
    encoder: FakeEncoder = ENCODER,
) -> Release:
    """A whole refresh, up to a live release."""
    versions = want(warehouse, found, prefix=prefix).versions
    opened = open_release(warehouse, versions, encoder=encoder, at=at)
    filled_up(warehouse, opened, encoder=encoder)
    return switch(warehouse, opened, at)


def filled_up(
    warehouse: Warehouse, opened: Release, *, encoder: FakeEncoder = ENCODER
) -> Reconciled:
    """Embed, fill, index and check a release that was begun."""
    told = fill(warehouse, opened, embedded(warehouse, opened, encoder=encoder))
    build_index(warehouse, opened, VectorIndex())
    readiness(warehouse, opened)
    return told


def vectors(warehouse: Warehouse, table: str = "knowledge_vector") -> dict[str, dict[str, Any]]:
    """The rows of a table of vectors by chunk."""
    with warehouse.transaction() as session:
        rows = session.query(f"SELECT * FROM {table}").to_pylist()
    return {row.pop("chunk_id"): row for row in rows}


def expected(found: Iterable[Found], encoder: FakeEncoder = ENCODER) -> dict[str, dict[str, Any]]:
    """The rows that a release of these documents has."""
    return {
        chunk.chunk_id: {
            "document_version": one.document_version,
            "text_hash": chunk.text_hash,
            "embedding": encoder.documents([chunk.text])[0].tolist(),
        }
        for one in found
        if isinstance(one, Document)
        for chunk in one.chunks
    }
