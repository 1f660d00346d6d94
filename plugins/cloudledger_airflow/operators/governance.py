"""Budgets as code: what forecasts ask for, what the accounts hold."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.operators.changes import (
    ChangePlanOperator,
    PlanApplyOperator,
    settings_file,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

    from cloudledger.governance.change import Account, Change
    from cloudledger.governance.config import Governance
    from cloudledger.insights.store import Run
    from cloudledger.warehouse.port import Session


class BudgetPlanOperator(ChangePlanOperator):
    """Plan the budgets of every configured account from the month's forecasts, and keep the
    budgets that the accounts hold.

    :param forecaster: whose forecasts count.
    """

    area = "budget"

    def __init__(self, *, forecaster: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.forecaster = forecaster

    def plan(
        self, session: Session, run: Run, governance: Governance
    ) -> tuple[list[Change], list[str]]:
        """Read each account's budgets, and compare."""
        from cloudledger.governance.budget_outlook import Outlooks
        from cloudledger.governance.budget_store import save_budgets
        from cloudledger.governance.budgets import plan_budgets
        from cloudledger.governance.plan_store import last_verified
        from cloudledger_airflow.accounts import budgets_of

        outlooks = Outlooks(session, forecaster=self.forecaster, as_of=run.as_of)
        changes, problems = [], []
        for account in governance.accounts:
            wanted = [one for one in governance.budgets if one.account == account.name]
            found = budgets_of(governance, account.name).list()
            level = governance.budget_defaults.level
            foreseen = {one.name: outlooks.of(one, account, level) for one in wanted}
            last = last_verified(session, self.area, account.name)
            planned = plan_budgets(
                account, wanted, foreseen, found, last, governance.budget_defaults
            )
            changes += [one for one in planned if one.before or one.after]
            problems += [
                f"{one.target} of {account.name}: {one.reasons[0]}"
                for one in planned
                if not (one.before or one.after)
            ]
            save_budgets(session, account, found, read_at=datetime.now(UTC), run_id=run.run_id)
        return changes, problems


class BudgetApplyOperator(PlanApplyOperator):
    """Carry out approved plans of budgets, and keep the budgets as they are then."""

    area = "budget"

    def accounts(self) -> Callable[[str], Account]:
        """The budgets of an account."""
        from cloudledger_airflow.accounts import budgets_of

        return partial(budgets_of, settings_file())

    def execute(self, context: Context) -> dict[str, Any]:
        """As :meth:`PlanApplyOperator.execute`; then read what the accounts hold."""
        from cloudledger.governance.budget_store import save_budgets

        done = super().execute(context)
        if done["plans"]:
            governance, read = settings_file(), self.accounts()
            with (
                WarehouseHook(self.warehouse_conn_id) as warehouse,
                warehouse.transaction() as session,
            ):
                for account in governance.accounts:
                    save_budgets(
                        session,
                        account,
                        read(account.name).list(),
                        read_at=datetime.now(UTC),
                        run_id=context["dag_run"].run_id,
                    )
        return done
