"""A report's own sums and counts, in the form that the lake's are held against."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from cloudledger import exact
from cloudledger.ledger.differences import Cell, Figures
from cloudledger.ledger.figures import LINES


@dataclass(frozen=True, slots=True)
class Controls:
    """The source's figures by day, currency and measure: of the records kept and of those set
    aside; and by (currency, measure) what the kept records' text holds beyond 24 decimals."""

    kept: Figures
    set_aside: Figures
    rounding: dict[tuple[str, str], Decimal]


def read_controls(totals: pa.Table) -> Controls:
    """From the rows of :func:`cloudledger.reports.read.control_totals`."""
    sides: dict[bool, dict[Cell, Decimal]] = {True: {}, False: {}}
    rounding: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in totals.to_pylist():
        day, currency, measure = row["charge_day"], row["billing_currency"], row["measure"]
        figures = sides[row["kept"]]
        figures[Cell(day, currency, measure)] = row["amount"]
        figures[Cell(day, currency, LINES)] = Decimal(row["lines"])
        if row["kept"]:
            rest = Decimal(row["rounding"])
            rounding[currency, measure] = exact.add(rounding[currency, measure], rest)
    return Controls(kept=sides[True], set_aside=sides[False], rounding=dict(rounding))
