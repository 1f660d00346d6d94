"""The Delta log's own terms: files added and removed, transactions that guard a commit."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.transaction import AddAction, RemoveAction

from cloudledger.clouds.object_store import SourceObject
from cloudledger.lake.files import StagedFile
from cloudledger.lake.journal import JOURNAL_KEY, Entry
from cloudledger.lake.schema import PARTITIONS

_ADD_COLUMNS = ["path", "size_bytes", "partition.provider", "partition.day"]


def is_current(table: DeltaTable, item: SourceObject) -> bool:
    """Whether this very version of an object is what the table holds."""
    generation = table.transaction_version(item.object_id)
    if generation is None:
        return False
    return table.transaction_version(f"{item.object_id}@{item.etag}") == generation


def stands(table: DeltaTable, item: SourceObject) -> bool:
    """Whether this version of an object, or one delivered after it, is what the table holds."""
    delivered = table.transaction_version(f"{item.object_id}#delivered")
    newer = delivered is not None and delivered > epoch_millis(item)
    return newer or is_current(table, item)


def write(
    table: DeltaTable,
    entry: Entry,
    actions: Sequence[AddAction | RemoveAction],
    transactions: list[Transaction],
) -> None:
    """One commit: files added and removed, the journal's entry, and what guards it.

    :raises CommitFailedError: another commit carries one of these transactions.
    """
    table.create_write_transaction(
        actions=list(actions),
        mode="append",
        schema=table.schema(),
        partition_by=list(PARTITIONS),
        commit_properties=CommitProperties(
            custom_metadata={JOURNAL_KEY: entry.to_json()}, app_transactions=transactions
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


def removals(table: DeltaTable, object_id: str) -> list[RemoveAction]:
    """Every current file of an object, about to be none of the table's."""
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
        for row in current_files(table, of=object_id)
    ]


def _now_millis() -> int:
    # Vacuum keeps removed files for readers that still hold them: that is the real clock's matter.
    return time.time_ns() // 1_000_000


def current_files(table: DeltaTable, of: str | None = None) -> list[dict[str, Any]]:
    """The table's files: ``path``, ``size_bytes``, ``partition.provider``, ``partition.day``."""
    adds = pa.table(table.get_add_actions(flatten=True))
    if of is not None:
        adds = adds.filter(pc.match_substring(adds["path"], f"/{of}-"))
    return cast("list[dict[str, Any]]", adds.select(_ADD_COLUMNS).to_pylist())


def epoch_millis(item: SourceObject) -> int:
    """The delivery instant as a transaction's version."""
    return int(item.delivered_at.timestamp() * 1000)
