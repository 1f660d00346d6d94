"""Lines written into the table's folder as Parquet files, before any commit names them."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from cloudledger.lake.files import StagedFile
from cloudledger.lake.schema import PARTITIONS
from cloudledger.sql import literal, statement
from cloudledger.workers import Worker, borrowed

MOST_AT_ONCE = 3
"""Partitions of a block that are written one by one; of more, each would be a small file."""
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 10240"
LAID_BY = "FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 10240"
FLUSH = 60_000
"""Lines held in memory while files of many partitions are written."""


class _Partition(NamedTuple):
    provider: str
    day: date
    lines: int


class Stage:
    """The staged files of one object, whose lines come block by block.

    A block of few days is written as one file for each. Lines of many days are laid by in
    ``workdir``, and written together at the end, so that a day of the object is one file.
    """

    def __init__(self, folder: Path, object_id: str, workdir: Path) -> None:
        self._folder = folder
        self._object_id = object_id
        self._workdir = workdir
        self._name = f"{object_id}-{uuid.uuid4().hex}"
        self._laid_by: list[Path] = []
        self._files: list[StagedFile] = []

    def take(self, worker: Worker, *, alone: bool) -> int:
        """Write the lines of the view ``focus_line``; how many they are."""
        worker.tell("provider_key", statement("lake/provider_key"))
        rows = worker.con.execute(statement("lake/partitions")).fetchall()
        partitions = [_Partition(*row) for row in rows]
        if len(partitions) <= MOST_AT_ONCE:
            only = len(partitions) == 1
            return sum(self._write(worker.con, one, only=only) for one in partitions)
        if alone:
            return self._write_partitioned(worker.con, self._lines())
        return self._lay_by(worker.con)

    def finish(self) -> list[StagedFile]:
        """Every file of the object, in the order of their days, once all lines are taken."""
        if self._laid_by:
            listed = ", ".join(literal(path) for path in self._laid_by)
            with borrowed() as worker:
                self._write_partitioned(worker.con, f"FROM read_parquet([{listed}])")
            self._forget_laid_by()
        return sorted(self._files, key=lambda file: (file.provider, file.day, file.path))

    def restart(self) -> None:
        """Remove all that was written."""
        folders = "/".join(f"{key}=*" for key in PARTITIONS)
        for path in self._folder.glob(f"{folders}/{self._name}*"):
            path.unlink()
        self._files.clear()
        self._forget_laid_by()

    def _forget_laid_by(self) -> None:
        for path in self._laid_by:
            path.unlink()
        self._laid_by.clear()

    def _lines(self) -> str:
        """The lines as the table has them, but for the partition that a file's path says."""
        return f"SELECT *, {literal(self._object_id)} AS x_object_id FROM focus_line"

    def _write(self, con: duckdb.DuckDBPyConnection, partition: _Partition, *, only: bool) -> int:
        folder = self._folder / f"provider={partition.provider}" / f"day={partition.day}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._name}-{uuid.uuid4().hex}.parquet"
        where = (
            ""
            if only
            else f" WHERE provider_key(ProviderName) = {literal(partition.provider)} "
            f"AND cast(ChargePeriodStart AS DATE) = DATE '{partition.day}'"
        )
        _, lines, size, *_ = con.execute(
            f"COPY ({self._lines()}{where}) TO {literal(path)} ({PARQUET}, RETURN_STATS)"
        ).fetchall()[0]
        self._files.append(StagedFile(path, size, lines, partition.provider, partition.day))
        return int(lines)

    def _write_partitioned(self, con: duckdb.DuckDBPyConnection, select: str) -> int:
        con.execute(f"SET partitioned_write_flush_threshold = {FLUSH}").fetchall()
        written = con.execute(
            f"COPY (SELECT *, provider_key(ProviderName) AS provider, "
            f"cast(ChargePeriodStart AS DATE) AS day FROM ({select})) TO {literal(self._folder)} "
            f"({PARQUET}, APPEND, PARTITION_BY ({', '.join(PARTITIONS)}), "
            f"FILENAME_PATTERN '{self._name}-{{uuid}}-{{i}}', RETURN_STATS)"
        ).fetchall()
        files = [
            StagedFile(Path(name), size, lines, keys["provider"], date.fromisoformat(keys["day"]))
            for name, lines, size, _, _, keys, *_ in written
        ]
        self._files += files
        return sum(file.lines for file in files)

    def _lay_by(self, con: duckdb.DuckDBPyConnection) -> int:
        path = self._workdir / f"lines-{uuid.uuid4().hex}.parquet"
        self._laid_by.append(path)
        return int(
            con.execute(f"COPY ({self._lines()}) TO {literal(path)} ({LAID_BY})").fetchall()[0][0]
        )
