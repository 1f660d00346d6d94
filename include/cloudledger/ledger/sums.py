"""Sums of lake lines, exact also where no DECIMAL(38,24) holds them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from cloudledger import exact
from cloudledger.focus.columns import MART_COLUMN
from cloudledger.sql import statement

_SUMS = frozenset(MART_COLUMN.values())


def summed(
    con: duckdb.DuckDBPyConnection, name: str, params: Mapping[str, object] | None = None
) -> pa.Table:
    """The rows of ``sql/<name>.sql``, whose every sum is written ``total(column)``.

    Decimals, or, when one of them needs more than 14 digits before the point, the texts that
    :func:`amount` reads.
    """
    con.execute(statement("lake/sums")).fetchall()
    try:
        return con.sql(statement(name), params=dict(params or {})).to_arrow_table()
    except duckdb.OutOfRangeException:
        con.execute(statement("lake/long_sums")).fetchall()
        return con.sql(statement(name), params=dict(params or {})).to_arrow_table()


def summed_rows(con: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """The rows of :func:`summed`, every sum a Decimal of whatever length."""
    table = summed(con, name)
    sums = sum_columns(table)
    return [
        {**row, **{column: amount(row[column]) for column in sums}} for row in table.to_pylist()
    ]


def sum_columns(table: pa.Table) -> list[str]:
    """The columns that hold sums."""
    return [column for column in table.column_names if column in _SUMS]


def amount(value: Decimal | str) -> Decimal:
    """A sum as :func:`summed` gives it."""
    if isinstance(value, Decimal):
        return value
    return exact.total(Decimal(part) for part in value.split("|"))


def written(value: Decimal) -> tuple[Decimal | None, str | None]:
    """The amount where a DECIMAL(38,24) holds it, else its text."""
    return (value, None) if exact.fits(value) else (None, exact.digits(value))
