"""Oracle's cost reports in Object Storage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from airflow.sdk import BaseOperatorLink

from cloudledger_airflow.hooks.oci import OciHook
from cloudledger_airflow.operators.listing import ListReportsOperator

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

    from cloudledger.clouds.delivery import Delivery


class OciBucketLink(BaseOperatorLink):
    """The bucket in Oracle's console."""

    name = "OCI bucket"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The console's page of the bucket that the task lists."""
        listed = cast("OciListReportsOperator", operator)
        return (
            "https://cloud.oracle.com/object-storage/buckets/"
            f"{listed.namespace}/{listed.bucket}/objects"
        )


class OciListReportsOperator(ListReportsOperator):
    """Find the cost reports of an OCI bucket that a run takes in.

    :param bucket: the bucket; for Oracle's own delivery, the tenancy's OCID.
    :param namespace: its Object Storage namespace; Oracle delivers in ``bling``.
    :param prefix: where the reports begin, such as ``reports/cost-csv/``.
    :param oci_conn_id: the connection, of type ``oci``.
    """

    template_fields: Sequence[str] = (
        *ListReportsOperator.template_fields,
        "bucket",
        "namespace",
        "prefix",
        "oci_conn_id",
    )
    operator_extra_links = (OciBucketLink(),)
    ui_color = "#f5e6e0"

    def __init__(
        self,
        *,
        bucket: str,
        namespace: str = "bling",
        prefix: str = "",
        oci_conn_id: str = OciHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.namespace = namespace
        self.prefix = prefix
        self.oci_conn_id = oci_conn_id

    @cached_property
    def hook(self) -> OciHook:
        """The connection to OCI."""
        return OciHook(self.oci_conn_id)

    def listing(self, before: datetime) -> Iterable[Delivery]:
        """Every object below the prefix, each a delivery of its own.

        :raises AccessDenied, ObjectVanished, StoreUnavailable: ObjectVanished is a missing bucket.
        """
        from cloudledger.clouds.delivery import Delivery

        store = self.hook.object_store(self.namespace, self.bucket, self.source)
        return map(Delivery.of, store.list(self.prefix))
