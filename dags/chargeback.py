"""Each month, on its third day: who bears the cost of the month before.

**What it does.** Charges of the month's days go to the cost center that their tag names, shared
cost is split as the governance file says, and the sum is the bill to the last digit; what has no
tag is a line of its own. Statements by center lie in the home's folder `statements`. A later run
replaces an open month; a closed one stays as it is, and what changed after it becomes its next
version, with the differences. Earlier months are looked at for late data.

**When it is red.** The red task's last line names the month, what is wrong (a driver table without
the month, days that wait to be published) and what to do. `docs/governance.md` says more.

**By hand.** Trigger it with `from` and `to` (`2026-10-01`, `2026-11-01`) for whole months, with
`close` to close them; without any for the last month. `airflow backfill create` makes past months.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from cloudledger.settings import Settings
from cloudledger_airflow.operators.chargeback import ChargebackOperator

settings = Settings()

with DAG(
    dag_id="chargeback",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 7 3 * *", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={
        "from": Param(None, type=["null", "string"], description="a month's first ISO day"),
        "to": Param(None, type=["null", "string"], description="ISO day, exclusive"),
        "close": Param(None, type=["null", "boolean"], description="empty: as the file says"),
    },
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "finops", "retries": 2, "retry_delay": timedelta(minutes=2)},
    tags=["cost", "governance"],
):
    ChargebackOperator(
        task_id="charge_back", warehouse_conn_id=settings.warehouse_conn_id, pool="warehouse"
    )
