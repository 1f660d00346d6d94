"""The warehouse in an Oracle AI Database (23ai or later), over an open python-oracledb connection.

Numbers are fetched as Decimal and CLOBs as text by each statement's own arguments, so that nothing
depends on ``oracledb.defaults``, which the whole process shares.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

import oracledb
import pyarrow as pa

from cloudledger.warehouse import arrow, binds, migrations, oracle_rows
from cloudledger.warehouse.oracle_rows import Column
from cloudledger.warehouse.port import ConstraintViolated, WarehouseError
from cloudledger.warehouse.staging import require_staging
from cloudledger.warehouse.statements import version_of

BATCH_ROWS = 2_000
LOAD_ROWS = 25_000
NOT_ALLOWED = frozenset({1438, 2091, 8601, 8602, 12899})
"""ORA-01438 (number too large), ORA-02091 (rolled back at its end: a deferred constraint or
assertion), ORA-08601 and 08602 (an assertion) and ORA-12899 (text too long) are no IntegrityError.
"""
_SIZED = {datetime: oracledb.DB_TYPE_TIMESTAMP, array: oracledb.DB_TYPE_VECTOR}


class OracleSession:
    """The current transaction of an Oracle connection."""

    def __init__(self, connection: oracledb.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, **values: object) -> int:
        """See :class:`cloudledger.warehouse.port.Session`."""
        fitted = binds.fitted(statement, values)
        with self._connection.cursor() as cursor, _refusals():
            _size(cursor, [fitted])
            cursor.execute(statement, fitted)
            return max(int(cursor.rowcount), 0)

    def execute_many(self, statement: str, rows: Sequence[Mapping[str, object]]) -> int:
        """See :class:`cloudledger.warehouse.port.Session`."""
        fitted = [binds.fitted(statement, row) for row in rows]
        if not fitted:
            return 0
        with self._connection.cursor() as cursor, _refusals():
            _size(cursor, fitted)
            cursor.executemany(statement, fitted)
            return int(cursor.rowcount)

    def query(self, statement: str, **values: object) -> pa.Table:
        """See :class:`cloudledger.warehouse.port.Session`."""
        fitted = binds.fitted(statement, values)
        with self._connection.cursor() as cursor:
            _size(cursor, [fitted])
            cursor.execute(statement, fitted, fetch_decimals=True, fetch_lobs=False)
            rows = cursor.fetchall()
            columns = [Column.of(info) for info in cursor.description or ()]
        return oracle_rows.as_table(columns, rows)

    def insert(self, table: str, rows: pa.Table) -> int:
        """See :class:`cloudledger.warehouse.port.Session`; arrays of binds, no literals."""
        ready = arrow.sent(rows)
        columns = describe(self._connection, table, ready.column_names)
        oracle_rows.check_fit(table, columns, ready)
        return _insert(self._connection, table, columns, ready)


class OracleWarehouse:
    """An Oracle schema as a :class:`cloudledger.warehouse.port.Warehouse`.

    :param connection: open, with autocommit off, as ``OracleHook.get_conn()`` and
        ``oracledb.connect`` give it; thin or thick. :meth:`close` closes it.
    :raises WarehouseError: autocommit is on.
    """

    engine: Literal["oracle"] = "oracle"

    def __init__(self, connection: oracledb.Connection) -> None:
        if connection.autocommit:
            raise WarehouseError("the connection commits every statement: turn autocommit off")
        self._connection = connection
        self._in_transaction = False

    def migrate(self) -> list[str]:
        """See :class:`cloudledger.warehouse.port.Warehouse`.

        Oracle commits each DDL statement, so every one can be run again: a migration that broke
        off is repeated from its first statement by the next call.
        """
        self._require_no_transaction("migrate")
        known = migrations.migrations("oracle")
        self._run_all(known[0])
        with self.transaction() as session:
            applied = session.query(migrations.APPLIED).to_pylist()
        todo = migrations.pending(known, [(row["name"], row["checksum"]) for row in applied])
        for migration in todo:
            self._run_all(migration)
            with self.transaction() as session:
                session.execute(migrations.RECORD, name=migration.name, checksum=migration.checksum)
        return [migration.name for migration in todo]

    def stage(self, table: str, rows: pa.Table) -> None:
        """See :class:`cloudledger.warehouse.port.Warehouse`.

        Thin mode loads by direct path, which commits by itself; thick mode has no such call and
        inserts.
        """
        require_staging(table)
        self._require_no_transaction("stage")
        ready = arrow.sent(rows)
        columns = describe(self._connection, table)
        ready = _completed(table, columns, ready)
        oracle_rows.check_fit(table, columns, ready)
        with self._connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE TABLE {table}")
        if self._connection.thin:
            self._load(table, columns, ready)
        else:
            with self.transaction():
                _insert(self._connection, table, columns, ready)

    @contextmanager
    def transaction(self) -> Iterator[OracleSession]:
        """See :class:`cloudledger.warehouse.port.Warehouse`."""
        self._require_no_transaction("open another one")
        self._in_transaction = True
        try:
            yield OracleSession(self._connection)
        except BaseException:
            self._connection.rollback()
            raise
        else:
            with _refusals():
                self._connection.commit()
        finally:
            self._in_transaction = False

    def close(self) -> None:
        """Close the connection; what is not committed is rolled back."""
        self._connection.close()

    def _load(self, table: str, columns: Sequence[Column], rows: pa.Table) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM dual")
            ((schema,),) = cursor.fetchall()
        names = [column.name.upper() for column in columns]
        for batch in oracle_rows.batches(rows, LOAD_ROWS):
            self._connection.direct_path_load(schema, table.upper(), names, batch)

    def _run_all(self, migration: migrations.Migration) -> None:
        version = version_of(self._connection.version)
        with self._connection.cursor() as cursor:
            for step in migration.steps:
                if step.is_for(version) and not _gives_rows(cursor, step.unless):
                    cursor.execute(step.statement)

    def _require_no_transaction(self, what: str) -> None:
        if self._in_transaction:
            raise WarehouseError(f"a transaction is open: end it before you {what}")


def _gives_rows(cursor: oracledb.Cursor, query: str) -> bool:
    if not query:
        return False
    cursor.execute(query)
    return bool(cursor.fetchall())


def describe(
    connection: oracledb.Connection, table: str, names: Sequence[str] | None = None
) -> list[Column]:
    """The named columns of a table, or all of them, from the database itself."""
    listed = "*" if names is None else ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {listed} FROM {table} WHERE 1 = 0", fetch_lobs=False)
        return [Column.of(info) for info in cursor.description or ()]


def _insert(
    connection: oracledb.Connection, table: str, columns: Sequence[Column], rows: pa.Table
) -> int:
    listed = ", ".join(column.name for column in columns)
    numbered = ", ".join(f":{position}" for position in range(1, len(columns) + 1))
    statement = f"INSERT INTO {table} ({listed}) VALUES ({numbered})"
    sizes = oracle_rows.input_sizes(columns, rows)
    inserted = 0
    with connection.cursor() as cursor, _refusals():
        for batch in oracle_rows.batches(rows, BATCH_ROWS):
            cursor.setinputsizes(*sizes)
            cursor.executemany(statement, batch)
            inserted += int(cursor.rowcount)
    return inserted


def _completed(table: str, columns: Sequence[Column], rows: pa.Table) -> pa.Table:
    """The rows with every column of the table, in its order: a direct path load needs them all."""
    unknown = set(rows.column_names) - {column.name for column in columns}
    if unknown:
        raise WarehouseError(f"{table} has no column {', '.join(sorted(unknown))}")
    for column in columns:
        if column.name not in rows.column_names:
            rows = rows.append_column(column.name, pa.nulls(rows.num_rows))
    return rows.select([column.name for column in columns])


def _size(cursor: oracledb.Cursor, rows: Sequence[Mapping[str, object]]) -> None:
    """Bind instants as TIMESTAMP (left to itself python-oracledb binds a datetime as DATE), and
    vectors as VECTOR even where the first row has none.
    """
    kinds = {
        name: _SIZED[type(value)]
        for row in rows
        for name, value in row.items()
        if type(value) in _SIZED
    }
    if kinds:
        cursor.setinputsizes(**dict(sorted(kinds.items())))


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except oracledb.IntegrityError as error:
        raise ConstraintViolated(str(error)) from error
    except oracledb.DatabaseError as error:
        if getattr(error.args[0], "code", None) in NOT_ALLOWED:
            raise ConstraintViolated(str(error)) from error
        raise
