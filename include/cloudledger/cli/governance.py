"""``cloudledger budgets`` and ``cloudledger plans``."""

from __future__ import annotations

from datetime import datetime

from cloudledger.governance.remediation import undo_wish
from cloudledger.reporting import governance, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy, open_duckdb


def tell_budgets(settings: Settings, *, json: bool) -> None:
    """The budgets that accounts held when they were read last."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = governance.budgets(session)
    if json:
        print(to_json({"budgets": found}))
    else:
        governance.show_budgets(terminal.console(), found)


def tell_plans(settings: Settings, plan_id: str, *, json: bool) -> None:
    """The newest plans of changes to accounts, or one with its changes.

    :raises NoSuchPlan: no plan is meant, or several.
    """
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        if not plan_id:
            found, waiting = governance.plans(session), undo_wish.open_wishes(session)
        else:
            row, steps = governance.plan(session, plan_id)
    if not plan_id:
        if json:
            print(to_json({"plans": found, "undo": waiting}))
        else:
            governance.show_plans(terminal.console(), found)
            governance.show_wishes(terminal.console(), waiting)
    elif json:
        print(to_json({**row, "steps": steps}))
    else:
        governance.show_plan(terminal.console(), row, steps)


def ask_undo(
    settings: Settings, plan_id: str, *, because: str, by: str, at: datetime, json: bool
) -> None:
    """Let the next run of remediation plan the reverse of a plan. No account is asked here.

    :raises NoSuchPlan: no plan is meant, or several.
    :raises UndoRefused: and why.
    :raises UnknownPlan: nothing of it was carried out.
    """
    with open_duckdb(settings.warehouse) as warehouse:
        warehouse.migrate()
        with warehouse.transaction() as session:
            row, _ = governance.plan(session, plan_id)
            meant = row["plan_id"]
            changes = undo_wish.ask(session, meant, row["area"], because=because, by=by, at=at)
        warehouse.publish_copy()
    if json:
        print(to_json({"plan_id": meant, "because": because, "asked_by": by, "changes": changes}))
        return
    out = terminal.console()
    for change in changes:
        out.print(f"{change.target} of {change.account}", markup=False, soft_wrap=True)
    out.print(
        f"The next run of the DAG remediation looks at the account and plans the reverse of {meant}"
        ", to be approved as any plan; no account was asked or changed by this command.",
        markup=False,
        soft_wrap=True,
    )
