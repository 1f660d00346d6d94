"""The embedded warehouse: one DuckDB file, one writer at a time."""

from __future__ import annotations

import os
import re
import time
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from cloudledger.warehouse import arrow, binds, migrations
from cloudledger.warehouse.copy import attach_copy, prepare, write_copy
from cloudledger.warehouse.port import (
    ConstraintViolated,
    WarehouseBusy,
    WarehouseError,
    WrongBinds,
)
from cloudledger.warehouse.staging import require_staging

_LOCK_REFUSED = "Conflicting lock"
_HOLDER = re.compile(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_ROWS = "rows_to_insert"
_INEXACT = ("FLOAT", "DOUBLE")


class DuckDbSession:
    """One transaction of a DuckDB connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, statement: str, **values: object) -> int:
        """See :class:`cloudledger.warehouse.port.Session`."""
        return self._run(binds.as_dollars(statement), _fitted(statement, values))

    def execute_many(self, statement: str, rows: Sequence[Mapping[str, object]]) -> int:
        """See :class:`cloudledger.warehouse.port.Session`."""
        translated = binds.as_dollars(statement)
        return sum(self._run(translated, _fitted(statement, row)) for row in rows)

    def query(self, statement: str, **values: object) -> pa.Table:
        """See :class:`cloudledger.warehouse.port.Session`."""
        fitted = _fitted(statement, values)
        result = self._connection.sql(binds.as_dollars(statement), params=fitted or None)
        return arrow.received(result.to_arrow_table())

    def insert(self, table: str, rows: pa.Table) -> int:
        """See :class:`cloudledger.warehouse.port.Session`."""
        ready = arrow.sent(rows)
        self._refuse_misfits(table, ready)
        columns = ", ".join(ready.column_names)
        self._connection.register(_ROWS, ready)
        try:
            return self._run(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {_ROWS}", {})
        finally:
            # After a refused row the transaction is aborted, and its rollback forgets the name.
            with suppress(duckdb.TransactionException):
                self._connection.unregister(_ROWS)

    def _run(self, statement: str, values: Mapping[str, object]) -> int:
        try:
            result = self._connection.execute(statement, dict(values)).fetchall()
        except duckdb.ConstraintException as error:
            raise ConstraintViolated(str(error)) from error
        return int(result[0][0]) if result and isinstance(result[0][0], int) else 0

    def _refuse_misfits(self, table: str, rows: pa.Table) -> None:
        doubles = {field.name for field in rows.schema if pa.types.is_floating(field.type)}
        vectors = {f.name: str(f.type.list_size) for f in rows.schema if _is_vector(f.type)}
        if not doubles and not vectors:
            return
        types = self._connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $name",
            {"name": table},
        ).fetchall()
        wrong = sorted(n for n, kind in types if n in doubles and kind not in _INEXACT)
        if wrong:
            raise WrongBinds(f"{table}: {', '.join(wrong)} must be exact, not floating point")
        for name, kind in types:
            if name in vectors and kind != f"FLOAT[{vectors[name]}]":
                raise WrongBinds(
                    f"{table}.{name} is {kind}: vectors of {vectors[name]} dimensions do not fit"
                )


def _is_vector(kind: pa.DataType) -> bool:
    return bool(pa.types.is_fixed_size_list(kind))


def _fitted(statement: str, values: Mapping[str, object]) -> dict[str, object]:
    """The binds as DuckDB takes them: it knows no ``array.array``."""
    fitted = binds.fitted(statement, values)
    return {n: list(v) if isinstance(v, array) else v for n, v in fitted.items()}


class DuckDbWarehouse:
    """A DuckDB file as a :class:`cloudledger.warehouse.port.Warehouse`."""

    engine: Literal["duckdb"] = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._copied_from: int | None = None
        self._in_transaction = False

    def migrate(self) -> list[str]:
        """See :class:`cloudledger.warehouse.port.Warehouse`; all of them in one transaction."""
        known = migrations.migrations("duckdb")
        with self.transaction() as session:
            for statement in known[0].statements:
                session.execute(statement)
            applied = session.query(migrations.APPLIED).to_pylist()
            todo = migrations.pending(known, [(row["name"], row["checksum"]) for row in applied])
            for migration in todo:
                for statement in migration.statements:
                    session.execute(statement)
                session.execute(migrations.RECORD, name=migration.name, checksum=migration.checksum)
        return [migration.name for migration in todo]

    def stage(self, table: str, rows: pa.Table) -> None:
        """See :class:`cloudledger.warehouse.port.Warehouse`."""
        require_staging(table)
        with self.transaction() as session:
            session.execute(f"DELETE FROM {table}")
            session.insert(table, rows)

    @contextmanager
    def transaction(self) -> Iterator[DuckDbSession]:
        """See :class:`cloudledger.warehouse.port.Warehouse`."""
        if self._in_transaction:
            raise WarehouseError("a transaction is open: end it before you open another one")
        self._connection.execute("BEGIN TRANSACTION").fetchall()
        self._in_transaction = True
        try:
            yield DuckDbSession(self._connection)
        except BaseException:
            with suppress(duckdb.TransactionException):
                self._connection.execute("ROLLBACK").fetchall()
            raise
        else:
            self._connection.execute("COMMIT").fetchall()
        finally:
            self._in_transaction = False

    def publish_copy(self) -> Path:
        """Put what is committed where readers read it; the copy's path.

        Readers that have the older copy open keep it until they open the newer one.
        """
        self._connection.execute("CHECKPOINT").fetchall()
        if self._copied_from is None:
            self._copied_from = os.open(self._path, os.O_RDONLY)
        return write_copy(self._copied_from, self._path)

    def close(self) -> None:
        """Close the file and let the next process have it."""
        self._connection.close()
        # Closing any descriptor of the file drops this process's lock on it (POSIX), so the one
        # that publish_copy reads through outlives the connection.
        if self._copied_from is not None:
            os.close(self._copied_from)
            self._copied_from = None

    def __enter__(self) -> DuckDbWarehouse:
        """For ``with open_duckdb(...) as warehouse``."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


def open_duckdb(
    path: Path, *, wait_seconds: float = 60, read_only: bool = False
) -> DuckDbWarehouse:
    """Open the warehouse, waiting at most ``wait_seconds`` for the process that holds it.

    :raises WarehouseBusy: it is still held then; says by which process.
    """
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    pause = 0.05
    while True:
        try:
            connection = duckdb.connect(str(path), read_only=read_only)
        except duckdb.IOException as error:
            if _LOCK_REFUSED not in str(error):
                raise
            left = deadline - time.monotonic()
            if left <= 0:
                raise WarehouseBusy(_busy(path, wait_seconds, str(error))) from error
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, 1.0)
        else:
            prepare(connection)
            return DuckDbWarehouse(connection, path)


def open_copy(path: Path) -> DuckDbWarehouse:
    """Open the newest read-only copy of the warehouse at ``path``; never waits, never blocks.

    :raises NoCopyYet: nothing has been published.
    """
    return DuckDbWarehouse(attach_copy(path), path)


def _busy(path: Path, waited: float, message: str) -> str:
    found = _HOLDER.search(message)
    holder = f"process {found['pid']} ({found['program']})" if found else "another process"
    return (
        f"{path} is held by {holder} and was not released within {waited:g} s: wait for it to end "
        "(in Airflow, run writers in the pool `warehouse`), or end it"
    )
