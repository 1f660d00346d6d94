"""Files and folders given on a command line, as the ledger sees them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cloudledger.clouds.object_store import (
    AccessDenied,
    ObjectChanged,
    ObjectStoreError,
    ObjectVanished,
    SourceObject,
    StoreUnavailable,
)

_CHUNK = 1 << 20


class LocalObjectStore:
    """Local files; a key is an absolute path, an etag the SHA-256 of the content.

    ``delivered_at`` is the modification time. Folders are read to any depth; names that begin
    with a dot are left out.
    """

    def __init__(self, paths: Iterable[Path], source: str) -> None:
        self._paths = tuple(paths)
        self._source = source

    def list(self, prefix: str) -> Iterator[SourceObject]:
        """Every file whose absolute path begins with ``prefix``, each once, in path order.

        :raises ObjectVanished: a given path does not exist
        :raises AccessDenied, StoreUnavailable:
        """
        files = {file for path in self._paths for file in _files(path)}
        for file in sorted(files):
            if str(file).startswith(prefix):
                yield self._described(file)

    def read(self, key: str) -> bytes:
        """A small file whole.

        :raises ObjectVanished, AccessDenied, StoreUnavailable:
        """
        path = Path(key)
        try:
            return path.read_bytes()
        except OSError as error:
            raise _translated(error, path.absolute().as_uri()) from error

    def download(self, source_object: SourceObject, to: Path) -> None:
        """Copies exactly the listed content to ``to``; nothing is left there after an error.

        :raises ObjectVanished, ObjectChanged, AccessDenied, StoreUnavailable:
        """
        path = Path(unquote(urlsplit(source_object.uri).path))
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file, to.open("wb") as copy:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    copy.write(chunk)
        except OSError as error:
            to.unlink(missing_ok=True)
            raise _translated(error, source_object.uri) from error
        if digest.hexdigest() != source_object.etag:
            to.unlink(missing_ok=True)
            raise ObjectChanged(
                source_object.uri,
                "its content is not what was listed",
                "Run again once nothing writes to it any more",
            )

    def _described(self, path: Path) -> SourceObject:
        try:
            with path.open("rb") as file:
                etag = hashlib.file_digest(file, "sha256").hexdigest()
            status = path.stat()
        except OSError as error:
            raise _translated(error, path.as_uri()) from error
        return SourceObject(
            uri=path.as_uri(),
            etag=etag,
            bytes=status.st_size,
            delivered_at=datetime.fromtimestamp(status.st_mtime, UTC),
            source=self._source,
        )


def _files(path: Path) -> Iterator[Path]:
    root = path.resolve()
    if not root.exists():
        raise ObjectVanished(root.as_uri(), "there is no such file or folder", "Check the path")
    if root.is_file():
        yield root
        return
    for file in root.rglob("*"):
        hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
        if file.is_file() and not hidden:
            yield file


def _translated(error: OSError, uri: str) -> ObjectStoreError:
    what = error.strerror or str(error)
    if isinstance(error, FileNotFoundError):
        return ObjectVanished(uri, what, "List again: it was deleted or renamed since")
    if isinstance(error, PermissionError):
        return AccessDenied(uri, what, "Let the user that runs Cloudledger read it")
    return StoreUnavailable(uri, what, "Check the disk, then run again")
