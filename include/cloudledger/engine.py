"""An in-memory DuckDB for reading, normalising and rolling up lines."""

from __future__ import annotations

import duckdb


def engine() -> duckdb.DuckDBPyConnection:
    """A fresh connection in which days and instants are UTC's, whatever the machine's zone."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    return con
