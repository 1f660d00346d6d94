"""The warehouse by an Airflow connection: DuckDB embedded, Oracle in production."""

from __future__ import annotations

from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from airflow.sdk import BaseHook

from cloudledger.settings import Settings
from cloudledger_airflow.exceptions import UnusableConnection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from airflow.sdk import Connection

    from cloudledger.warehouse.port import Warehouse

WAIT_SECONDS = 60


class WarehouseHook(BaseHook):
    """The warehouse, open and migrated for the length of a ``with`` block.

    A connection of type ``duckdb`` names the file as its host (empty: the one in the settings'
    home); one of type ``oracle`` is opened by the Oracle provider's hook. After a block that ends
    well, DuckDB's read copy is renewed, so that readers see what was written.

    :param warehouse_conn_id: the Airflow connection, of type ``duckdb`` or ``oracle``.
    :param wait_seconds: at most how long to wait for another writer of DuckDB's file; as the
        connection says where it is left out.
    """

    conn_name_attr = "warehouse_conn_id"
    default_conn_name = "cloudledger_warehouse"
    conn_type = "duckdb"
    hook_name = "DuckDB (Cloudledger warehouse)"

    def __init__(
        self, warehouse_conn_id: str = default_conn_name, *, wait_seconds: float | None = None
    ) -> None:
        super().__init__()
        self.warehouse_conn_id = warehouse_conn_id
        self.wait_seconds = wait_seconds
        self._warehouse: Warehouse | None = None

    @cached_property
    def connection(self) -> Connection:
        """The Airflow connection."""
        return self.get_connection(self.warehouse_conn_id)

    def __enter__(self) -> Warehouse:
        """Open the warehouse and apply the migrations it lacks.

        :raises UnusableConnection: for a connection of another type.
        :raises WarehouseBusy: another process held DuckDB's file for too long.
        """
        self._warehouse = self._open()
        try:
            self._warehouse.migrate()
        except BaseException:
            self._warehouse.close()
            raise
        return self._warehouse

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the warehouse; after a good end its readers' copy is renewed."""
        from cloudledger.warehouse.duckdb import DuckDbWarehouse

        warehouse, self._warehouse = self._warehouse, None
        if warehouse is None:
            return
        try:
            if error is None and isinstance(warehouse, DuckDbWarehouse):
                warehouse.publish_copy()
        finally:
            warehouse.close()

    @contextmanager
    def reading(self) -> Iterator[Warehouse]:
        """What was last published, for readers: DuckDB's read copy, or Oracle itself.

        Waits for no writer, blocks none, and applies no migration.

        :raises NoCopyYet: nothing has been published.
        """
        from cloudledger.warehouse.duckdb import open_copy

        duckdb = self.connection.conn_type == "duckdb"
        with closing(open_copy(self._path) if duckdb else self._open()) as warehouse:
            yield warehouse

    def _open(self) -> Warehouse:
        match self.connection.conn_type:
            case "duckdb":
                return self._open_duckdb()
            case "oracle":
                return self._open_oracle()
        raise UnusableConnection(
            f"connection {self.warehouse_conn_id!r} is of type {self.connection.conn_type!r}: "
            "a warehouse is of type duckdb or oracle"
        )

    def _open_duckdb(self) -> Warehouse:
        from cloudledger.warehouse.duckdb import open_duckdb

        wait = self.wait_seconds
        if wait is None:
            wait = self.connection.extra_dejson.get("wait_seconds")
        return open_duckdb(self._path, wait_seconds=WAIT_SECONDS if wait is None else float(wait))

    @property
    def _path(self) -> Path:
        return Path(self.connection.host) if self.connection.host else Settings().warehouse

    def _open_oracle(self) -> Warehouse:
        from airflow.providers.oracle.hooks.oracle import OracleHook

        from cloudledger.warehouse.oracle import OracleWarehouse

        return OracleWarehouse(OracleHook(oracle_conn_id=self.warehouse_conn_id).get_conn())
