"""An S3 bucket as the ledger sees it, over a boto3 client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    FlexibleChecksumError,
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
_CHECK = "Check the source's bucket and prefix in the settings"
_CUT = (HTTPClientError, IncompleteReadError, FlexibleChecksumError)
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
        content = BytesIO()
        self._fetch(self._uri(key), content)
        return content.getvalue()

    def download(self, source_object: SourceObject, to: Path) -> None:
        """Exactly the listed version, streamed to ``to``; nothing is left there after an error.

        :raises ObjectVanished, ObjectChanged, AccessDenied, StoreUnavailable, ObjectStoreError:
        """
        uri, listed = source_object.uri, source_object.bytes
        try:
            with to.open("wb") as file:
                written = self._fetch(uri, file, IfMatch=f'"{source_object.etag}"')
            if written != listed:
                raise ObjectChanged(
                    uri,
                    f"{written} bytes arrived where {listed} were listed",
                    "List again: the next run takes the version that stands there now",
                )
        except ObjectStoreError:
            to.unlink(missing_ok=True)
            raise

    def _fetch(self, uri: str, to: BinaryIO, **conditions: str) -> int:
        """Writes the whole object; botocore retries the request, this the reading of its body."""
        key = uri.removeprefix(self._uri(""))
        cut: BotoCoreError | None = None
        for _ in range(_ATTEMPTS):
            try:
                response = self._client.get_object(Bucket=self._bucket, Key=key, **conditions)
            except (ClientError, BotoCoreError) as error:
                raise _translated(error, uri) from error
            to.seek(0)
            to.truncate()
            try:
                for chunk in response["Body"].iter_chunks(_CHUNK):
                    to.write(chunk)
                return _whole(to.tell(), response["ContentLength"])
            except _CUT as error:
                cut = error
        raise StoreUnavailable(
            uri, f"its content was cut off {_ATTEMPTS} times: {cut}", "Run again later"
        ) from cut

    def _uri(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"


def _whole(written: int, expected: int) -> int:
    if written != expected:
        raise IncompleteReadError(actual_bytes=written, expected_bytes=expected)
    return written


def _translated(error: ClientError | BotoCoreError, uri: str) -> ObjectStoreError:
    """What the SDK's error means to the ledger, and what to do about it."""
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return AccessDenied(uri, str(error), "Give the Airflow connection its AWS credentials")
    if isinstance(error, (ConnectionError, HTTPClientError)):
        return StoreUnavailable(uri, str(error), "Check the network and endpoint, then run again")
    if not isinstance(error, ClientError):
        return ObjectStoreError(uri, str(error), _CHECK)
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
    return ObjectStoreError(uri, what, _CHECK)
