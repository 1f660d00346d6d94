"""Arrow tables into rows for python-oracledb, and fetched rows into Arrow tables: exactly.

Rows go in and come out as Python values, not as Arrow, which python-oracledb offers too: fetched as
Arrow, an expression without a declared scale (``SUM(billed_cost)``) becomes a double; and in the
driver's source (read at 3.4) an Arrow array's offset is left out, so that a slice of a table would
be sent from the table's first row on.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

import oracledb
import pyarrow as pa
import pyarrow.compute as pc

from cloudledger.warehouse.arrow import INSTANT, MONEY, VECTOR
from cloudledger.warehouse.port import ConstraintViolated, WarehouseError, WrongBinds

TEXT = frozenset(
    {
        oracledb.DB_TYPE_VARCHAR,
        oracledb.DB_TYPE_CHAR,
        oracledb.DB_TYPE_NVARCHAR,
        oracledb.DB_TYPE_NCHAR,
        oracledb.DB_TYPE_LONG,
        oracledb.DB_TYPE_LONG_NVARCHAR,
        oracledb.DB_TYPE_CLOB,
        oracledb.DB_TYPE_NCLOB,
    }
)
UNBOUNDED = frozenset({oracledb.DB_TYPE_LONG, oracledb.DB_TYPE_CLOB, oracledb.DB_TYPE_NCLOB})
DOUBLES = frozenset({oracledb.DB_TYPE_BINARY_DOUBLE, oracledb.DB_TYPE_BINARY_FLOAT})


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the database describes it.

    :param bytes: the limit of a text, None without one.
    :param dimensions: of a vector, None where the column takes any.
    """

    name: str
    kind: oracledb.DbType
    scale: int | None
    precision: int | None
    bytes: int | None
    dimensions: int | None = None

    @classmethod
    def of(cls, info: oracledb.FetchInfo) -> Column:
        """From an entry of ``cursor.description``."""
        limit = None if info.type_code in UNBOUNDED else info.internal_size
        return cls(
            info.name.lower(),
            info.type_code,
            info.scale,
            info.precision,
            limit,
            info.vector_dimensions,
        )

    @property
    def is_whole(self) -> bool:
        """Whether the database declares that only whole numbers stand here."""
        return self.scale == 0 and bool(self.precision)


def check_fit(table: str, columns: Sequence[Column], rows: pa.Table) -> None:
    """Refuse what Oracle would refuse late, or round without a word.

    :raises ConstraintViolated: a text is longer than its column, in bytes of UTF-8.
    :raises WrongBinds: floating point, or a fraction, for a column that is exact or whole; a vector
        that is not as long as its column's, or where no vectors are.
    """
    for column in columns:
        values = rows[column.name]
        where = f"{table}.{column.name}"
        if pa.types.is_floating(values.type) and column.kind not in DOUBLES:
            raise WrongBinds(f"{where} must be exact, not floating point")
        if column.is_whole and pa.types.is_decimal(values.type):
            raise WrongBinds(f"{where} holds whole numbers, give int64")
        is_vector = pa.types.is_fixed_size_list(values.type)
        if is_vector != (column.kind == oracledb.DB_TYPE_VECTOR) and values.null_count < len(
            values
        ):
            raise WrongBinds(f"{where} holds {'no ' if is_vector else ''}vectors")
        if is_vector and column.dimensions not in (None, values.type.list_size):
            raise WrongBinds(
                f"{where} holds vectors of {column.dimensions} dimensions: "
                f"those of {values.type.list_size} do not fit"
            )
        if column.bytes and pa.types.is_string(values.type):
            longest = pc.max(pc.binary_length(values)).as_py() or 0
            if longest > column.bytes:
                raise ConstraintViolated(
                    f"{where} holds at most {column.bytes} bytes of UTF-8 and a value has "
                    f"{longest}: shorten it at intake, or widen the column in a new migration"
                )


def input_sizes(columns: Sequence[Column], rows: pa.Table) -> list[oracledb.DbType | int]:
    """What ``cursor.setinputsizes`` is given: bytes for a text, else the column's own type.

    Without it a datetime would be bound as DATE and lose its fraction, and a column whose first
    values are NULL as a text of one byte.
    """
    sizes: list[oracledb.DbType | int] = []
    for column in columns:
        if column.kind in TEXT:
            values = rows[column.name]
            longest = None if pa.types.is_null(values.type) else pc.max(pc.binary_length(values))
            sizes.append(max(1, (longest.as_py() if longest else 0) or 0))
        else:
            sizes.append(column.kind)
    return sizes


def batches(rows: pa.Table, at_most: int) -> Iterator[list[tuple[object, ...]]]:
    """The rows as tuples in column order, at most ``at_most`` at a time."""
    for batch in rows.to_batches(max_chunksize=at_most):
        if batch.num_rows:
            yield list(zip(*(_values(column) for column in batch.columns), strict=True))


def _values(column: pa.Array) -> Sequence[object]:
    """Python values; a vector as the ``array.array('f')`` that python-oracledb binds."""
    if not pa.types.is_fixed_size_list(column.type):
        return list(column.to_pylist())
    numbers = column.flatten().to_numpy().reshape(-1, column.type.list_size)
    vectors = (array("f", row.tobytes()) for row in numbers)
    return [next(vectors) if there else None for there in column.is_valid().to_pylist()]


def as_table(columns: Sequence[Column], rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """What a query fetched, in the port's types.

    :raises WarehouseError: a value or a type has no exact place there; says how to select it.
    """
    by_column: list[Sequence[object]] = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = []
    for column, values in zip(columns, by_column, strict=True):
        try:
            arrays.append(_array(column, values))
        except (pa.ArrowInvalid, ValueError) as error:
            raise WarehouseError(
                f"column {column.name}: {error}: round or cast it in the statement"
            ) from error
    return pa.table(arrays, names=[column.name for column in columns])


def _array(column: Column, values: Sequence[object]) -> pa.Array:
    if column.kind == oracledb.DB_TYPE_NUMBER:
        if column.is_whole:
            return pa.array([_whole(value) for value in values], pa.int64())
        return pa.array(values, MONEY)
    if column.kind in TEXT:
        return pa.array(values, pa.string())
    if column.kind == oracledb.DB_TYPE_TIMESTAMP:
        return pa.array(values, INSTANT)
    if column.kind == oracledb.DB_TYPE_DATE:
        return pa.array([_day(value) for value in values], pa.date32())
    if column.kind in DOUBLES:
        return pa.array(values, pa.float64())
    if column.kind == oracledb.DB_TYPE_VECTOR:
        return pa.array([_vector(value) for value in values], VECTOR)
    if column.kind == oracledb.DB_TYPE_BOOLEAN:
        return pa.array([None if v is None else int(bool(v)) for v in values], pa.int64())
    raise ValueError(f"{column.kind.name} has no type in the port")


def _whole(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, (int, Decimal)) or value != int(value):
        raise ValueError(f"{value} is no whole number")
    return int(value)


def _vector(value: object) -> list[float] | None:
    if value is None:
        return None
    if not isinstance(value, array) or value.typecode != "f":
        raise ValueError("the vector is not of FLOAT32")
    return value.tolist()


def _day(value: object) -> object:
    if isinstance(value, datetime):
        if value.time() != time():
            raise ValueError(f"the DATE {value} has a time of day, use TRUNC or a TIMESTAMP")
        return value.date()
    return value
