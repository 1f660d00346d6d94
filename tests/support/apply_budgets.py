"""The task ``apply`` of budget_governance alone in this process, for a test that kills it.

``python -m tests.support.apply_budgets PLAN_ID``
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(plan_id: str) -> None:
    sys.path.insert(0, str(Path(__file__).parents[1] / "dags"))
    from local_runs import task_context

    from cloudledger_airflow.operators.governance import BudgetApplyOperator

    BudgetApplyOperator(task_id="apply", plan={"plan_id": plan_id}).execute(task_context())


if __name__ == "__main__":
    main(*sys.argv[1:])
