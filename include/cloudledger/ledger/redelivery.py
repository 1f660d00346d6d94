"""What a redelivery changed: the lines that stood before against those that replace them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from cloudledger import exact
from cloudledger.engine import engine
from cloudledger.lake.journal import Change
from cloudledger.lake.lines import attach_lines
from cloudledger.ledger.sums import summed_rows

_KEY = ("provider", "billing_period", "service_name", "billing_currency")
_NONE: Mapping[str, Any] = {
    "billed_cost": Decimal(0),
    "effective_cost": Decimal(0),
    "line_count": 0,
}


def changes(former: Sequence[Path], staged: Sequence[Path]) -> tuple[Change, ...]:
    """What differs between two sets of the lake's files, by billing period, service and currency.

    A service whose lines and costs are the same is left out.
    """
    before, after = _totals(former), _totals(staged)
    found = (
        _change(key, before.get(key, _NONE), after.get(key, _NONE))
        for key in sorted(before.keys() | after.keys(), key=str)
    )
    return tuple(change for change in found if _differs(change))


def told(found: Sequence[Change]) -> Iterator[str]:
    """One line for each billing period and currency that changed, such as ``2026-09 rewritten:
    412 lines fewer, USD -12.30, most: AmazonEC2 -11.90``."""

    def group(change: Change) -> tuple[str, str]:
        return f"{change.billing_period:%Y-%m}", change.billing_currency

    for (period, currency), members in groupby(sorted(found, key=group), key=group):
        changed = list(members)
        lines = sum(change.lines_after - change.lines_before for change in changed)
        most = max(changed, key=lambda change: (abs(billed(change)), str(change.service_name)))
        total = exact.total(map(billed, changed))
        parts = [_lines(lines), f"{currency} {_signed(total)}"]
        if billed(most):
            parts.append(f"most: {most.service_name or 'no service'} {_signed(billed(most))}")
        yield f"{period} rewritten: {', '.join(parts)}"


def billed(change: Change) -> Decimal:
    """By how much the billed cost rose, in the change's currency."""
    return exact.subtract(change.billed_cost_after, change.billed_cost_before)


def _totals(paths: Sequence[Path]) -> dict[tuple[Any, ...], dict[str, Any]]:
    with engine() as con:
        attach_lines(con, paths)
        rows = summed_rows(con, "lake/service_totals")
    return {tuple(row[name] for name in _KEY): row for row in rows}


def _change(key: tuple[Any, ...], before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    provider, billing_period, service_name, billing_currency = key
    return Change(
        provider=provider,
        billing_period=billing_period,
        service_name=service_name,
        billing_currency=billing_currency,
        billed_cost_before=before["billed_cost"],
        billed_cost_after=after["billed_cost"],
        effective_cost_before=before["effective_cost"],
        effective_cost_after=after["effective_cost"],
        lines_before=before["line_count"],
        lines_after=after["line_count"],
    )


def _differs(change: Change) -> bool:
    before = (change.billed_cost_before, change.effective_cost_before, change.lines_before)
    return before != (change.billed_cost_after, change.effective_cost_after, change.lines_after)


def _lines(more: int) -> str:
    if not more:
        return "as many lines"
    return f"{abs(more)} line{'' if abs(more) == 1 else 's'} {'more' if more > 0 else 'fewer'}"


def _signed(amount: Decimal) -> str:
    whole, _, fraction = exact.digits(amount.copy_abs()).partition(".")
    return f"{'-' if amount < 0 else '+'}{whole}.{fraction:0<2}"
