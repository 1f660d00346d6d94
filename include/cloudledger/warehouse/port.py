"""The warehouse as the rest of the house sees it: DuckDB or Oracle, the same words for both.

What crosses the port, on both engines:

- binds are written ``:name`` in the statement and must be exactly the ones that are given;
- a text is never empty (it is bound as NULL, as Oracle would), a boolean is bound as 0 or 1, an
  instant is UTC-aware and stored as a TIMESTAMP in UTC, money and quantities are Decimal;
- a vector is bound as ``array.array('f')`` (in DuckDB the statement casts it:
  ``CAST(:question AS FLOAT[384])``) and inserted as ``fixed_size_list<float>`` or ``list<float>``;
  its numbers are finite and as many as the column has dimensions;
- a query gives lower_snake names and only these Arrow types: ``string``, ``int64``,
  ``decimal128(38, 24)``, ``date32``, ``timestamp[us, tz=UTC]``, ``float64``, ``list<float>``.

A number is ``int64`` when its declared scale is 0, ``decimal128(38, 24)`` otherwise. Oracle
declares no scale for an expression, so a shared query says what it counts:
``CAST(COUNT(*) AS DECIMAL(18, 0))``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Literal, Protocol

import pyarrow as pa

Engine = Literal["duckdb", "oracle"]


class WarehouseError(Exception):
    """The warehouse refused: what, where, and what to do."""


class WarehouseBusy(WarehouseError):
    """Another process kept the warehouse open for longer than the caller would wait."""


class WrongBinds(WarehouseError):
    """A statement and the values given for it do not fit together."""


class ConstraintViolated(WarehouseError):
    """A key, a NOT NULL, a check or a column's length does not allow a row."""


class MigrationRefused(WarehouseError):
    """The migrations the database knows are not the first ones of this installation."""


class NoCopyYet(WarehouseError):
    """There is no read-only copy, because nothing has been published."""


class Session(Protocol):
    """What can be done inside one transaction."""

    def execute(self, statement: str, **binds: object) -> int:
        """Run a statement that changes rows; how many it changed.

        :raises WrongBinds: a bind is missing, left over, or of a type that has no exact column.
        :raises ConstraintViolated: a row is not allowed.
        """
        ...

    def execute_many(self, statement: str, rows: Sequence[Mapping[str, object]]) -> int:
        """The same statement once for each row of binds; how many rows were changed in all."""
        ...

    def query(self, statement: str, **binds: object) -> pa.Table:
        """The rows a SELECT gives, in the types this module names."""
        ...

    def insert(self, table: str, rows: pa.Table) -> int:
        """Add rows by column name, exactly or not at all; how many."""
        ...


class Warehouse(Protocol):
    """One open warehouse."""

    @property
    def engine(self) -> Engine:
        """Which engine it is."""
        ...

    def migrate(self) -> list[str]:
        """Apply the migrations the database does not have yet, in order; their names.

        :raises MigrationRefused: an applied one has been edited, taken away or gone round.
        """
        ...

    def stage(self, table: str, rows: pa.Table) -> None:
        """Replace what a staging table (``*_stage``) holds; committed at once."""
        ...

    def transaction(self) -> AbstractContextManager[Session]:
        """A transaction: committed at the end of the block, rolled back by any exception."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
