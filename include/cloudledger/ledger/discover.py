"""Which objects a run takes in: the listing held against the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from cloudledger.clouds.object_store import SourceObject
from cloudledger.lake.journal import ErrorKind, State
from cloudledger.ledger.period import Period
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a listing means for one run.

    ``objects`` are to be taken in, oldest delivery first; ``superseded`` are in the ledger and no
    longer counted by their source; ``unchanged`` counts objects of the period that already stand;
    ``outside`` counts objects delivered before the period that no run ever took in: a backfill
    over their days does.
    """

    period: Period
    objects: tuple[SourceObject, ...]
    superseded: tuple[SourceObject, ...]
    unchanged: int
    outside: int


def discover(
    session: Session,
    listing: Iterable[SourceObject],
    *,
    source: str,
    period: Period,
    run_id: str,
    at: datetime,
    since_last: bool = False,
    retry_failed: bool = False,
    superseding: bool = False,
) -> Discovery:
    """The objects delivered in the period, and those still open from earlier; both are recorded.

    An object that is still open is chosen in whichever version the listing names now. Sync the
    session's ledger with the lake before, so that it knows what a killed run left there.

    :param at: the instant the run stands for: when a version that no run listed before is seen
        first.
    :param listing: every object of the source, as its store lists it now.
    :param since_last: begin where the last recorded period before this one ended, so that a
        scheduled run also covers the runs that a stopped scheduler left out.
    :param retry_failed: try objects again whose content was found broken, although unchanged.
    :param superseding: the listing names all that counts (an export's manifests); objects of the
        ledger that it does not name are superseded, unless it names something not yet taken in by
        any run but this one.
    """
    begin = _begin(session, source, period) if since_last else period.start
    standing = _by_id(session.query(statement("ledger/standing_objects"), source=source))
    open_objects = _by_id(session.query(statement("ledger/open_objects"), source=source))
    seen = {(row["object_id"], row["etag"]): row["first_seen_at"] for row in open_objects.values()}
    listed: set[str] = set()
    chosen: list[SourceObject] = []
    unchanged = outside = later = 0
    for item in listing:
        listed.add(item.object_id)
        in_period = begin <= item.delivered_at < period.end
        if (known := standing.get(item.object_id)) and known["etag"] == item.etag:
            unchanged += in_period
        elif item.delivered_at >= period.end:
            later += 1
        elif (known := open_objects.get(item.object_id)) and known["etag"] == item.etag:
            if retry_failed or known["error_kind"] != ErrorKind.CONTENT:
                chosen.append(item)
        elif known or in_period:
            chosen.append(item)
        else:
            outside += 1
    complete = superseding and not later and not outside
    superseded = [
        _source_object(known)
        for object_id, known in standing.items()
        if complete and object_id not in listed
    ]
    chosen = [
        replace(item, first_seen_at=seen.get((item.object_id, item.etag)) or at) for item in chosen
    ]
    chosen.sort(key=lambda item: (item.delivered_at, item.uri))
    _record(session, chosen, Period(begin, period.end), source, run_id)
    return Discovery(
        Period(begin, period.end), tuple(chosen), tuple(superseded), unchanged, outside
    )


def _begin(session: Session, source: str, period: Period) -> datetime:
    covered = session.query(
        statement("ledger/covered_until"), source=source, period_start=period.start
    ).to_pylist()
    until: datetime | None = covered[0]["covered_until"]
    return until or period.start


def _record(
    session: Session, chosen: list[SourceObject], period: Period, source: str, run_id: str
) -> None:
    keys = [{"object_id": item.object_id} for item in chosen]
    if chosen:
        session.execute_many(statement("ledger/forget_open_object"), keys)
        rows = [
            {
                "object_id": item.object_id,
                "source": source,
                "uri": item.uri,
                "etag": item.etag,
                "bytes": item.bytes,
                "delivered_at": item.delivered_at,
                "first_seen_at": item.first_seen_at,
                "state": State.OPEN.value,
                "run_id": run_id,
            }
            for item in chosen
        ]
        session.insert("open_object", pa.Table.from_pylist(rows))
    covered = {"source": source, "period_start": period.start, "period_end": period.end}
    session.execute(statement("ledger/forget_covered_period"), **covered)
    session.insert("covered_period", pa.Table.from_pylist([covered | {"run_id": run_id}]))


def _by_id(rows: pa.Table) -> dict[str, dict[str, Any]]:
    return {row["object_id"]: row for row in rows.to_pylist()}


def _source_object(row: dict[str, Any]) -> SourceObject:
    return SourceObject(
        uri=row["uri"],
        etag=row["etag"],
        bytes=row["bytes"],
        delivered_at=row["delivered_at"],
        source=row["source"],
    )
