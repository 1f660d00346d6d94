"""A bucket that is a folder: keys are paths below it, instants are the files' own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cloudledger.clouds.object_store import ObjectChanged, ObjectVanished, SourceObject

BUCKET = "s3://exports/"
EXPORT = "finops/focus"
MONTH = "BILLING_PERIOD=2026-03"


@dataclass(frozen=True)
class FolderBucket:
    """An object store over a folder; an etag is the content's MD5, as S3's often is."""

    folder: Path
    source: str = "sample"

    def put(self, key: str, data: str, at: str) -> str:
        """Write an object, delivered at an instant; its URI."""
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data)
        instant = datetime.fromisoformat(at).timestamp()
        os.utime(path, (instant, instant))
        return BUCKET + key

    def delete(self, key: str) -> None:
        """Remove an object."""
        (self.folder / key).unlink()

    def list(self, prefix: str) -> Iterator[SourceObject]:
        """Every object under the prefix, in key order."""
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            key = str(path.relative_to(self.folder))
            if key.startswith(prefix):
                yield SourceObject(
                    uri=BUCKET + key,
                    etag=_etag(path),
                    bytes=path.stat().st_size,
                    delivered_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
                    source=self.source,
                )

    def read(self, key: str) -> bytes:
        """An object whole."""
        return (self.folder / key).read_bytes()

    def download(self, source_object: SourceObject, to: Path) -> None:
        """Exactly the listed version."""
        path = self.folder / source_object.uri.removeprefix(BUCKET)
        if not path.exists():
            raise ObjectVanished(source_object.uri, "404", "List again")
        if _etag(path) != source_object.etag:
            raise ObjectChanged(source_object.uri, "412", "List again")
        shutil.copyfile(path, to)

    def put_execution(
        self,
        files: Mapping[str, str],
        at: str,
        *,
        execution: str | None = None,
        manifest_at: str | None = None,
        month: str = MONTH,
    ) -> tuple[str, ...]:
        """An execution of the export over a month: its files, then its manifest; the files' URIs.

        With a name it has a folder of its own (create new), without one it overwrites.
        """
        place = f"{month}/{execution}/" if execution else f"{month}/"
        uris = tuple(
            self.put(f"{EXPORT}/data/{place}{name}", data, at) for name, data in files.items()
        )
        told = json.dumps({"executionId": execution or at, "dataFiles": uris})
        manifest = f"{EXPORT}/metadata/{place}focus-Manifest.json"
        self.put(manifest, told, manifest_at or at)
        return uris


def _etag(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
