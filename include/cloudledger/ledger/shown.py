"""What the warehouse shows of each provider's days: what counts, and what does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from cloudledger import exact
from cloudledger.focus.columns import MART_COLUMN
from cloudledger.ledger.differences import Cell
from cloudledger.ledger.figures import LINES, by_day, figures
from cloudledger.ledger.sums import written
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

Row = Mapping[str, Any]
DayFigures = Mapping[str, Mapping[Cell, Decimal]]
"""By provider: every measure, and lines, by day and currency."""

FRACTIONS = {"pricing_quantity": "pricing_fraction", "consumed_quantity": "consumed_fraction"}


def day_figures(rows: Iterable[Row]) -> DayFigures:
    """The figures of rows that say provider, day, currency and every measure."""
    by_provider: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_provider[row["provider"]].append(row)
    return {provider: figures(group, by_day) for provider, group in by_provider.items()}


def mart_figures(session: Session, *, pending_only: bool) -> DayFigures:
    """What ``daily_cost`` adds up to, with the quantities that it has no room for."""
    only = int(pending_only)
    rows = session.query(statement("marts/daily_cost/totals"), pending_only=only).to_pylist()
    for row in rows:
        for whole, fraction in FRACTIONS.items():
            row[whole] = exact.add(Decimal(row[whole] or 0), row[fraction] or Decimal(0))
    found = {provider: dict(cells) for provider, cells in day_figures(rows).items()}
    longs = session.query(statement("marts/long_quantity/amounts"), pending_only=only)
    for row in longs.to_pylist():
        _add(found, row, row["measure"], Decimal(row["exact_amount"]))
    return found


def displaced_figures(session: Session, *, pending_only: bool) -> DayFigures:
    """What the lines that do not count add up to."""
    found: dict[str, dict[Cell, Decimal]] = {}
    rows = session.query(
        statement("marts/displaced_line/totals"), pending_only=int(pending_only)
    ).to_pylist()
    for row in rows:
        amount = row["amount"] if row["exact_amount"] is None else Decimal(row["exact_amount"])
        _add(found, row, row["measure"], amount)
        if row["measure"] == next(iter(MART_COLUMN)):
            _add(found, row, LINES, Decimal(row["lines"]))
    return found


def added(one: DayFigures, other: DayFigures) -> DayFigures:
    """Both, cell by cell."""
    sums = {provider: dict(cells) for provider, cells in one.items()}
    for provider, cells in other.items():
        held = sums.setdefault(provider, {})
        for cell, amount in cells.items():
            held[cell] = exact.add(held.get(cell, Decimal(0)), amount)
    return sums


def displaced_rows(totals: Sequence[Row]) -> pa.Table:
    """Rows for the table ``displaced_line`` out of :func:`counted.displaced_totals`."""
    rows = [
        {
            "object_id": row["object_id"],
            "provider": row["provider"],
            "charge_day": row["charge_day"],
            "billing_currency": row["billing_currency"],
            "measure": measure,
            "reason": row["reason"],
            "lines": row["line_count"],
            "amount": amount,
            "exact_amount": text,
        }
        for row in totals
        for measure, column in MART_COLUMN.items()
        for amount, text in [written(row[column])]
    ]
    return pa.Table.from_pylist(rows, schema=_DISPLACED)


def _add(found: dict[str, dict[Cell, Decimal]], row: Row, measure: str, amount: Decimal) -> None:
    cells = found.setdefault(row["provider"], {})
    cell = by_day(row, measure)
    cells[cell] = exact.add(cells.get(cell, Decimal(0)), amount)


_DISPLACED = pa.schema(
    [
        ("object_id", pa.string()),
        ("provider", pa.string()),
        ("charge_day", pa.date32()),
        ("billing_currency", pa.string()),
        ("measure", pa.string()),
        ("reason", pa.string()),
        ("lines", pa.int64()),
        ("amount", pa.decimal128(38, 24)),
        ("exact_amount", pa.string()),
    ]
)
