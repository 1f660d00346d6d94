"""Each day, and whenever insights are new: how far budgets are spent, and who is told of it.

**What it does.** Holds each budget of `config/governance.yaml` against the month's usage cost so
far and its forecast (`budget_status`), and tells of budgets and of the last week's anomalies as
alerts: once when one fires, again when it gets worse, and when it is over (`alert`). `notify` sends
what is in the outbox, a handful of incidents instead of hundreds of alerts, to the channels that
the file routes them to; quiet hours and digests are kept.

**When it is red.** Open `notify`: its last line names the channel and why it refuses. What cannot
be sent stays in the outbox (`cloudledger notifications --dead`), and is sent again by
`--replay`. `docs/governance.md` and `docs/notifications.md` say more.

**By hand.** Trigger it; `as_of` (an instant, UTC) shows what could be known then.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, AssetOrTimeSchedule, CronDataIntervalTimetable, Param

from cloudledger.settings import Settings
from cloudledger_airflow.assets import INSIGHTS
from cloudledger_airflow.operators.governance import BudgetStatusOperator
from cloudledger_airflow.operators.notify import NotifyOperator

settings = Settings()
shared = {"warehouse_conn_id": settings.warehouse_conn_id, "pool": "warehouse"}

with DAG(
    dag_id="budget_monitoring",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        timetable=CronDataIntervalTimetable("0 9 * * *", timezone="UTC"), assets=[INSIGHTS]
    ),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={"as_of": Param(None, type=["null", "string"], description="ISO instant, UTC")},
    default_args={"owner": "finops", "retries": 2, "retry_delay": timedelta(minutes=2)},
    tags=["cost", "governance"],
):
    status = BudgetStatusOperator(
        task_id="status", forecaster=settings.insights_forecaster, **shared
    )
    notify = NotifyOperator(task_id="notify", **shared)
    status >> notify
