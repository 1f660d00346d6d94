"""Lines written into the table's folder as Parquet files, before any commit names them."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cloudledger.focus.columns import LINE_COLUMNS, Kind
from cloudledger.lake.files import StagedFile
from cloudledger.lake.schema import PARTITIONS
from cloudledger.sql import statement
from cloudledger.workers import Worker

BATCH = 32_768
"""Lines handed on at a time."""
ROW_GROUP = 40_960
MOST_OPEN = 40
"""Files that a thread keeps open: the days of a month, and some."""
REPEATING = [
    *(c.name for c in LINE_COLUMNS if c.kind is Kind.TEXT and c.name != "x_reference_number"),
    *(c.name for c in LINE_COLUMNS if c.kind is Kind.INSTANT),
    *(f"{c.name}.key_value.key" for c in LINE_COLUMNS if c.kind is Kind.MAP),
    *(f"{c.name}.key_value.value" for c in LINE_COLUMNS if c.kind is Kind.MAP),
    "x_object_id",
]
"""The columns that a dictionary makes smaller."""
SOUGHT = ["BillingAccountId", "SubAccountId", "ServiceName", "ChargePeriodStart", "x_record_number"]
"""The columns whose smallest and largest value a reader skips row groups by."""


class _Partition(NamedTuple):
    provider: str
    day: date


@dataclass
class _File:
    """A file that is being written."""

    partition: _Partition
    path: Path
    writer: pq.ParquetWriter
    lines: int = 0


class Stage:
    """The staged files of one object, whose lines come block by block, from several threads.

    Each thread writes a file of its own for each partition that it meets.
    """

    def __init__(self, folder: Path, object_id: str) -> None:
        self._folder = folder
        self._object_id = object_id
        self._open: defaultdict[int, dict[_Partition, _File]] = defaultdict(dict)
        self._written: list[_File] = []

    def take(self, worker: Worker) -> int:
        """Write the lines of the view ``focus_line``; how many they are."""
        worker.tell("provider_key", statement("lake/provider_key"))
        lines = 0
        staged = worker.con.sql(statement("lake/stage"), params={"object_id": self._object_id})
        for batch in staged.to_arrow_reader(BATCH):
            for partition, part in _parts(batch):
                file = self._file(partition, part.schema)
                file.writer.write_batch(part, ROW_GROUP)
                file.lines += part.num_rows
            lines += batch.num_rows
        return lines

    def finish(self) -> list[StagedFile]:
        """Every file of the object, in the order of their days, once all lines are taken."""
        for mine in self._open.values():
            while mine:
                self._close(mine)
        files = [
            StagedFile(file.path, file.path.stat().st_size, file.lines, *file.partition)
            for file in self._written
        ]
        return sorted(files, key=lambda file: (file.provider, file.day, file.path))

    def restart(self) -> None:
        """Remove all that was written."""
        still_open = chain.from_iterable(mine.values() for mine in self._open.values())
        for file in (*self._written, *still_open):
            file.path.unlink()
        self._open.clear()
        self._written.clear()

    def _file(self, partition: _Partition, schema: pa.Schema) -> _File:
        """This thread's open file of a partition, now the last that it would close."""
        mine = self._open[threading.get_ident()]
        file = mine.pop(partition, None) or self._new(partition, schema)
        mine[partition] = file
        if len(mine) > MOST_OPEN:
            self._close(mine)
        return file

    def _close(self, mine: dict[_Partition, _File]) -> None:
        """Close the file that was written to the longest ago."""
        oldest = next(iter(mine))
        mine[oldest].writer.close()
        self._written.append(mine.pop(oldest))

    def _new(self, partition: _Partition, schema: pa.Schema) -> _File:
        folder = self._folder / f"provider={partition.provider}" / f"day={partition.day}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._object_id}-{uuid.uuid4().hex}.parquet"
        writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=REPEATING,
            write_statistics=SOUGHT,
            store_schema=False,
        )
        return _File(partition, path, writer)


def _parts(batch: pa.RecordBatch) -> Iterator[tuple[_Partition, pa.RecordBatch]]:
    """The lines of each partition, in their order, without the columns that its path says."""
    keys = pa.Table.from_batches([batch.select(list(PARTITIONS))])
    lines = batch.drop_columns(list(PARTITIONS))
    met = keys.group_by(list(PARTITIONS), use_threads=False).aggregate([([], "count_all")])
    if met.num_rows > 1:
        by_partition = [(name, "ascending") for name in PARTITIONS]
        met = met.sort_by(by_partition)
        lines = lines.take(pc.sort_indices(keys, by_partition))
    begin = 0
    for *partition, count in zip(*(column.to_pylist() for column in met.columns), strict=True):
        yield _Partition(*partition), lines.slice(begin, count)
        begin += count
