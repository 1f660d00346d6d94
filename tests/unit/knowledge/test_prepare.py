"""Objects become documents with ids that stay, or are set aside with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cloudledger.clouds.object_store import SourceObject
from cloudledger.knowledge.config import Defaults, Knowledge, KnowledgeSource
from cloudledger.knowledge.document import Document, SetAside, hashed
from cloudledger.knowledge.reading.prepare import prep_key, prepare
from tests.support.encoders import FakeEncoder

SOURCE = KnowledgeSource(name="rules", uri="s3://bucket/docs/")
HEADED = """---
id: travel
title: Travel policy
department: HR
category: policy
region: eu-central-1
date: 2025-03-01
tags: [travel, cost]
---
# Trains
Second class, unless it is full.
"""


class Prepared:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(
        self,
        content: str | bytes,
        name: str = "travel.md",
        source: KnowledgeSource = SOURCE,
        knowledge: Knowledge | None = None,
    ) -> Iterator[Document | SetAside]:
        path = self.folder / "object"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        obj = SourceObject(
            uri=f"s3://bucket/docs/{name}",
            etag="e1",
            bytes=path.stat().st_size,
            delivered_at=datetime(2025, 4, 1, tzinfo=UTC),
            source="rules",
        )
        return prepare(path, obj, source, "key", FakeEncoder(), knowledge or Knowledge())

    def document(self, *args: object, **kwargs: object) -> Document:
        (one,) = self.all(*args, **kwargs)  # type: ignore[arg-type]
        assert isinstance(one, Document), one
        return one

    def aside(self, *args: object, **kwargs: object) -> SetAside:
        (one,) = self.all(*args, **kwargs)  # type: ignore[arg-type]
        assert isinstance(one, SetAside), one
        return one


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    return Prepared(tmp_path)


def test_a_document_has_what_it_says_of_itself(prepared: Prepared) -> None:
    document = prepared.document(HEADED)

    assert document.document_id == hashed("document", "travel")
    assert (document.uri, document.object_uri) == ("s3://bucket/docs/travel.md",) * 2
    assert document.media_type == "text/markdown"
    metadata = document.metadata
    assert (metadata.title, metadata.department, metadata.category, metadata.region) == (
        "Travel policy",
        "HR",
        "policy",
        "eu-central-1",
    )
    assert metadata.document_date == date(2025, 3, 1)
    assert metadata.tags == ("cost", "travel")
    (chunk,) = document.chunks
    assert chunk.text == "Travel policy > Trains\nSecond class, unless it is full."
    assert chunk.chunk_id == hashed("chunk", document.document_version, "1")
    assert chunk.tokens == 9


def test_its_version_is_of_text_and_metadata_and_not_of_the_object(prepared: Prepared) -> None:
    first = prepared.document(HEADED)

    assert prepared.document(HEADED).document_version == first.document_version
    for old, new in (("Second", "First"), ("HR", "Legal"), ("cost]", "costs]"), ("03-01", "03-02")):
        other = prepared.document(HEADED.replace(old, new))
        assert other.document_version != first.document_version
        assert other.document_id == first.document_id


def test_without_an_id_its_address_is_its_identity(prepared: Prepared) -> None:
    document = prepared.document("Be kind to each other.", "be_kind-always.txt")

    assert document.document_id == hashed("document", "s3://bucket/docs/be_kind-always.txt")
    assert document.metadata.title == "be kind always"


def test_the_longest_fitting_prefix_gives_what_a_document_does_not_say(
    prepared: Prepared,
) -> None:
    source = SOURCE.model_copy(
        update={
            "defaults": (
                Defaults(department="Finance", tags=("all",)),
                Defaults(prefix="tra", department="Office", region="global", tags=("cost", "z")),
                Defaults(prefix="other/", region="us-east-1"),
            )
        }
    )

    metadata = prepared.document(
        HEADED.replace("region: eu-central-1\n", ""), source=source
    ).metadata

    assert (metadata.department, metadata.region) == ("HR", "global")
    assert metadata.tags == ("cost", "travel", "z")


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.md", "empty"),
        (b" \n\n ", "a.md", "empty"),
        (b"---\ntitle: A\n---\n***\n", "a.md", "empty"),
        (b"some text", "a.xyz", "unknown_type"),
        (b"\x89PNG\r\n\x1a\n", "a.txt", "unknown_type"),
        (b"some text", "a.pdf", "broken"),
        (b"nul \0 byte", "a.txt", "encoding"),
        (b"\xff\xfeodd", "a.txt", "encoding"),
        (b"---\ntitle: [a\n---\ntext", "a.md", "front_matter"),
        (b"---\ntitle: " + b"[" * 5000 + b"\n---\ntext", "a.md", "front_matter"),
        (b"x" * 2_000_001, "a.txt", "too_large"),
        (b"word " * 2_000_001, "a.txt", "too_much_text"),
    ],
)
def test_what_cannot_be_read_is_set_aside(
    content: bytes, name: str, reason: str, prepared: Prepared
) -> None:
    most = 2_000_000 if reason == "too_large" else 100_000_000

    aside = prepared.aside(content, name, knowledge=Knowledge(max_bytes=most))

    assert aside.reason == reason
    assert aside.uri == f"s3://bucket/docs/{name}"
    assert aside.detail


@pytest.mark.parametrize(
    "content",
    [
        "Die Prüfung kostet 5 € mehr.".encode("utf-8-sig"),
        "Die Prüfung kostet 5 € mehr.".encode("utf-16"),
        "Die Prüfung kostet 5 € mehr.".encode(),
    ],
)
def test_encodings_are_told_apart(content: bytes, prepared: Prepared) -> None:
    assert prepared.document(content, "a.txt").chunks[0].body == "Die Prüfung kostet 5 € mehr."


def test_an_encoding_is_guessed_where_the_text_is_long_enough(prepared: Prepared) -> None:
    text = "Für die Prüfung der Gebühren wären größere Beträge nötig, möchte man meinen. " * 5

    assert prepared.document(text.encode("cp1252"), "a.txt").chunks[0].body.startswith("Für die")


def test_a_date_that_is_none_is_left_out_and_logged(
    prepared: Prepared, caplog: pytest.LogCaptureFixture
) -> None:
    document = prepared.document(HEADED.replace("2025-03-01", "2025-02-30"))

    assert document.metadata.document_date is None
    assert "its date '2025-02-30' is left out" in caplog.text


def test_metadata_longer_than_its_column_is_cut_between_letters(prepared: Prepared) -> None:
    title = "ü" * 300 + " and more"
    document = prepared.document(HEADED.replace("Travel policy", title).replace("HR", "é" * 100))

    assert document.metadata.title == "ü" * 256
    assert document.metadata.department == "é" * 64


def test_how_documents_are_prepared_has_a_key() -> None:
    encoder = FakeEncoder()
    key = prep_key(Knowledge(), encoder)
    given = SOURCE.model_copy(update={"defaults": (Defaults(department="HR"),)})

    assert len(key) == 32
    others = [
        prep_key(Knowledge(overlap_tokens=5), encoder),
        prep_key(Knowledge(chunk_tokens=40), encoder),
        prep_key(Knowledge(sources=(given,)), encoder),
        prep_key(Knowledge(), replace(encoder, model="other")),
    ]
    assert len({key, *others}) == 5
    assert prep_key(Knowledge(chunk_tokens=64), encoder) == key
