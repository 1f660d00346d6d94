"""Each hour: instances stopped, started, resized, tagged, groups bounded, compartments frozen.

**What it does.** Nothing, until `remediation` of `config/governance.yaml` is enabled. Then it holds
the instances and groups of the allow-list against the policies: outside of working hours, not used
for days, too large, over budget, critically unusual in cost. What bears a protected tag is left
alone, whatever a policy says. A freeze is a quota: nothing new is made in a compartment, and what
runs goes on. The task `approve` waits for a person, who has to say why, until the next run is due;
silence rejects. `apply` makes each change and reads it back; `finish` goes on with a plan whose run
was killed.

**When it is red.** The red task's last line names the instance and why its change was refused, or
the right that is missing. One that takes long to stop is looked at again by a retry, then by
`finish` of the next run. `docs/governance.md` says more.

**By hand.** `undo`, the id of a plan that was carried out, plans its reverse, which is approved as
any other; so does `cloudledger plans ID --undo --because ...`, by the next run. `freeze`, the name
of a policy of kind `quota_freeze`, with `because`, plans that freeze. While `governance_dry_run` is
true, and in a backfill, the plan is only shown.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from cloudledger.settings import Settings
from cloudledger_airflow.operators.approval import PlanApprovalOperator
from cloudledger_airflow.operators.remediation import (
    RemediationApplyOperator,
    RemediationPlanOperator,
)
from cloudledger_airflow.retries import ACCOUNT_RETRIES

settings = Settings()
shared = {"warehouse_conn_id": settings.warehouse_conn_id, "pool": "warehouse"}

with DAG(
    dag_id="remediation",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={
        "as_of": Param(None, type=["null", "string"], description="ISO instant, UTC"),
        "undo": Param(None, type=["null", "string"], description="A carried-out plan's id"),
        "freeze": Param(None, type=["null", "string"], description="A policy that freezes"),
        "because": Param(None, type=["null", "string"], description="Why; a freeze needs it"),
    },
    default_args={
        "owner": "finops",
        "retries": 2,
        "retry_delay": timedelta(minutes=2),
        "retry_policy": ACCOUNT_RETRIES,
    },
    tags=["cost", "governance"],
):
    finish = RemediationApplyOperator(task_id="finish", **shared)
    plan = RemediationPlanOperator(
        task_id="plan",
        undo="{{ params.undo or '' }}",
        freeze="{{ params.freeze or '' }}",
        because="{{ params.because or '' }}",
        **shared,
    )
    approve = PlanApprovalOperator(
        task_id="approve",
        subject="Change instances, bound groups, or freeze compartments?",
        plan=plan.output,
        justify=True,
        response_timeout=timedelta(minutes=50),
        warehouse_conn_id=settings.warehouse_conn_id,
        pool="warehouse",
    )
    apply = RemediationApplyOperator(task_id="apply", plan=plan.output, **shared)
    finish >> plan >> approve >> apply
