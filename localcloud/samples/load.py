"""Plants the generated deliveries in the local clouds, in the order in which they came."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from localcloud.samples.manifest import Manifest


class OciObjects(Protocol):
    """Where OCI objects are planted."""

    def put_object(
        self, namespace: str, bucket: str, key: str, data: bytes, delivered_at: datetime
    ) -> object:
        """A new version of the object, as if delivered then."""
        ...


class AwsObjects(Protocol):
    """Where S3 objects are planted."""

    def put_object(self, bucket: str, key: str, data: bytes, delivered_at: datetime) -> object:
        """A new version of the object, as if delivered then."""
        ...


def load(
    manifest: Manifest,
    *,
    oci: OciObjects | None = None,
    aws: AwsObjects | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Put every delivery of [``since``, ``until``) into its cloud; how many were put.

    An object delivered again overwrites its earlier version. A cloud that is None is left out.
    """
    put = 0
    for delivery in manifest.delivered(until):
        if since is not None and delivery.delivered_at < since:
            continue
        data = (manifest.root / delivery.path).read_bytes()
        at = delivery.delivered_at
        if delivery.cloud == "oci" and oci is not None:
            oci.put_object(delivery.namespace, delivery.bucket, delivery.key, data, at)
            put += 1
        elif delivery.cloud == "aws" and aws is not None:
            aws.put_object(delivery.bucket, delivery.key, data, at)
            put += 1
    return put
