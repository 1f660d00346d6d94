"""A report read into one connection, where a test can look at its lines."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from cloudledger.engine import engine
from cloudledger.reports.layout import NOTHING_GIVEN
from cloudledger.reports.read import Report, read_report


class Lines:
    """The kept lines of a report as the table ``focus_line``, whatever its blocks."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self._lock = threading.Lock()
        self.restart()

    def take(self, lines: Iterator[pa.RecordBatch]) -> int:
        taken = 0
        for batch in lines:
            taken += batch.num_rows
            with self._lock:
                self.con.register("taken", pa.Table.from_batches([batch]))
                kind = "INSERT INTO focus_line" if self._any else "CREATE TABLE focus_line AS"
                self.con.execute(f"{kind} FROM taken").fetchall()
                self.con.unregister("taken")
                self._any = True
        return taken

    def restart(self) -> None:
        self.con.execute("DROP TABLE IF EXISTS focus_line").fetchall()
        self._any = False


def read_lines(
    path: Path,
    *,
    format: str | None = None,
    given: Mapping[str, str] = NOTHING_GIVEN,
    block: int | None = None,
) -> tuple[Report, duckdb.DuckDBPyConnection]:
    """The report and a connection with its lines as the table ``focus_line``."""
    lines = Lines(engine())
    size = {} if block is None else {"block": block}
    report = read_report(path, lines, format=format, given=given, **size)
    return report, lines.con
