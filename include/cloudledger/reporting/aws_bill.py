"""AWS's own totals against the ledger's, as a terminal table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from cloudledger.ledger.aws_bill import Bill
from cloudledger.reporting.terminal import amount, grid


def show(out: Console, bills: Sequence[Bill]) -> None:
    """One row per account, billing period and currency; what is not billed, and why."""
    if not bills:
        out.print("no Cost and Usage Report of AWS has been taken in")
        return
    table = grid(
        *("account", "month", "currency"),
        lines="lines",
        listed="unblended cost",
        billed="billed",
        plans="Savings Plans left",
        discounts="net discounts",
        difference="not billed",
    )
    for bill in bills:
        table.add_row(
            bill.billing_account_id,
            f"{bill.billing_period_start:%Y-%m}",
            bill.billing_currency,
            f"{bill.lines:,}",
            *map(amount, (bill.unblended_cost, bill.billed_cost)),
            *map(amount, (bill.savings_plans, bill.net_discounts, bill.difference)),
        )
    out.print(table)
