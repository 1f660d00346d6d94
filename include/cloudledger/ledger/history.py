"""What the whole journal tells beyond what stands: arrivals of every version, drift of columns.

It knows by itself how far it has read, so that a warehouse that gets these tables later than its
ledger reads what it lacks.
"""

from __future__ import annotations

import pyarrow as pa

from cloudledger.lake.table import Lake
from cloudledger.ledger import arrivals, drift
from cloudledger.ledger.arrivals import Journal
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

READ = "history_version"


def record(session: Session, lake: Lake, journal: Journal, *, after: int, until: int) -> None:
    """Bring arrivals and drift up to the lake's version ``until``.

    ``journal`` are the entries after the version ``after``, as (version, entry), oldest first.
    """
    rows = session.query(statement("ledger/state"), name=READ).to_pylist()
    known = int(rows[0]["value"]) if rows else -1
    if known >= until:
        return
    if known < 0:
        arrivals.forget(session)
    if known != after:
        journal = [(version, entry) for version, entry in lake.entries(known) if version <= until]
    arrivals.record(session, journal)
    drift.record(session, [entry for _, entry in journal])
    session.execute(statement("ledger/forget_state"), name=READ)
    session.insert("ledger_state", pa.table({"name": [READ], "value": [str(until)]}))
