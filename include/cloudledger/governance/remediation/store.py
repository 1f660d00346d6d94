"""What remediation goes by in the warehouse: what it did, and which alerts stand."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from cloudledger.governance.apply import State
from cloudledger.governance.change import Change
from cloudledger.governance.plan_store import UnknownPlan, steps
from cloudledger.governance.remediation.instance import STOPPED
from cloudledger.governance.remediation.planning import policy_of
from cloudledger.governance.remediation.scaling_group import bounds_of
from cloudledger.governance.remediation.wishes import Past
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

AREA = "remediation"
REMEMBERED = timedelta(days=62)
"""Longer than any occasion: a month, or a holiday."""

HOUR = timedelta(hours=1)


def past_changes(session: Session, as_of: datetime) -> dict[str, list[Past]]:
    """By target what was done to it, or rejected, the oldest first; once for each policy."""
    found: dict[str, list[Past]] = {}
    rows = session.query(
        statement("governance/remediation_past"), area=AREA, since=as_of - REMEMBERED
    )
    for row in rows.to_pylist():
        before = json.loads(row["before_document"] or "{}")
        after = json.loads(row["after_document"] or "{}")
        moved = before.get("state") != after.get("state")
        bounds = (bounds_of(before), bounds_of(after))
        for reason in (row["reasons"] or "").splitlines():
            past = Past(
                policy_of(reason),
                row["done_at"],
                row["state"] == "verified",
                after["state"] == STOPPED if moved else None,
                bounds if bounds[0] != bounds[1] else (),
            )
            found.setdefault(row["target"], []).append(past)
    return found


def changes_left(session: Session, as_of: datetime, *, per_run: int, per_hour: int) -> int:
    """How many changes a run may plan."""
    (row,) = session.query(
        statement("governance/changes_since"), area=AREA, since=as_of - HOUR
    ).to_pylist()
    return max(0, min(per_run, per_hour - int(row["changes"])))


def carried_out(session: Session, plan_id: str) -> list[Change]:
    """The changes of a plan that were read back as they were wanted.

    :raises UnknownPlan: there is no such plan, or none of it was carried out.
    """
    done = [one.change for one in steps(session, plan_id) if one.state is State.VERIFIED]
    if not done:
        raise UnknownPlan(f"of plan {plan_id} nothing was carried out: there is nothing to undo")
    return done
