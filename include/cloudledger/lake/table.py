"""The Delta table of ledger lines: replace a delivery's lines in one commit, read days.

Every commit concerns one delivery and carries its journal. Application transactions make it safe
to run twice, at once and after a kill: each object's generation and the scope's (two writers of
the same thing conflict), the generation at which an etag went in (is it the current one?) and the
instant at which the delivery was made (is it older than what stands?).

Files are never compacted across objects: a file's name begins with its object's id, which is how
an object's earlier lines are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import duckdb
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.object_store import SourceObject
from cloudledger.engine import engine
from cloudledger.lake.delta import (
    additions,
    current_files,
    files_of,
    guards,
    missing,
    overtaken,
    records,
    removals,
    standing_since,
    superseded,
)
from cloudledger.lake.files import LakeFile, StagedFile
from cloudledger.lake.journal import JOURNAL_KEY, Change, Entry, Record
from cloudledger.lake.lines import attach_lines
from cloudledger.lake.log import CommitConflict, DeltaLog
from cloudledger.lake.schema import LAKE_SCHEMA, PARTITIONS

NEVER_EXPIRES: dict[str, str | None] = {"delta.logRetentionDuration": "interval 36500 days"}
ATTEMPTS = 20

Compare = Callable[[Sequence[Path], Sequence[Path]], tuple[Change, ...]]


class LakeBusy(RuntimeError):
    """Other writers won the same delivery over and over."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri}: lost {ATTEMPTS} races for its commit; run again")


class Lake:
    """The lake's table in one folder. Each method reads the newest version first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known = DeltaLog(folder)

    def _log(self) -> DeltaLog:
        self._known.refresh()
        return self._known

    def version(self) -> int:
        """The number of the newest commit."""
        return self._log().version

    def waiting(self, delivery: Delivery) -> tuple[SourceObject, ...]:
        """The objects of a delivery that are still to be taken in; none when a later one stands."""
        log = self._log()
        return () if overtaken(log, delivery) else missing(log, delivery)

    def overtaken(self, delivery: Delivery) -> bool:
        """Whether a delivery of the same thing that was made later stands."""
        return overtaken(self._log(), delivery)

    def redated(self, delivery: Delivery) -> Delivery | None:
        """A lone object's delivery dated after the version that stands, if its store dates it
        before that one.

        What a store holds now has replaced what it held; only a copy that keeps its former date (a
        backup put back into a local folder) looks older than it is.
        """
        log = self._log()
        if delivery.folder is not None or not missing(log, delivery):
            return None
        standing = standing_since(log, delivery)
        if standing is None or standing < delivery.made_at:
            return None
        return delivery.after(standing)

    def discard(self, staged: Sequence[StagedFile]) -> None:
        """Remove files that will not be committed; those that are part of the table stay."""
        held = {row["path"] for row in current_files(self._log())} if staged else set()
        for file in staged:
            if str(file.path.relative_to(self.folder)) not in held:
                file.path.unlink(missing_ok=True)

    def commit(
        self,
        delivery: Delivery,
        entries: Sequence[Entry],
        staged: Sequence[StagedFile],
        *,
        run_id: str,
        compare: Compare,
    ) -> Record | None:
        """Replace the lines of a delivery's objects and of those it supersedes by ``staged``.

        One commit, whatever their number, that carries their journal. ``entries`` are those of the
        objects that :meth:`waiting` named, ``staged`` their files; ``compare`` says what changed
        between the files of lines that stood before and these, where any stood.

        Returns the journal's record, or None when the delivery or a later one already stands, also
        when another process won the race for it; the staged files are then removed. They stay
        where any other error or interruption comes up: the commit may have gone in.

        :raises LakeBusy: after 20 lost races, or when another run meanwhile replaced an object
            that stood.
        """
        given = {entry.source_object for entry in entries}
        for _ in range(ATTEMPTS):
            log = self._log()
            wanted = missing(log, delivery)
            gone = superseded(log, delivery, run_id)
            if overtaken(log, delivery) or not (wanted or gone):
                self.discard(staged)
                return None
            if not given.issuperset(wanted):
                break
            with suppress(CommitConflict):
                return self._write(log, delivery, [*entries, *gone], staged, compare)
        self.discard(staged)
        raise LakeBusy(delivery.name)

    def _write(
        self,
        log: DeltaLog,
        delivery: Delivery,
        entries: Sequence[Entry],
        staged: Sequence[StagedFile],
        compare: Compare,
    ) -> Record:
        numbered, transactions = guards(log, delivery, entries)
        replacing = [entry for entry in numbered if entry.generation > 1]
        former = files_of(log, [entry.source_object.object_id for entry in replacing])
        record = _record(delivery, numbered)
        if replacing:
            before = [self.folder / file["path"] for file in former]
            changes = compare(before, [file.path for file in staged])
            record = replace(record, changes=changes)
        log.commit(
            [*additions(self.folder, staged), *removals(former)],
            transactions,
            {JOURNAL_KEY: record.to_json()},
        )
        return record

    def journal(self, delivery: Delivery, entries: Sequence[Entry]) -> None:
        """Record what happened to a delivery's objects without touching their lines."""
        self._log().commit((), {}, {JOURNAL_KEY: _record(delivery, entries).to_json()})

    def records(self, after_version: int) -> Iterator[tuple[int, Record]]:
        """The journal after a version, oldest first, commit by commit, as (version, record)."""
        return records(self._log(), after_version)

    def entries(self, after_version: int) -> Iterator[tuple[int, Entry]]:
        """The journal after a version, oldest first, object by object, as (version, entry)."""
        for version, record in self.records(after_version):
            for entry in record.entries:
                yield version, entry

    def files(self, version: int | None = None) -> list[LakeFile]:
        """Every file of the table at a version (default: the newest)."""
        log = self._log() if version is None else DeltaLog(self.folder, version)
        return [
            LakeFile(
                path=self.folder / row["path"],
                object_id=Path(row["path"]).name.partition("-")[0],
                provider=row["partition.provider"],
                day=row["partition.day"],
            )
            for row in current_files(log)
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


def _record(delivery: Delivery, entries: Sequence[Entry]) -> Record:
    return Record(delivery.name, delivery.delivered_at, delivery.folder, tuple(entries))


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
