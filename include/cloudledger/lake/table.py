"""The Delta table of ledger lines: replace an object's lines in one commit, read days.

Every commit concerns one version of one object and carries its journal entry. Three application
transactions make it safe to run twice, at once and after a kill: the object's generation (two
writers of the same object conflict), the generation at which this etag went in (is it the current
one?) and the delivery instant (is it older than what stands?).

Files are never compacted across objects: a file's name begins with its object's id, which is how
an object's earlier lines are found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
from deltalake import DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError

from cloudledger.clouds.object_store import SourceObject
from cloudledger.engine import engine
from cloudledger.lake.delta import (
    additions,
    current_files,
    epoch_millis,
    is_current,
    removals,
    stands,
    write,
)
from cloudledger.lake.files import LakeFile, StagedFile
from cloudledger.lake.journal import JOURNAL_KEY, DayLines, Entry
from cloudledger.lake.schema import EMPTY_LINES, LAKE_SCHEMA, PARTITIONS
from cloudledger.sql import literal

NEVER_EXPIRES: dict[str, str | None] = {"delta.logRetentionDuration": "interval 36500 days"}
ATTEMPTS = 20
_PARTITION = "provider=([^/]+)/day=([^/]+)/[^/]+$"


class LakeBusy(RuntimeError):
    """Other writers won the same object over and over."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri}: lost {ATTEMPTS} races for its commit; run again")


class Lake:
    """The lake's table in one folder. Each method reads the newest version first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._newest = DeltaTable(folder)

    def _table(self) -> DeltaTable:
        self._newest.update_incremental()
        return self._newest

    def version(self) -> int:
        """The number of the newest commit."""
        return self._table().version()

    def stands(self, source_object: SourceObject) -> bool:
        """Whether this version, or one delivered after it, is what the lake holds."""
        return stands(self._table(), source_object)

    def discard(self, staged: Sequence[StagedFile]) -> None:
        """Remove files that will not be committed; those that are part of the table stay."""
        held = {row["path"] for row in current_files(self._table())} if staged else set()
        for file in staged:
            if str(file.path.relative_to(self.folder)) not in held:
                file.path.unlink(missing_ok=True)

    def commit(self, entry: Entry, staged: Sequence[StagedFile]) -> Entry | None:
        """Replace the object's lines by ``staged`` and journal ``entry``, in one commit.

        Returns the entry with its generation, or None when this version or a newer one already
        stands, also when another process won the race for it; the staged files are then removed.
        They stay where any other error or interruption comes up: the commit may have gone in.

        :raises LakeBusy: after 20 lost races against other versions of the same object.
        """
        for _ in range(ATTEMPTS):
            table = self._table()
            if stands(table, entry.source_object):
                self.discard(staged)
                return None
            object_id = entry.source_object.object_id
            generation = (table.transaction_version(object_id) or 0) + 1
            item = entry.source_object
            numbered = replace(entry, generation=generation)
            with suppress(CommitFailedError):
                write(
                    table,
                    numbered,
                    [*additions(self.folder, staged), *removals(table, object_id)],
                    [
                        Transaction(object_id, generation),
                        Transaction(f"{object_id}@{item.etag}", generation),
                        Transaction(f"{object_id}#delivered", epoch_millis(item)),
                    ],
                )
                return numbered
        self.discard(staged)
        raise LakeBusy(entry.source_object.uri)

    def retire(self, entry: Entry) -> None:
        """Remove the lines of an object that its source no longer counts, and journal it.

        Nothing happens where another version stands by now: it was not the one to retire.

        :raises LakeBusy: after 20 lost races against versions of the same object.
        """
        for _ in range(ATTEMPTS):
            table = self._table()
            if not is_current(table, entry.source_object):
                return
            object_id = entry.source_object.object_id
            generation = (table.transaction_version(object_id) or 0) + 1
            with suppress(CommitFailedError):
                numbered = replace(entry, generation=generation)
                write(
                    table,
                    numbered,
                    removals(table, object_id),
                    [Transaction(object_id, generation)],
                )
                return
        raise LakeBusy(entry.source_object.uri)

    def journal(self, entry: Entry) -> None:
        """Record what happened to an object without touching its lines."""
        write(self._table(), entry, [], [])

    def entries(self, after_version: int) -> Iterator[tuple[int, Entry]]:
        """The journal after a version, oldest first, as (version, entry)."""
        table = self._table()
        fresh = table.version() - after_version
        if fresh <= 0:
            return
        for commit in reversed(table.history(limit=fresh)):
            if JOURNAL_KEY in commit:
                yield commit["version"], Entry.from_json(commit[JOURNAL_KEY])

    def files(self, version: int | None = None) -> list[LakeFile]:
        """Every file of the table at a version (default: the newest)."""
        table = self._table() if version is None else DeltaTable(self.folder, version=version)
        return [
            LakeFile(
                path=self.folder / row["path"],
                object_id=Path(row["path"]).name.partition("-")[0],
                provider=row["partition.provider"],
                day=row["partition.day"],
            )
            for row in current_files(table)
        ]

    @contextmanager
    def lines(self, paths: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB connection whose view ``line`` holds these files' lines, at resource grain."""
        with engine() as con:
            attach_lines(con, paths)
            yield con

    def quarantine_folder(self) -> Path:
        """Where set-aside lines are written; the journal's entries name the files in it."""
        folder = self.folder / "_quarantine"
        folder.mkdir(exist_ok=True)
        return folder


def open_lake(folder: Path) -> Lake:
    """The lake in ``folder``; made when it is not there yet, also by several processes at once.

    :raises ValueError: the folder's path holds a character that the Delta log cannot find it by.
    """
    folder = folder.resolve()
    if found := sorted(set("#?%") & set(str(folder))):
        raise ValueError(
            f"the lake's folder {folder} has {' and '.join(found)} in its path, where Delta Lake "
            "reads a URL: name another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(ATTEMPTS):
        if DeltaTable.is_deltatable(str(folder)):
            return Lake(folder)
        with suppress(CommitFailedError):
            DeltaTable.create(
                str(folder),
                schema=LAKE_SCHEMA,
                partition_by=list(PARTITIONS),
                mode="ignore",
                name="cloudledger",
                configuration=NEVER_EXPIRES,
            )
    raise LakeBusy(str(folder))


def attach_lines(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Let the connection's view ``line`` hold the lines of these files."""
    con.execute(f"CREATE OR REPLACE TEMP VIEW line AS {_scan(paths)}")


def day_lines(staged: Sequence[StagedFile]) -> tuple[DayLines, ...]:
    """The lines of staged files by provider and day."""
    counted: dict[tuple[str, date], int] = {}
    for file in staged:
        counted[file.provider, file.day] = counted.get((file.provider, file.day), 0) + file.lines
    return tuple(
        DayLines(provider, day, lines) for (provider, day), lines in sorted(counted.items())
    )


def _scan(paths: Sequence[Path]) -> str:
    if not paths:
        return EMPTY_LINES
    # hive_partitioning would guess types (a provider named 365) and read the folders above too.
    return (
        f"SELECT regexp_extract(filename, '{_PARTITION}', 1) AS provider, "
        f"cast(regexp_extract(filename, '{_PARTITION}', 2) AS DATE) AS day, "
        "* EXCLUDE (filename) FROM read_parquet("
        f"[{', '.join(map(literal, paths))}], hive_partitioning = false, filename = true)"
    )
