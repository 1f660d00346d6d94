"""The runbooks that stand beside anomaly events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cloudledger.sql import statement
from cloudledger.warehouse.port import Session


def runbooks(session: Session, since: date) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Of the events that end on ``since`` or later, by event, the nearest first: rows with
    ``place``, ``title_path``, ``uri``, ``score``, ``chunk_id`` and ``release_id``.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    rows = session.query(statement("reporting/runbooks"), first_day=since).to_pylist()
    for row in rows:
        found.setdefault(row.pop("event_id"), []).append(row)
    return found
