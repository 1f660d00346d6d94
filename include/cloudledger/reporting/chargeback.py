"""A month's chargeback in a terminal, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from cloudledger import exact
from cloudledger.governance.chargeback.allocation import Bearer, totals
from cloudledger.governance.chargeback.config import Chargeback
from cloudledger.governance.chargeback.run import Charged
from cloudledger.reporting.page_format import MINUS, money
from cloudledger.reporting.statement_tables import csv_text, line_rows
from cloudledger.reporting.terminal import amount, grid


def figures(charged: Charged, folder: Path) -> dict[str, Any]:
    """Everything that a run made of a month in one currency, as plain values."""
    return {
        "version": charged.version,
        "done": charged.done,
        "lines": charged.lines,
        "changes": charged.changes,
        "warnings": charged.warnings,
        "statements": str(folder),
    }


def as_csv(charged: Iterable[Charged], rules: Chargeback) -> str:
    """The lines of every currency under one header."""
    return csv_text([row for one in charged for row in line_rows(one.version, one.lines, rules)])


def show(out: Console, charged: Charged, folder: Path, rules: Chargeback) -> None:
    """Who bears what, what has changed since the month was closed, and where the statements are."""
    version = charged.version
    why = charged.done if version.reason == "first" else f"{charged.done}: {version.reason}"
    out.print(
        f"[bold]{version.month} {version.billing_currency}[/] version {version.version}, "
        f"{version.state} ({why}): {amount(version.total_cost)}"
    )
    names: Mapping[str, str] = {center.code: center.name for center in rules.centers}
    table = grid("center", "name", direct="direct", shared="shared", charged="charged")
    direct = totals(line for line in charged.lines if not line.kind.pool)
    shared = totals(line for line in charged.lines if line.kind.pool)
    for key, sum_of in totals(charged.lines).items():
        bearer, code = key
        cells = (direct.get(key), shared.get(key), sum_of)
        known = names.get(code, "") if bearer is Bearer.CENTER else f"({bearer.value})"
        table.add_row(
            escape(code or bearer.value),
            escape(known),
            *("" if one is None else money(one).replace(MINUS, "-") for one in cells),
        )
    out.print(table)
    for one in charged.changes:
        who = one.cost_center or one.bearer.value
        out.print(
            f"since version {one.earlier_version}: {escape(who)} {escape(one.service_name)} "
            f"{exact.digits(one.amount)}",
            soft_wrap=True,
        )
    for warning in charged.warnings:
        out.print(f"[yellow]![/] {escape(warning)}", soft_wrap=True)
    out.print(f"statements in {escape(str(folder))}", soft_wrap=True)
