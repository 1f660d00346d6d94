"""The lines in files of the lake: read as a view, counted by provider and day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from cloudledger.lake.files import StagedFile
from cloudledger.lake.journal import DayLines
from cloudledger.lake.schema import EMPTY_LINES
from cloudledger.sql import literal

_PARTITION = "provider=([^/]+)/day=([^/]+)/[^/]+$"


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
