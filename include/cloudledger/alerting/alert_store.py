"""Alerts in the warehouse, from when they fire until they are resolved."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pyarrow as pa

from cloudledger.alerting.alert import Alert, Severity, State
from cloudledger.alerting.turns import Look, Standing
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Session

TOLD_BYTES = 2000


def looked_later(session: Session, as_of: datetime) -> bool:
    """Whether a run of a later instant has looked already."""
    (newest,) = session.query(statement("alerting/newest_alert")).to_pylist()
    return newest["as_of"] is not None and newest["as_of"] > as_of


def standing(session: Session) -> list[Standing]:
    """The alerts that fire."""
    return [
        Standing(
            Alert(
                alert_id=row["alert_id"],
                kind=row["kind"],
                severity=Severity(row["severity"]),
                state=State.FIRING,
                subject=row["subject"],
                dimensions=json.loads(row["dimensions"]),
                amount=row["amount"],
                threshold=row["threshold"],
                currency=row["billing_currency"],
                first_seen=row["first_seen"],
                as_of=row["as_of"],
                text=row["told"],
                budget_id=row["budget_id"] or "",
            ),
            Severity(row["worst_severity"]),
        )
        for row in session.query(statement("alerting/firing")).to_pylist()
    ]


def keep(session: Session, found: Look, run_id: str) -> None:
    """Keep how alerts stand after a look."""
    rows = [_row(one.alert, one.worst, run_id) for one in found.standing]
    worst = {one.alert.alert_id: one.worst for one in standing(session)}
    rows += [_row(one, worst[one.alert_id], run_id) for one in found.resolved]
    for row in rows:
        key = {"alert_id": row["alert_id"], "first_seen": row["first_seen"]}
        session.execute(statement("alerting/forget_budget_alert"), **key)
        session.execute(statement("alerting/forget_alert"), **key)
    if rows:
        session.insert("alert", pa.Table.from_pylist(rows, schema=_ALERT))
    budgets = [
        {"alert_id": one.alert_id, "first_seen": one.first_seen, "budget_id": one.budget_id}
        for one in (*(each.alert for each in found.standing), *found.resolved)
        if one.budget_id
    ]
    if budgets:
        session.insert("budget_alert", pa.Table.from_pylist(budgets, schema=_OF_BUDGET))


def _row(alert: Alert, worst: Severity, run_id: str) -> dict[str, Any]:
    over = alert.state is State.RESOLVED
    return {
        "alert_id": alert.alert_id,
        "first_seen": alert.first_seen,
        "kind": alert.kind,
        "subject": alert.subject,
        "state": "resolved" if over else "firing",
        "severity": alert.severity.value,
        "worst_severity": worst.value,
        "dimensions": json.dumps(dict(alert.dimensions), sort_keys=True),
        "amount": alert.amount,
        "threshold": alert.threshold,
        "billing_currency": alert.currency,
        "told": alert.text.encode()[:TOLD_BYTES].decode(errors="ignore"),
        "resolved_at": alert.as_of if over else None,
        "as_of": alert.as_of,
        "run_id": run_id,
    }


_TEXTS = (
    "alert_id",
    "kind",
    "subject",
    "state",
    "severity",
    "worst_severity",
    "dimensions",
    "amount",
    "threshold",
    "billing_currency",
    "told",
    "run_id",
)
_ALERT = pa.schema(
    [
        *((name, pa.string()) for name in _TEXTS),
        *((name, INSTANT) for name in ("first_seen", "resolved_at", "as_of")),
    ]
)
_OF_BUDGET = pa.schema(
    [("alert_id", pa.string()), ("first_seen", INSTANT), ("budget_id", pa.string())]
)
