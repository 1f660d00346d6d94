"""Each day: what the providers' usage APIs say of the last weeks, beside the reports.

**What it does.** For each source with `usage_api`: ask OCI's Usage API, or AWS Cost Explorer, for
the 60 to 90 days before the run's end, by service, account and resource, and once more by each tag
of `usage_tags`. Then hold the reports against the answer, day by day and service by service, and
say what each difference is: late, a correction, a credit, rounding, or unknown.

**When it is red.** Open the red task: a `collect` says which request was refused, and what to
allow. A difference turns nothing red: what stays unknown is warned of in `compare` and shown on
the ledger's page *Usage APIs*. `docs/usage_collect.md` says what to do.

**By hand.** Trigger it with `from` and `to` (days, the end exclusive) to ask for the days in
between, without either for the days before now.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TaskGroup

from cloudledger.settings import Settings
from cloudledger_airflow.operators.usage import UsageCompareOperator
from cloudledger_airflow.sources import ask_usage_api

settings = Settings()

with DAG(
    dag_id="usage_collect",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 5 * * *", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={
        "from": Param(None, type=["null", "string"], description="ISO day, UTC"),
        "to": Param(None, type=["null", "string"], description="ISO day, exclusive"),
    },
    dagrun_timeout=timedelta(hours=4),
    default_args={"owner": "finops", "retries": 2, "retry_delay": timedelta(minutes=2)},
    tags=["cost", "usage"],
):
    for source in settings.sources:
        if not source.usage_api:
            continue
        with TaskGroup(source.name):
            collect = ask_usage_api(
                source,
                days_back=settings.usage_days_back,
                warehouse_conn_id=settings.warehouse_conn_id,
                pool="warehouse",
            )
            compare = UsageCompareOperator(
                task_id="compare",
                source=source.name,
                days_back=settings.usage_days_back,
                settled_days=settings.usage_settled_days,
                tolerance=str(settings.usage_tolerance),
                services=settings.usage_services,
                warehouse_conn_id=settings.warehouse_conn_id,
                pool="warehouse",
            )
            collect >> compare
