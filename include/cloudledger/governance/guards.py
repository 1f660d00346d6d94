"""Rules that hold between governance tables, asked of either engine by a query each.

Oracle holds to most of them by itself (``sql/schema/oracle/0019_guards.sql``); a pipeline asks
before it commits, so that DuckDB refuses the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Guard:
    """One rule; ``sql/governance/guards/<name>.sql`` gives the rows that break it."""

    name: str
    tables: str
    broken: str
    remedy: str


PLAN_AGAIN = "run budget_governance, which reads the budgets anew"
CHARGE_AGAIN = "charge the month back again (DAG chargeback, or cloudledger chargeback)"

BUDGETS = (
    Guard(
        "budget_without_rule",
        "budget, budget_alert_rule",
        "a managed budget has no alert rule",
        PLAN_AGAIN,
    ),
    Guard(
        "rule_without_budget",
        "budget_alert_rule, budget_alert_email",
        "an alert rule has no budget, or an address no rule",
        PLAN_AGAIN,
    ),
    Guard(
        "budget_currency",
        "budget, budget_status",
        "a budget is in what is no currency code",
        "put the account's currency right in the governance file",
    ),
    Guard(
        "recipient_email",
        "budget_alert_email",
        "a recipient is no e-mail address",
        "put it right under owners in the governance file, or in the account",
    ),
)
ALERTS = (
    Guard(
        "alert_without_budget",
        "alert, budget_alert, budget_status",
        "a budget's alert fires, and no budget with a status is known",
        "run budget_monitoring, which tells alerts anew",
    ),
)
CHARGEBACKS = (
    Guard(
        "line_without_period",
        "chargeback_line, chargeback_change, chargeback_period",
        "lines are of no open or closed period",
        CHARGE_AGAIN,
    ),
    Guard(
        "chargeback_currency",
        "chargeback_period",
        "a period is in what is no currency code",
        "put BillingCurrency right in the reports, then " + CHARGE_AGAIN,
    ),
)
ALL = (*BUDGETS, *ALERTS, *CHARGEBACKS)


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that does not hold, and the rows that break it."""

    guard: Guard
    rows: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        """What is broken, where, and what to do."""
        shown = "; ".join(
            ", ".join(f"{name} {value}" for name, value in row.items()) for row in self.rows[:SHOWN]
        )
        more = f" and {len(self.rows) - SHOWN} more" if len(self.rows) > SHOWN else ""
        return (
            f"{self.guard.name} ({self.guard.tables}): {self.guard.broken}: {shown}{more}: "
            f"{self.guard.remedy}"
        )


class GuardBroken(RuntimeError):
    """Rules do not hold: nothing of the transaction is to be kept."""


def broken(session: Session, guards: Iterable[Guard] = ALL) -> list[Broken]:
    """The rules that do not hold in the transaction."""
    found = []
    for guard in guards:
        rows = session.query(statement(f"governance/guards/{guard.name}")).to_pylist()
        if rows:
            found.append(Broken(guard, tuple(rows)))
    return found


def require(session: Session, guards: Iterable[Guard] = ALL) -> None:
    """Let the transaction go on only if the rules hold.

    :raises GuardBroken: naming each that does not, its rows, and what to do.
    """
    if found := broken(session, guards):
        raise GuardBroken("\n".join(map(str, found)))
