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
    from datetime import datetime

    from airflow.sdk import Context

    from cloudledger.clouds.delivery import Delivery
    from cloudledger.ledger.discover import Discovery

SCHEDULED = "scheduled"


class ListReportsOperator(BaseOperator):
    """Find the deliveries that a run takes in and return them as batches, for mapped tasks.

    A scheduled run begins where the last one ended, so nothing is missed when a scheduler stood
    still; a manual run or a backfill keeps to its own period. Objects that an earlier run left
    open are tried again by every run; those whose content was found broken only with the param
    ``retry_failed``.

    Returns a list of batches, each a list of deliveries as ``Delivery.to_json`` gives them; the
    XCom ``discovery`` holds the period and the counts.

    :param source: the ledger's name of the source.
    :param warehouse_conn_id: the warehouse that holds the ledger.
    :param lake_path: the lake's folder; the settings' own when not given.
    :param at_most: the greatest number of batches.
    :param batch_bytes: what a batch holds before another is begun: a task of its own costs about
        two seconds, as much as these bytes take to be taken in.
    """

    template_fields: Sequence[str] = ("source", "warehouse_conn_id", "lake_path")

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
    def listing(self, before: datetime) -> Iterable[Delivery]:
        """Every delivery of the source, as its store lists it now; ``before`` ends the period."""

    def execute(self, context: Context) -> list[list[dict[str, Any]]]:
        """List, hold against the ledger, cut into batches."""
        from cloudledger.ledger.batches import batches

        discovery = self._discover(context)
        self._report(discovery, context)
        wanted = 1 + sum(item.bytes for item in discovery.objects) // self.batch_bytes
        return [
            [delivery.to_json() for delivery in batch]
            for batch in batches(discovery.deliveries, at_most=min(wanted, self.at_most))
        ]

    def _discover(self, context: Context) -> Discovery:
        from cloudledger.ledger.discover import discover

        run = context["dag_run"]
        period = run_period(context)
        lake = lake_at(self.lake_path)
        as_of = lake.version()
        listing = list(self.listing(period.end))
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            return discover(
                session,
                lake,
                listing,
                as_of=as_of,
                source=self.source,
                period=period,
                run_id=run.run_id,
                at=run.run_after,
                since_last=run.run_type == SCHEDULED,
                retry_failed=bool(context["params"].get("retry_failed")),
            )

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
        for item in discovery.redated:
            self.log.warning(
                "%s: another version, dated before the one that stands: taken in as the newer one",
                item.uri,
            )
        if discovery.outside:
            self.log.warning(
                "%s: %d objects were delivered before this period and never taken in: "
                "a backfill over their days takes them in",
                self.source,
                discovery.outside,
            )
        context["ti"].xcom_push("discovery", {"period": str(discovery.period)} | counts)
