"""What redeliveries changed, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from cloudledger.reporting import page, page_format
from cloudledger.reporting.page import Row, every_row
from cloudledger.reporting.terminal import amount, grid, place
from cloudledger.warehouse.port import Session


def changes(session: Session, *, source: str = "") -> list[Row]:
    """Every service that a redelivery changed, as :func:`page.changes` orders them."""
    return list(every_row(lambda number: page.changes(session, source=source, number=number)))


def show_changes(out: Console, rows: Sequence[Row]) -> None:
    """Each changed service in a row: its billed cost before and after, and the difference."""
    shown = grid(
        "delivered, UTC",
        "delivery",
        "period",
        "service",
        "currency",
        before="billed before",
        after="after",
        difference="difference",
        lines="lines",
    )
    for row in rows:
        shown.add_row(
            page_format.instant(row["delivered_at"]),
            escape(place(row["delivery"])),
            f"{row['billing_period']:%Y-%m}",
            escape(row["service_name"] or page_format.NOTHING),
            row["billing_currency"],
            amount(row["billed_cost_before"]),
            amount(row["billed_cost_after"]),
            amount(row["billed_cost_difference"]),
            f"{row['lines_difference']:+,}",
        )
    out.print(shown)
    versions = len({row["lake_version"] for row in rows})
    out.print(f"redeliveries: {versions:,}, services changed: {len(rows):,}")
