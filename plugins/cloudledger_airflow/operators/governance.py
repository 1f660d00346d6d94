"""Budgets as code: what forecasts ask for, what the accounts hold, how far it is spent."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from cloudledger_airflow.exceptions import PlanNotCarriedOut
from cloudledger_airflow.hooks.warehouse import WarehouseHook
from cloudledger_airflow.operators.changes import (
    ChangePlanOperator,
    PlanApplyOperator,
    settings_file,
)
from cloudledger_airflow.period import known_as_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from airflow.sdk import Context
    from airflow.sdk.types import Logger

    from cloudledger.governance.change import Account, Change, Found
    from cloudledger.governance.config import AccountSettings, Governance
    from cloudledger.run import Run
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
        from cloudledger.governance import guards
        from cloudledger.governance.budgets.outlook import Outlooks
        from cloudledger.governance.budgets.wanted import plan_budgets
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
            _keep(self.log, session, account, found, run.run_id)
        guards.require(session, guards.BUDGETS)
        return changes, problems


class BudgetApplyOperator(PlanApplyOperator):
    """Carry out approved plans of budgets, and keep the budgets as they are then."""

    area = "budget"

    def accounts(self) -> Callable[[str], Account]:
        """The budgets of an account."""
        from cloudledger_airflow.accounts import budgets_of

        return partial(budgets_of, settings_file())

    def execute(self, context: Context) -> dict[str, Any]:
        """As :meth:`PlanApplyOperator.execute`; then read what the accounts hold, also where some
        of it was not carried out.

        :raises GuardBroken: what they hold breaks a rule; it is not kept.
        """
        from cloudledger.governance.change import AccountError
        from cloudledger.governance.guards import GuardBroken

        try:
            done = super().execute(context)
        except (AccountError, PlanNotCarriedOut):
            try:
                self._read_back(context)
            except GuardBroken as broken:
                self.log.warning("what the accounts hold is not kept: %s", broken)
            raise
        if done["plans"]:
            self._read_back(context)
        return done

    def _read_back(self, context: Context) -> None:
        """Keep the budgets of every account that can be read."""
        from cloudledger.governance import guards
        from cloudledger.governance.change import AccountError

        account, known = self.accounts(), []
        for each in settings_file().accounts:
            try:
                known.append((each, account(each.name).list()))
            except AccountError as error:
                self.log.warning("what %s holds is not known: %s", each.name, error)
        with (
            WarehouseHook(self.warehouse_conn_id) as warehouse,
            warehouse.transaction() as session,
        ):
            for each, found in known:
                _keep(self.log, session, each, found, context["dag_run"].run_id)
            guards.require(session, guards.BUDGETS)


class BudgetStatusOperator(BaseOperator):
    """Hold the month's budgets against what is spent and foretold; alert of them and of anomalies.

    An alert is told when it fires, when it gets worse than it was told, and when it is over; it
    goes into the outbox of every channel that the file routes it to. Returns ``{"as_of": ...,
    "budgets": 7, "critical": [...], "told": ["firing high budget shop ...", ...]}``. A run of an
    earlier instant than the tables show changes nothing.

    :param forecaster: whose forecasts count.
    :param warehouse_conn_id: the warehouse.
    """

    template_fields: Sequence[str] = ("forecaster", "warehouse_conn_id")
    ui_color = "#e3ecf5"

    def __init__(
        self,
        *,
        forecaster: str,
        warehouse_conn_id: str = WarehouseHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.forecaster = forecaster
        self.warehouse_conn_id = warehouse_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Look, keep, and put into the outbox, in one transaction."""
        from cloudledger.alerting.alert_store import keep, looked_later, standing
        from cloudledger.alerting.anomalies import anomaly_alerts
        from cloudledger.alerting.budgets import budget_alerts
        from cloudledger.alerting.enqueue import enqueue
        from cloudledger.alerting.turns import look
        from cloudledger.governance import guards
        from cloudledger.governance.budgets.outlook import Outlooks
        from cloudledger.governance.budgets.status_store import save_statuses, statuses
        from cloudledger.run import Run

        run, governance = Run(context["dag_run"].run_id, known_as_of(context)), settings_file()
        with WarehouseHook(self.warehouse_conn_id) as warehouse, warehouse.transaction() as session:
            outlooks = Outlooks(session, forecaster=self.forecaster, as_of=run.as_of)
            found, problems = statuses(session, governance, outlooks, run.as_of.date())
            if not save_statuses(session, run, found) or looked_later(session, run.as_of):
                self.log.info("the tables show a later instant than %s: they stay", run.as_of)
                return {"as_of": run.as_of.isoformat(), "budgets": 0, "critical": [], "told": []}
            firing = [*budget_alerts(found, governance, run), *anomaly_alerts(session, run)]
            seen = look(standing(session), firing, run.as_of)
            keep(session, seen, run.run_id)
            guards.require(session, guards.ALERTS)
            enqueue(session, seen.turns, governance, run.as_of)
        for problem in problems:
            self.log.warning("%s", problem)
        told = [f"{one.state} {one.severity} {one.subject}: {one.text}" for one in seen.turns]
        for line in told:
            self.log.warning("%s", line)
        return {
            "as_of": run.as_of.isoformat(),
            "budgets": len(found),
            "critical": [one.budget_name for one in found if one.severity == "critical"],
            "told": told,
        }


def _keep(
    log: Logger,
    session: Session,
    account: AccountSettings,
    found: Mapping[str, Found],
    run_id: str,
) -> None:
    from cloudledger.governance.budgets.store import save_budgets

    for name in save_budgets(session, account, found, read_at=datetime.now(UTC), run_id=run_id):
        log.warning("budget %s of %s has no alert rule: it tells nobody", name, account.name)
