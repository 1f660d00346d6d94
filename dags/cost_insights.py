"""Each day, and whenever cost was published: forecasts, how they came true, and what is unusual.

**What it does.** Daily usage cost becomes series: the total, and by provider, service, sub account,
region and tag. Each is forecast with intervals; past forecasts are measured by what came true; days
that cost more or less than they should have become events, each with what explains it and, once
documents are released, the runbooks that fit it; growth, volatility and concentration are told; and
how well money is spent, why cost changed and which unit prices did. Where lines say their hour, the
next 48 hours are forecast, too. A run knows what had arrived by its instant, and nothing that came
later: a scheduled run or a backfill by its interval's end, any other by its own instant.

**When it is red.** Open the red task: its last line says what is wrong. An event or a drift of
forecasts turns nothing red: both are warned of in the log, and kept. `docs/insights.md` says more.

**By hand.** Trigger it with `as_of` (an instant, UTC) to see what could be known then, without it
for all that has arrived. `airflow backfill create` makes the forecasts of the past.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, AssetOrTimeSchedule, CronDataIntervalTimetable, Param

from cloudledger.settings import Settings
from cloudledger_airflow.assets import DAILY_COST, INSIGHTS
from cloudledger_airflow.operators.efficiency import CostEfficiencyOperator
from cloudledger_airflow.operators.hourly_cost import HourlyCostOperator
from cloudledger_airflow.operators.insights import (
    CostAnomalyOperator,
    CostForecastOperator,
    CostTrendOperator,
    ForecastAccuracyOperator,
)
from cloudledger_airflow.operators.runbooks import EventRunbookOperator

settings = Settings()
shared = {"warehouse_conn_id": settings.warehouse_conn_id, "pool": "warehouse"}

with DAG(
    dag_id="cost_insights",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        timetable=CronDataIntervalTimetable("0 6 * * *", timezone="UTC"), assets=[DAILY_COST]
    ),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={
        "as_of": Param(None, type=["null", "string"], description="ISO instant, UTC"),
    },
    dagrun_timeout=timedelta(hours=6),
    default_args={"owner": "finops", "retries": 2, "retry_delay": timedelta(minutes=2)},
    tags=["cost", "insights"],
):
    accuracy = ForecastAccuracyOperator(task_id="accuracy", **shared)
    forecast = CostForecastOperator(
        task_id="forecast",
        forecaster=settings.insights_forecaster,
        horizon=settings.insights_horizon_days,
        keep_days=settings.insights_keep_forecast_days,
        **shared,
    )
    anomalies = CostAnomalyOperator(
        task_id="anomalies",
        detector=settings.insights_detector,
        sensitivity=settings.insights_sensitivity,
        material_cost=str(settings.insights_material_cost),
        material_share=str(settings.insights_material_share),
        **shared,
    )
    trends = CostTrendOperator(task_id="trends", **shared)
    HourlyCostOperator(task_id="hourly", **shared)
    runbooks = EventRunbookOperator(task_id="runbooks", **shared)
    # Whoever hears of the insights finds the runbooks beside the events; there may be none.
    efficiency = CostEfficiencyOperator(
        task_id="efficiency", outlets=[INSIGHTS], trigger_rule="none_failed", **shared
    )
    accuracy >> forecast >> anomalies >> [trends, runbooks] >> efficiency
