"""Arrow tables on their way into and out of a warehouse: the few types of the port, exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cloudledger.warehouse.port import WrongBinds

MONEY = pa.decimal128(38, 24)
INSTANT = pa.timestamp("us", tz="UTC")
STORED_INSTANT = pa.timestamp("us")
VECTOR = pa.list_(pa.float32())


def sent(rows: pa.Table) -> pa.Table:
    """The rows as both engines store them: instants in UTC without a zone, empty text as NULL,
    vectors as ``fixed_size_list<float>``.

    :raises WrongBinds: a column's type has no exact place in the warehouse, or a value none in it.
    """
    return _converted(rows, _column_sent)


def received(rows: pa.Table) -> pa.Table:
    """What an engine gave, in the port's types and with lower-case names."""
    return _converted(rows.rename_columns([name.lower() for name in rows.column_names]), _received)


def _converted(rows: pa.Table, convert: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> pa.Table:
    columns = {}
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        try:
            columns[name] = convert(column)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, TypeError, ValueError) as error:
            raise WrongBinds(f"column {name} ({column.type}): {error}") from error
    return pa.table(columns)


def _column_sent(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _column_sent(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        if kind.tz is None:
            raise TypeError("its instants have no time zone, give them one")
        return column.cast(INSTANT).cast(STORED_INSTANT)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        text = column.cast(pa.string())
        return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    if pa.types.is_decimal(kind):
        return column.cast(MONEY)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_date(kind):
        return column.cast(pa.date32())
    if pa.types.is_float64(kind) or pa.types.is_null(kind):
        return column
    if is_vector(kind):
        return _vectors(column)
    raise TypeError("it is no string, integer, decimal, date, instant, boolean, double or vector")


def is_vector(kind: pa.DataType) -> bool:
    """Whether a column of this type holds vectors of 32-bit numbers."""
    is_list = pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(is_list and pa.types.is_float32(kind.value_type))


def _vectors(column: pa.ChunkedArray) -> pa.ChunkedArray:
    lengths = pc.unique(pc.list_value_length(column)).drop_null().to_pylist()
    if len(lengths) > 1 or 0 in lengths:
        raise ValueError(f"its vectors have {', '.join(map(str, sorted(lengths)))} dimensions")
    for chunk in column.chunks:
        numbers = chunk.flatten()
        if numbers.null_count or not np.isfinite(numbers.to_numpy(zero_copy_only=False)).all():
            raise ValueError("a vector holds finite numbers only")
    return column.cast(pa.list_(pa.float32(), lengths[0])) if lengths else column


def _received(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_decimal(kind):
        return column.cast(MONEY if kind.scale else pa.int64())
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_timestamp(kind):
        return column.cast(INSTANT)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    if is_vector(kind):
        return column.cast(VECTOR)
    return column
