"""What daily usage cost tells, as of a run's instant: forecasts, how they came true, events."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from cloudledger.settings import Settings
from cloudledger_airflow.assets import DAILY_COST
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.period import days_triggered, known_as_of, last_week
from cloudledger_airflow.stores import lake_at

if TYPE_CHECKING:
    from decimal import Decimal

    from airflow.sdk import Context

    from cloudledger.insights.series import SeriesSet
    from cloudledger.run import Run
    from cloudledger.warehouse.port import Session

CHUNK = 1000
"""Series that are measured at a time."""


class InsightsOperator(BaseOperator):
    """Look at every series as it was known at the run's instant, and write in one transaction.

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
        """Read the series, and do what the operator is for."""
        from cloudledger.insights.at import series_at
        from cloudledger.run import Run

        run = Run(context["dag_run"].run_id, known_as_of(context))
        lake = lake_at(self.lake_path)
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            known = series_at(session, lake, run.as_of, Settings())
            self.log.info("%d series as of %s", len(known.series), run.as_of)
            found = self.work(session, run, known, context)
        return {"as_of": run.as_of.isoformat(), "series": len(known.series), **found}

    @abstractmethod
    def work(
        self, session: Session, run: Run, known: SeriesSet, context: Context
    ) -> dict[str, Any]:
        """Write what the series tell; the task's result."""


class CostForecastOperator(InsightsOperator):
    """Forecast every series by day, and keep the series and their forecasts.

    Returns ``{"as_of": ..., "series": 120, "forecast": 118, "rows": 10620}``.

    :param forecaster: a name of ``cloudledger.insights.methods.FORECASTERS``.
    :param horizon: days ahead.
    :param keep_days: how long the forecasts of every day are kept; of older ones a month's first.
    """

    template_fields: Sequence[str] = (*InsightsOperator.template_fields, "forecaster")

    def __init__(
        self, *, forecaster: str, horizon: int, keep_days: int = 120, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.forecaster = forecaster
        self.horizon = horizon
        self.keep_days = keep_days

    def work(
        self, session: Session, run: Run, known: SeriesSet, context: Context
    ) -> dict[str, Any]:
        """Forecast, and say which series could not be."""
        from cloudledger.insights.foretell import foretell

        made = foretell(
            session,
            run,
            known,
            forecaster=self.forecaster,
            horizon=self.horizon,
            keep_days=self.keep_days,
        )
        names = {one.series_id: one.name for one in known.series}
        for series_id, why in made.problems.items():
            self.log.warning("no forecast of %s: %s", names.get(series_id, series_id), why)
        return {"forecast": made.series, "rows": made.rows}


class ForecastAccuracyOperator(InsightsOperator):
    """Hold the forecasts of the last four weeks against what came true, by level and lead.

    Returns ``{"as_of": ..., "series": 120, "levels": 24, "drifted": ["service EUR 1-7 days"]}``.
    """

    def work(
        self, session: Session, run: Run, known: SeriesSet, context: Context
    ) -> dict[str, Any]:
        """Measure, and warn of what has drifted."""
        from cloudledger.insights.foretell import measure_past

        found = measure_past(session, run, known)
        drifted = [
            f"{one.kind} {one.billing_currency} {one.first_lead}-{one.last_lead} days"
            for one, worse in found
            if worse
        ]
        for level in drifted:
            self.log.warning("forecasts have drifted: %s", level)
        return {"levels": len(found), "drifted": drifted}


class CostAnomalyOperator(InsightsOperator):
    """Find what is unusual in every series, and say what explains it.

    Each incident is told once, where it is narrowest. A run that was made by events of
    ``daily_cost`` tells of the days that they name, any other of the last week; the tables hold
    every event. What a person said of an event is honoured: it is kept, and not told again.

    Returns ``{"as_of": ..., "series": 120, "days": [...], "events": 12, "told": ["critical spike of
    NETWORK / network (EUR) ..."]}``.

    :param detector: a name of ``cloudledger.insights.methods.DETECTORS``.
    :param sensitivity: ``low``, ``balanced`` or ``high``.
    :param material_cost: an event of less excess, in its currency, is not told.
    :param material_share: nor is one of less than this share of what was expected.
    """

    template_fields: Sequence[str] = (
        *InsightsOperator.template_fields,
        "detector",
        "sensitivity",
    )

    def __init__(
        self,
        *,
        detector: str,
        sensitivity: str = "balanced",
        material_cost: Decimal | str = "10",
        material_share: Decimal | str = "0.1",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.detector = detector
        self.sensitivity = sensitivity
        self.material_cost = material_cost
        self.material_share = material_share

    def work(
        self, session: Session, run: Run, known: SeriesSet, context: Context
    ) -> dict[str, Any]:
        """Find, keep, and warn of what is new."""
        from cloudledger.insights.event_store import save_events
        from cloudledger.insights.materiality import Materiality
        from cloudledger.insights.watch import Watch, alerts, watch

        settings = Settings()
        how = Watch(
            detector=self.detector,
            sensitivity=self.sensitivity,
            material=Materiality(float(self.material_cost), float(self.material_share)),
            tag_keys=settings.tag_keys,
            precedence=settings.precedence,
        )
        found = watch(session, lake_at(self.lake_path), run.as_of, known, how)
        series = {one.series_id: one for one in known.series}
        kept = save_events(
            session,
            run,
            found,
            series,
            since=known.first_day,
            detector=self.detector,
            sensitivity=self.sensitivity,
        )
        if not kept:
            self.log.info("the tables show a later instant than %s: they stay", run.as_of)
        days = days_triggered(context, DAILY_COST)
        told = alerts(found, series, days or last_week(run.as_of))
        for line in told:
            self.log.warning(line)
        return {
            "days": sorted(day.isoformat() for day in days),
            "events": sum(one.part_of is None for one in found),
            "told": told,
        }


class CostTrendOperator(InsightsOperator):
    """Tell how every series moves: growth, volatility, the pattern of the week, its peak; and of
    each currency's total how much of it a few services and sub accounts have.

    Returns ``{"as_of": ..., "series": 120, "measures": 1450}``.
    """

    def work(
        self, session: Session, run: Run, known: SeriesSet, context: Context
    ) -> dict[str, Any]:
        """Measure, and keep what stands for the latest instant."""
        import pandas as pd

        from cloudledger.insights.concentration import concentrations
        from cloudledger.insights.store import save_trends
        from cloudledger.insights.trends import trends_of

        parts = [trends_of(history) for history in known.chunks(CHUNK)]
        found = pd.concat([*parts, concentrations(known)], ignore_index=True)
        if not save_trends(session, run, found):
            self.log.info("the table shows a later instant than %s: it stays", run.as_of)
        return {"measures": len(found)}
