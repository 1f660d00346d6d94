"""Reports against usage API, by day and service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from cloudledger import exact
from cloudledger.focus.columns import MART_COLUMN
from cloudledger.ledger.usage_explain import ZERO, Comparison, Difference, explained
from cloudledger.ledger.usage_services import Services
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

MEASURES = ("BilledCost", "EffectiveCost")
CREDITS = frozenset({"Credit", "Refund"})
TAX = "Tax"
"""AWS reports a tax under the service it is levied on, Cost Explorer under this name."""

Cell = tuple[date, str, str, str]
"""Charge day, service (its key), billing currency, measure."""


@dataclass(slots=True)
class _Figures:
    report: Decimal = ZERO
    api: Decimal = ZERO
    correction: Decimal = ZERO
    credit: Decimal = ZERO
    bound: Decimal = ZERO


@dataclass(slots=True)
class _Sides:
    """Both sides, cell by cell; the names that each has used for its services."""

    cells: defaultdict[Cell, _Figures] = field(default_factory=lambda: defaultdict(_Figures))
    in_reports: set[str] = field(default_factory=set)
    in_api: set[str] = field(default_factory=set)


def compare(
    session: Session,
    source: str,
    first_day: date,
    end_day: date,
    *,
    services: Services,
    settled_after: timedelta,
) -> Comparison:
    """Compare what an API was asked about in [``first_day``, ``end_day``) with ``daily_cost``.

    Says the same of the same figures, whichever run asks: how old a day is counts to the instant
    of the run that asked the API.

    :param settled_after: how long after its end a day may still grow, in reports or API.
    """
    days = {"source_name": source, "first_day": first_day, "end_day": end_day}
    collected = session.query(statement("ledger/usage/collected"), **days).to_pylist()
    if not collected:
        return Comparison(source, ())
    asked = {row["charge_day"]: row for row in collected}
    sides = _Sides()
    _add_api(
        sides, session.query(statement("ledger/usage/api_costs"), **days).to_pylist(), services
    )
    _add_reports(sides, _report_rows(session, collected, first_day, end_day), services, asked)
    names = services.shown(sides.in_reports, sides.in_api)
    differences = [
        _difference(source, cell, figures, asked[cell[0]], names, settled_after)
        for cell, figures in sorted(sides.cells.items())
    ]
    return Comparison(
        source, tuple(differences), *_strangers(sides.in_reports, sides.in_api, services.key)
    )


def keep(session: Session, found: Comparison, first_day: date, end_day: date) -> None:
    """Replace what was compared over [``first_day``, ``end_day``)."""
    days = {"first_day": first_day, "end_day": end_day}
    session.execute(statement("ledger/usage/forget_differences"), source_name=found.source, **days)
    if found.differences:
        session.insert("usage_difference", pa.Table.from_pylist(list(map(_row, found.differences))))


def _report_rows(
    session: Session, collected: Sequence[Mapping[str, Any]], first_day: date, end_day: date
) -> list[dict[str, Any]]:
    """Of the accounts that the API was asked about, each account's lines on its own days."""
    wanted = {(row["provider"], row["account_id"]) for row in collected}
    days_of = {(row["charge_day"], row["provider"], row["account_id"]) for row in collected}
    return [
        row
        for provider, account in sorted(wanted, key=str)
        for row in session.query(
            statement("ledger/usage/report_costs"),
            provider_name=provider,
            account_id=account,
            first_day=first_day,
            end_day=end_day,
        ).to_pylist()
        if (row["charge_day"], provider, account) in days_of
    ]


def _add_api(sides: _Sides, rows: Iterable[Mapping[str, Any]], services: Services) -> None:
    for row in rows:
        sides.in_api.add(row["service_name"])
        for measure, cost in _costs(row):
            figures = sides.cells[_cell(row, services.key(row["service_name"]), measure)]
            figures.api = exact.add(figures.api, cost)
            figures.bound = exact.add(figures.bound, row["rounding_bound"])


def _add_reports(
    sides: _Sides,
    rows: Iterable[Mapping[str, Any]],
    services: Services,
    asked: Mapping[date, Mapping[str, Any]],
) -> None:
    effective = any(measure == "EffectiveCost" for *_, measure in sides.cells)
    for row in rows:
        taxed = row["charge_category"] == TAX and asked[row["charge_day"]]["provider"] == "aws"
        service = TAX if taxed else row["service_name"]
        sides.in_reports.add(service)
        for measure, cost in _costs(row):
            if measure == "EffectiveCost" and not effective:
                continue
            figures = sides.cells[_cell(row, services.key(service), measure)]
            figures.report = exact.add(figures.report, cost)
            if row["charge_class"] == "Correction":
                figures.correction = exact.add(figures.correction, cost)
            elif row["charge_category"] in CREDITS:
                figures.credit = exact.add(figures.credit, cost)


def _costs(row: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    return (
        (measure, row[MART_COLUMN[measure]])
        for measure in MEASURES
        if row[MART_COLUMN[measure]] is not None
    )


def _cell(row: Mapping[str, Any], service: str, measure: str) -> Cell:
    return row["charge_day"], service, row["billing_currency"], measure


def _difference(
    source: str,
    cell: Cell,
    figures: _Figures,
    asked: Mapping[str, Any],
    names: Mapping[str, str],
    settled_after: timedelta,
) -> Difference:
    day, service, currency, measure = cell
    settled = datetime.combine(day, time(), UTC) + timedelta(days=1) + settled_after
    return Difference(
        source=source,
        provider=asked["provider"],
        charge_day=day,
        service_name=names[service],
        billing_currency=currency,
        measure=measure,
        report=figures.report,
        api=figures.api,
        parts=explained(
            exact.subtract(figures.report, figures.api),
            correction=figures.correction,
            credit=figures.credit,
            bound=figures.bound,
            late=asked["as_of"] < settled,
        ),
        as_of=asked["as_of"],
        run_id=asked["run_id"],
    )


def _strangers(
    in_reports: set[str], in_api: set[str], key: Callable[[str], str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    known = {key(name) for name in in_reports} & {key(name) for name in in_api}
    only_api, only_reports = (
        tuple(sorted(name for name in side if key(name) not in known))
        for side in (in_api, in_reports)
    )
    return only_api, only_reports


def _row(one: Difference) -> dict[str, Any]:
    return {
        "source": one.source,
        "provider": one.provider,
        "charge_day": one.charge_day,
        "service_name": one.service_name,
        "billing_currency": one.billing_currency,
        "measure": one.measure,
        "report_cost": one.report,
        "api_cost": one.api,
        "difference": one.amount,
        "late_cost": one.parts.late,
        "correction_cost": one.parts.correction,
        "credit_cost": one.parts.credit,
        "rounding_cost": one.parts.rounding,
        "unknown_cost": one.parts.unknown,
        "as_of": one.as_of,
        "run_id": one.run_id,
    }
