"""An in-memory DuckDB for reading, normalising and rolling up lines."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

MEMORY = "1GB"
SPILL = Path(tempfile.gettempdir()) / "cloudledger-spill"


def engine() -> duckdb.DuckDBPyConnection:
    """A fresh connection that keeps to ``MEMORY`` and spills to disk beyond it.

    Days and instants are UTC's, whatever the machine's zone.
    """
    con = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(SPILL)})
    con.execute("SET TimeZone = 'UTC'")
    return con
