"""The reports as terminal tables: every digit of every amount, currencies apart."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cloudledger.focus.columns import SPLIT
from cloudledger.ledger.reconcile import Reconciliation
from cloudledger.reporting import cost, page_format
from cloudledger.reporting.books import Listing, Summary
from cloudledger.reporting.intake import TakenIn, Total, totals

SHOWN_LINES = 100
WIDE = 240
MEASURES = ("BilledCost", "EffectiveCost")
STYLE = {"taken_in": "green", "unchanged": "dim", "failed": "bold red", "open": "yellow"}


def console(*, errors: bool = False) -> Console:
    """Standard output, or standard error; wide where no terminal sets the width."""
    stream = sys.stderr if errors else sys.stdout
    return Console(stderr=errors, width=None if stream.isatty() else WIDE, highlight=False)


def amount(value: Decimal | None) -> str:
    """Every digit, thousands apart, with a minus that a calculator takes."""
    return page_format.exactly(value).replace(page_format.MINUS, "-")


def show_intake(out: Console, items: Sequence[TakenIn]) -> None:
    """Per file the lines kept and set aside, each line that was set aside, totals by currency."""
    files = grid("file", "state", "format", kept="lines kept", aside="set aside")
    for item in items:
        row = item.standing or {}
        files.add_row(
            escape(place(item.outcome.uri)),
            _state(item.outcome.state),
            row.get("format") or "",
            page_format.count(row.get("lines_kept")),
            page_format.count(row.get("lines_set_aside")),
        )
    out.print(files)
    _show_set_aside(out, [row for item in items for row in item.set_aside])
    _show_totals(out, [total for total in totals(items) if total.measure in MEASURES])
    for item in items:
        if item.failed:
            out.print(f"[bold red]failed[/] {escape(str(item.outcome.error))}", soft_wrap=True)


def show_cost(out: Console, dimensions: Sequence[str], costs: Sequence[cost.Cost]) -> None:
    """The groups, then the sums by currency."""
    names = [name for name in dimensions if name != "currency"]
    table = grid(*names, "currency", billed="billed", effective="effective", lines="lines")
    for one in costs:
        pairs = zip(dimensions, one.values, strict=True)
        table.add_row(*(_value(value) for name, value in pairs if name != "currency"), *_cells(one))
    table.add_section()
    for one in cost.totals(costs):
        blanks = ["total", *[""] * (len(names) - 1)] if names else []
        table.add_row(*blanks, *_cells(one), style="bold")
    out.print(table)
    if any(one.split for one in costs):
        out.print(f"{SPLIT} splits what the other providers bill: it is in no total.")


def show_listing(out: Console, found: Listing) -> None:
    """Sources by state, then the objects."""
    sources = grid(
        "source", "state", objects="objects", kept="lines kept", aside="set aside", last="newest"
    )
    for row in found.sources:
        sources.add_row(
            row["source"],
            _state(row["state"]),
            page_format.count(row["objects"]),
            page_format.count(row["lines_kept"]),
            page_format.count(row["lines_set_aside"]),
            page_format.instant(row["last_delivered_at"]),
        )
    out.print(sources)
    objects = grid(
        "delivered", "object", "state", "currency", kept="kept", aside="set aside", billed="billed"
    )
    for row in found.objects:
        objects.add_row(
            page_format.instant(row["delivered_at"]),
            escape(place(row["uri"])),
            _state(row["state"]),
            _currency(row),
            page_format.count(row["lines_kept"]),
            page_format.count(row["lines_set_aside"]),
            amount(row["billed_cost"]) if row["currencies"] == 1 else "",
        )
    out.print(objects)
    for row in found.objects:
        if row["error"]:
            out.print(f"[bold red]{row['state']}[/] {escape(row['error'])}", soft_wrap=True)
    if found.total > len(found.objects):
        out.print(f"the newest {len(found.objects):,} of {found.total:,}; --limit shows more")


def show_reconciliation(out: Console, found: Reconciliation) -> None:
    """One line when everything is equal, else every difference."""
    if found.differences:
        table = grid("where", "day", "currency", "measure", a="expected", b="found", c="off by")
        for each in found.differences:
            cell = each.cell
            table.add_row(
                escape(each.where),
                page_format.day(cell.day),
                cell.billing_currency,
                cell.measure,
                *(amount(value) for value in (each.expected, each.actual, each.amount)),
            )
        out.print(table)
        out.print(f"[bold red]not reconciled: {len(found.differences):,} differences[/]")
    else:
        out.print("[bold green]reconciled: difference 0[/]")
    out.print(
        f"{found.objects:,} objects and {found.days:,} days held against the lake", style="dim"
    )
    if found.displaced:
        out.print(
            f"{found.displaced:,} lines in the lake do not count, each in another line's favour: "
            "cloudledger displaced"
        )
    if found.behind or found.pending:
        out.print(
            f"{found.behind:,} lake commits and {found.pending:,} days wait to be published: "
            "run cost_ingest, or cloudledger take-in"
        )


def show_summary(out: Console, found: Summary, reconciliation: Reconciliation) -> None:
    """Counts, totals by provider and currency, lines set aside, and the reconciliation."""
    verdict = found.verdict
    table = grid(
        "provider", "currency", days="days", lines="lines", billed="billed", effective="effective"
    )
    for group in found.totals:
        for row in group.providers:
            table.add_row(
                row["provider_name"],
                row["billing_currency"],
                page_format.count(row["charge_days"]),
                page_format.count(row["line_count"]),
                amount(row["billed_cost"]),
                amount(row["effective_cost"]),
            )
    out.print(table)
    _show_set_aside(out, found.set_aside)
    out.print(
        f"{page_format.count(verdict['objects'])} objects, "
        f"{page_format.count(verdict['lines_kept'])} lines in the ledger, "
        f"{page_format.count(verdict['lines_set_aside'])} set aside"
    )
    if verdict["open_objects"]:
        out.print(
            f"[bold red]{page_format.count(verdict['open_objects'])} objects are not taken in[/]: "
            "cloudledger ledger --state failed"
        )
    show_reconciliation(out, reconciliation)


def place(uri: str) -> str:
    """A local file as a path, relative where that is shorter; any other URI as it is."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return uri
    path = Path(unquote(parts.path))
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _show_set_aside(out: Console, lines: Sequence[Any]) -> None:
    for row in lines[:SHOWN_LINES]:
        where = f"{place(row['uri'])}:{row['line_number'] or row['record_number']}"
        column = f"{row['column_name']}: " if row["column_name"] else ""
        out.print(f"[yellow]set aside[/] {escape(where)}: {escape(column + row['reason'])}")
    if len(lines) > SHOWN_LINES:
        out.print(f"and {len(lines) - SHOWN_LINES:,} more lines set aside; --json has them all")


def _show_totals(out: Console, found: Iterable[Total]) -> None:
    table = grid("currency", "measure", a="source", b="ledger", c="set aside", d="rounding")
    for total in found:
        amounts = (total.source, total.ledger, total.set_aside, total.rounding)
        table.add_row(total.currency, total.measure, *map(amount, amounts))
    out.print(table)


def grid(*texts: str, **numbers: str) -> Table:
    """A table of text columns, then of columns of figures."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for text in texts:
        shown.add_column(text, overflow="fold")
    for number in numbers.values():
        shown.add_column(number, justify="right", no_wrap=True)
    return shown


def _cells(one: cost.Cost) -> tuple[str, ...]:
    costs = (amount(one.costs[name]) for name in ("billed_cost", "effective_cost"))
    return one.currency, *costs, page_format.count(one.lines)


def _state(state: str) -> str:
    style = STYLE.get(state)
    return f"[{style}]{state}[/]" if style else state


def _value(value: date | str | None) -> str:
    return page_format.NOTHING if value is None else escape(str(value))


def _currency(row: Any) -> str:
    if not row["currencies"]:
        return ""
    return row["billing_currency"] if row["currencies"] == 1 else f"{row['currencies']} currencies"
