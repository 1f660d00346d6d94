"""Links from a task to what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

    from cloudledger_airflow.operators.oci import OciListReportsOperator


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
