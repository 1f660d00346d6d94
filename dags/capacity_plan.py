"""Each hour: how many units (replicas, provisioned model units) each load needs.

**What it does.** For each source of `load_sources`: read the hourly metrics that its bucket holds
(tokens or requests of Bedrock, OCI Generative AI or anything else), forecast the next week by the
hour, and plan units that keep the target utilisation: more at once, fewer only after some low
hours. Says how full the units are, and when growth reaches the limit. The row of `capacity_metric`
is for an autoscaler to read.

**When it is red.** Open the red task: it says which object has no such columns, or which request
was refused. A load of which nothing has arrived turns nothing red: its units stay, and the row and
the log say why. `docs/capacity.md` says what to do.

**By hand.** Trigger it with `from` and `to`: the plan is as of `to`; without either, as of now.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from cloudledger.settings import Settings
from cloudledger_airflow.operators.capacity import CapacityPlanOperator

settings = Settings()

with DAG(
    dag_id="capacity_plan",
    doc_md=__doc__,
    schedule=(
        CronDataIntervalTimetable(settings.capacity_schedule, timezone="UTC")
        if settings.load_sources
        else None
    ),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={
        "from": Param(None, type=["null", "string"], description="ISO day or instant, UTC"),
        "to": Param(None, type=["null", "string"], description="ISO day or instant, exclusive"),
    },
    dagrun_timeout=timedelta(minutes=50),
    default_args={"owner": "finops", "retries": 2, "retry_delay": timedelta(minutes=2)},
    tags=["capacity", "insights"],
):
    for source in settings.load_sources:
        CapacityPlanOperator(
            task_id=source.name,
            source=source.name,
            warehouse_conn_id=settings.warehouse_conn_id,
            pool="warehouse",
        )
