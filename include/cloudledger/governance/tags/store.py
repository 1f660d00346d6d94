"""Coverage of tags and findings in the warehouse.

A day's coverage is what the run of the latest instant told of it; the scopes and findings are
those of the latest run.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from cloudledger.governance.tags.coverage import DAY_COLUMNS, SCOPE_COLUMNS, Coverage, Tagged
from cloudledger.governance.tags.findings import Finding
from cloudledger.governance.tags.values import State
from cloudledger.run import Run
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

STANDS_FOR = "tags_as_of"


def save_tags(session: Session, run: Run, tagged: Tagged) -> bool:
    """Keep the days that no later run told, and, unless one told them, scopes and findings;
    whether those were kept."""
    span = {"first_day": tagged.first_day, "end_day": tagged.end_day}
    later = session.query(
        statement("governance/tags/days_told_later"), as_of=run.as_of, **span
    ).to_pylist()
    standing = {row["charge_day"] for row in later}
    session.execute(statement("governance/tags/forget_coverage"), as_of=run.as_of, **span)
    days = [one for one in tagged.days if one.where["charge_day"] not in standing]
    _insert(session, run, "tag_coverage", [_coverage_row(one) for one in days], _DAYS)
    if stands_later(session, run.as_of):
        return False
    whole = {"first_day": tagged.first_day, "last_day": tagged.end_day - timedelta(days=1)}
    scopes = [_coverage_row(one) | whole for one in tagged.scopes]
    found = [_finding_row(one) for one in tagged.findings]
    session.execute(statement("governance/tags/forget_scopes"))
    session.execute(statement("governance/tags/forget_findings"))
    _insert(session, run, "tag_scope_coverage", scopes, _SCOPES)
    _insert(session, run, "tag_finding", found, _FINDINGS)
    session.execute(statement("ledger/forget_state"), name=STANDS_FOR)
    stamp = {"name": [STANDS_FOR], "value": [run.as_of.isoformat()]}
    session.insert("ledger_state", pa.table(stamp))
    return True


def stands_later(session: Session, as_of: datetime) -> bool:
    """Whether the scopes and findings that are kept stand for a later instant."""
    rows = session.query(statement("ledger/state"), name=STANDS_FOR).to_pylist()
    return bool(rows) and datetime.fromisoformat(rows[0]["value"]) > as_of


def _insert(
    session: Session, run: Run, table: str, rows: list[dict[str, Any]], schema: pa.Schema
) -> None:
    if rows:
        told = {"as_of": run.as_of, "run_id": run.run_id}
        session.insert(table, pa.Table.from_pylist([row | told for row in rows], schema=schema))


def _coverage_row(one: Coverage) -> dict[str, Any]:
    return {
        **one.where,
        "tag_key": one.tag_key,
        "billing_currency": one.billing_currency,
        **{f"{state}_cost": one.cost[state] for state in State},
        **{f"{state}_resources": one.resources[state] for state in State},
    }


def _finding_row(one: Finding) -> dict[str, Any]:
    row = {field.name: getattr(one, field.name) for field in fields(Finding)}
    return row | {"state": one.state.value}


_TOLD = [("as_of", INSTANT), ("run_id", pa.string())]
_COVERAGE = [
    ("tag_key", pa.string()),
    ("billing_currency", pa.string()),
    *((f"{state}_cost", MONEY) for state in State),
    *((f"{state}_resources", pa.int64()) for state in State),
    *_TOLD,
]
_TYPES = {
    "charge_day": pa.date32(),
    "last_day": pa.date32(),
    "cost": MONEY,
    "confidence": MONEY,
}
_DAYS = pa.schema([*((name, _TYPES.get(name, pa.string())) for name in DAY_COLUMNS), *_COVERAGE])
_SCOPES = pa.schema(
    [
        *((name, pa.string()) for name in SCOPE_COLUMNS),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        *_COVERAGE,
    ]
)
_FINDINGS = pa.schema(
    [
        *((field.name, _TYPES.get(field.name, pa.string())) for field in fields(Finding)),
        *_TOLD,
    ]
)
