"""Reports against usage APIs, as ``usage_collect`` kept the comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cloudledger.reporting import page_format
from cloudledger.reporting.page import SHEET_ROWS, Row, Sheet
from cloudledger.reporting.terminal import amount
from cloudledger.reporting.usage import PARTS
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

SIDES = ("report_cost", "api_cost", "difference")
CAUSES = tuple(f"{part}_cost" for part in PARTS)


@dataclass(frozen=True, slots=True)
class Compared:
    """Sums by source, currency and measure, and the days and services that differ."""

    totals: Sequence[Row]
    differing: Sequence[Row]
    differing_in_all: int

    def sheet(self, number: int) -> Sheet:
        """The days and services as one page of their list."""
        return Sheet(self.differing, number, self.differing_in_all)


def kept(
    session: Session,
    *,
    source: str = "",
    unknown_only: bool = False,
    number: int = 1,
    at_most: int = SHEET_ROWS,
) -> Compared:
    """The sums, and one page of what differs by more than rounding, unknown first."""
    rows = _rows(
        session,
        "usage",
        source_name=source,
        unknown_only=unknown_only,
        first_row=(number - 1) * at_most + 1,
        last_row=number * at_most,
    )
    totals = [row for row in _rows(session, "usage_totals") if source in ("", row["source"])]
    return Compared(totals, rows, int(rows[0]["total"]) if rows else 0)


def show(out: Console, found: Compared) -> None:
    """The sums, then the days and services that differ, their causes in columns of their own."""
    names = ("reports", "usage API", "difference", *PARTS)
    totals = _table("source", "measure", "currency", "days", numbers=names)
    for row in found.totals:
        totals.add_row(
            escape(row["source"]),
            row["measure"],
            row["billing_currency"],
            page_format.count(row["days"]),
            *_amounts(row),
        )
    out.print(totals)
    if not found.totals:
        out.print("nothing was compared: usage_collect has not run, or no source has usage_api")
    if not found.differing:
        return
    days = _table("source", "day", "service", "measure", "currency", numbers=names)
    for row in found.differing:
        days.add_row(
            escape(row["source"]),
            page_format.day(row["charge_day"]),
            escape(row["service_name"]),
            row["measure"],
            row["billing_currency"],
            *_amounts(row),
        )
    out.print(days)
    if found.differing_in_all > len(found.differing):
        shown = f"{len(found.differing):,} of {found.differing_in_all:,}"
        out.print(f"the first {shown} that differ; --limit shows more")


def _rows(session: Session, name: str, **binds: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = session.query(
        statement(f"reporting/page_{name}"), **binds
    ).to_pylist()
    return rows


def _amounts(row: Row) -> list[str]:
    causes = [amount(row[name]) if row[name] else "" for name in CAUSES]
    return [*(amount(row[name]) for name in SIDES), *causes]


def _table(*texts: str, numbers: Sequence[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for text in texts:
        table.add_column(text, overflow="fold")
    for number in numbers:
        table.add_column(number, justify="right", no_wrap=True)
    return table
