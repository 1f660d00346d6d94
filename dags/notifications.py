"""Every quarter of an hour: send the notifications that are due.

**What it does.** Alerts of other DAGs wait in the table `notification`. This one makes the digests
whose hour has come, sends what is due on each channel of `config/governance.yaml`, and leaves what
a channel does not take for the moment to a later run: after 1, 2, 4, ... minutes. In quiet hours
only what is critical is sent.

**When it is red.** Messages were given up, because a channel refused them or never took them. The
last line names them and why; when the channel is mended, `cloudledger notifications --replay <id>`
sends them. `docs/notifications.md` says more.

**By hand.** Trigger it: what is due is sent at once. It knows no past: a backfill sends what is due
now.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable

from cloudledger.settings import Settings
from cloudledger_airflow.operators.notify import NotifyOperator

settings = Settings()

with DAG(
    dag_id="notifications",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("*/15 * * * *", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=30),
    default_args={"owner": "finops", "retries": 1, "retry_delay": timedelta(minutes=2)},
    tags=["cost", "governance"],
):
    NotifyOperator(task_id="send", warehouse_conn_id=settings.warehouse_conn_id, pool="warehouse")
