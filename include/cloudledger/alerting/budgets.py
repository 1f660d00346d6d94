"""What somebody should know of the month's budgets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal

from cloudledger.alerting.alert import Alert, Severity, State
from cloudledger.exact import digits
from cloudledger.governance.budgets.status import FORESEEN, SPENT, BudgetStatus
from cloudledger.governance.config import BudgetSettings, Governance
from cloudledger.run import Run

COLUMNS = {"compartment": "sub_account", "account": "sub_account", "service": "service"}
"""By a scope's kind the dimension that its value is of."""


def budget_alerts(
    found: Iterable[BudgetStatus], governance: Governance, run: Run
) -> Iterator[Alert]:
    """An alert for each budget that is spent too far, and one for each that will be."""
    settings = {(one.account, one.name): one for one in governance.budgets}
    for one in found:
        budget = settings[one.account, one.budget_name]
        severity, percent = one.actual_severity, one.actual_percent
        if severity != "none":
            least = next(each for each, how in SPENT if how == severity)
            text = f"{percent:.1f} % of the budget {one.budget_name} is spent: {_money(one)}"
            yield _alert(one, budget, run, "budget_actual", severity, least, text)
        severity, foretold = one.forecast_severity, one.forecast_percent
        if severity != "none" and foretold is not None:
            most = next(each for each, how in FORESEEN if how == severity)
            text = (
                f"{foretold:.1f} % of the budget {one.budget_name} will be spent by the end of "
                f"the month: {_money(one)}"
            )
            yield _alert(one, budget, run, "budget_forecast", severity, most, text)


def _money(one: BudgetStatus) -> str:
    told = f"{one.actual_cost:,.2f} {one.billing_currency} of {one.amount:,.0f}"
    if one.forecast_cost is not None:
        told += f", {one.forecast_cost:,.2f} foretold"
    return f"{told}, {one.days_left} days left"


def _alert(
    one: BudgetStatus,
    budget: BudgetSettings,
    run: Run,
    kind: str,
    severity: str,
    percent: Decimal,
    text: str,
) -> Alert:
    scope = budget.scope
    dimensions = {"account": one.account}
    if scope.kind == "tag":
        dimensions[f"tag:{scope.key}"] = scope.value
    elif scope.kind in COLUMNS:
        dimensions[COLUMNS[scope.kind]] = scope.value
    if budget.owners:
        dimensions["owner"] = budget.owners[0]
    spent = one.actual_cost if kind == "budget_actual" else one.forecast_cost
    said = json.dumps([kind, one.budget_id, one.month.isoformat()])
    return Alert(
        alert_id=hashlib.sha256(said.encode()).hexdigest()[:32],
        kind=kind,
        severity=Severity(severity),
        state=State.FIRING,
        subject=f"budget {one.budget_name} of {one.account}, {one.month:%B %Y}",
        dimensions=dimensions,
        amount=None if spent is None else digits(spent),
        threshold=digits(one.amount * percent / 100),
        currency=one.billing_currency,
        first_seen=run.as_of,
        as_of=run.as_of,
        text=text,
        budget_id=one.budget_id,
    )
