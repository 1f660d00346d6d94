"""S3 objects planted with a delivery time, through moto's backend."""

from __future__ import annotations

from datetime import UTC, datetime

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

_REGION = "us-east-1"


def plant(bucket: str, key: str, data: bytes, delivered_at: datetime) -> None:
    """Puts (or overwrites) an object as if it had been delivered then; makes the bucket."""
    if delivered_at.tzinfo is None:
        raise ValueError(f"{bucket}/{key}: delivered_at needs an offset from UTC")
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    if bucket not in backend.buckets:
        backend.create_bucket(bucket, _REGION)
    planted = backend.put_object(bucket, key, data)
    # moto keeps naive UTC.
    planted.last_modified = delivered_at.astimezone(UTC).replace(tzinfo=None)


def remove(bucket: str, key: str) -> None:
    """Deletes an object; one that is not there is no error, as in S3."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].delete_object(bucket, key)
