"""The tasks of a configured source: what a source's kind means, in one place."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import TriggerRule

from cloudledger_airflow.operators.aws import S3ListExportOperator
from cloudledger_airflow.operators.oci import OciListReportsOperator
from cloudledger_airflow.operators.usage import CostExplorerOperator, OciUsageApiOperator
from cloudledger_airflow.sensors.object_storage import OciObjectSensor

if TYPE_CHECKING:
    from airflow.sdk.definitions.mappedoperator import MappedOperator

    from cloudledger.settings import Source
    from cloudledger_airflow.operators.listing import ListReportsOperator


def list_reports(source: Source, **kwargs: Any) -> ListReportsOperator:
    """The task that lists a source, after the one that waits for a delivery, if it has one.

    OCI delivers every few hours: a day without a delivery shows as a skipped ``delivery``, after
    a short wait. An AWS export's manifests say by themselves what is complete.

    :param kwargs: for the listing operator, such as ``pool``.
    """
    if source.kind == "aws_export":
        return S3ListExportOperator(
            task_id="list",
            source=source.name,
            bucket=source.bucket,
            prefix=source.prefix,
            aws_conn_id=source.conn_id,
            **kwargs,
        )
    delivery = OciObjectSensor(
        task_id="delivery",
        bucket=source.bucket,
        namespace=source.namespace,
        prefix=source.prefix,
        oci_conn_id=source.conn_id,
        deferrable=True,
        soft_fail=True,
        poke_interval=timedelta(minutes=1),
        timeout=timedelta(minutes=10),
    )
    listed = OciListReportsOperator(
        task_id="list",
        source=source.name,
        bucket=source.bucket,
        namespace=source.namespace,
        prefix=source.prefix,
        oci_conn_id=source.conn_id,
        trigger_rule=TriggerRule.NONE_FAILED,
        **kwargs,
    )
    delivery >> listed
    return listed


def ask_usage_api(source: Source, **kwargs: Any) -> MappedOperator:
    """The tasks that ask a source's usage API: one for its finest groups, one for each tag.

    :param kwargs: for the operators, such as ``pool``.
    """
    shared = {
        "task_id": "collect",
        "source": source.name,
        "account_id": source.usage_account_id,
        "map_index_template": "{{ query }}",
        **kwargs,
    }
    tags = ["", *source.usage_tags]
    if source.kind == "aws_export":
        ask = CostExplorerOperator.partial(aws_conn_id=source.conn_id, **shared)
    else:
        ask = OciUsageApiOperator.partial(oci_conn_id=source.conn_id, **shared)
    return ask.expand(tag=tags)
