"""Waiting for objects in OCI Object Storage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, conf

from cloudledger_airflow.hooks.oci import OciHook
from cloudledger_airflow.period import run_period
from cloudledger_airflow.retries import CLOUD_RETRIES
from cloudledger_airflow.triggers.object_storage import OciObjectTrigger, delivered_object

if TYPE_CHECKING:
    from airflow.sdk import Context


class OciObjectSensor(BaseSensorOperator):
    """Wait until an object below a prefix was delivered at or after an instant.

    Objects arrive in the order of time: one delivered later than the run's period shows as well
    that the period is over, so a backfill never waits.

    :param bucket: the bucket.
    :param namespace: its Object Storage namespace.
    :param prefix: where the objects' names begin.
    :param delivered_since: an ISO instant; the start of the run's period when not given.
    :param oci_conn_id: the connection, of type ``oci``.
    :param deferrable: wait in the triggerer, without a worker's slot.
    """

    template_fields: Sequence[str] = (
        "bucket",
        "namespace",
        "prefix",
        "delivered_since",
        "oci_conn_id",
    )
    ui_color = "#f5e6e0"

    def __init__(
        self,
        *,
        bucket: str,
        namespace: str = "bling",
        prefix: str = "",
        delivered_since: str | None = None,
        oci_conn_id: str = OciHook.default_conn_name,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("retry_policy", CLOUD_RETRIES)
        super().__init__(**kwargs)
        self.bucket = bucket
        self.namespace = namespace
        self.prefix = prefix
        self.delivered_since = delivered_since
        self.oci_conn_id = oci_conn_id
        self.deferrable = deferrable

    @cached_property
    def hook(self) -> OciHook:
        """The connection to OCI."""
        return OciHook(self.oci_conn_id)

    def poke(self, context: Context) -> bool:
        """Whether such an object is there."""
        found = delivered_object(
            self.hook, self.namespace, self.bucket, self.prefix, self._since(context)
        )
        if found:
            self.log.info("found %s", found)
        return found is not None

    def execute(self, context: Context) -> None:
        """Look once, then wait in the triggerer; or poke here, when not deferrable."""
        if not self.deferrable:
            super().execute(context)
        elif not self.poke(context):
            self.defer(
                timeout=timedelta(seconds=self.timeout),
                trigger=OciObjectTrigger(
                    bucket=self.bucket,
                    namespace=self.namespace,
                    prefix=self.prefix,
                    delivered_since=self._since(context).isoformat(),
                    oci_conn_id=self.oci_conn_id,
                    poke_interval=self.poke_interval,
                ),
                method_name="execute_complete",
            )

    def execute_complete(self, context: Context, event: dict[str, Any]) -> None:
        """Go on once the trigger has found an object."""
        self.log.info("found %s", event["uri"])

    def _since(self, context: Context) -> datetime:
        if self.delivered_since:
            return datetime.fromisoformat(self.delivered_since)
        return run_period(context).start
