"""The lines of whole days added up for the warehouse, and the sums that it has no room for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from cloudledger import exact
from cloudledger.focus.columns import COSTS, MART_COLUMN, QUANTITIES
from cloudledger.ledger.counted import displaced_totals
from cloudledger.ledger.figures import lake_totals
from cloudledger.ledger.shown import day_figures
from cloudledger.ledger.sums import amount, sum_columns, summed
from cloudledger.sql import statement

Row = Mapping[str, Any]
ProviderDay = tuple[str, date]
_MONEY = pa.decimal128(38, 24)


@dataclass(frozen=True, slots=True)
class RollUp:
    """The lines of some days, from the view ``line`` of :mod:`cloudledger.ledger.counted`.

    ``totals`` are all lines by object, day and currency, ``displaced`` those of them that do not
    count, with the reason; ``rows`` are those of ``daily_cost``, where a quantity that needs more
    than 14 digits before the point is NULL and stands in ``long_quantities``. ``refused`` names the
    days whose cost does, with what it adds up to: they have no row.
    """

    totals: Sequence[Row]
    displaced: Sequence[Row]
    rows: pa.Table
    long_quantities: Sequence[Row]
    tag_sets: pa.Table
    refused: Mapping[ProviderDay, str]


def roll_up(
    con: duckdb.DuckDBPyConnection, *, tag_keys: Sequence[str], mart_version: int
) -> RollUp:
    """Add up everything that a publish shows and proves."""
    totals, displaced = lake_totals(con), displaced_totals(con)
    params: dict[str, object] = {"tag_keys": list(tag_keys)}
    tag_sets = con.sql(statement("lake/tag_sets"), params=params).to_arrow_table()
    params["mart_version"] = mart_version
    rows, long_quantities, refused = _held(summed(con, "lake/daily_cost", params))
    found = RollUp(totals, displaced, rows, long_quantities, tag_sets, refused)
    return _without(found, refused | _too_large(totals, displaced))


def _too_large(totals: Sequence[Row], displaced: Sequence[Row]) -> dict[ProviderDay, str]:
    aside = day_figures(displaced)
    found: dict[ProviderDay, str] = {}
    for provider, cells in day_figures(totals).items():
        for cell, total in sorted(cells.items(), key=str):
            counted = exact.subtract(total, aside.get(provider, {}).get(cell, Decimal(0)))
            if cell.day and cell.measure in COSTS and not exact.fits(counted):
                said = f"{cell.measure} in {cell.billing_currency} adds up to {counted:f}"
                found.setdefault((provider, cell.day), said)
    return found


def _held(rows: pa.Table) -> tuple[pa.Table, list[Row], dict[ProviderDay, str]]:
    """The rows as the warehouse holds them, the quantities and the days that it does not."""
    texts = [name for name in sum_columns(rows) if pa.types.is_string(rows.schema.field(name).type)]
    if not texts:
        return rows, [], {}
    long_quantities: list[Row] = []
    refused: dict[ProviderDay, str] = {}
    measure = {column: name for name, column in MART_COLUMN.items()}
    for column in texts:
        sums = [amount(text) for text in rows[column].to_pylist()]
        for at in (at for at, total in enumerate(sums) if not exact.fits(total)):
            row = rows.slice(at, 1).to_pylist()[0]
            day, total = (row["provider"], row["charge_day"]), sums[at]
            if measure[column] in QUANTITIES:
                long_quantities.append(_long(row, measure[column], total))
            else:
                refused[day] = f"{column} of {row['service_name']} adds up to {total:f}"
        fitting = [total if exact.fits(total) else None for total in sums]
        place = rows.schema.get_field_index(column)
        rows = rows.set_column(place, column, pa.array(fitting, _MONEY))
    return rows, long_quantities, refused


def _long(row: Row, measure: str, total: Decimal) -> Row:
    named = ("grain_key", "provider", "charge_day", "billing_currency")
    return {name: row[name] for name in named} | {
        "measure": measure,
        "exact_amount": exact.digits(total),
    }


def _without(found: RollUp, refused: Mapping[ProviderDay, str]) -> RollUp:
    if not refused:
        return found

    def kept(rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if (row["provider"], row["charge_day"]) not in refused]

    mask = pc.invert(
        pc.is_in(
            pc.binary_join_element_wise(
                found.rows["provider"], found.rows["charge_day"].cast(pa.string()), " "
            ),
            pa.array([f"{provider} {day}" for provider, day in refused]),
        )
    )
    return replace(
        found,
        totals=kept(found.totals),
        displaced=kept(found.displaced),
        rows=found.rows.filter(mask),
        long_quantities=kept(found.long_quantities),
        refused=refused,
    )
