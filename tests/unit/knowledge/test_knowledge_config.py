"""Where documents are looked for."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from cloudledger.knowledge.config import Knowledge, KnowledgeSource, VectorIndex

BOOKS = KnowledgeSource(name="books", conn_id="aws", uri="s3://company/books/")
LAW = KnowledgeSource(name="law", conn_id="oci", uri="oci://space/legal/contracts/2026/")
HERE = KnowledgeSource(name="here", uri="file:///srv/docs/")
KNOWN = Knowledge(sources=(BOOKS, LAW, HERE))


def test_every_place_is_listed_where_nothing_is_asked_for():
    assert KNOWN.places() == [(BOOKS, "books/"), (LAW, "contracts/2026/"), (HERE, "/srv/docs/")]


@pytest.mark.parametrize(
    ("prefix", "places"),
    [
        ("s3://company/books/run", [(BOOKS, "books/run")]),
        ("s3://company/", [(BOOKS, "books/")]),
        ("oci://space/legal/contracts/2026/a/", [(LAW, "contracts/2026/a/")]),
        ("file:///srv/docs/x.md", [(HERE, "/srv/docs/x.md")]),
    ],
)
def test_a_prefix_is_looked_for_in_the_places_that_hold_it(prefix, places):
    assert KNOWN.places(prefix) == places


def test_a_prefix_of_no_place_is_refused_and_the_places_are_named():
    with pytest.raises(ValueError, match=r"s3://other/: no place .* s3://company/books/"):
        KNOWN.places("s3://other/")


@pytest.mark.parametrize("uri", ["http://host/docs/", "s3://bucket", "oci://space/bucket", "/srv"])
def test_a_place_is_a_bucket_or_a_folder(uri):
    with pytest.raises(ValidationError):
        KnowledgeSource(name="wrong", uri=uri)


def test_a_name_is_given_once():
    with pytest.raises(ValidationError, match="books: named more than once"):
        Knowledge(sources=(BOOKS, BOOKS))


@pytest.mark.parametrize("wrong", [{"neighbors": 1}, {"efconstruction": 65536}, {"kind": "flat"}])
def test_an_index_keeps_to_the_manual(wrong):
    with pytest.raises(ValidationError):
        VectorIndex(**wrong)
