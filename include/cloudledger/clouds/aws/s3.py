"""An S3 bucket as the ledger sees it, over a boto3 client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
)

from cloudledger.clouds.object_store import (
    AccessDenied,
    ObjectChanged,
    ObjectStoreError,
    ObjectVanished,
    SourceObject,
    StoreUnavailable,
)

_CHUNK = 1 << 20
_ATTEMPTS = 3
# botocore retries a request, never the reading of a body that has begun.
_CUT = (HTTPClientError, IncompleteReadError)
_THROTTLED = {"SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded"}
_REFUSED = {"ExpiredToken", "InvalidToken", "TokenRefreshRequired"}


class S3ObjectStore:
    """One bucket; ``client`` is a boto3 S3 client and carries endpoint, credentials and retries."""

    def __init__(self, client: Any, bucket: str, source: str, *, page_size: int = 1000) -> None:
        self._client = client
        self._bucket = bucket
        self._source = source
        self._page_size = page_size

    def list(self, prefix: str) -> Iterator[SourceObject]:
        """Every object under ``prefix``, all pages, in key order.

        :raises AccessDenied, StoreUnavailable, ObjectStoreError:
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket,
            Prefix=prefix,
            PaginationConfig={"PageSize": self._page_size},
        )
        try:
            for page in pages:
                for found in page.get("Contents", ()):
                    yield SourceObject(
                        uri=self._uri(found["Key"]),
                        etag=found["ETag"].strip('"'),
                        bytes=found["Size"],
                        delivered_at=found["LastModified"].astimezone(UTC),
                        source=self._source,
                    )
        except (ClientError, BotoCoreError) as error:
            raise _translated(error, self._uri(prefix)) from error

    def read(self, key: str) -> bytes:
        """A small object whole, such as a manifest.

        :raises ObjectVanished, AccessDenied, StoreUnavailable, ObjectStoreError:
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                response = self._client.get_object(Bucket=self._bucket, Key=key)
                content: bytes = response["Body"].read()
                return content
            except (ClientError, BotoCoreError) as error:
                if attempt == _ATTEMPTS or not isinstance(error, _CUT):
                    raise _translated(error, self._uri(key)) from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def download(self, source_object: SourceObject, to: Path) -> None:
        """Exactly the listed version, streamed to ``to``; nothing is left there after an error.

        :raises ObjectVanished, ObjectChanged, AccessDenied, StoreUnavailable, ObjectStoreError:
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                written = self._stream(source_object, to)
            except (ClientError, BotoCoreError) as error:
                to.unlink(missing_ok=True)
                if attempt == _ATTEMPTS or not isinstance(error, _CUT):
                    raise _translated(error, source_object.uri) from error
                continue
            if written != source_object.bytes:
                to.unlink(missing_ok=True)
                raise ObjectChanged(
                    source_object.uri,
                    f"{written} bytes arrived where {source_object.bytes} were listed",
                    "List again: the next run takes the version that stands there now",
                )
            return

    def _stream(self, source_object: SourceObject, to: Path) -> int:
        response = self._client.get_object(
            Bucket=self._bucket,
            Key=source_object.uri.removeprefix(self._uri("")),
            IfMatch=f'"{source_object.etag}"',
        )
        written = 0
        with to.open("wb") as file:
            for chunk in response["Body"].iter_chunks(_CHUNK):
                written += file.write(chunk)
        expected = response["ContentLength"]
        if written != expected:
            raise IncompleteReadError(actual_bytes=written, expected_bytes=expected)
        return written

    def _uri(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"


def _translated(error: ClientError | BotoCoreError, uri: str) -> ObjectStoreError:
    """What the SDK's error means to the ledger, and what to do about it."""
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return AccessDenied(uri, str(error), "Give the Airflow connection its AWS credentials")
    if not isinstance(error, ClientError):
        return StoreUnavailable(uri, str(error), "Check the network and endpoint, then run again")
    code = error.response["Error"].get("Code", "")
    status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
    what = f"S3 answered {status} {code}: {error.response['Error'].get('Message', '')}".strip()
    if code == "NoSuchBucket":
        return ObjectStoreError(uri, what, "Check the source's bucket name in the settings")
    if code == "InvalidObjectState":
        return ObjectStoreError(uri, what, "It is archived: restore it, then run again")
    if status == 404:
        return ObjectVanished(uri, what, "List again: it was deleted or replaced since")
    if status == 412:
        return ObjectChanged(uri, what, "List again: the next run takes the newer version")
    if status in (401, 403) or code in _REFUSED:
        return AccessDenied(
            uri, what, "Allow s3:ListBucket on the bucket and s3:GetObject on its objects"
        )
    if status == 429 or status >= 500 or code in _THROTTLED:
        return StoreUnavailable(uri, what, "Retries are spent: run again later")
    return ObjectStoreError(uri, what, "Check the source's bucket and prefix in the settings")
