"""The page of governance: budgets, alerts, plans of changes, and how far cost is tagged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from cloudledger.governance.tags.coverage import percent_of
from cloudledger.governance.tags.values import State
from cloudledger.reporting.page import Row, Sheet
from cloudledger.reporting.page_format import percent
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

ROWS = 25
"""Budgets, alerts and plans that one page of each holds."""
LOOK_BACK = timedelta(days=7)
"""How long an alert is shown after it was over."""
SCALE = Decimal(125)
"""Percent of the amount at which a bar ends."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Percent of a budget's amount, between 0 and :data:`SCALE`, to be drawn; ``text`` has the
    true ones."""

    spent: Decimal
    foretold: Decimal | None
    text: str


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget with its alert rules; ``bar`` is None where nobody has looked at what is spent."""

    row: Row
    scope: str
    rules: Sequence[str]
    recipients: Sequence[str]
    bar: Bar | None


@dataclass(frozen=True, slots=True)
class Covered:
    """A tag's key in one currency: the share of the cost that can be tagged, None where that cost
    is zero or below; ``goal`` is a share too, None for a key that is not asked for any more."""

    row: Row
    share: Decimal | None
    goal: Decimal | None

    @property
    def verdict(self) -> str:
        """``met``, ``missed`` or ``unknown``: the share held against the goal."""
        if self.share is None or self.goal is None:
            return "unknown"
        return "met" if self.share >= self.goal else "missed"


@dataclass(frozen=True, slots=True)
class GovernancePage:
    """Everything on the page. ``looked_at``: the instant that alerts and what is spent stand for,
    None before any run has looked."""

    looked_at: datetime | None
    budgets: Sequence[Budget]
    budget_sheet: Sheet
    alerts: Sheet
    plans: Sheet
    coverage: Sequence[Covered]


def governance(
    session: Session,
    goals: Mapping[str, Decimal],
    *,
    number: int = 1,
    alert_number: int = 1,
    plan_number: int = 1,
) -> GovernancePage:
    """The page; each list has its own number.

    :param goals: by tag key the percent that should be covered.
    """
    looked_at = _rows(session, "monitored")[0]["as_of"]
    since = looked_at and looked_at - LOOK_BACK
    budgets, total = _budgets(session, number)
    alerts = _rows(session, "alerts", since=since, **_span(alert_number))
    return GovernancePage(
        looked_at=looked_at,
        budgets=budgets,
        budget_sheet=Sheet([one.row for one in budgets], number, total, ROWS),
        alerts=_sheet([_with_amounts(row) for row in alerts], alert_number),
        plans=_sheet(_rows(session, "plans", **_span(plan_number)), plan_number),
        coverage=[_covered(row, goals) for row in _rows(session, "tag_coverage")],
    )


def scope_words(scope: Mapping[str, str]) -> str:
    """What a budget is of, as its document has it: ``tag team = shop``."""
    kind, value = scope["kind"], scope.get("value", "")
    match kind:
        case "total":
            return "the whole account"
        case "compartment":
            return f"compartment {value} and those below it"
        case "account":
            return f"linked account {value}"
        case "tag":
            return f"tag {scope['key']} = {value}"
        case "several":
            return f"several: {value}"
    return f"{kind} {value}"


def rule_words(rule: Row) -> str:
    """When an alert rule tells: ``90 % spent``."""
    what = {"ACTUAL": "spent", "FORECAST": "foretold"}[rule["rule_type"]]
    return f"{rule['percent'].normalize():f} % {what}"


def bar(row: Row) -> Bar | None:
    """What is spent and foretold of the amount of a row of ``budget_status``."""
    spent, foretold = row["actual_percent"], row["forecast_percent"]
    if spent is None:
        return None
    told = "nothing" if foretold is None else percent(foretold / 100)
    return Bar(
        spent=_drawn(spent),
        foretold=None if foretold is None else _drawn(foretold),
        text=f"{percent(spent / 100)} spent, {told} foretold",
    )


def _drawn(value: Decimal) -> Decimal:
    return min(max(value, Decimal(0)), SCALE).quantize(Decimal("0.1"))


def _covered(row: Row, goals: Mapping[str, Decimal]) -> Covered:
    tagged = percent_of({state: row[f"{state}_cost"] for state in State})
    goal = goals.get(row["tag_key"])
    return Covered(
        row, None if tagged is None else tagged / 100, None if goal is None else goal / 100
    )


def _budgets(session: Session, number: int) -> tuple[list[Budget], int]:
    rows = _rows(session, "budgets", **_span(number))
    found = []
    for _, of_budget in groupby(rows, key=itemgetter("budget_id")):
        members = list(of_budget)
        rules = [one for one in members if one["rule_place"] is not None]
        told = {who for one in rules for who in json.loads(one["recipients"] or "[]")}
        found.append(
            Budget(
                row=members[0],
                scope=scope_words(json.loads(members[0]["scope"])),
                rules=[rule_words(one) for one in rules],
                recipients=sorted(told),
                bar=bar(members[0]),
            )
        )
    return found, rows[0]["total"] if rows else 0


def _with_amounts(row: Row) -> Row:
    """An alert's amounts, which are kept as text, as numbers."""
    amounts = {name: row[name] and Decimal(row[name]) for name in ("amount", "threshold")}
    return {**row, **amounts}


def _sheet(rows: Sequence[Row], number: int) -> Sheet:
    return Sheet(rows, number, rows[0]["total"] if rows else 0, ROWS)


def _span(number: int) -> dict[str, int]:
    return {"first_row": (number - 1) * ROWS + 1, "last_row": number * ROWS}


def _rows(session: Session, name: str, **binds: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = session.query(
        statement(f"reporting/page_{name}"), **binds
    ).to_pylist()
    return rows
