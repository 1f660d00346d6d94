"""The Delta log's own terms: files added and removed, transactions that guard a commit."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
from deltalake.transaction import AddAction, RemoveAction

from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.object_store import SourceObject
from cloudledger.lake.files import StagedFile
from cloudledger.lake.journal import JOURNAL_KEY, Entry, Record, State
from cloudledger.lake.log import DeltaLog

_OBJECT_IN_PATH = "/(?P<object_id>[0-9a-f]{32})-[^/]*$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ADD_COLUMNS = ["path", "size_bytes", "partition.provider", "partition.day"]


def is_current(log: DeltaLog, item: SourceObject) -> bool:
    """Whether this very version of an object is what the table holds."""
    generation = log.transaction(item.object_id)
    return generation is not None and generation == log.transaction(_version(item))


def overtaken(log: DeltaLog, delivery: Delivery) -> bool:
    """Whether a delivery of the same thing that was made later stands."""
    made = log.transaction(_made(delivery))
    return made is not None and made > _epoch_millis(delivery.made_at)


def standing_since(log: DeltaLog, delivery: Delivery) -> datetime | None:
    """When the version was made that stands of what a delivery delivers, to the millisecond."""
    made = log.transaction(_made(delivery))
    return None if made is None else _EPOCH + timedelta(milliseconds=made)


def missing(log: DeltaLog, delivery: Delivery) -> tuple[SourceObject, ...]:
    """The objects of a delivery that the table does not hold in their version."""
    return tuple(item for item in delivery.objects if not is_current(log, item))


def guards(
    log: DeltaLog, delivery: Delivery, entries: Sequence[Entry]
) -> tuple[list[Entry], dict[str, int]]:
    """The entries with their objects' next generations, and the transactions that say so.

    Every writer of a delivery's scope raises the scope's generation, so that of two at once only
    one gets in.
    """
    numbered = [
        replace(entry, generation=_next(log, entry.source_object.object_id)) for entry in entries
    ]
    transactions = {_made(delivery): _epoch_millis(delivery.made_at)}
    if delivery.folder is not None:
        transactions[delivery.scope] = _next(log, delivery.scope)
    for entry in numbered:
        transactions[entry.source_object.object_id] = entry.generation
        if entry.state is State.TAKEN_IN:
            transactions[_version(entry.source_object)] = entry.generation
    return numbered, transactions


def records(log: DeltaLog, after_version: int) -> Iterator[tuple[int, Record]]:
    """The journal after a version, oldest first, commit by commit, as (version, record)."""
    for version, info in log.infos(after_version):
        if JOURNAL_KEY in info:
            yield version, Record.from_json(info[JOURNAL_KEY])


def superseded(log: DeltaLog, delivery: Delivery, run_id: str) -> list[Entry]:
    """An entry for each object that stands in the delivery's folder without its naming it."""
    if delivery.folder is None:
        return []
    since = (
        entry.source_object
        for _, record in records(log, delivery.as_of)
        for entry in record.entries
        if entry.state is State.TAKEN_IN and entry.source_object.uri.startswith(delivery.folder)
    )
    named = {item.object_id for item in delivery.objects}
    standing = {
        item.object_id: item
        for item in (*delivery.superseded, *since)
        if item.object_id not in named and is_current(log, item)
    }
    return [Entry(item, State.SUPERSEDED, run_id) for item in standing.values()]


def _made(delivery: Delivery) -> str:
    return f"{delivery.scope}#delivered"


def _version(item: SourceObject) -> str:
    return f"{item.object_id}@{item.etag}"


def _next(log: DeltaLog, name: str) -> int:
    return (log.transaction(name) or 0) + 1


def additions(folder: Path, staged: Sequence[StagedFile]) -> list[AddAction]:
    """The staged files, about to be part of the table."""
    return [
        AddAction(
            path=str(file.path.relative_to(folder)),
            size=file.bytes,
            partition_values={"provider": file.provider, "day": file.day.isoformat()},
            modification_time=_now_millis(),
            data_change=True,
            stats=json.dumps({"numRecords": file.lines}),
        )
        for file in staged
    ]


def removals(files: Sequence[dict[str, Any]]) -> list[RemoveAction]:
    """Files of the table, as :func:`current_files` gives them, about to be none of the table's."""
    return [
        RemoveAction(
            path=row["path"],
            data_change=True,
            deletion_timestamp=_now_millis(),
            size=row["size_bytes"],
            partition_values={
                "provider": row["partition.provider"],
                "day": row["partition.day"].isoformat(),
            },
        )
        for row in files
    ]


def _now_millis() -> int:
    # Vacuum keeps removed files for readers that still hold them: that is the real clock's matter.
    return time.time_ns() // 1_000_000


def current_files(log: DeltaLog) -> list[dict[str, Any]]:
    """The table's files: ``path``, ``size_bytes``, ``partition.provider``, ``partition.day``."""
    return _rows(log.files())


def files_of(log: DeltaLog, object_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The table's files that hold lines of these objects, as :func:`current_files` gives them."""
    if not object_ids:
        return []
    adds = log.files()
    owner = pc.struct_field(pc.extract_regex(adds["path"], _OBJECT_IN_PATH), "object_id")
    return _rows(adds.filter(pc.is_in(owner, pa.array(object_ids, pa.string()))))


def _rows(adds: pa.Table) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", adds.select(_ADD_COLUMNS).to_pylist())


def _epoch_millis(moment: datetime) -> int:
    """An instant as a transaction's version."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
