"""What the ledger's page on insights shows: events, forecasts, how good they were, trends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from cloudledger.focus.columns import SPLIT
from cloudledger.insights.dimensions import COLUMNS, Kind
from cloudledger.reporting.cost import TAG
from cloudledger.reporting.efficiency import Efficiency, changes, efficiency
from cloudledger.reporting.page import Row, Sheet
from cloudledger.reporting.page_chart import Chart, chart
from cloudledger.reporting.page_trends import Trends, trends
from cloudledger.reporting.runbooks import runbooks
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

SERIES_ROWS = 15
"""Series that a page of forecasts holds: each has a drawing of its own."""
EVENT_ROWS = 25
SPENT_ROWS = 8
"""Changes of a currency and comparison, unit costs and new prices that are shown."""
SHOWN_DAYS = 60
"""Days before the forecast that a drawing shows."""
LEVELS = tuple(kind.value for kind in Kind if kind is not Kind.TOTAL)
SEVERITIES = ("critical", "high", "medium", "low")
HORIZONS = {"month": 0, "days_30": 30, "days_90": 90}
"""What is foretold, and how many daily forecasts it takes."""
EVENTS_AS_OF = "anomalies_as_of"
"""The ledger's state that holds the instant up to which events were looked for."""
LARGE, SMALL = (720, 200), (150, 36)


@dataclass(frozen=True, slots=True)
class Event:
    """One anomaly event, its causes, the largest first, and runbooks, the nearest first."""

    row: Row
    causes: Sequence[Row]
    runbooks: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Foretold:
    """One series with its sums to come, a drawing (None where it has no forecast), and how it
    moves (None where nothing is kept of that)."""

    row: Row
    drawing: Chart | None
    trends: Trends | None

    def has(self, horizon: str) -> bool:
        """Whether all of the days that a name of :data:`HORIZONS` takes are foretold."""
        enough = (self.row["days"] or 0) >= HORIZONS[horizon]
        return enough and self.row[f"{horizon}_cost"] is not None


@dataclass(frozen=True, slots=True)
class Insights:
    """Everything on the page. ``looked_at``: the instant that the events stand for, None before
    any run has looked for them. The sheets count the rows of ``events`` and ``series``. What was
    ``spent`` is cut to the largest, its changes to those of the total and of the series beside it.
    """

    looked_at: datetime | None
    events: Sequence[Event]
    event_sheet: Sheet
    totals: Sequence[Foretold]
    series: Sequence[Foretold]
    series_sheet: Sheet
    accuracy: Sequence[Row]
    spent: Efficiency

    @property
    def moving(self) -> Sequence[Foretold]:
        """The series of which trends are kept."""
        return [one for one in (*self.totals, *self.series) if one.trends]

    @property
    def other_measures(self) -> Sequence[str]:
        """What of their trends is told by its name."""
        told = (one.trends.others for one in self.moving if one.trends)
        return sorted({measure for others in told for measure in others})


def insights(
    session: Session,
    *,
    severity: str = "",
    every_series: bool = False,
    level: str = Kind.SERVICE.value,
    number: int = 1,
    series_number: int = 1,
) -> Insights:
    """The page.

    :param severity: only events of this one.
    :param every_series: also the events that show another one again in another series.
    :param level: the kind of series that are told beside the total.
    """
    found, total = _events(session, severity, every_series, number)
    rows = _forecasts(session, level, series_number)
    beside = Kind.SUB_ACCOUNT if level == Kind.SUB_ACCOUNT.value else Kind.SERVICE
    spent = efficiency(session, beside).shortened(SPENT_ROWS)
    looked_at = session.query(statement("ledger/state"), name=EVENTS_AS_OF).to_pylist()
    return Insights(
        looked_at=datetime.fromisoformat(looked_at[0]["value"]) if looked_at else None,
        events=found,
        event_sheet=Sheet([event.row for event in found], number, total, EVENT_ROWS),
        totals=[_foretold(session, row, LARGE) for row in _forecasts(session, Kind.TOTAL.value, 1)],
        series=[_foretold(session, row, SMALL) for row in rows],
        series_sheet=Sheet(rows, series_number, rows[0]["total"] if rows else 0, SERIES_ROWS),
        accuracy=_rows(session, "accuracy"),
        spent=replace(spent, changes=[*changes(session, Kind.TOTAL), *spent.changes]),
    )


def described(row: Row) -> str:
    """What a series is the cost of, in a row of ``cost_series`` or one joined to it."""
    if row["kind"] == Kind.TOTAL.value:
        return "everything"
    if row["kind"] == Kind.TAG.value:
        return f"{row['tag_key']} = {row['tag_value'] or 'no value'}"
    columns = next((names for kind, names in COLUMNS.items() if kind.value == row["kind"]), ())
    return " / ".join(row[name] or f"no {word(name)}" for name in columns) or "a series gone by"


def dimension_values(text: str) -> Mapping[str, str]:
    """What a cause's lines have in common, by the words for its dimensions."""
    return {word(name): str(value or "none") for name, value in json.loads(text).items()}


def word(name: str) -> str:
    """A column as a person calls it: ``sub_account_id`` is a sub account; a tag keeps its key."""
    if name.startswith(TAG):
        return f"tag {name.removeprefix(TAG)}"
    return name.removesuffix("_name").removesuffix("_id").replace("_", " ")


def _events(
    session: Session, severity: str, every_series: bool, number: int
) -> tuple[list[Event], int]:
    rows = _rows(
        session,
        "events",
        severity=severity,
        every_series=every_series,
        **_span(number, EVENT_ROWS),
    )
    beside = runbooks(session, min((row["end_day"] for row in rows), default=date.max))
    found = []
    for event_id, of_event in groupby(rows, key=itemgetter("event_id")):
        members = list(of_event)
        causes = [one for one in members if one["place"] is not None]
        found.append(Event(members[0], causes, beside.get(event_id, ())))
    return found, rows[0]["total"] if rows else 0


def _forecasts(session: Session, kind: str, number: int) -> list[dict[str, Any]]:
    return _rows(session, "forecasts", series_kind=kind, **_span(number, SERIES_ROWS))


def _foretold(session: Session, row: Row, size: tuple[int, int]) -> Foretold:
    moves = trends(_rows(session, "trends", series_id=row["series_id"]))
    if row["forecaster"] is None:
        return Foretold(row, None, moves)
    ahead = _rows(
        session,
        "forecast_days",
        series_id=row["series_id"],
        forecaster=row["forecaster"],
        origin_day=row["origin_day"],
        as_of=row["foretold_at"],
    )
    width, height = size
    drawing = chart(_history(session, row), ahead, width=width, height=height)
    return Foretold(row, drawing, moves)


def _history(session: Session, row: Row) -> list[tuple[date, Decimal]]:
    """The newest known days of a series; a day without a line cost nothing."""
    last: date = row["last_day"]
    first = max(row["first_day"], last - timedelta(days=SHOWN_DAYS - 1))
    published = {
        one["charge_day"]: one["effective_cost"]
        for one in _rows(
            session,
            "series_days",
            series_id=row["series_id"],
            first_day=first,
            split_name=SPLIT,
        )
    }
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(day, published.get(day) or Decimal(0)) for day in days]


def _span(number: int, rows: int) -> dict[str, int]:
    return {"first_row": (number - 1) * rows + 1, "last_row": number * rows}


def _rows(session: Session, name: str, **binds: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = session.query(
        statement(f"reporting/page_{name}"), **binds
    ).to_pylist()
    return rows
