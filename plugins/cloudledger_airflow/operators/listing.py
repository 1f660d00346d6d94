"""What listing operators have in common: the listing held against the ledger, cut into batches."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import run_period
from cloudledger_airflow.retries import CLOUD_RETRIES
from cloudledger_airflow.stores import lake_at

if TYPE_CHECKING:
    from airflow.sdk import Context

    from cloudledger.clouds.object_store import SourceObject
    from cloudledger.ledger.discover import Discovery

SCHEDULED = "scheduled"


class ListReportsOperator(BaseOperator):
    """Find the objects that a run takes in and return them as batches, for mapped tasks.

    A scheduled run begins where the last one ended, so nothing is missed when a scheduler stood
    still; a manual run or a backfill keeps to its own period. Objects that an earlier run left
    open are tried again by every run; those whose content was found broken only with the param
    ``retry_failed``.

    Returns a list of batches, each a list of objects as ``SourceObject.to_json`` gives them; the
    XCom ``discovery`` holds the period and the counts.

    :param source: the ledger's name of the source.
    :param warehouse_conn_id: the warehouse that holds the ledger.
    :param lake_path: the lake's folder; the settings' own when not given.
    :param at_most: the greatest number of batches.
    :param batch_bytes: what a batch holds before another is begun: a task of its own costs about
        two seconds, as much as these bytes take to be taken in.
    """

    template_fields: Sequence[str] = ("source", "warehouse_conn_id", "lake_path")
    superseding = False
    """Whether the listing names all that counts, so that what it does not name is superseded."""

    def __init__(
        self,
        *,
        source: str,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        lake_path: str | None = None,
        at_most: int = 32,
        batch_bytes: int = 8_000_000,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("retry_policy", CLOUD_RETRIES)
        super().__init__(**kwargs)
        self.source = source
        self.warehouse_conn_id = warehouse_conn_id
        self.lake_path = lake_path
        self.at_most = at_most
        self.batch_bytes = batch_bytes

    @abstractmethod
    def listing(self) -> Iterable[SourceObject]:
        """Every object of the source, as its store lists it now."""

    def counts_no_longer(self, item: SourceObject) -> bool:
        """Whether an object that the listing does not name leaves the ledger."""
        return True

    def execute(self, context: Context) -> list[list[dict[str, Any]]]:
        """List, hold against the ledger, retire what is superseded, cut into batches."""
        from cloudledger.ledger.batches import batches

        discovery = self._discover(context)
        self._retire(discovery, context["dag_run"].run_id)
        self._report(discovery, context)
        wanted = 1 + sum(item.bytes for item in discovery.objects) // self.batch_bytes
        return [
            [item.to_json() for item in batch]
            for batch in batches(discovery.objects, at_most=min(wanted, self.at_most))
        ]

    def _discover(self, context: Context) -> Discovery:
        from cloudledger.ledger.discover import discover
        from cloudledger.ledger.projection import sync

        run = context["dag_run"]
        period = run_period(context)
        listing = list(self.listing())
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            sync(session, lake_at(self.lake_path))
            return discover(
                session,
                listing,
                source=self.source,
                period=period,
                run_id=run.run_id,
                at=run.run_after,
                since_last=run.run_type == SCHEDULED,
                retry_failed=bool(context["params"].get("retry_failed")),
                superseding=self.superseding,
            )

    def _retire(self, discovery: Discovery, run_id: str) -> None:
        from cloudledger.ledger.take_in import retire

        gone = [item for item in discovery.superseded if self.counts_no_longer(item)]
        if not gone:
            return
        lake = lake_at(self.lake_path)
        for item in gone:
            self.log.info("%s: superseded, its lines leave the ledger", item.uri)
            retire(item, lake, run_id=run_id)

    def _report(self, discovery: Discovery, context: Context) -> None:
        counts = {
            "objects": len(discovery.objects),
            "unchanged": discovery.unchanged,
            "outside": discovery.outside,
        }
        self.log.info(
            "%s %s: %d objects to take in, %d unchanged",
            self.source,
            discovery.period,
            counts["objects"],
            counts["unchanged"],
        )
        if discovery.outside:
            self.log.warning(
                "%s: %d objects were delivered before this period and never taken in: "
                "a backfill over their days takes them in",
                self.source,
                discovery.outside,
            )
        context["ti"].xcom_push("discovery", {"period": str(discovery.period)} | counts)
