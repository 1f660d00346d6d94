"""The read-only copy beside the DuckDB file: renamed into place whole, read without a lock."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from cloudledger.sql import literal
from cloudledger.warehouse.port import NoCopyYet

_CHUNK = 16 * 1024 * 1024


def copy_path(path: Path) -> Path:
    """Where the copy of a warehouse stands: ``warehouse.read.duckdb`` for ``warehouse.duckdb``."""
    return path.with_suffix(f".read{path.suffix}")


def write_copy(source: int, path: Path) -> Path:
    """Copy an open, checkpointed warehouse beside itself; after a kill the older copy stands.

    ``source`` is a descriptor that the caller keeps open: closing one in this process would drop
    the lock that DuckDB holds on the file.
    """
    target = copy_path(path)
    part = target.with_name(f"{target.name}.part")
    with part.open("wb") as out:
        offset = 0
        while chunk := os.pread(source, _CHUNK, offset):
            out.write(chunk)
            offset += len(chunk)
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return target


def attach_copy(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the newest copy of the warehouse at ``path``.

    :raises NoCopyYet: nothing has been published.
    """
    copy = copy_path(path)
    if not copy.is_file():
        raise NoCopyYet(f"{copy} does not exist: publish once, then read")
    # duckdb.connect(path) would hand out the instance of an older copy that is still open in this
    # process under the same path; an instance of its own sees the file that stands there now.
    connection = duckdb.connect()
    prepare(connection)
    connection.execute(f"ATTACH {literal(copy)} AS warehouse (READ_ONLY)").fetchall()
    connection.execute("USE warehouse").fetchall()
    return connection


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Instants in UTC whatever the machine's zone, and no Python variable taken for a table."""
    connection.execute("SET TimeZone = 'UTC'").fetchall()
    connection.execute("SET python_enable_replacements = false").fetchall()
