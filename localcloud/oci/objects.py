"""Buckets and objects as the state holds them."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localcloud.oci.errors import ApiError, no_etag_match
from localcloud.oci.state import State, instant


@dataclass(frozen=True)
class Listing:
    """One page: rows of ``object``, the folded prefixes, and where the next page starts."""

    objects: list[sqlite3.Row]
    prefixes: list[str]
    next_start_with: str | None


@dataclass(frozen=True)
class Conditions:
    """What the caller requires of the version that stands there."""

    if_match: str | None = None
    if_none_match: str | None = None


ANY = Conditions()


class Objects:
    """Every bucket of the local cloud; ``compartment_id`` owns those that are made here."""

    def __init__(self, state: State, compartment_id: str) -> None:
        self._state = state
        self._compartment_id = compartment_id

    def make_bucket(self, namespace: str, bucket: str) -> None:
        """An empty bucket, if it is not there."""
        with self._state.write() as db:
            db.execute(
                "INSERT INTO bucket VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (namespace, bucket, self._compartment_id, _etag(), instant(self._state.clock())),
            )

    def bucket(self, namespace: str, bucket: str) -> sqlite3.Row:
        """:raises ApiError: 404 BucketNotFound."""
        found = self._state.row(
            "SELECT * FROM bucket WHERE namespace = ? AND name = ?", namespace, bucket
        )
        if found is None:
            raise bucket_not_found(namespace, bucket)
        return found

    def buckets(self, namespace: str, compartment_id: str) -> list[sqlite3.Row]:
        """By name."""
        return self._state.rows(
            "SELECT * FROM bucket WHERE namespace = ? AND compartment_id = ? ORDER BY name",
            namespace,
            compartment_id,
        )

    def put(
        self,
        namespace: str,
        bucket: str,
        name: str,
        blob: Path,
        *,
        at: datetime | None = None,
        content_type: str = "application/octet-stream",
        content_encoding: str | None = None,
        conditions: Conditions = ANY,
    ) -> sqlite3.Row:
        """The bytes in ``blob`` (under the state's folder) become the object's next version.

        :raises ApiError: 404 BucketNotFound, 412 IfMatchFailed or IfNoneMatchFailed.
        """
        self.bucket(namespace, bucket)
        when = instant(at or self._state.clock())
        size, md5 = _measure(blob)
        with self._state.write() as db:
            old = self._find(namespace, bucket, name)
            try:
                _check_write(old, conditions)
            except ApiError:
                blob.unlink()
                raise
            db.execute(
                "INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(namespace, bucket, name, size, md5, _etag(), content_type, content_encoding),
                    *(old["time_created"] if old else when, when, blob.name),
                ),
            )
        if old:
            (self._state.blobs / old["blob"]).unlink(missing_ok=True)
        return self.get(namespace, bucket, name)

    def get(self, namespace: str, bucket: str, name: str) -> sqlite3.Row:
        """:raises ApiError: 404 BucketNotFound or ObjectNotFound."""
        self.bucket(namespace, bucket)
        found = self._find(namespace, bucket, name)
        if found is None:
            raise ApiError(
                404,
                "ObjectNotFound",
                f"The object '{name}' was not found in the bucket '{bucket}'",
            )
        return found

    def delete(self, namespace: str, bucket: str, name: str, conditions: Conditions = ANY) -> None:
        """:raises ApiError: 404 BucketNotFound or ObjectNotFound, 412 IfMatchFailed."""
        with self._state.write() as db:
            old = self.get(namespace, bucket, name)
            _check_write(old, conditions)
            db.execute(
                "DELETE FROM object WHERE namespace = ? AND bucket = ? AND name = ?",
                (namespace, bucket, name),
            )
        (self._state.blobs / old["blob"]).unlink(missing_ok=True)

    def list(
        self,
        namespace: str,
        bucket: str,
        *,
        prefix: str = "",
        start: str = "",
        start_after: str = "",
        end: str | None = None,
        delimiter: str | None = None,
        limit: int = 1000,
    ) -> Listing:
        """One page in the order of the names' UTF-8 bytes.

        :raises ApiError: 404 BucketNotFound.
        """
        self.bucket(namespace, bucket)
        objects: list[sqlite3.Row] = []
        prefixes: list[str] = []
        for row in self._state.rows(
            "SELECT * FROM object WHERE namespace = ? AND bucket = ? AND name >= ? AND name > ?"
            " AND substr(name, 1, length(?)) = ? ORDER BY name",
            *(namespace, bucket, max(start, prefix), start_after, prefix, prefix),
        ):
            if end is not None and row["name"] >= end:
                break
            head, found, _ = row["name"][len(prefix) :].partition(delimiter or "\0")
            folded = prefix + head + found if found and delimiter else None
            if folded is not None and folded in prefixes:
                continue
            if len(objects) + len(prefixes) == limit:
                return Listing(objects, prefixes, row["name"])
            if folded is None:
                objects.append(row)
            else:
                prefixes.append(folded)
        return Listing(objects, prefixes, None)

    def _find(self, namespace: str, bucket: str, name: str) -> sqlite3.Row | None:
        return self._state.row(
            "SELECT * FROM object WHERE namespace = ? AND bucket = ? AND name = ?",
            *(namespace, bucket, name),
        )


def bucket_not_found(namespace: str, bucket: str) -> ApiError:
    """404 in Object Storage's words: missing, or not for this user to see."""
    return ApiError(
        404,
        "BucketNotFound",
        f"Either the bucket named '{bucket}' does not exist in the namespace '{namespace}' "
        "or you are not authorized to access it",
    )


def _check_write(old: sqlite3.Row | None, conditions: Conditions) -> None:
    if conditions.if_match and (old is None or conditions.if_match not in ("*", old["etag"])):
        raise no_etag_match("IfMatchFailed")
    if conditions.if_none_match and old and conditions.if_none_match in ("*", old["etag"]):
        raise ApiError(
            412, "IfNoneMatchFailed", "The If-None-Match header matches the current ETag"
        )


def _measure(blob: Path) -> tuple[int, str]:
    with blob.open("rb") as file:
        digest = hashlib.file_digest(file, "md5")
    return blob.stat().st_size, base64.b64encode(digest.digest()).decode()


def _etag() -> str:
    return str(uuid.uuid4())
