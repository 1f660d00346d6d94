"""Reports against usage API, by day and service."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa

from cloudledger import exact
from cloudledger.ledger.assess import Status
from cloudledger.ledger.completeness import by_day
from cloudledger.ledger.usage_explain import Comparison, Difference, explained
from cloudledger.ledger.usage_services import Services
from cloudledger.ledger.usage_sides import Cell, Figures, Row, read_sides
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

COSTS = (
    *("report_cost", "api_cost", "difference"),
    *("late_cost", "correction_cost", "credit_cost", "rounding_cost", "unknown_cost"),
)
DIFFERENCES = pa.schema(
    {
        "source": pa.string(),
        "provider": pa.string(),
        "charge_day": pa.date32(),
        "service_name": pa.string(),
        "billing_currency": pa.string(),
        "measure": pa.string(),
        **dict.fromkeys(COSTS, MONEY),
        "as_of": INSTANT,
        "run_id": pa.string(),
    }
)


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

    Says the same of the same figures, whichever run asks: how a day stood counts to the instant
    of the run that asked the API.

    :param settled_after: how long after its end a day may still grow, in reports or API.
    """
    days = {"source_name": source, "first_day": first_day, "end_day": end_day}
    collected = session.query(statement("ledger/usage/collected"), **days).to_pylist()
    asked = {row["charge_day"]: row for row in collected}
    sides = read_sides(session, source, asked, first_day, end_day, services)
    names = services.shown(sides.in_reports, sides.in_api)
    late = _late_days(session, asked, settled_after)
    differences = [
        _difference(source, cell, figures, asked[cell[0]], names, late=cell[0] in late)
        for cell, figures in sorted(sides.cells.items())
        if cell[1] in names  # a correction of a day on which neither side has the service
    ]
    return Comparison(
        source, tuple(differences), *_strangers(sides.in_reports, sides.in_api, services.key)
    )


def keep(session: Session, found: Comparison, first_day: date, end_day: date) -> None:
    """Replace what was compared over [``first_day``, ``end_day``)."""
    days = {"first_day": first_day, "end_day": end_day}
    session.execute(statement("ledger/usage/forget_differences"), source_name=found.source, **days)
    if found.differences:
        rows = list(map(_row, found.differences))
        session.insert("usage_difference", pa.Table.from_pylist(rows, DIFFERENCES))


def _late_days(session: Session, asked: Mapping[date, Row], settled_after: timedelta) -> set[date]:
    """Days that had just ended, or that reports were still to come for, when the API was asked."""
    recent = {
        day
        for day, row in asked.items()
        if row["as_of"] < datetime.combine(day, time(), UTC) + timedelta(days=1) + settled_after
    }
    unfinished = {
        (row["as_of"], row["provider"], row["charge_day"])
        for as_of in {row["as_of"] for row in asked.values()}
        for row in by_day(session, as_of).to_pylist()
        if row["status"] != Status.COMPLETE
    }
    return recent | {
        day for day, row in asked.items() if (row["as_of"], row["provider"], day) in unfinished
    }


def _difference(
    source: str,
    cell: Cell,
    figures: Figures,
    asked: Row,
    names: Mapping[str, str],
    *,
    late: bool,
) -> Difference:
    day, service, currency, measure = cell
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
            corrections=(figures.correction, figures.moved),
            credit=figures.credit,
            bound=figures.bound,
            late=late,
        ),
        as_of=asked["as_of"],
        run_id=asked["run_id"],
    )


def _strangers(
    in_reports: Collection[str], in_api: Collection[str], key: Callable[[str], str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    known = set(map(key, in_reports)) & set(map(key, in_api))
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
