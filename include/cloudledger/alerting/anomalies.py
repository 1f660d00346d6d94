"""What somebody should know of the anomalies of the last days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cloudledger.alerting.alert import Alert, Severity, State
from cloudledger.exact import digits
from cloudledger.run import Run
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

RECENT = timedelta(days=7)
"""An event that ended earlier is over."""

DIMENSIONS = {
    "provider_name": "provider",
    "service_name": "service",
    "sub_account_id": "sub_account",
    "region_id": "region",
    "resource_id": "resource",
    "sku_id": "sku",
}


def anomaly_alerts(session: Session, run: Run) -> Iterator[Alert]:
    """An alert for each material event of the last week that nobody said was expected."""
    since = run.as_of.date() - RECENT
    for row in session.query(statement("alerting/anomalies"), since=since).to_pylist():
        yield Alert(
            alert_id=row["event_id"],
            kind="anomaly",
            severity=Severity(row["severity"]),
            state=State.FIRING,
            subject=_named(row),
            dimensions=_dimensions(row),
            amount=digits(row["actual_cost"]),
            threshold=digits(row["expected_cost"]),
            currency=row["billing_currency"],
            first_seen=run.as_of,
            as_of=run.as_of,
            text=_told(row),
        )


def _dimensions(row: dict[str, Any]) -> dict[str, str]:
    found = {DIMENSIONS[name]: row[name] for name in DIMENSIONS if row.get(name)}
    if row["tag_key"]:
        found[f"tag:{row['tag_key']}"] = row["tag_value"] or ""
    for name, value in json.loads(row["dimension_values"] or "{}").items():
        found[DIMENSIONS.get(name, name)] = value
    return found


def _named(row: dict[str, Any]) -> str:
    if row["tag_key"]:
        return f"{row['tag_key']}={row['tag_value'] or ''} ({row['billing_currency']})"
    told = [row[name] for name in ("service_name", "sub_account_id", "region_id") if row[name]]
    return f"{' / '.join(told) or row['provider_name'] or 'total'} ({row['billing_currency']})"


def _told(row: dict[str, Any]) -> str:
    days = f"{row['start_day']:%F}"
    if row["end_day"] != row["start_day"]:
        days += f" to {row['end_day']:%F}"
    text = (
        f"{row['kind'].replace('_', ' ')} of {_named(row)} on {days}: {row['actual_cost']:,.2f} "
        f"instead of {row['expected_cost']:,.2f} {row['billing_currency']}"
    )
    if row["dimension_values"]:
        cause = ", ".join(
            f"{name} {value}" for name, value in json.loads(row["dimension_values"]).items()
        )
        text += f"; {row['share_of_excess'] * 100:.0f} % of it by {cause}"
    if row["runbook"]:
        text += f"; runbook: {row['runbook']}, {row['runbook_uri']}"
    return text
