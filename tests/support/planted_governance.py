"""Budgets, alerts, plans and tag coverage, kept the way the runs keep them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudledger.alerting.alert_store import keep, standing
from cloudledger.alerting.turns import look
from cloudledger.governance.apply import Outcome, State
from cloudledger.governance.budgets.status import BudgetStatus
from cloudledger.governance.budgets.status_store import save_statuses
from cloudledger.governance.budgets.store import budget_id, save_budgets
from cloudledger.governance.change import Change, Found
from cloudledger.governance.config import AccountSettings
from cloudledger.governance.plan import Plan, plan_of
from cloudledger.governance.plan_store import decide, end, mark, propose, steps
from cloudledger.run import Run
from cloudledger.warehouse.port import Session
from tests.support.alerts import alert
from tests.support.planted_insights import plant

AS_OF = datetime(2026, 3, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)
MAIN = AccountSettings(
    name="main", kind="oci", conn_id="oci_default", account_id="ocid1.tenancy", currency="EUR"
)


def budget_document(name: str, **other: Any) -> dict[str, Any]:
    rule = {"type": "ACTUAL", "percent": "90", "emails": ["finops@example.com"]}
    return {
        "name": name,
        "amount": "1200.5",
        "scope": {"kind": "tag", "key": "Finance.team", "value": name},
        "rules": [rule, {**rule, "type": "FORECAST", "percent": "100.5"}],
        "managed": True,
        **other,
    }


def plant_budgets(session: Session, *documents: dict[str, Any]) -> None:
    """What account ``main`` holds, read two hours before :data:`AS_OF`."""
    found = {one["name"]: Found(one) for one in documents}
    save_budgets(session, MAIN, found, read_at=AS_OF - 2 * DAY / 24, run_id="run")


def status(name: str, actual: str, forecast: str | None, **other: Any) -> BudgetStatus:
    return BudgetStatus(
        **{
            "budget_id": budget_id("main", name),
            "account": "main",
            "budget_name": name,
            "month": date(2026, 3, 1),
            "as_of_day": AS_OF.date(),
            "billing_currency": "EUR",
            "amount": Decimal(1000),
            "actual_cost": Decimal(actual),
            "forecast_cost": None if forecast is None else Decimal(forecast),
            "days_left": 12,
            **other,
        }
    )


def plant_statuses(session: Session, *found: BudgetStatus, at: datetime = AS_OF) -> None:
    assert save_statuses(session, Run("run", at), found)


def plant_alerts(session: Session, *firing: Any, at: datetime = AS_OF) -> None:
    """Look at these alerts: those that stand and are not among them are over."""
    keep(session, look(standing(session), firing, at), "run")


def plant_plan(session: Session, *changes: Change, at: datetime = AS_OF, **other: Any) -> Plan:
    """A plan that nobody has decided on."""
    plan = plan_of("budget", f"run {at}", changes, other.pop("problems", ()))
    assert propose(session, plan, run_id="run", as_of=at, dry_run=other.pop("dry_run", False))
    return plan


def coverage(key: str, provider: str = "Oracle", **costs: str) -> dict[str, Any]:
    """A row of ``tag_scope_coverage`` of a provider."""
    names = ("tagged", "wrong", "untagged", "untaggable")
    return {
        "scope_kind": "provider",
        "provider_name": provider,
        "tag_key": key,
        "billing_currency": "EUR",
        "first_day": date(2026, 2, 18),
        "last_day": date(2026, 3, 19),
        **{f"{name}_cost": Decimal(costs.get(name, "0")) for name in names},
        **{f"{name}_resources": 1 for name in names},
        "as_of": AS_OF,
        "run_id": "run",
    }


def plant_governance(session: Session, text: str) -> str:
    """Some of everything, with a hostile text wherever a cloud or a person gives one; the id of
    the plan."""
    plant_budgets(
        session,
        budget_document("calm"),
        budget_document(f"worst {text}", managed=False),
        budget_document("unseen", scope={"kind": "total"}),
    )
    plant_statuses(
        session,
        status("calm", "100.25", None),
        status(f"worst {text}", "912.125", "1450", amount=Decimal("1200.5")),
    )
    over = alert("over", "medium", subject=f"over {text}")
    plant_alerts(session, over, alert("old", subject="long over"), at=AS_OF - 30 * DAY)
    plant_alerts(session, over, at=AS_OF - 20 * DAY)
    plant_alerts(session, alert("fires", "critical", text=f"91.5 % spent {text}"))
    before = budget_document(f"worst {text}")
    plan = plant_plan(
        session,
        Change("main", f"worst {text}", before, {**before, "amount": "1500.5"}, None, (text,)),
        Change("main", "calm", before, before),
        Change("main", "new", None, before),
        problems=(f"no forecast of {text}",),
    )
    decide(
        session,
        plan.plan_id,
        approved=True,
        how="person",
        by=f"keeper {text}",
        at=AS_OF,
        why=f"it grew {text}",
    )
    for step in steps(session, plan.plan_id):
        if step.change.target == "new":
            mark(session, plan.plan_id, step, Outcome(State.VERIFIED), AS_OF)
        elif step.change.target != "calm":
            mark(session, plan.plan_id, step, Outcome(State.REFUSED, f"changed {text}"), AS_OF)
    end(session, plan.plan_id, failed=True)
    plant(
        session,
        "tag_scope_coverage",
        coverage(f"team {text}", tagged="5", untagged="1.5", untaggable="3"),
        coverage("cost_center", tagged="96", untagged="1"),
        coverage("cost_center", "AWS", wrong="3"),
    )
    return plan.plan_id
