"""Both sides of a comparison, cell by cell: what the reports hold, what the usage API answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from cloudledger import exact
from cloudledger.focus.columns import MART_COLUMN
from cloudledger.ledger.usage_services import Services
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

MEASURES = {"oracle": ("BilledCost",), "aws": ("BilledCost", "EffectiveCost")}
"""The costs that each provider's API knows: AWS's unblended and amortized cost."""

CREDITS = frozenset({"Credit", "Refund"})
TAX = "Tax"
"""AWS reports a tax under the service it is levied on, Cost Explorer under this name."""

ZERO = Decimal(0)
Row = Mapping[str, Any]
Cell = tuple[date, str, str, str]
"""Charge day, service (its key), billing currency, measure."""


@dataclass(slots=True)
class Figures:
    """A cell's costs, and what may explain that they differ.

    ``correction`` and ``credit`` are parts of ``report``; ``moved`` is what the reports charge on
    other days to correct this one, with its sign turned; ``bound`` is how far off ``api`` may be.
    """

    report: Decimal = ZERO
    api: Decimal = ZERO
    correction: Decimal = ZERO
    moved: Decimal = ZERO
    credit: Decimal = ZERO
    bound: Decimal = ZERO

    def add(self, name: str, cost: Decimal) -> None:
        """Add to one of the sums, exactly."""
        setattr(self, name, exact.add(getattr(self, name), cost))


@dataclass(slots=True)
class Sides:
    """The cells, and the names that each side has for its services."""

    services: Services
    cells: defaultdict[Cell, Figures] = field(default_factory=lambda: defaultdict(Figures))
    in_reports: set[str] = field(default_factory=set)
    in_api: set[str] = field(default_factory=set)

    def figures(self, row: Row, service: str, measure: str) -> Figures:
        """The figures of a row's cell."""
        key = self.services.key(service)
        return self.cells[row["charge_day"], key, row["billing_currency"], measure]


def read_sides(
    session: Session,
    source: str,
    asked: Mapping[date, Row],
    first_day: date,
    end_day: date,
    services: Services,
) -> Sides:
    """The figures of the days that the API was ``asked`` about."""
    sides = Sides(services)
    days = {"first_day": first_day, "end_day": end_day}
    answers = session.query(statement("ledger/usage/api_costs"), source_name=source, **days)
    for row in answers.to_pylist():
        _add_api(sides, row, MEASURES[asked[row["charge_day"]]["provider"]])
    accounts = {(row["provider"], row["account_id"]) for row in asked.values()}
    for provider, account in sorted(accounts, key=str):
        own = {day: row for day, row in asked.items() if row["account_id"] == account}
        binds = days | {"provider_name": provider, "account_id": account}
        for row in _of(own, session, "report_costs", binds):
            _add_report(sides, row, provider)
        for row in _of(own, session, "moved_corrections", binds):
            for measure, cost in _costs(row, MEASURES[provider]):
                sides.figures(row, row["service_name"], measure).add("moved", cost.copy_negate())
    return sides


def _of(
    asked: Mapping[date, Row], session: Session, name: str, binds: Mapping[str, object]
) -> Sequence[Row]:
    rows = session.query(statement(f"ledger/usage/{name}"), **binds).to_pylist()
    return [row for row in rows if row["charge_day"] in asked]


def _add_api(sides: Sides, row: Row, measures: Sequence[str]) -> None:
    sides.in_api.add(row["service_name"])
    for measure, cost in _costs(row, measures):
        figures = sides.figures(row, row["service_name"], measure)
        figures.add("api", cost)
        figures.add("bound", row["rounding_bound"])


def _add_report(sides: Sides, row: Row, provider: str) -> None:
    category = row["charge_category"]
    service = TAX if category == TAX and provider == "aws" else row["service_name"]
    sides.in_reports.add(service)
    for measure, cost in _costs(row, MEASURES[provider]):
        figures = sides.figures(row, service, measure)
        figures.add("report", cost)
        if row["charge_class"] == "Correction":
            figures.add("correction", cost)
        elif category in CREDITS:
            figures.add("credit", cost)


def _costs(row: Row, measures: Sequence[str]) -> Iterator[tuple[str, Decimal]]:
    costs = ((measure, row[MART_COLUMN[measure]]) for measure in measures)
    return ((measure, cost) for measure, cost in costs if cost is not None)
