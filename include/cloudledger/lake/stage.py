"""Lines written into the table's folder as Parquet files, before any commit names them."""

from __future__ import annotations

import hashlib
import re
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cloudledger.focus.columns import LINE_COLUMNS, Kind
from cloudledger.focus.lines import by_dictionary
from cloudledger.lake.files import StagedFile
from cloudledger.workers import THREADS

ROW_GROUP = 16_384
"""Lines from which a row group is written."""
MOST_HELD = 65_536
"""Lines that a thread holds until they make a row group, over all its files."""
MOST_LINES = 131_072
"""Lines from which a file is closed: what is known of its row groups is held until then."""
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


BY_DICTIONARY = {name.split(".")[0] for name in REPEATING} - {
    c.name for c in LINE_COLUMNS if c.kind is Kind.INSTANT
}
EPOCH = date(1970, 1, 1)
MOST_DAYS = 10_000_000
"""More than there are days before or after 1970."""


class _Partition(NamedTuple):
    provider: str
    day: date


@dataclass
class _File:
    """A file that is being written, and the lines of it that wait for a row group."""

    partition: _Partition
    path: Path
    writer: pq.ParquetWriter
    lines: int = 0
    held: list[pa.RecordBatch] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        return sum(part.num_rows for part in self.held)

    def write(self) -> None:
        """Write what is held as one row group."""
        if self.held:
            lines = pa.Table.from_batches(self.held)
            if len(self.held) > 1:
                lines = lines.unify_dictionaries()
            self.writer.write_table(lines, row_group_size=lines.num_rows)
            self.held.clear()


class Stage:
    """The staged files of one object, whose lines come block by block, from several threads.

    Each thread writes a file of its own for each partition that it meets.
    """

    def __init__(self, folder: Path, object_id: str) -> None:
        self._folder = folder
        self._object_id = object_id
        self._open: defaultdict[int, dict[_Partition, _File]] = defaultdict(dict)
        self._written: list[StagedFile] = []

    def take(self, lines: Iterator[pa.RecordBatch]) -> int:
        """Write lines, of LINE_COLUMNS; how many they are."""
        mine = self._open[threading.get_ident()]
        taken = 0
        for batch in lines:
            for partition, part in _parts(self._as_written(batch)):
                file = self._file(mine, partition, part.schema)
                file.held.append(part)
                file.lines += part.num_rows
                if file.waiting >= ROW_GROUP:
                    file.write()
                if file.lines >= MOST_LINES:
                    self._close(mine, partition)
            while sum(file.waiting for file in mine.values()) > MOST_HELD:
                max(mine.values(), key=lambda file: file.waiting).write()
            taken += batch.num_rows
        return taken

    def finish(self) -> list[StagedFile]:
        """Every file of the object, in the order of their days, once all lines are taken."""
        with ThreadPoolExecutor(THREADS, "cloudledger-finish") as pool:
            list(pool.map(self._close_all, self._open.values()))
        return sorted(self._written, key=lambda file: (file.provider, file.day, file.path))

    def restart(self) -> None:
        """Remove all that was written."""
        paths = [file.path for file in self._written]
        paths += [file.path for mine in self._open.values() for file in mine.values()]
        for path in paths:
            path.unlink()
        self._open.clear()
        self._written.clear()

    def _as_written(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """With the object's id, and with dictionaries for the columns that repeat."""
        columns = {
            name: by_dictionary(column) if name in BY_DICTIONARY else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }
        nothing_else = pa.array(np.zeros(batch.num_rows, np.int32))
        columns["x_object_id"] = pa.DictionaryArray.from_arrays(nothing_else, [self._object_id])
        return pa.RecordBatch.from_pydict(columns)

    def _file(
        self, mine: dict[_Partition, _File], partition: _Partition, schema: pa.Schema
    ) -> _File:
        """This thread's open file of a partition. The one met the longest ago is closed for it."""
        file = mine.pop(partition, None) or self._new(partition, schema)
        mine[partition] = file
        if len(mine) > MOST_OPEN:
            self._close(mine, next(iter(mine)))
        return file

    def _close_all(self, mine: dict[_Partition, _File]) -> None:
        while mine:
            self._close(mine, next(iter(mine)))

    def _close(self, mine: dict[_Partition, _File], partition: _Partition) -> None:
        file = mine.pop(partition)
        file.write()
        file.writer.close()
        size = file.path.stat().st_size
        self._written.append(StagedFile(file.path, size, file.lines, *file.partition))

    def _new(self, partition: _Partition, schema: pa.Schema) -> _File:
        folder = self._folder / f"provider={partition.provider}" / f"day={partition.day}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._object_id}-{uuid.uuid4().hex}.parquet"
        writer = pq.ParquetWriter(
            path,
            schema,
            compression="snappy",
            use_dictionary=REPEATING,
            write_statistics=SOUGHT,
            store_schema=False,
        )
        return _File(partition, path, writer)


def _parts(batch: pa.RecordBatch) -> Iterator[tuple[_Partition, pa.RecordBatch]]:
    """The lines of each partition, in their order."""
    provider = batch["ProviderName"]
    day = batch["ChargePeriodStart"].cast(pa.date32()).cast(pa.int32()).to_numpy()
    place = provider.indices.to_numpy().astype(np.int64) * MOST_DAYS + day
    order = np.argsort(place, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(place[order])) + 1):
        first = int(rows[0])
        partition = _Partition(
            provider_key(provider[first].as_py()), EPOCH + timedelta(days=int(day[first]))
        )
        yield partition, batch if len(rows) == len(order) else batch.take(pa.array(rows))


def provider_key(name: str) -> str:
    """How a provider's name is written in paths: in lower case and hyphens (google-cloud).

    A provider whose name has no Latin letter or digit goes by the name's hash.
    """
    key = re.sub("[^A-Za-z0-9]+", "-", name).lower()[:64].strip("-")
    return key or f"provider-{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:8]}"
