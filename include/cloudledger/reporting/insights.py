"""Events, their causes and forecasts in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape

from cloudledger.insights import event_store
from cloudledger.insights.dimensions import Kind, Series
from cloudledger.insights.store import DIMENSIONS
from cloudledger.reporting import page_format
from cloudledger.reporting.runbooks import runbooks
from cloudledger.reporting.terminal import grid
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

Row = Mapping[str, Any]
COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "dim"}


class NoSuchEvent(LookupError):
    """There is no event of that id: how to find one."""


@dataclass(frozen=True, slots=True)
class Explained:
    """An event, what explains it, the largest part first, and runbooks, the nearest first."""

    event: Row
    causes: Sequence[Row]
    runbooks: Sequence[Row] = ()


def anomalies(session: Session, since: date, *, every: bool) -> list[Explained]:
    """The events that end on ``since`` or later, the latest first.

    :param every: also those that show another event again, and those that are not material.
    """
    rows = event_store.events(session, since, with_parts=every, material_only=not every)
    causes = event_store.causes(session, since)
    beside = runbooks(session, since)
    return [
        Explained(row, causes.get(row["event_id"], ()), beside.get(row["event_id"], ()))
        for row in rows
    ]


def event(session: Session, event_id: str) -> Explained:
    """One event, by its id or by the first digits of it.

    :raises NoSuchEvent: none is meant, or several.
    """
    found = anomalies(session, date.min, every=True)
    meant = [one for one in found if one.event["event_id"].startswith(event_id)]
    exactly = [one for one in meant if one.event["event_id"] == event_id]
    if len(exactly or meant) != 1:
        many = "several events begin" if meant else "no event begins"
        raise NoSuchEvent(f"{many} with {event_id}: cloudledger anomalies --all lists them")
    return (exactly or meant)[0]


def forecasts(session: Session, kind: Kind, *, forecaster: str, days: int) -> list[Row]:
    """What each series of a kind will cost in the days to come, and this month, by currency."""
    rows: list[Row] = session.query(
        statement("insights/forecast_sums"), kind=kind.value, forecaster=forecaster, days=days
    ).to_pylist()
    return rows


def name_of(row: Row) -> str:
    """The name of a row's series; its id where nothing more is kept of it."""
    kind = row["series_kind"] if "series_kind" in row else row["kind"]
    if not kind:
        return str(row["series_id"])
    values = {name: row[name] for name in DIMENSIONS if row.get(name)}
    return Series(row["series_id"], Kind(kind), row["billing_currency"], values).name


def show_anomalies(out: Console, found: Sequence[Explained]) -> None:
    """Each event in a row."""
    shown = grid("event", "", "what", "days", "verdict", excess="excess", times="of expected")
    for one in found:
        row = one.event
        colour = COLOURS[row["severity"]]
        shown.add_row(
            row["event_id"][:8],
            f"[{colour}]{row['severity']}[/]",
            f"{row['kind'].replace('_', ' ')} of {escape(name_of(row))}",
            _days(row),
            row["verdict"] or "",
            estimate(row["excess_cost"]),
            _times(row),
        )
    out.print(shown)
    out.print(f"{len(found):,} events; cloudledger explain EVENT tells why")


def show_event(out: Console, found: Explained) -> None:
    """One event with what explains it."""
    row = found.event
    out.print(
        f"{row['severity']} {row['kind'].replace('_', ' ')} of {name_of(row)}, {_days(row)}",
        markup=False,
        soft_wrap=True,
    )
    out.print(
        f"{estimate(row['actual_cost'])} instead of {estimate(row['expected_cost'])} "
        f"{row['billing_currency']}; event {row['event_id']}",
        markup=False,
        soft_wrap=True,
    )
    if row["verdict"]:
        out.print(f"marked {row['verdict']}: {row['why'] or ''}", markup=False, soft_wrap=True)
    if row["part_of"]:
        out.print(f"shows event {row['part_of']} again: explain that one")
    for cause in found.causes:
        sign = "offsets" if cause["offsets"] else "new" if cause["is_new"] else "cause"
        out.print(
            f"{cause['place']}. {page_format.percent(cause['share_of_excess'])} {sign}: "
            f"{estimate(cause['amount'])} {row['billing_currency']}",
            markup=False,
        )
        for name, value in cause["dimension_values"].items():
            out.print(f"     {name}  {value}", markup=False, soft_wrap=True)
    for runbook in found.runbooks:
        out.print(
            f"runbook: {runbook['title_path']}  {runbook['uri']}", markup=False, soft_wrap=True
        )


def show_forecasts(out: Console, rows: Sequence[Row], days: int) -> None:
    """Each series in a row; currencies are told apart and never added."""
    shown = grid(
        "series",
        "known to",
        ahead=f"next {days} days",
        ahead_low="at least (95 %)",
        ahead_high="at most",
        month="this month",
        low="at least (95 %)",
        high="at most",
    )
    for row in rows:
        shown.add_row(
            escape(name_of(row)),
            page_format.day(row["origin_day"]),
            estimate(row["forecast_cost"]),
            estimate(row["lower_95"]),
            estimate(row["upper_95"]),
            estimate(row["month_cost"]),
            estimate(row["month_lower_95"]),
            estimate(row["month_upper_95"]),
        )
    out.print(shown)


def _days(row: Row) -> str:
    start, end = page_format.day(row["start_day"]), page_format.day(row["end_day"])
    return start if start == end else f"{start} to {end}"


def _times(row: Row) -> str:
    expected = row["expected_cost"]
    return f"{row['actual_cost'] / expected:.1f}x" if expected > 0 else "new"


def estimate(value: Decimal | None) -> str:
    """In hundredths: no estimate is exact to more."""
    return page_format.NOTHING if value is None else f"{value:,.2f}"
