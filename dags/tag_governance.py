"""Each day, after insights: how far cost carries the tags that it should.

**What it does.** The last 30 days' usage cost is held against the tags that the section `tags` of
`config/governance.yaml` requires: tagged with an allowed value, with a wrong one, not at all, or
not to be tagged, by day, provider, account and service. Each resource that lacks a value is told
with its cost and the owner that it likely has, and why. Files that would enforce the tags (OCI tag
namespace and defaults, AWS tag policy, Terraform) are written for review, and never applied.

**When it is red.** The red task's last line says what is wrong. Coverage below a key's goal turns
nothing red: it is warned of in the log. `docs/governance.md` says more.

**By hand.** Trigger it with `as_of` (an instant, UTC) for what was known then, without it for all
that has arrived. `airflow backfill create` fills in days of the past.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from cloudledger.settings import Settings
from cloudledger_airflow.operators.tags import TagCoverageOperator

settings = Settings()

with DAG(
    dag_id="tag_governance",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("30 7 * * *", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={"as_of": Param(None, type=["null", "string"], description="ISO instant, UTC")},
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "finops", "retries": 2, "retry_delay": timedelta(minutes=2)},
    tags=["cost", "governance"],
):
    TagCoverageOperator(
        task_id="coverage", warehouse_conn_id=settings.warehouse_conn_id, pool="warehouse"
    )
