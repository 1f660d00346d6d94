"""Taking objects in, and publishing the days they touch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from cloudledger.settings import Settings
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.retries import CLOUD_RETRIES
from cloudledger_airflow.stores import lake_at, object_store

if TYPE_CHECKING:
    from airflow.sdk import Context

    from cloudledger.clouds.delivery import Delivery
    from cloudledger.clouds.object_store import ObjectStore
    from cloudledger.ledger.take_in import Outcome


class CostReportIngestOperator(BaseOperator):
    """Take a batch of deliveries into the lake, each in its own commit.

    A delivery that cannot be reached or read does not fail the task: its objects' outcomes say so,
    are kept in the ledger, and :class:`CostVerdictOperator` ends the run red. Writes nothing but
    the lake, so any number of these run at once.

    Returns the outcomes, one for each object, as ``Outcome.to_json`` gives them. Sets ``batch``
    in the context for ``map_index_template="{{ batch }}"``.

    :param batch: deliveries as ``Delivery.to_json`` gives them, all of one source.
    :param conn_id: the connection that reads them, of type ``oci`` or ``aws``.
    :param lake_path: the lake's folder; the settings' own when not given.
    :param report_format: a report format's name, when the header must not decide it.
    :param given: what the source's files do not say, by name: ``currency`` and the like.
    """

    template_fields: Sequence[str] = ("batch", "conn_id", "lake_path", "report_format")
    ui_color = "#e3f0e3"

    def __init__(
        self,
        *,
        batch: Sequence[dict[str, Any]],
        conn_id: str,
        lake_path: str | None = None,
        report_format: str | None = None,
        given: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("retry_policy", CLOUD_RETRIES)
        super().__init__(**kwargs)
        self.batch = batch
        self.conn_id = conn_id
        self.lake_path = lake_path
        self.report_format = report_format
        self.given = dict(given or {})

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Take the deliveries in, one after the other, and log one line for each object."""
        from cloudledger.clouds.delivery import Delivery
        from cloudledger.ledger.redelivery import told
        from cloudledger.ledger.take_in import take_in

        deliveries = [Delivery.from_json(one) for one in self.batch]
        context["batch"] = _batch_name(deliveries)  # type: ignore[typeddict-unknown-key]
        lake = lake_at(self.lake_path)
        stores: dict[str, ObjectStore] = {}
        outcomes = []
        for delivery in deliveries:
            uri = delivery.objects[0].uri
            bucket = "/".join(uri.split("/")[:4])
            if bucket not in stores:
                stores[bucket] = object_store(uri, self.conn_id, delivery.source)
            intake = take_in(
                delivery,
                stores[bucket],
                lake,
                run_id=context["dag_run"].run_id,
                format=self.report_format,
                given=self.given,
            )
            for outcome in intake.outcomes:
                self._log(outcome)
                outcomes.append(outcome.to_json())
            for line in told(intake.changes):
                self.log.info("%s: %s", delivery.name, line)
        return outcomes

    def _log(self, outcome: Outcome) -> None:
        if outcome.error:
            self.log.error("failed: %s", outcome.error)
        elif outcome.lines_set_aside:
            self.log.warning(
                "%s: %s, %d lines kept, %d set aside",
                outcome.uri,
                outcome.state,
                outcome.lines_kept,
                outcome.lines_set_aside,
            )
        else:
            self.log.info("%s: %s, %d lines", outcome.uri, outcome.state, outcome.lines_kept)


class CostPublishOperator(BaseOperator):
    """Publish every day that intake touched to ``daily_cost``, reconciled, in one transaction.

    Skips when no day is pending. Each outlet asset's event carries ``{"days": [...],
    "ledger_version": 12}``: the ISO days that were replaced, and the version of the ledger that
    they show.

    :param warehouse_conn_id: the warehouse.
    :param lake_path: the lake's folder; the settings' own when not given.
    :param tag_keys: the tags to keep cost by; the settings' own when not given.
    """

    template_fields: Sequence[str] = ("warehouse_conn_id", "lake_path", "tag_keys")
    ui_color = "#dfe9f5"

    def __init__(
        self,
        *,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        lake_path: str | None = None,
        tag_keys: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.warehouse_conn_id = warehouse_conn_id
        self.lake_path = lake_path
        self.tag_keys = tag_keys

    def execute(self, context: Context) -> dict[str, Any]:
        """Roll up, replace and reconcile the pending days.

        :raises NotReconciled: naming objects or days with both figures; nothing is published then.
        :raises SumTooLarge: naming the days whose cost no column holds; every other is published.
        """
        from cloudledger.ledger.publish import publish

        run, settings = context["dag_run"], Settings()
        with WarehouseHook(self.warehouse_conn_id) as warehouse:
            done = publish(
                warehouse,
                lake_at(self.lake_path),
                tag_keys=self.tag_keys if self.tag_keys is not None else settings.tag_keys,
                precedence=settings.precedence,
                run_id=run.run_id,
                at=run.run_after,
            )
        if not done.days:
            done.check()
            raise AirflowSkipException("no day is pending: the ledger is as it was published")
        days = sorted({day.isoformat() for _, day in done.days})
        for outlet in self.outlets:
            context["outlet_events"][outlet].extra.update(
                days=[*days], ledger_version=done.ledger_version
            )
        self.log.info(
            "published %d days (%s to %s): %d lines of %d objects in %d rows, reconciled exactly",
            len(days),
            days[0],
            days[-1],
            done.lines,
            done.objects,
            done.rows,
        )
        if done.displaced:
            self.log.info(
                "%d lines more are in the lake and do not count: a newer object or a source of "
                "higher priority brings the same charge",
                done.displaced,
            )
        if done.corrections:
            self.log.info("%d corrections on these days", done.corrections)
        if done.unresolved:
            self.log.warning(
                "%d corrections point back to a line that is not in the ledger: "
                "cloudledger corrections --unresolved",
                done.unresolved,
            )
        done.check()
        return {
            "days": days,
            "objects": done.objects,
            "lines": done.lines,
            "rows": done.rows,
            "displaced": done.displaced,
            "corrections": done.corrections,
            "unresolved_corrections": done.unresolved,
        }


def _batch_name(deliveries: Sequence[Delivery]) -> str:
    first = deliveries[0].objects[0]
    name = first.uri.rpartition("/")[2]
    count = sum(len(delivery.objects) for delivery in deliveries)
    return f"{first.source}: {name}, {count} object{'s' if count > 1 else ''}"
