"""Units for a load: read its metrics, forecast, and say how many to run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from cloudledger.ledger.period import EVER
from cloudledger.settings import Settings
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import run_period
from cloudledger_airflow.retries import CLOUD_RETRIES
from cloudledger_airflow.stores import object_store

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd
    from airflow.sdk import Context

    from cloudledger.load_source import LoadSource


class CapacityPlanOperator(BaseOperator):
    """Plan the units for one load of the settings, as of the end of the run's period.

    Reads the objects that were delivered in the source's ``history_days`` before that instant,
    and nothing later. Replaces the series' rows of ``load_series``, ``capacity_plan`` and
    ``capacity_metric``, unless a run of a later instant has. A load that tells nothing keeps its
    units, with the reason in its row and in the log.

    Returns ``{"series": ..., "as_of": ..., "desired_units": 5, "current_units": 4, "band": ...,
    "outlook": ..., "reason": ..., "kept": True}``.

    :param source: the name of a load source of the settings.
    :param warehouse_conn_id: the warehouse.
    """

    template_fields: Sequence[str] = ("source", "warehouse_conn_id")
    ui_color = "#e9ecd9"

    def __init__(
        self,
        *,
        source: str,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("retry_policy", CLOUD_RETRIES)
        super().__init__(**kwargs)
        self.source = source
        self.warehouse_conn_id = warehouse_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Read, plan, keep.

        :raises LoadRefused: no file of the source has its declared columns.
        :raises AccessDenied, StoreUnavailable:
        """
        from cloudledger.insights.capacity import plan
        from cloudledger.insights.capacity_store import keep, units_before
        from cloudledger.insights.load import hourly

        source = self._source()
        as_of = _as_of(context)
        history, problems = _history(source, as_of)
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            found = plan(
                history,
                source.capacity_per_unit,
                units_before(session, source.name, as_of, source.units),
                policy=source.policy,
                as_of=as_of,
                horizon_hours=source.horizon_hours,
                limit=source.limit,
                gaps=source.columns.gaps,
                problems=problems,
            )
            loads = hourly(history, as_of=as_of, gaps=source.columns.gaps)
            kept = keep(
                session, source.name, found, loads, as_of=as_of, run_id=context["dag_run"].run_id
            )
        for line in filter(None, (*found.problems, found.reason)):
            self.log.warning("%s: %s", source.name, line)
        if not kept:
            self.log.info("the tables show a later instant than %s: they stay", as_of)
        outlook = found.reached.said if found.reached else ""
        self.log.info(
            "%s: %d units, %d now; %s; %s",
            source.name,
            found.desired_units,
            found.current_units,
            found.band,
            outlook,
        )
        return {
            "series": source.name,
            "as_of": as_of.isoformat(),
            "desired_units": found.desired_units,
            "current_units": found.current_units,
            "band": found.band,
            "outlook": outlook,
            "reason": found.reason,
            "kept": kept,
        }

    def _source(self) -> LoadSource:
        for source in Settings().load_sources:
            if source.name == self.source:
                return source
        raise ValueError(f"the settings have no load source {self.source}")


def _as_of(context: Context) -> datetime:
    """The end of the run's period; the run's own instant where it has none, or has not ended."""
    period, now = run_period(context), context["dag_run"].run_after
    return now if period == EVER else min(period.end, now)


def _history(source: LoadSource, as_of: datetime) -> tuple[pd.DataFrame, tuple[str, ...]]:
    from cloudledger.insights.load import read_load

    store = object_store(source.uri, source.conn_id, source.name)
    since = as_of - timedelta(days=source.history_days)
    found = [item for item in store.list(source.prefix) if since <= item.delivered_at < as_of]
    found.sort(key=lambda item: (item.delivered_at, item.uri))
    with TemporaryDirectory() as folder:
        files = []
        for number, item in enumerate(found):
            name = item.uri.rpartition("/")[-1]
            files.append(Path(folder) / f"{number}_{name}")
            store.download(item, files[-1])
        history, problems = read_load(files, source.columns)
    if not found:
        problems = (f"no object below {source.uri} was delivered from {since} on",)
    return history, problems
