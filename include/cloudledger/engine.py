"""An in-memory DuckDB for reading, normalising and rolling up lines."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

MEMORY = "1GB"
SPILL = Path(tempfile.gettempdir()) / "cloudledger-spill"


def engine(memory: str = MEMORY, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A fresh connection that keeps to ``memory`` and spills to disk beyond it.

    Days and instants are UTC's, whatever the machine's zone.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": str(SPILL),
    }
    if threads is not None:
        config["threads"] = threads
    con = duckdb.connect(config=config)
    con.execute("SET TimeZone = 'UTC'")
    return con
