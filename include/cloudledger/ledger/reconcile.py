"""Reconciliation: source = ledger = lake + set aside by object, lake = daily_cost + displaced by
day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from cloudledger import exact
from cloudledger.lake.table import Lake
from cloudledger.ledger import projection
from cloudledger.ledger.differences import Cell, Difference, Figures, differences
from cloudledger.ledger.figures import LINES, by_currency, figures, lake_totals
from cloudledger.ledger.shown import (
    DayFigures,
    added,
    day_figures,
    displaced_figures,
    mart_figures,
)
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session, Warehouse

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The whole ledger held against the lake and the mart.

    ``displaced`` counts the lines that stand in the lake and do not count, of the days compared.
    ``behind`` counts lake commits that the ledger has not read yet (publish does); ``pending`` the
    provider's days that wait to be published and are therefore not compared with the mart.
    """

    objects: int
    days: int
    displaced: int
    behind: int
    pending: int
    differences: tuple[Difference, ...]

    @property
    def amount(self) -> Decimal:
        """The sum of all absolute differences: 0 when the ledger is exact."""
        return exact.total(abs(difference.amount) for difference in self.differences)


def reconcile(warehouse: Warehouse, lake: Lake) -> Reconciliation:
    """Hold every object and every published day against the lake, at the ledger's own version."""
    with warehouse.transaction() as session:
        version = projection.synced_version(session)
        pending = projection.pending_days(session)
        totals, counts = object_rows(session, pending_only=False)
        mart = mart_figures(session, pending_only=False)
        displaced = displaced_figures(session, pending_only=False)
    with lake.lines([file.path for file in lake.files(max(version, 0))]) as con:
        lake_rows = lake_totals(con)
    published = [row for row in lake_rows if (row["provider"], row["charge_day"]) not in pending]
    aside = _published(displaced, pending)
    displaced_lines = exact.total(
        amount
        for cells in aside.values()
        for cell, amount in cells.items()
        if cell.measure == LINES
    )
    return Reconciliation(
        objects=len(counts),
        days=len({(row["provider"], row["charge_day"]) for row in published}),
        displaced=int(displaced_lines),
        behind=lake.version() - version,
        pending=len(pending),
        differences=(
            *compare_objects(totals, counts, lake_rows),
            *_uncounted(counts, lake_rows),
            *compare_days(day_figures(published), _published(mart, pending), aside),
        ),
    )


def _published(shown: DayFigures, pending: set[projection.ProviderDay]) -> DayFigures:
    return {
        provider: {
            cell: amount
            for cell, amount in cells.items()
            if cell.day is None or (provider, cell.day) not in pending
        }
        for provider, cells in shown.items()
    }


def object_rows(session: Session, *, pending_only: bool) -> tuple[list[Row], list[Row]]:
    """The ledger's totals by object, currency and measure, and its counts by object.

    With ``pending_only``, of the objects all of whose days are pending: those whose whole is about
    to be published.
    """
    only = int(pending_only)
    totals = session.query(statement("ledger/object_totals"), pending_only=only).to_pylist()
    counts = session.query(statement("ledger/object_counts"), pending_only=only).to_pylist()
    return totals, counts


def compare_objects(
    totals: Iterable[Row], counts: Iterable[Row], lake_rows: Iterable[Row]
) -> list[Difference]:
    """Per object: the source's own sums less what was set aside, the ledger's, and the lake's."""
    uris: dict[str, str] = {}
    sources: defaultdict[str, dict[Cell, Decimal]] = defaultdict(dict)
    ledger: defaultdict[str, dict[Cell, Decimal]] = defaultdict(dict)
    for row in counts:
        uris[row["object_id"]] = row["uri"]
        cell = Cell(None, "all", LINES)
        sources[row["object_id"]][cell] = Decimal(row["records"] - row["lines_set_aside"])
        ledger[row["object_id"]][cell] = Decimal(row["lines_kept"])
    for row in totals:
        cell = Cell(None, row["billing_currency"], row["measure"])
        expected = exact.subtract(row["source_amount"], row["set_aside_amount"])
        sources[row["object_id"]][cell] = expected
        ledger[row["object_id"]][cell] = row["lake_amount"]
    lake_by_object = _lake_by_object(lake_rows)
    found: list[Difference] = []
    for object_id, uri in sorted(uris.items(), key=lambda item: item[1]):
        found += differences(f"{uri} (ledger)", sources[object_id], ledger[object_id])
        in_lake = lake_by_object.get(object_id, {})
        found += differences(f"{uri} (lake)", ledger[object_id], in_lake)
    return found


def _uncounted(counts: Iterable[Row], lake_rows: Iterable[Row]) -> list[Difference]:
    """Every figure of lake lines whose object the ledger does not count."""
    counted = {row["object_id"] for row in counts}
    return [
        difference
        for object_id, held in sorted(_lake_by_object(lake_rows).items())
        if object_id not in counted
        for difference in differences(f"object {object_id}, not in the ledger (lake)", {}, held)
    ]


def _lake_by_object(lake_rows: Iterable[Row]) -> dict[str, Figures]:
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for row in lake_rows:
        rows[row["object_id"]].append(row)

    def cell(row: Row, measure: str) -> Cell:
        return Cell(None, "all", LINES) if measure == LINES else by_currency(row, measure)

    return {object_id: figures(group, cell) for object_id, group in rows.items()}


def compare_days(lake: DayFigures, mart: DayFigures, displaced: DayFigures) -> list[Difference]:
    """Per provider, day and currency: the lake's sums, and ``daily_cost`` with what does not
    count."""
    shown = added(mart, displaced)
    return [
        difference
        for provider in sorted(lake.keys() | shown.keys())
        for difference in differences(
            f"daily_cost of {provider}",
            lake.get(provider, {}),
            shown.get(provider, {}),
        )
    ]


def day_rows(
    lake: DayFigures, mart: DayFigures, displaced: DayFigures, *, run_id: str, at: datetime
) -> pa.Table:
    """Rows for the table ``reconciliation``: the three figures and their difference, by day."""
    rows: list[dict[str, Any]] = []
    for provider in sorted(lake):
        for cell, amount in sorted(lake[provider].items(), key=str):
            counted, aside = (
                found.get(provider, {}).get(cell, Decimal(0)) for found in (mart, displaced)
            )
            rows.append(
                {
                    "run_id": run_id,
                    "provider": provider,
                    "charge_day": cell.day,
                    "billing_currency": cell.billing_currency,
                    "measure": cell.measure,
                    **_amounts(amount, counted, aside),
                    "difference": exact.subtract(exact.add(counted, aside), amount),
                    "published_at": at,
                }
            )
    return pa.Table.from_pylist(rows, schema=_DAY_SCHEMA)


def _amounts(lake: Decimal, mart: Decimal, displaced: Decimal) -> dict[str, Decimal | str | None]:
    amounts = {"lake_amount": lake, "mart_amount": mart, "displaced_amount": displaced}
    if all(map(exact.fits, amounts.values())):
        return {**amounts, "exact_amounts": None}
    text = ", ".join(
        f"{name.removesuffix('_amount')} {exact.digits(amount)}" for name, amount in amounts.items()
    )
    return {**dict.fromkeys(amounts), "exact_amounts": text}


_AMOUNT = pa.decimal128(38, 24)
_DAY_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("provider", pa.string()),
        ("charge_day", pa.date32()),
        ("billing_currency", pa.string()),
        ("measure", pa.string()),
        ("lake_amount", _AMOUNT),
        ("mart_amount", _AMOUNT),
        ("displaced_amount", _AMOUNT),
        ("exact_amounts", pa.string()),
        ("difference", _AMOUNT),
        ("published_at", pa.timestamp("us", tz="UTC")),
    ]
)
