"""The figures that are held against one another, read from the lake and from the warehouse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import duckdb

from cloudledger import exact
from cloudledger.focus.columns import MART_COLUMN
from cloudledger.ledger.differences import Cell
from cloudledger.ledger.sums import summed_rows

LINES = "lines"
FIGURE_COLUMN = MART_COLUMN | {LINES: "line_count"}


def lake_totals(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The view ``line`` by object, provider's day and currency: every measure, and lines."""
    return summed_rows(con, "lake/totals")


def figures(
    rows: Iterable[Mapping[str, Any]], cell: Callable[[Mapping[str, Any], str], Cell]
) -> dict[Cell, Decimal]:
    """The measures and line counts of rows, added up exactly by the cell each belongs to."""
    sums: defaultdict[Cell, Decimal] = defaultdict(Decimal)
    for row in rows:
        for measure, column in FIGURE_COLUMN.items():
            key = cell(row, measure)
            sums[key] = exact.add(sums[key], Decimal(row[column] or 0))
    return dict(sums)


def by_day(row: Mapping[str, Any], measure: str) -> Cell:
    """A row's cell by day and currency."""
    return Cell(row["charge_day"], row["billing_currency"], measure)


def by_currency(row: Mapping[str, Any], measure: str) -> Cell:
    """A row's cell by currency, over all days."""
    return Cell(None, row["billing_currency"], measure)
