"""What counts and what does not, in the terminal: displaced lines, and corrections with their
links."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from cloudledger.focus.columns import MEASURES
from cloudledger.reporting import page, page_format
from cloudledger.reporting.page import Row, every_row
from cloudledger.reporting.terminal import amount, grid, place
from cloudledger.warehouse.port import Session

INSTEAD = {
    "newer_object": "a newer object's line counts",
    "source_priority": "a source of higher priority counts",
}


def corrections(session: Session, *, unresolved: bool) -> list[Row]:
    """Every correction, or the unresolved ones, as :func:`page.corrections` orders them."""
    status = "unresolved" if unresolved else ""
    return list(every_row(lambda number: page.corrections(session, status=status, number=number)))


def displaced(session: Session, *, measure: str = MEASURES[0]) -> list[Row]:
    """The lines that do not count by object, day, currency and reason, newest day first."""
    return list(every_row(lambda number: page.displaced(session, measure=measure, number=number)))


def show_corrections(out: Console, rows: Sequence[Row]) -> None:
    """Each correction in a row with the line that it corrects."""
    shown = grid(
        "day",
        "service",
        "reference",
        "corrects",
        "of",
        "link",
        "currency",
        billed="billed",
        corrected="corrected billed",
        apart="days apart",
    )
    for row in rows:
        shown.add_row(
            page_format.day(row["charge_day"]),
            escape(row["service_name"]),
            escape(row["reference_number"] or page_format.NOTHING),
            escape(row["corrected_reference"]),
            page_format.day(row["corrected_day"]),
            row["status"] if row["status"] == "resolved" else f"[yellow]{row['status']}[/]",
            row["billing_currency"],
            amount(row["billed_cost"]),
            amount(row["corrected_billed_cost"]),
            page_format.count(row["days_apart"]),
        )
    out.print(shown)
    missing = sum(row["status"] == "unresolved" for row in rows)
    out.print(f"{len(rows):,} corrections, {missing:,} of a line that is not in the ledger")


def show_displaced(out: Console, rows: Sequence[Row], measure: str) -> None:
    """What does not count, and what counts in its place."""
    shown = grid("day", "object", "why", "currency", lines="lines", amount=measure)
    for row in rows:
        shown.add_row(
            page_format.day(row["charge_day"]),
            escape(place(row["uri"])),
            INSTEAD[row["reason"]],
            row["billing_currency"],
            page_format.count(row["lines"]),
            row["exact_amount"] or amount(row["amount"]),
        )
    out.print(shown)
    out.print(f"{sum(row['lines'] for row in rows):,} lines in the lake do not count")
