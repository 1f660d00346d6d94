"""Budgets, plans of changes and alerts in the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from cloudledger.governance.plan_store import Step, steps
from cloudledger.governance.remediation.undo_wish import UndoWish
from cloudledger.reporting.terminal import grid
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

Row = Mapping[str, Any]
COLOURS = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "none": "green",
    "verified": "green",
    "applied": "green",
    "approved": "yellow",
    "failed": "bold red",
    "refused": "bold red",
}


class NoSuchPlan(LookupError):
    """There is no plan of that id: how to find one."""


def budgets(session: Session) -> list[Row]:
    """Every budget that an account held when it was read last, with its newest status."""
    held: dict[str, dict[str, Any]] = {}
    for row in session.query(statement("governance/budgets")).to_pylist():
        told = held.setdefault(row["budget_id"], {**row, "rules": []})
        if row["rule_type"]:
            told["rules"].append({"type": row["rule_type"], "percent": row["percent"]})
    status = {
        row["budget_id"]: row
        for row in session.query(statement("governance/budget_status")).to_pylist()
    }
    return [
        {
            "account": row["account"],
            "budget": row["budget_name"],
            "amount": row["amount"],
            "billing_currency": row["billing_currency"],
            "scope": json.loads(row["scope"]),
            "managed": bool(row["managed"]),
            "rules": row["rules"],
            "read_at": row["read_at"],
            "status": status.get(budget_id),
        }
        for budget_id, row in held.items()
    ]


def plans(session: Session) -> list[Row]:
    """The newest plans of changes, the latest first."""
    rows: list[Row] = session.query(statement("governance/plans")).to_pylist()
    return rows


def plan(session: Session, plan_id: str) -> tuple[Row, list[Step]]:
    """One plan, by its id or the first digits of it, and its changes.

    :raises NoSuchPlan: none is meant, or several.
    """
    meant = [row for row in plans(session) if row["plan_id"].startswith(plan_id)]
    if len(meant) != 1:
        many = "several plans begin" if meant else "no plan begins"
        raise NoSuchPlan(f"{many} with {plan_id}: cloudledger plans lists them")
    return meant[0], steps(session, meant[0]["plan_id"])


def show_budgets(out: Console, found: Sequence[Row]) -> None:
    """Each budget in a row: how much, of what, and how far it is spent."""
    table = grid(
        "account",
        "budget",
        "scope",
        "alert rules",
        "severity",
        amount="amount",
        spent="spent",
        foretold="foretold",
    )
    for row in found:
        status = row["status"] or {}
        scope = " ".join(row["scope"].values())
        name = row["budget"] if row["managed"] else f"{row['budget']} (not ours)"
        severity = status.get("severity", "")
        table.add_row(
            row["account"],
            escape(name),
            escape(scope),
            ", ".join(f"{one['type']} {one['percent']:.0f} %" for one in row["rules"]),
            _coloured(severity),
            f"{row['amount']:,.2f} {row['billing_currency']}",
            _percent(status.get("actual_percent")),
            _percent(status.get("forecast_percent")),
        )
    out.print(table)


def show_plans(out: Console, found: Sequence[Row]) -> None:
    """Each plan in a row: how it was decided and how far it came."""
    table = grid("plan", "of", "as of", "state", "decided", changes="changes", done="read back")
    for row in found:
        how = " ".join(filter(None, (row["decided_how"], row["decided_by"])))
        table.add_row(
            row["plan_id"],
            row["area"],
            f"{row['as_of']:%Y-%m-%d %H:%M}",
            _coloured(row["state"]) + (" (dry run)" if row["dry_run"] else ""),
            escape(how),
            str(row["changes"] or 0),
            str(row["verified"] or 0),
        )
    out.print(table)


def show_wishes(out: Console, found: Sequence[UndoWish]) -> None:
    """What was asked to be taken back and waits for a run, a line each."""
    for one in found:
        told = (
            f"plan {one.plan_id} is to be taken back ({one.asked_by}, "
            f"{one.asked_at:%Y-%m-%d %H:%M}: {one.because}): the next run of remediation plans it"
        )
        out.print(told, markup=False, soft_wrap=True)


def show_plan(out: Console, row: Row, found: Sequence[Step]) -> None:
    """A plan's changes, why each is wanted, and how it ended."""
    show_plans(out, [row])
    for problem in (row["problems"] or "").splitlines():
        out.print(f"[yellow]could not be planned[/] {escape(problem)}", soft_wrap=True)
    table = grid("action", "account", "what", "why", "state")
    for step in found:
        state = _coloured(step.state.value)
        table.add_row(
            step.change.action.value,
            step.change.account,
            escape(step.change.target),
            escape("\n".join(step.change.reasons)),
            state + (f" {escape(step.told)}" if step.told else ""),
        )
    out.print(table)


def _coloured(state: str) -> str:
    colour = COLOURS.get(state)
    return f"[{colour}]{state}[/]" if colour else state


def _percent(value: Any) -> str:
    return "" if value is None else f"{value:.1f} %"
