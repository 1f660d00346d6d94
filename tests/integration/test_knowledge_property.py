"""Whatever documents come, change, go, come back or are locked: after each refresh the live table
holds exactly the vectors of the documents that it should.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.knowledge.document import Document, Metadata, SetAside, hashed
from cloudledger.knowledge.releases.drop import drop_old
from cloudledger.knowledge.releases.release_store import live, releases
from cloudledger.knowledge.releases.store import known_objects, save
from cloudledger.knowledge.releases.switch import switch
from cloudledger.knowledge.releases.wanted import wanted
from cloudledger.warehouse.duckdb import DuckDbWarehouse, open_duckdb
from tests.support.knowledge_store import (
    AT,
    PREP,
    RUN,
    aside,
    document,
    expected,
    filled_up,
    objects,
    open_release,
    vectors,
)

KEYS = ("a/1", "a/2", "b/1", "b/2")
Found = tuple[Document | SetAside, ...]
TEXT = st.sampled_from(["stop", "start", "call the owner", "note the time"])
ROW = st.tuples(
    st.lists(TEXT, min_size=1, max_size=3), st.sampled_from(["", "", "P", "Q"]), st.booleans()
)
OBJECT = st.lists(ROW, min_size=1, max_size=3)
STEP = st.tuples(
    st.dictionaries(st.sampled_from(KEYS), st.none() | OBJECT, max_size=3),
    st.sampled_from(["", "", "a/", "b/"]),
    st.integers(0, 30),
)


def found_in(key: str, held: list[tuple[list[str], str, bool]]) -> Found:
    """The documents of an object; its etag is of what it holds, so that one can come back."""
    etag = hashed(repr(held))
    return tuple(
        aside(key, part=str(place), etag=etag)
        if locked
        else document(
            key,
            *texts,
            declared=declared,
            part=str(place),
            etag=etag,
            metadata=Metadata(declared or key),
        )
        for place, (texts, declared, locked) in enumerate(held)
    )


def should_be(
    there: dict[str, Found], before: dict[str, Document], prefix: str
) -> dict[str, Document]:
    """By id the documents of the next release; those of the one before lie where they were found
    last.
    """
    inside = [one for key, held in there.items() if key.startswith(prefix) for one in held]
    lies = {one.uri: one for one in inside}
    outside = [
        one for one in before.values() if not one.object_uri.startswith(f"s3://bucket/{prefix}")
    ]
    result: dict[str, Document] = {}
    for one in sorted([*inside, *outside], key=lambda one: one.uri):
        if isinstance(one, Document):
            result.setdefault(one.document_id, one)
    for document_id, one in before.items():
        if isinstance(lies.get(one.uri), SetAside):
            result.setdefault(document_id, one)
    return result


def refresh(warehouse: DuckDbWarehouse, found: list[Document | SetAside], prefix: str) -> None:
    with warehouse.transaction() as session:
        known = known_objects(session, PREP)
        new = [one for one in found if (one.object_uri, one.etag) not in known]
        save(session, "duckdb", new, RUN)
        whole = f"s3://bucket/{prefix}" if prefix else ""
        versions = wanted(
            session, objects(found), live(session), prefix=whole, prep_key=PREP, run=RUN
        ).versions
    opened = open_release(warehouse, versions)
    if opened.state != "live":
        filled_up(warehouse, opened)
        switch(warehouse, opened, AT)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb"
    with open_duckdb(path) as opened:
        opened.migrate()
    return path


@settings(max_examples=20, deadline=None)
@given(steps=st.lists(STEP, min_size=1, max_size=6))
def test_the_live_table_holds_exactly_what_it_should(migrated: Path, steps):
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(migrated, folder)
        _check(Path(path), steps)


def _check(path: Path, steps) -> None:
    with open_duckdb(path) as opened:
        there: dict[str, Found] = {}
        before: dict[str, Document] = {}
        for number, (changes, prefix, days) in enumerate(steps):
            for key, held in changes.items():
                there.pop(key, None)
                if held is not None:
                    there[key] = found_in(key, held)
            found = [one for key in there if key.startswith(prefix) for one in there[key]]
            refresh(opened, found, prefix)
            before = should_be(there, before, prefix)
            assert vectors(opened) == expected(before.values()), number
            drop_old(opened, AT + timedelta(days=days), 15)
            assert vectors(opened) == expected(before.values()), number
            with opened.transaction() as session:
                states = [one.state for one in releases(session)]
                kept = session.query("SELECT document_version FROM document")
            assert states.count("live") == 1
            assert {one.document_version for one in before.values()} <= set(
                kept["document_version"].to_pylist()
            )
