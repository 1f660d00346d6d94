"""Each week, and by hand: the budgets that forecasts ask for, planned, approved, made, read back.

**What it does.** For every budget of `config/governance.yaml` it takes the month's forecast, adds
the buffer, and compares with what the OCI and AWS accounts hold: what to create, update, retire,
and what stays. The task `approve` waits for a person (Airflow's *Required actions*) or takes the
setting `governance_approval: policy`; silence rejects. `apply` makes each change, reads it back and
records it. Budgets without the project's marker tag are never touched unless adopted by name.

**When it is red.** The red task's last line names the change and why it was refused; the account
holds what the record says. An interrupted plan is taken up by `finish` of the next run.
`docs/governance.md` says more.

**By hand.** Trigger it. While `governance_dry_run` is true, and in a backfill, it only shows the
plan.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from cloudledger.settings import Settings
from cloudledger_airflow.operators.approval import PlanApprovalOperator
from cloudledger_airflow.operators.governance import BudgetApplyOperator, BudgetPlanOperator
from cloudledger_airflow.retries import ACCOUNT_RETRIES

settings = Settings()
shared = {"warehouse_conn_id": settings.warehouse_conn_id, "pool": "warehouse"}

with DAG(
    dag_id="budget_governance",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 7 * * 1", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={"as_of": Param(None, type=["null", "string"], description="ISO instant, UTC")},
    default_args={
        "owner": "finops",
        "retries": 2,
        "retry_delay": timedelta(minutes=2),
        "retry_policy": ACCOUNT_RETRIES,
    },
    tags=["cost", "governance"],
):
    finish = BudgetApplyOperator(task_id="finish", **shared)
    plan = BudgetPlanOperator(task_id="plan", forecaster=settings.insights_forecaster, **shared)
    approve = PlanApprovalOperator(
        task_id="approve",
        subject="Change the budgets?",
        plan=plan.output,
        warehouse_conn_id=settings.warehouse_conn_id,
        pool="warehouse",
    )
    apply = BudgetApplyOperator(task_id="apply", plan=plan.output, **shared)
    finish >> plan >> approve >> apply
