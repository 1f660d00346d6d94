"""AWS Data Exports in S3."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cloudledger_airflow.operators.listing import ListReportsOperator
from cloudledger_airflow.stores import object_store

if TYPE_CHECKING:
    from cloudledger.clouds.aws.exports import Export
    from cloudledger.clouds.object_store import SourceObject


class S3ListExportOperator(ListReportsOperator):
    """Find the files of an AWS Data Export that a run takes in, as its manifests name them.

    Files of a billing period that its newest complete manifest names no longer are superseded:
    their lines leave the ledger.

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
    superseding = True
    ui_color = "#fdf1dc"

    def __init__(
        self, *, bucket: str, prefix: str, aws_conn_id: str = "aws_default", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.prefix = prefix
        self.aws_conn_id = aws_conn_id

    @cached_property
    def exports(self) -> tuple[Export, ...]:
        """The export's billing periods, as listed once."""
        from cloudledger.clouds.aws.exports import exports

        store = object_store(f"s3://{self.bucket}/", self.aws_conn_id, self.source)
        return exports(store, self.prefix)

    def listing(self) -> Iterable[SourceObject]:
        """The data files that count, period by period.

        :raises UnreadableExport: there is no manifest, or one that names no files.
        :raises AccessDenied, StoreUnavailable:
        """
        for export in self.exports:
            if export.incomplete:
                self.log.warning("%s: %s", export.folder, export.incomplete)
            yield from export.files

    def counts_no_longer(self, item: SourceObject) -> bool:
        """Whether a newer delivery of the file's own billing period does without it."""
        return any(export.supersedes(item.uri) for export in self.exports)
