"""The Delta log's own terms: files added and removed, transactions that guard a commit."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.transaction import AddAction, RemoveAction

from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.object_store import SourceObject
from cloudledger.lake.files import StagedFile
from cloudledger.lake.journal import JOURNAL_KEY, Entry, Record, State
from cloudledger.lake.schema import PARTITIONS

OBJECT_IN_PATH = "/(?P<object_id>[0-9a-f]{32})-[^/]*$"
_ADD_COLUMNS = ["path", "size_bytes", "partition.provider", "partition.day"]


def is_current(table: DeltaTable, item: SourceObject) -> bool:
    """Whether this very version of an object is what the table holds."""
    generation = table.transaction_version(item.object_id)
    if generation is None:
        return False
    return table.transaction_version(f"{item.object_id}@{item.etag}") == generation


def overtaken(table: DeltaTable, delivery: Delivery) -> bool:
    """Whether a delivery of the same thing that was made later stands."""
    made = table.transaction_version(f"{delivery.scope}#delivered")
    return made is not None and made > epoch_millis(delivery.made_at)


def missing(table: DeltaTable, delivery: Delivery) -> tuple[SourceObject, ...]:
    """The objects of a delivery that the table does not hold in their version."""
    return tuple(item for item in delivery.objects if not is_current(table, item))


def guards(
    table: DeltaTable, delivery: Delivery, entries: Sequence[Entry]
) -> tuple[list[Entry], list[Transaction]]:
    """The entries with their objects' next generations, and the transactions that say so.

    Every writer of a delivery's scope raises the scope's generation, so that of two at once only
    one gets in.
    """
    numbered = [
        replace(entry, generation=_next(table, entry.source_object.object_id)) for entry in entries
    ]
    versions = {f"{delivery.scope}#delivered": epoch_millis(delivery.made_at)}
    if delivery.folder is not None:
        versions[delivery.scope] = _next(table, delivery.scope)
    for entry in numbered:
        item = entry.source_object
        versions[item.object_id] = entry.generation
        if entry.state is State.TAKEN_IN:
            versions[f"{item.object_id}@{item.etag}"] = entry.generation
    return numbered, [Transaction(name, version) for name, version in versions.items()]


def _next(table: DeltaTable, name: str) -> int:
    return (table.transaction_version(name) or 0) + 1


def write(
    table: DeltaTable,
    record: Record,
    actions: Sequence[AddAction | RemoveAction] = (),
    transactions: Sequence[Transaction] = (),
) -> None:
    """One commit: files added and removed, the journal's record, and what guards it.

    :raises CommitFailedError: another commit carries one of these transactions.
    """
    table.create_write_transaction(
        actions=list(actions),
        mode="append",
        schema=table.schema(),
        partition_by=list(PARTITIONS),
        commit_properties=CommitProperties(
            custom_metadata={JOURNAL_KEY: record.to_json()}, app_transactions=list(transactions)
        ),
    )


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


def current_files(table: DeltaTable) -> list[dict[str, Any]]:
    """The table's files: ``path``, ``size_bytes``, ``partition.provider``, ``partition.day``."""
    return _rows(pa.table(table.get_add_actions(flatten=True)))


def files_of(table: DeltaTable, object_ids: Iterable[str]) -> list[dict[str, Any]]:
    """The table's files that hold lines of these objects, as :func:`current_files` gives them."""
    held = pa.array([id for id in object_ids if table.transaction_version(id) is not None])
    if not held:
        return []
    adds = pa.table(table.get_add_actions(flatten=True))
    owner = pc.extract_regex(adds["path"], OBJECT_IN_PATH).combine_chunks().field("object_id")
    return _rows(adds.filter(pc.is_in(owner, held)))


def _rows(adds: pa.Table) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", adds.select(_ADD_COLUMNS).to_pylist())


def epoch_millis(moment: datetime) -> int:
    """An instant as a transaction's version."""
    return int(moment.timestamp() * 1000)
