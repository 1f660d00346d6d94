"""How far budgets are spent: looked at, and kept by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from cloudledger.governance.budgets.outlook import Outlooks
from cloudledger.governance.budgets.status import BudgetStatus, foreseen, month_of
from cloudledger.governance.budgets.store import budget_id
from cloudledger.governance.config import Governance
from cloudledger.run import Run
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session


def statuses(
    session: Session, governance: Governance, outlooks: Outlooks, as_of_day: date
) -> tuple[list[BudgetStatus], list[str]]:
    """Every configured budget that its account held when it was read last, and why others have
    no status.

    :param as_of_day: the days before it are over; the month is that of the last of them.
    """
    held = {
        row["budget_id"]: row for row in session.query(statement("governance/budgets")).to_pylist()
    }
    month, end = month_of(as_of_day - timedelta(days=1))
    found, problems = [], []
    for budget in governance.budgets:
        account = governance.account(budget.account)
        row = held.get(budget_id(account.name, budget.name))
        if row is None:
            problems.append(
                f"budget {budget.name} of {account.name} is not in the account yet, or tells nobody"
            )
            continue
        outlook = outlooks.of(budget, account, governance.budget_defaults.level)
        found.append(
            BudgetStatus(
                budget_id=row["budget_id"],
                account=account.name,
                budget_name=budget.name,
                month=month,
                as_of_day=as_of_day,
                billing_currency=row["billing_currency"],
                amount=row["amount"],
                actual_cost=outlooks.spent(budget, account, month, min(as_of_day, end)),
                forecast_cost=foreseen(outlook, month),
                days_left=(end - as_of_day).days,
            )
        )
    return found, problems


def save_statuses(session: Session, run: Run, found: Sequence[BudgetStatus]) -> bool:
    """Keep the status of a day, unless a run of a later instant has told it; whether."""
    as_of_day = run.as_of.date()
    (newest,) = session.query(
        statement("governance/newest_budget_status"), as_of_day=as_of_day
    ).to_pylist()
    if newest["as_of"] is not None and newest["as_of"] > run.as_of:
        return False
    session.execute(statement("governance/forget_budget_status"), as_of_day=as_of_day)
    if found:
        rows = [_row(one, run) for one in found]
        session.insert("budget_status", pa.Table.from_pylist(rows, schema=_STATUS))
    return True


def _row(one: BudgetStatus, run: Run) -> dict[str, Any]:
    return {
        "budget_id": one.budget_id,
        "as_of_day": one.as_of_day,
        "month_day": one.month,
        "account": one.account,
        "budget_name": one.budget_name,
        "billing_currency": one.billing_currency,
        "amount": one.amount,
        "actual_cost": one.actual_cost,
        "forecast_cost": one.forecast_cost,
        "actual_percent": one.actual_percent,
        "forecast_percent": one.forecast_percent,
        "days_left": one.days_left,
        "severity": one.severity,
        "as_of": run.as_of,
        "run_id": run.run_id,
    }


_STATUS = pa.schema(
    [
        *(
            (name, pa.string())
            for name in (
                "budget_id",
                "account",
                "budget_name",
                "billing_currency",
                "severity",
                "run_id",
            )
        ),
        *((name, pa.date32()) for name in ("as_of_day", "month_day")),
        *(
            (name, MONEY)
            for name in (
                "amount",
                "actual_cost",
                "forecast_cost",
                "actual_percent",
                "forecast_percent",
            )
        ),
        ("days_left", pa.int64()),
        ("as_of", INSTANT),
    ]
)
