"""Usage cost by the hour, where cost reports have hours, as of a run's instant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from cloudledger.settings import Settings
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import known_as_of
from cloudledger_airflow.stores import lake_at

if TYPE_CHECKING:
    from airflow.sdk import Context


class HourlyCostOperator(BaseOperator):
    """Forecast the next 48 hours of each total and service whose lines say their hour.

    Returns ``{"as_of": ..., "series": 7, "forecast": 6, "without": {"NETWORK (EUR)": "no line of it
    is of an hour"}}``; a run of an earlier instant than what the tables hold changes nothing, and
    returns its instant alone.

    :param warehouse_conn_id: the warehouse.
    :param lake_path: the lake's folder; the settings' own when not given.
    """

    template_fields: Sequence[str] = ("warehouse_conn_id", "lake_path")
    ui_color = "#f0ead9"

    def __init__(
        self,
        *,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        lake_path: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.warehouse_conn_id = warehouse_conn_id
        self.lake_path = lake_path

    def execute(self, context: Context) -> dict[str, Any]:
        """Read, forecast, keep, and say which series have no hours to tell."""
        from cloudledger.insights.hourly_store import tell_hours
        from cloudledger.run import Run

        run = Run(context["dag_run"].run_id, known_as_of(context))
        lake = lake_at(self.lake_path)
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            kept = tell_hours(session, lake, run, Settings())
        if kept is None:
            self.log.info("the tables show a later instant than %s: they stay", run.as_of)
            return {"as_of": run.as_of.isoformat()}
        for name, why in kept.remarks.items():
            self.log.info("no forecast by the hour of %s: %s", name, why)
        return {
            "as_of": run.as_of.isoformat(),
            "series": kept.series,
            "forecast": kept.forecast,
            "without": kept.remarks,
        }
