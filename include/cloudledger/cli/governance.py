"""``cloudledger budgets`` and ``cloudledger plans``."""

from __future__ import annotations

from cloudledger.reporting import governance, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy


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
            found = governance.plans(session)
        else:
            row, steps = governance.plan(session, plan_id)
    if not plan_id:
        if json:
            print(to_json({"plans": found}))
        else:
            governance.show_plans(terminal.console(), found)
    elif json:
        print(to_json({**row, "steps": steps}))
    else:
        governance.show_plan(terminal.console(), row, steps)
