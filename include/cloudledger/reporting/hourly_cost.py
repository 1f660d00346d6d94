"""Usage cost by the hour: what the terminal and the page on insights tell of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from rich.console import Console
from rich.markup import escape

from cloudledger.insights.dimensions import Kind
from cloudledger.insights.hourly_outlook import HORIZON, running_hour
from cloudledger.reporting import page_format
from cloudledger.reporting.insights import estimate, name_of
from cloudledger.reporting.page_chart import Chart, chart
from cloudledger.reporting.terminal import grid
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

Row = Mapping[str, Any]
HOUR = timedelta(hours=1)
SERVICES = 15
"""Services that the page tells of, the dearest of each currency; the terminal tells all."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The page's part: totals with a drawing each (None without a forecast), and services."""

    totals: Sequence[tuple[Row, Chart | None]]
    services: Sequence[Row]

    @property
    def rows(self) -> list[Row]:
        """All of the series."""
        return [*(row for row, _ in self.totals), *self.services]


def hourly_sums(session: Session, kind: Kind) -> list[Row]:
    """What each series of a kind is forecast to cost in the next 24 and 48 hours, by currency.

    The hour that is running at the run's instant is the first of them.
    """
    (newest,) = session.query(statement("insights/hourly/newest")).to_pylist()
    if newest["as_of"] is None:
        return []
    first = running_hour(newest["as_of"])
    rows: list[Row] = session.query(
        statement("insights/hourly/sums"),
        series_kind=kind.value,
        first_hour=first,
        day_end=first + 24 * HOUR,
        end_hour=first + HORIZON * HOUR,
    ).to_pylist()
    return rows


def hours(session: Session, kind: Kind) -> dict[str, list[Row]]:
    """The hours of the series of a kind in order, the known ones first, by ``series_id``."""
    rows = session.query(statement("insights/hourly/hours"), series_kind=kind.value).to_pylist()
    return {name: list(own) for name, own in groupby(rows, key=itemgetter("series_id"))}


def page_hours(session: Session, width: int, height: int) -> Hours | None:
    """What the page shows; None before any run has looked at hours.

    :param width: of a drawing.
    :param height: of a drawing.
    """
    totals = hourly_sums(session, Kind.TOTAL)
    if not totals:
        return None
    by_series = hours(session, Kind.TOTAL)
    services = [row for row in hourly_sums(session, Kind.SERVICE) if row["forecast_cost"]]
    dearest = [
        row
        for _, own in groupby(services, key=itemgetter("billing_currency"))
        for row in list(own)[:SERVICES]
    ]
    return Hours(
        [(row, _drawn(by_series.get(row["series_id"], ()), width, height)) for row in totals],
        dearest,
    )


def _drawn(rows: Sequence[Row], width: int, height: int) -> Chart | None:
    known = [row for row in rows if row["effective_cost"] is not None]
    return chart(
        [(row["charge_hour"], row["effective_cost"]) for row in known],
        [row for row in rows if row["forecast_cost"] is not None],
        width=width,
        height=height,
        instant="charge_hour",
    )


def show_hours(out: Console, rows: Sequence[Row]) -> None:
    """Each series in a row; currencies are told apart and never added."""
    shown = grid(
        "series", "known to", "", share="has hours", day="next 24 hours", both="next 48 hours"
    )
    for row in rows:
        shown.add_row(
            escape(name_of(row)),
            page_format.instant(row["last_hour"] and row["last_hour"] + HOUR),
            escape(row["remark"] or ""),
            page_format.percent(row["hourly_share"]),
            estimate(row["day_cost"]),
            estimate(row["forecast_cost"]),
        )
    out.print(shown)
