"""One OCI bucket as an object store.

Source: https://docs.oracle.com/iaas/api/#/en/objectstorage/20160918/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import oci
from circuitbreaker import CircuitBreakerError  # type: ignore[import-untyped]
from urllib3.exceptions import HTTPError

from cloudledger.clouds.object_store import (
    AccessDenied,
    ObjectChanged,
    ObjectStoreError,
    ObjectVanished,
    SourceObject,
    StoreUnavailable,
)

Result = TypeVar("Result")

FIELDS = "name,size,etag,timeModified"
CHUNK_BYTES = 1024 * 1024
ATTEMPTS = 5


class OciObjectStore:
    """The objects of ``bucket``; ``client`` is an ``oci.object_storage.ObjectStorageClient``."""

    def __init__(
        self, client: Any, namespace: str, bucket: str, source: str, *, page_size: int = 1000
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._bucket = bucket
        self._source = source
        self._page_size = page_size
        self._root = f"oci://{namespace}/{bucket}/"

    def list(self, prefix: str) -> Iterator[SourceObject]:
        """Every object under ``prefix``, all pages, in key order.

        :raises AccessDenied, ObjectVanished, StoreUnavailable: ObjectVanished is a missing bucket.
        """
        start: str | None = None
        while True:
            options = {} if start is None else {"start": start}
            with self._told(prefix):
                page = self._client.list_objects(
                    self._namespace,
                    self._bucket,
                    prefix=prefix,
                    fields=FIELDS,
                    limit=self._page_size,
                    **options,
                ).data
            for found in page.objects:
                yield SourceObject(
                    uri=self._root + found.name,
                    etag=found.etag,
                    bytes=found.size,
                    delivered_at=found.time_modified.astimezone(UTC),
                    source=self._source,
                )
            start = page.next_start_with
            if start is None:
                return

    def read(self, key: str) -> bytes:
        """A small object whole.

        :raises ObjectVanished, AccessDenied, StoreUnavailable:
        """
        with self._told(key):
            return _again_when_cut(lambda: self._whole(key))

    def download(self, source_object: SourceObject, to: Path) -> None:
        """Exactly the listed version, as stored, streamed to ``to``; nothing stays of a failure.

        A cut connection is taken up where it broke, under the same etag.

        :raises ObjectVanished, ObjectChanged, AccessDenied, StoreUnavailable:
        """
        if not source_object.uri.startswith(self._root):
            raise ValueError(f"{source_object.uri} is not in {self._root}")
        key = source_object.uri.removeprefix(self._root)
        part = to.with_name(to.name + ".part")
        try:
            with self._told(key), part.open("wb") as file:
                _again_when_cut(lambda: self._stream(key, source_object, file))
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)

    def _whole(self, key: str) -> bytes:
        with self._client.get_object(self._namespace, self._bucket, key).data as body:
            content: bytes = body.raw.read(decode_content=False)
            return content

    def _stream(self, key: str, listed: SourceObject, file: BinaryIO) -> None:
        have = file.tell()
        options = {"range": f"bytes={have}-"} if have else {}
        response = self._client.get_object(
            self._namespace, self._bucket, key, if_match=listed.etag, **options
        )
        with response.data as body:
            if have and body.status_code != 206:
                file.seek(0)
                file.truncate()
            for chunk in body.raw.stream(CHUNK_BYTES, decode_content=False):
                file.write(chunk)
        if file.tell() != listed.bytes:
            raise StoreUnavailable(
                listed.uri,
                f"sent {file.tell()} bytes of the listed {listed.bytes}",
                "Run the intake again; if it repeats, a proxy between here and OCI alters answers",
            )

    @contextmanager
    def _told(self, key: str) -> Iterator[None]:
        uri = self._root + key
        try:
            yield
        except oci.exceptions.ServiceError as error:
            raise _as_told(uri, error) from error
        except CircuitBreakerError as error:
            raise StoreUnavailable(
                uri, "failed so often that calls are held back", "Wait a minute and run it again"
            ) from error
        except (oci.exceptions.RequestException, oci.exceptions.ConnectTimeout, HTTPError) as error:
            raise StoreUnavailable(
                uri,
                f"the connection failed ({type(error).__name__})",
                "Check the network, the region and the endpoint, then run it again",
            ) from error


def _again_when_cut(call: Callable[[], Result]) -> Result:
    """A body is read after the SDK's own retries are over."""
    for _ in range(ATTEMPTS - 1):
        try:
            return call()
        except HTTPError:
            continue
    return call()


def _as_told(uri: str, error: Any) -> ObjectStoreError:
    what = f"{error.status} {error.code} (opc-request-id {error.request_id})"
    if error.status == 404:
        return ObjectVanished(
            uri,
            what,
            "It was deleted after it was listed, or the policy does not endorse reading the bucket",
        )
    if error.status == 412:
        return ObjectChanged(uri, what, "It was overwritten after it was listed; list it again")
    if error.status in (401, 403):
        return AccessDenied(
            uri,
            what,
            "Check the connection's key and the machine's clock, and the policy for this bucket",
        )
    if error.status == 429 or error.status >= 500:
        return StoreUnavailable(uri, what, "Every retry failed; run it again later")
    return ObjectStoreError(uri, what, f"OCI refused the request: {error.message}")
