"""A warehouse with every table and no row, copied: the migrations take a fifth of a second."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from cloudledger.warehouse.duckdb import DuckDbWarehouse, open_duckdb


def migrated(path: Path) -> DuckDbWarehouse:
    """The DuckDB warehouse at the path, open; a migrated and empty one if there was none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # By a rename: a process that is killed at any moment leaves a whole file or none.
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        shutil.copyfile(_template(), unfinished)
        unfinished.rename(path)
    return open_duckdb(path)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="cloudledger-empty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with open_duckdb(folder / "warehouse.duckdb") as warehouse:
        warehouse.migrate()
    return folder / "warehouse.duckdb"
