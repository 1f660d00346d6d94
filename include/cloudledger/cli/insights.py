"""``cloudledger anomalies``, ``explain``, ``forecast``, ``trends`` and ``efficiency``."""

from __future__ import annotations

import getpass
from datetime import date, datetime
from typing import Any

from cloudledger.insights.dimensions import Kind
from cloudledger.insights.feedback import Verdict
from cloudledger.insights.mark_store import mark
from cloudledger.reporting import efficiency, hourly_cost, insights, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy, open_duckdb


def tell_anomalies(settings: Settings, since: date, *, every: bool, json: bool) -> None:
    """The events that end on ``since`` or later, the latest first."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = insights.anomalies(session, since, every=every)
    if json:
        print(to_json({"events": [_event(one) for one in found]}))
    else:
        insights.show_anomalies(terminal.console(), found)


def mark_event(
    settings: Settings, event_id: str, verdict: Verdict, *, why: str, at: datetime
) -> None:
    """Keep what a person says of an event; later runs of ``cost_insights`` honour it.

    :raises NoSuchEvent: no event is meant, or several.
    """
    with open_duckdb(settings.warehouse) as warehouse:
        warehouse.migrate()
        with warehouse.transaction() as session:
            row = insights.event(session, event_id).event
            mark(session, row, verdict, why=why, said_by=getpass.getuser(), said_at=at)
        warehouse.publish_copy()
    name = insights.name_of(row)
    said = f"event {row['event_id']} of {name} is marked {verdict.value}"
    terminal.console(errors=True).print(said, markup=False, soft_wrap=True)


def tell_event(settings: Settings, event_id: str, *, json: bool) -> None:
    """One event with what explains it.

    :raises NoSuchEvent: no event is meant, or several.
    """
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = insights.event(session, event_id)
    if json:
        print(to_json(_event(found)))
    else:
        insights.show_event(terminal.console(), found)


def _event(found: insights.Explained) -> dict[str, Any]:
    return {**found.event, "causes": found.causes, "runbooks": found.runbooks}


def tell_forecasts(settings: Settings, kind: Kind, *, days: int, json: bool) -> None:
    """What each series of a kind will cost."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = insights.forecasts(
            session, kind, forecaster=settings.insights_forecaster, days=days
        )
    if json:
        print(to_json({"forecasts": found}))
    else:
        insights.show_forecasts(terminal.console(), found, days)


def tell_hours(settings: Settings, kind: Kind, *, json: bool) -> None:
    """What each series of a kind will cost in the next hours; as JSON each of them."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = hourly_cost.hourly_sums(session, kind)
        hours = hourly_cost.hours(session, kind) if json else {}
    if json:
        told = [{**row, "hours": hours.get(row["series_id"], [])} for row in found]
        print(to_json({"series": told}))
    else:
        hourly_cost.show_hours(terminal.console(), found)


def tell_trends(settings: Settings, kind: Kind, *, json: bool) -> None:
    """How each series of a kind moves."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = efficiency.moving(session, kind)
    if json:
        print(to_json({"trends": efficiency.figures(found)}))
    else:
        efficiency.show_trends(terminal.console(), found)


def tell_efficiency(settings: Settings, kind: Kind, *, json: bool) -> None:
    """How well money is spent, and why the series of a kind changed."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = efficiency.efficiency(session, kind)
    if json:
        print(to_json(found))
    else:
        efficiency.show_efficiency(terminal.console(), found)
