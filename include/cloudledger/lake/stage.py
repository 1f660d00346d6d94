"""Lines written into the table's folder as Parquet files, before any commit names them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from cloudledger.lake.files import StagedFile
from cloudledger.lake.schema import PARTITIONS
from cloudledger.sql import literal


def stage(
    con: duckdb.DuckDBPyConnection, folder: Path, select: str, object_id: str
) -> list[StagedFile]:
    """Write the rows of ``select`` (columns of ``LAKE_SCHEMA``) as files of the table's folder."""
    written = con.execute(
        f"COPY ({select}) TO {literal(folder)} (FORMAT parquet, COMPRESSION zstd, APPEND, "
        f"PARTITION_BY ({', '.join(PARTITIONS)}), "
        f"FILENAME_PATTERN '{object_id}-{{uuid}}-{{i}}', RETURN_STATS)"
    ).fetchall()
    return [
        StagedFile(
            path=Path(name),
            bytes=size,
            lines=lines,
            provider=keys["provider"],
            day=date.fromisoformat(keys["day"]),
        )
        for name, lines, size, _, _, keys, *_ in written
    ]
