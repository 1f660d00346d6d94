"""A report's own sums and counts, in the form that the lake's are held against."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from cloudledger import exact
from cloudledger.ledger.differences import Cell, Figures
from cloudledger.ledger.figures import LINES
from cloudledger.reports.control import ControlSums


@dataclass(frozen=True, slots=True)
class Controls:
    """The source's figures by day, currency and measure: of the records kept and of those set
    aside; and by (currency, measure) what the kept records' text holds beyond 24 decimals."""

    kept: Figures
    set_aside: Figures
    rounding: dict[tuple[str, str], Decimal]


def read_controls(sums: ControlSums) -> Controls:
    """From the sums straight from a report's text."""
    sides: dict[bool, dict[Cell, Decimal]] = {True: {}, False: {}}
    rounding: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for control in sums:
        kept, day, currency = control.group
        figures = sides[kept]
        figures[Cell(day, currency, control.measure)] = control.amount
        figures[Cell(day, currency, LINES)] = Decimal(control.lines)
        if kept:
            key = (currency, control.measure)
            rounding[key] = exact.add(rounding[key], control.rounding)
    return Controls(kept=sides[True], set_aside=sides[False], rounding=dict(rounding))
