"""Looking for objects in OCI Object Storage from the triggerer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from asgiref.sync import sync_to_async

from cloudledger_airflow.hooks.oci import OciHook


class OciObjectTrigger(BaseTrigger):
    """Fire when an object below a prefix was delivered at or after an instant.

    The event's payload is ``{"uri": ...}``. An OCI that cannot be reached raises, after the SDK's
    own retries, and fails the waiting task by its retry policy.

    :param bucket: the bucket.
    :param namespace: its Object Storage namespace.
    :param prefix: where the objects' names begin.
    :param delivered_since: an ISO instant with its zone.
    :param oci_conn_id: the connection, of type ``oci``.
    :param poke_interval: seconds between two looks.
    """

    def __init__(
        self,
        *,
        bucket: str,
        namespace: str,
        prefix: str,
        delivered_since: str,
        oci_conn_id: str,
        poke_interval: float = 60.0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bucket = bucket
        self.namespace = namespace
        self.prefix = prefix
        self.delivered_since = delivered_since
        self.oci_conn_id = oci_conn_id
        self.poke_interval = poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, every one."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "bucket": self.bucket,
                "namespace": self.namespace,
                "prefix": self.prefix,
                "delivered_since": self.delivered_since,
                "oci_conn_id": self.oci_conn_id,
                "poke_interval": self.poke_interval,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, sleep, look again. The SDK blocks, so it runs in a thread."""
        hook = OciHook(self.oci_conn_id)
        since = datetime.fromisoformat(self.delivered_since)
        look = sync_to_async(delivered_object)
        while True:
            uri = await look(hook, self.namespace, self.bucket, self.prefix, since)
            if uri:
                yield TriggerEvent({"uri": uri})  # type: ignore[no-untyped-call]
                return
            await asyncio.sleep(self.poke_interval)


def delivered_object(
    hook: OciHook, namespace: str, bucket: str, prefix: str, since: datetime
) -> str | None:
    """The first object below ``prefix``, by name, delivered at or after ``since``."""
    listing = hook.object_store(namespace, bucket, source="sensor").list(prefix)
    return next((item.uri for item in listing if item.delivered_at >= since), None)
