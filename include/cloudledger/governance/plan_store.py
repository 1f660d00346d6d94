"""Plans in the warehouse: proposed, decided, applied, each change with how far it came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

from cloudledger.governance.apply import Outcome, State
from cloudledger.governance.change import Action, Change, Document, written
from cloudledger.governance.plan import Plan
from cloudledger.governance.plan import UnknownPlan as UnknownPlan
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Session

Decided = Literal["person", "policy", "silence"]
APPROVED = ("approved", "applied", "failed")
"""The states of a plan that somebody let be applied."""
TOLD_BYTES, LISTED_BYTES = 2000, 4000
"""What a column for a person's or an account's words holds, and one for a list of sentences."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change of a kept plan, and how far it came."""

    place: int
    change: Change
    state: State
    told: str


def propose(session: Session, plan: Plan, *, run_id: str, as_of: datetime, dry_run: bool) -> bool:
    """Keep a plan; older ones of its area that nobody decided on give way. Whether it was kept:
    one that the same run made before, and that was decided on, stays as it is.
    """
    standing = session.query(statement("governance/plan"), plan_id=plan.plan_id).to_pylist()
    if standing and standing[0]["state"] != "proposed":
        return False
    session.execute(statement("governance/forget_plan"), plan_id=plan.plan_id)
    session.execute(statement("governance/forget_plan_changes"), plan_id=plan.plan_id)
    session.execute(statement("governance/supersede_plans"), area=plan.area, plan_id=plan.plan_id)
    row = {
        "plan_id": plan.plan_id,
        "area": plan.area,
        "state": "proposed" if plan.to_do else "applied",
        "dry_run": int(dry_run),
        "problems": _cut("\n".join(plan.problems), LISTED_BYTES) or None,
        "as_of": as_of,
        "run_id": run_id,
    }
    session.insert("change_plan", pa.Table.from_pylist([row], schema=_PLAN))
    if plan.changes:
        rows = [_row(plan, place, one) for place, one in enumerate(plan.changes, 1)]
        session.insert("account_change", pa.Table.from_pylist(rows, schema=_CHANGE))
    return True


def decide(
    session: Session,
    plan_id: str,
    *,
    approved: bool,
    how: Decided,
    by: str,
    at: datetime,
    why: str = "",
) -> None:
    """Keep who let a proposed plan be applied, or did not.

    :raises UnknownPlan: it is not there, or was decided on or superseded.
    """
    decided = session.execute(
        statement("governance/decide_plan"),
        plan_id=plan_id,
        plan_state="approved" if approved else "rejected",
        decided_how=how,
        decided_by=by,
        decided_at=at,
        why=_cut(why) or None,
    )
    if not decided:
        raise UnknownPlan(
            f"plan {plan_id} is not open to a decision: it is unknown, decided on, or a newer "
            "plan took its place. Run the DAG again to plan anew"
        )


def plan_state(session: Session, plan_id: str) -> str:
    """How far a plan has come: ``proposed``, ``approved``, ...

    :raises UnknownPlan: there is no such plan.
    """
    found = session.query(statement("governance/plan"), plan_id=plan_id).to_pylist()
    if not found:
        raise UnknownPlan(f"there is no plan {plan_id}")
    return str(found[0]["state"])


def steps(session: Session, plan_id: str) -> list[Step]:
    """The changes of a plan in their order.

    :raises UnknownPlan: there is no such plan.
    """
    plan_state(session, plan_id)
    return list(_steps(session, plan_id))


def approved_steps(session: Session, plan_id: str) -> list[Step]:
    """The changes of a plan that somebody let be made, in their order.

    :raises UnknownPlan: nobody did, or there is no such plan.
    """
    state = plan_state(session, plan_id)
    if state not in APPROVED:
        raise UnknownPlan(
            f"plan {plan_id} is {state}, not approved: none of it is made. "
            "Run the DAG again to plan anew"
        )
    return list(_steps(session, plan_id))


def unfinished(session: Session, area: str) -> list[str]:
    """The approved plans of an area that were not gone through to their end, oldest first."""
    found = session.query(statement("governance/unfinished_plans"), area=area)
    return [row["plan_id"] for row in found.to_pylist()]


def mark(session: Session, plan_id: str, step: Step, outcome: Outcome, at: datetime) -> None:
    """Keep how far a change has come."""
    session.execute(
        statement("governance/mark_change"),
        plan_id=plan_id,
        place=step.place,
        change_state=outcome.state.value,
        told=_cut(outcome.told) or None,
        changed_at=at,
    )


def end(session: Session, plan_id: str, *, failed: bool) -> None:
    """An approved plan was gone through: every change of it is verified, refused or failed."""
    session.execute(
        statement("governance/end_plan"),
        plan_id=plan_id,
        plan_state="failed" if failed else "applied",
    )


def last_verified(session: Session, area: str, account: str) -> dict[str, Document]:
    """By target the document that an account last held after a change of ours."""
    found = session.query(statement("governance/last_verified"), area=area, account=account)
    return {row["target"]: json.loads(row["after_document"]) for row in found.to_pylist()}


def _steps(session: Session, plan_id: str) -> Iterator[Step]:
    for row in session.query(statement("governance/plan_changes"), plan_id=plan_id).to_pylist():
        change = Change(
            row["account"],
            row["target"],
            _read(row["before_document"]),
            _read(row["after_document"]),
            row["found_version"],
            tuple((row["reasons"] or "").splitlines()),
        )
        yield Step(row["place"], change, State(row["state"]), row["told"] or "")


def _row(plan: Plan, place: int, change: Change) -> dict[str, Any]:
    unchanged = change.action is Action.UNCHANGED
    return {
        "plan_id": plan.plan_id,
        "place": place,
        "account": change.account,
        "target": change.target,
        "action": change.action.value,
        "before_document": written(change.before),
        "after_document": written(change.after),
        "found_version": change.version,
        "reasons": _cut("\n".join(change.reasons), LISTED_BYTES) or None,
        "state": (State.VERIFIED if unchanged else State.PLANNED).value,
    }


def _read(document: str | None) -> Document | None:
    return None if document is None else json.loads(document)


def _cut(text: str, most: int = TOLD_BYTES) -> str:
    return text.encode()[:most].decode(errors="ignore")


_PLAN = pa.schema(
    [
        *((name, pa.string()) for name in ("plan_id", "area", "state", "problems", "run_id")),
        ("dry_run", pa.int64()),
        ("as_of", INSTANT),
    ]
)
_CHANGE = pa.schema(
    [
        ("place", pa.int64()),
        *(
            (name, pa.string())
            for name in (
                "plan_id",
                "account",
                "target",
                "action",
                "before_document",
                "after_document",
                "found_version",
                "reasons",
                "state",
            )
        ),
    ]
)
