"""What redeliveries changed, as the warehouse keeps it: a projection of the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from cloudledger import exact
from cloudledger.lake.journal import Change, Record
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

SERVICE_BYTES = 512


def keep_changes(
    session: Session, records: Sequence[tuple[int, Record]], *, after_version: int
) -> None:
    """Replace what the journal after a version says of changes by what these records say."""
    session.execute(statement("ledger/forget_redelivery_changes"), version=after_version)
    rows = [
        _row(version, record, change) for version, record in records for change in record.changes
    ]
    if rows:
        session.insert("redelivery_change", pa.Table.from_pylist(rows, schema=_SCHEMA))


def _row(version: int, record: Record, change: Change) -> dict[str, Any]:
    costs = {
        name: amount if exact.fits(amount) else None
        for name, amount in asdict(change).items()
        if "_cost_" in name
    }
    first = record.entries[0]
    return {
        **asdict(change),
        **costs,
        "service_name": change.service_name and _fitted(change.service_name),
        "lake_version": version,
        "source": first.source_object.source,
        "delivery": record.delivery,
        "delivered_at": record.delivered_at,
        "run_id": first.run_id,
    }


def _fitted(name: str) -> str:
    """A name as the warehouse holds it: of one that is longer, the beginning."""
    return name if len(name.encode()) <= SERVICE_BYTES else name[: SERVICE_BYTES // 4 - 1] + "…"


_COST = pa.decimal128(38, 24)
_SCHEMA = pa.schema(
    [
        ("lake_version", pa.int64()),
        ("source", pa.string()),
        ("delivery", pa.string()),
        ("delivered_at", pa.timestamp("us", tz="UTC")),
        ("run_id", pa.string()),
        ("provider", pa.string()),
        ("billing_period", pa.date32()),
        ("service_name", pa.string()),
        ("billing_currency", pa.string()),
        ("billed_cost_before", _COST),
        ("billed_cost_after", _COST),
        ("effective_cost_before", _COST),
        ("effective_cost_after", _COST),
        ("lines_before", pa.int64()),
        ("lines_after", pa.int64()),
    ]
)
