"""What the pages read: the copy that the last publish left, or Oracle itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy
from cloudledger.warehouse.port import Warehouse
from cloudledger_airflow.hooks.warehouse import WarehouseHook


@contextmanager
def reading() -> Iterator[Warehouse]:
    """The warehouse that the settings name, without waiting for a writer or blocking one.

    :raises NoCopyYet: nothing has been published.
    """
    settings = Settings()
    hook = WarehouseHook(settings.warehouse_conn_id)
    if hook.connection.conn_type == "duckdb":
        path = Path(hook.connection.host) if hook.connection.host else settings.warehouse
        with open_copy(path) as copy:
            yield copy
    else:
        with hook as warehouse:
            yield warehouse
