"""Local files and folders as an object store."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudledger.clouds.local import LocalObjectStore
from cloudledger.clouds.object_store import (
    AccessDenied,
    ObjectChanged,
    ObjectVanished,
    StoreUnavailable,
)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "reports of October"
    (folder / "deep").mkdir(parents=True)
    (folder / "b.csv").write_bytes(b"b\n")
    (folder / "deep" / "ü#1.csv").write_bytes(b"deep\n")
    (folder / ".hidden.csv").write_bytes(b"no")
    return folder


def test_lists_files_of_files_and_folders_once_each(folder):
    at = datetime(2026, 10, 3, 4, 5, 6, tzinfo=UTC)
    os.utime(folder / "b.csv", (at.timestamp(), at.timestamp()))
    store = LocalObjectStore([folder / "b.csv", folder], "local")
    first, second = store.list("")
    assert first.uri == (folder / "b.csv").as_uri()
    assert first.etag == hashlib.sha256(b"b\n").hexdigest()
    assert (first.bytes, first.delivered_at, first.source) == (2, at, "local")
    assert second.uri.endswith("/deep/%C3%BC%231.csv")
    assert list(store.list(str(folder / "deep"))) == [second]


def test_downloads_exactly_what_was_listed(folder, tmp_path):
    store = LocalObjectStore([folder], "local")
    for item in store.list(""):
        store.download(item, tmp_path / "copy")
        assert hashlib.sha256((tmp_path / "copy").read_bytes()).hexdigest() == item.etag
    assert store.read(str(folder / "b.csv")) == b"b\n"


def test_changed_since_it_was_listed(folder, tmp_path):
    store = LocalObjectStore([folder / "b.csv"], "local")
    (item,) = store.list("")
    (folder / "b.csv").write_bytes(b"c\n")
    with pytest.raises(ObjectChanged, match=r"b\.csv: its content is not what was listed"):
        store.download(item, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_vanished_since_it_was_listed(folder, tmp_path):
    store = LocalObjectStore([folder / "b.csv"], "local")
    (item,) = store.list("")
    (folder / "b.csv").unlink()
    with pytest.raises(ObjectVanished):
        store.download(item, tmp_path / "copy")
    with pytest.raises(ObjectVanished):
        store.read(str(folder / "b.csv"))
    assert not (tmp_path / "copy").exists()


def test_a_path_that_never_was(tmp_path):
    with pytest.raises(ObjectVanished, match="no such file or folder"):
        list(LocalObjectStore([tmp_path / "none.csv"], "local").list(""))


def test_the_kinds_of_disk_trouble(folder, tmp_path, monkeypatch):
    store = LocalObjectStore([folder / "b.csv"], "local")
    (item,) = store.list("")
    with pytest.raises(StoreUnavailable, match="Is a directory"):
        store.read(str(folder))

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    # A real mode of 000 would not stop root, as whom containers run.
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(AccessDenied, match="Let the user that runs Cloudledger read it"):
        store.download(item, tmp_path / "copy")
