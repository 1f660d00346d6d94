"""What people said of events, in the warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from cloudledger.insights.feedback import Mark, Verdict
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Session


def marks(session: Session) -> list[Mark]:
    """What people said of events."""
    return [
        Mark(
            row["event_id"],
            row["series_id"],
            Verdict(row["verdict"]),
            row["start_day"],
            row["end_day"],
        )
        for row in session.query(statement("insights/feedback")).to_pylist()
    ]


def mark(
    session: Session,
    event: Mapping[str, Any],
    verdict: Verdict,
    *,
    why: str,
    said_by: str,
    said_at: datetime,
) -> None:
    """Keep what a person says of an event, instead of what was said before.

    :param event: a row of :func:`cloudledger.insights.event_store.events`.
    """
    session.execute(statement("insights/forget_feedback"), event_id=event["event_id"])
    said = {name: event[name] for name in ("event_id", "series_id", "start_day", "end_day")}
    said |= {"verdict": verdict.value, "why": why or None, "said_by": said_by, "said_at": said_at}
    session.insert("anomaly_feedback", pa.Table.from_pylist([said], schema=_FEEDBACK))


_FEEDBACK = pa.schema(
    [
        *((name, pa.string()) for name in ("event_id", "verdict", "series_id", "why", "said_by")),
        *((name, pa.date32()) for name in ("start_day", "end_day")),
        ("said_at", INSTANT),
    ]
)
