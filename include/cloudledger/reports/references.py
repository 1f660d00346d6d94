"""Reference numbers over all of a report's blocks: which of them come up again."""

from __future__ import annotations

from collections.abc import Iterable
from tempfile import TemporaryFile

import duckdb
import numpy as np
from numpy.typing import NDArray

from cloudledger.reports.declared import ReportFormat
from cloudledger.reports.raw import KEPT
from cloudledger.sql import identifier

Hashes = NDArray[np.uint64]
NONE: Hashes = np.empty(0, np.uint64)
PARTS = 16
"""Hashes are compared in so many ranges of their values, to hold but a part of them."""


def reference_hashes(
    con: duckdb.DuckDBPyConnection, report_format: ReportFormat, *, set_aside: bool
) -> Hashes:
    """The sorted hashes of the reference numbers of ``raw_text``, its kept records'."""
    if report_format.reference is None:
        return NONE
    name = identifier(report_format.reference)
    where = f"{name} IS NOT NULL" + (f" AND {KEPT}" if set_aside else "")
    found = con.execute(f"SELECT hash({name}) AS hash FROM raw_text WHERE {where}").fetchnumpy()
    hashes: Hashes = np.sort(np.asarray(found["hash"], np.uint64))
    return hashes


def comes_twice(hashes: Hashes) -> bool:
    """Whether one of these sorted hashes does."""
    return bool((hashes[1:] == hashes[:-1]).any())


class HashFile:
    """The sorted hashes of every block, in a temporary file: memory does not grow with them."""

    def __init__(self) -> None:
        self._file = TemporaryFile(prefix="cloudledger-")  # noqa: SIM115
        self._bounds: list[NDArray[np.intp]] = []

    def add(self, hashes: Hashes) -> None:
        """Add those of one more block."""
        start = self._file.tell() // hashes.itemsize
        within = np.searchsorted(hashes, np.arange(1, PARTS, dtype=np.uint64) << np.uint64(60))
        self._bounds.append(start + np.array([0, *within, len(hashes)]))
        self._file.write(hashes.tobytes())

    def repeated(self) -> Hashes:
        """What comes up more than once."""
        found = [NONE]
        for part in range(PARTS):
            values = np.concatenate(
                [NONE, *(self._read(at[part : part + 2]) for at in self._bounds)]
            )
            values.sort(kind="stable")
            found.append(np.unique(values[1:][values[1:] == values[:-1]]))
        return np.concatenate(found)

    def _read(self, bounds: NDArray[np.intp]) -> Hashes:
        self._file.seek(int(bounds[0]) * NONE.itemsize)
        return np.fromfile(self._file, np.uint64, int(bounds[1] - bounds[0]))


def references_of(
    con: duckdb.DuckDBPyConnection, report_format: ReportFormat, suspects: Hashes
) -> list[tuple[int, str]]:
    """The kept records of ``raw_text`` whose reference has one of these hashes, in order."""
    name = identifier(report_format.reference or "")
    con.register("suspect_hashes", {"hash": suspects})
    rows = con.execute(
        f"SELECT record_number, {name} FROM raw_text WHERE {KEPT} AND {name} IS NOT NULL "
        f"AND hash({name}) IN (SELECT hash FROM suspect_hashes) ORDER BY record_number"
    ).fetchall()
    con.unregister("suspect_hashes")
    return rows


def later_ones(references: Iterable[tuple[int, str]]) -> dict[int, int]:
    """Record number -> the first record with the same reference, of records in order."""
    first: dict[str, int] = {}
    later: dict[int, int] = {}
    for number, reference in references:
        if first.setdefault(reference, number) != number:
            later[number] = first[reference]
    return later
