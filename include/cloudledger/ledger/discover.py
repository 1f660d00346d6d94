"""Which deliveries a run takes in: the listing held against the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.object_store import SourceObject
from cloudledger.lake.journal import ErrorKind, State
from cloudledger.lake.table import Lake
from cloudledger.ledger import projection
from cloudledger.ledger.period import Period
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

Rows = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a listing means for one run.

    ``deliveries`` are to be taken in, oldest first; ``unchanged`` counts objects of the period that
    already stand; ``outside`` counts objects delivered before the period that no run ever took in:
    a backfill over their days does. ``redated`` are objects whose store dates them before the
    version that stands, and which therefore count as delivered right after it.
    """

    period: Period
    deliveries: tuple[Delivery, ...]
    unchanged: int
    outside: int
    redated: tuple[SourceObject, ...]

    @property
    def objects(self) -> tuple[SourceObject, ...]:
        """The objects of all deliveries."""
        return tuple(item for delivery in self.deliveries for item in delivery.objects)


def discover(
    session: Session,
    lake: Lake,
    listing: Iterable[Delivery],
    *,
    as_of: int,
    source: str,
    period: Period,
    run_id: str,
    at: datetime,
    since_last: bool = False,
    retry_failed: bool = False,
) -> Discovery:
    """The deliveries of the period, and those still open from earlier; both are recorded.

    A delivery is taken in whole when it was complete in the period, or when an object of it is
    still open from another run. An open object is chosen in whichever version the listing names
    now. The ledger is brought up to the lake before, so that it knows what a killed run left there.

    :param as_of: the lake's version before the listing was made.
    :param at: the instant the run stands for: when a version that no run listed before is seen
        first.
    :param listing: every delivery of the source, as its store lists it now.
    :param since_last: begin where the last recorded period before this one ended, so that a
        scheduled run also covers the runs that a stopped scheduler left out.
    :param retry_failed: try objects again whose content was found broken, although unchanged.
    """
    projection.sync(session, lake)
    overwritten = {entry.source_object.object_id for _, entry in lake.entries(as_of)}
    begin = _begin(session, source, period) if since_last else period.start
    standing = _by_id(session.query(statement("ledger/standing_objects"), source=source))
    waiting = _by_id(session.query(statement("ledger/open_objects"), source=source))
    chosen: list[Delivery] = []
    redated: list[SourceObject] = []
    unchanged = outside = 0
    for listed in listing:
        replacing = any(_stands_otherwise(item, standing) for item in listed.objects)
        moved = lake.redated(listed) if replacing and listed.scope not in overwritten else None
        delivery = replace(moved or listed, superseded=_superseded(listed, standing), as_of=as_of)
        in_period = begin <= delivery.delivered_at < period.end
        fresh = [item for item in delivery.objects if not _is_known(item, standing)]
        if not (fresh or delivery.superseded):
            unchanged += len(delivery.objects) if in_period else 0
        elif delivery.delivered_at >= period.end:
            continue
        elif delivery.folder is not None and lake.overtaken(delivery):
            unchanged += len(delivery.objects) if in_period else 0
        elif all(_is_known(item, waiting) for item in fresh):
            if retry_failed or _to_retry(fresh, waiting):
                chosen.append(delivery)
        elif in_period or moved or any(item.object_id in waiting for item in fresh):
            chosen.append(delivery)
            redated += moved.objects if moved else ()
        else:
            outside += len(fresh)
    chosen = [_seen(delivery, waiting, at) for delivery in chosen]
    chosen.sort(key=lambda delivery: (delivery.delivered_at, delivery.name))
    fresh = [
        item for delivery in chosen for item in delivery.objects if not _is_known(item, standing)
    ]
    _record(session, fresh, Period(begin, period.end), source, run_id)
    return Discovery(Period(begin, period.end), tuple(chosen), unchanged, outside, tuple(redated))


def _is_known(item: SourceObject, rows: Rows) -> bool:
    row = rows.get(item.object_id)
    return row is not None and bool(row["etag"] == item.etag)


def _stands_otherwise(item: SourceObject, standing: Rows) -> bool:
    return item.object_id in standing and not _is_known(item, standing)


def _superseded(delivery: Delivery, standing: Rows) -> tuple[SourceObject, ...]:
    if delivery.folder is None:
        return ()
    named = {item.object_id for item in delivery.objects}
    return tuple(
        _source_object(row)
        for object_id, row in standing.items()
        if object_id not in named and row["uri"].startswith(delivery.folder)
    )


def _to_retry(fresh: Sequence[SourceObject], waiting: Rows) -> bool:
    kinds = {waiting[item.object_id]["error_kind"] for item in fresh}
    return kinds != {ErrorKind.CONTENT}


def _seen(delivery: Delivery, waiting: Rows, at: datetime) -> Delivery:
    def first(item: SourceObject) -> datetime:
        row = waiting.get(item.object_id)
        known: datetime | None = row["first_seen_at"] if row and row["etag"] == item.etag else None
        return known or at

    objects = tuple(replace(item, first_seen_at=first(item)) for item in delivery.objects)
    return replace(delivery, objects=objects)


def _begin(session: Session, source: str, period: Period) -> datetime:
    covered = session.query(
        statement("ledger/covered_until"), source=source, period_start=period.start
    ).to_pylist()
    until: datetime | None = covered[0]["covered_until"]
    return until or period.start


def _record(
    session: Session, found: list[SourceObject], period: Period, source: str, run_id: str
) -> None:
    known = set(session.query(statement("ledger/open_object_ids"))["object_id"].to_pylist())
    keys = [{"object_id": item.object_id} for item in found if item.object_id in known]
    if found:
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
            for item in found
        ]
        session.insert("open_object", pa.Table.from_pylist(rows))
    covered = {"source": source, "period_start": period.start, "period_end": period.end}
    session.execute(statement("ledger/forget_covered_period"), **covered)
    session.insert("covered_period", pa.Table.from_pylist([covered | {"run_id": run_id}]))


def _by_id(rows: pa.Table) -> Rows:
    return {row["object_id"]: row for row in rows.to_pylist()}


def _source_object(row: dict[str, Any]) -> SourceObject:
    return SourceObject(
        uri=row["uri"],
        etag=row["etag"],
        bytes=row["bytes"],
        delivered_at=row["delivered_at"],
        source=row["source"],
        first_seen_at=row["first_seen_at"],
    )
