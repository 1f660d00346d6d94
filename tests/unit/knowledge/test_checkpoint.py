"""What was read outlives the run that read it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cloudledger.clouds.object_store import SourceObject
from cloudledger.knowledge.document import Chunk, Document, Metadata, SetAside
from cloudledger.knowledge.reading import checkpoint

AT = datetime(2026, 11, 1, 4, tzinfo=UTC)
OBJECT = SourceObject("s3://docs/a.md", "v1", 10, AT, "docs")
DOCUMENT = Document(
    document_id="d",
    document_version="v",
    object_uri=OBJECT.uri,
    uri=OBJECT.uri,
    source="docs",
    etag="v1",
    prep_key="p",
    media_type="text/markdown",
    bytes=10,
    modified_at=AT,
    metadata=Metadata("Ä title", "Legal", None, "eu", date(2026, 1, 2), ("a", "b")),
    chunks=(
        Chunk("c1", 1, "Ä title", "page 1", "body\u2028 of it", 4),
        Chunk("c2", 2, "", "", "x", 1),
    ),
)
ASIDE = SetAside(OBJECT.uri, OBJECT.uri, "docs", "v1", "p", "empty", "nothing in it")


def test_documents_come_back_as_they_were(tmp_path):
    path = checkpoint.prepared(tmp_path, "p", OBJECT)
    assert checkpoint.write(path, [DOCUMENT, ASIDE]) == 2
    assert list(checkpoint.read(path)) == [DOCUMENT, ASIDE]


def test_another_version_of_an_object_is_another_file(tmp_path):
    later = SourceObject(OBJECT.uri, "v2", 10, AT, "docs")
    names = {checkpoint.prepared(tmp_path, key, one) for key in "pq" for one in (OBJECT, later)}
    assert len(names) == 4


def test_documents_that_cannot_all_be_made_leave_no_file(tmp_path):
    def broken():
        yield DOCUMENT
        raise RuntimeError("killed")

    path = checkpoint.prepared(tmp_path, "p", OBJECT)
    with pytest.raises(RuntimeError):
        checkpoint.write(path, broken())
    assert not path.exists()


def test_a_listing_comes_back_as_it_was(tmp_path):
    path = checkpoint.listing(tmp_path, "manual__1")
    assert path != checkpoint.listing(tmp_path, "manual__2")
    checkpoint.write_listing(path, [OBJECT])
    assert checkpoint.read_listing(path) == [OBJECT]
