"""AWS Data Exports in S3."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cloudledger_airflow.operators.listing import ListReportsOperator
from cloudledger_airflow.stores import object_store

if TYPE_CHECKING:
    from datetime import datetime

    from cloudledger.clouds.delivery import Delivery


class S3ListExportOperator(ListReportsOperator):
    """Find the executions of an AWS export that a run takes in, as its manifests tell them.

    An execution is one delivery: all its files of a billing period. What else stands of that period
    leaves the ledger in the commit that takes it in.

    :param bucket: the bucket that the export is delivered to.
    :param prefix: the export's folder, ``<prefix>/<name>``.
    :param aws_conn_id: the connection, of type ``aws``.
    """

    template_fields: Sequence[str] = (
        *ListReportsOperator.template_fields,
        "bucket",
        "prefix",
        "aws_conn_id",
    )
    ui_color = "#fdf1dc"

    def __init__(
        self, *, bucket: str, prefix: str, aws_conn_id: str = "aws_default", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.prefix = prefix
        self.aws_conn_id = aws_conn_id

    def listing(self, before: datetime) -> Iterable[Delivery]:
        """The newest complete execution of each billing period, as of the end of the run's period.

        :raises UnreadableExport: there is no manifest, or one that names no files.
        :raises AccessDenied, StoreUnavailable:
        """
        from cloudledger.clouds.aws.exports import exports

        store = object_store(f"s3://{self.bucket}/", self.aws_conn_id, self.source)
        for export in exports(store, self.prefix, before=before):
            if export.incomplete:
                self.log.warning("%s: %s", export.folder, export.incomplete)
            if export.delivery:
                yield export.delivery
