"""What has arrived: sources, days and columns, as a run kept it or as it stands at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape

from cloudledger.ledger.assess import RECENT_DAYS
from cloudledger.ledger.completeness import assess_now, day_rows, source_rows
from cloudledger.reporting import page_format
from cloudledger.reporting.page import Row
from cloudledger.reporting.terminal import grid
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

STYLE = {"complete": "green", "arriving": "green", "filling": "yellow", "stalled": "bold red"}
DRIFT = {
    "new": "new, kept in x_extra",
    "lost_optional": "no longer delivered, NULL from here",
    "new_format": "format before this one",
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """Rows of ``source_rhythm``, ``completeness`` (newest day first) and ``schema_drift``."""

    sources: Sequence[Row]
    days: Sequence[Row]
    drift: Sequence[Row]

    @property
    def stalled(self) -> Sequence[str]:
        """The names of the sources of which no object comes any more."""
        return [row["source"] for row in self.sources if row["status"] == "stalled"]


def kept(session: Session) -> Arrived:
    """As the newest run kept it."""
    sources = _rows(session, "rhythms")
    as_of: datetime | None = sources[0]["as_of"] if sources else None
    first_day = as_of.date() - timedelta(days=RECENT_DAYS) if as_of else date.max
    days = _rows(session, "completeness", first_day=first_day)
    return Arrived(sources, days, _rows(session, "drift"))


def at(session: Session, as_of: datetime) -> Arrived:
    """As it stands at an instant, by what had arrived until then."""
    found = assess_now(session, as_of)
    drift = [row for row in _rows(session, "drift") if row["delivered_at"] <= as_of]
    days = day_rows(found).to_pylist()[::-1]
    return Arrived(source_rows(found).to_pylist(), days, drift)


def show(out: Console, found: Arrived, at_most: int) -> None:
    """Sources, the newest days, and the columns that came or went."""
    sources = grid("source", "state", "last arrival", "usual gap", "limit", "stalled since")
    for row in found.sources:
        sources.add_row(
            escape(row["source"]),
            _state(row["status"]),
            page_format.instant(row["last_arrival_at"]),
            page_format.span(row["usual_gap_seconds"]),
            page_format.span(row["limit_seconds"]),
            page_format.instant(row["stalled_since"]),
        )
    out.print(sources)
    days = grid(
        *("day", "provider", "state"),
        **{name: name for name in ("expected", "arrived", "lines", "likely", "history")},
    )
    for row in found.days[:at_most]:
        days.add_row(
            page_format.day(row["charge_day"]),
            escape(row["provider"]),
            _state(row["status"]),
            page_format.percent(row["expected_share"]),
            page_format.percent(row["arrived_share"]),
            page_format.count(row["lines"]),
            page_format.count(row["likely_lines"]),
            f"{row['history_days']} days",
        )
    out.print(days)
    if len(found.days) > at_most:
        out.print(f"the newest {at_most:,} of {len(found.days):,}; --limit shows more")
    for row in found.drift:
        out.print(
            f"[yellow]{escape(row['column_name'])}[/] {DRIFT[row['kind']]}: "
            f"{escape(row['source'])} ({row['format']}), since {escape(row['uri'])}",
            soft_wrap=True,
        )


def _rows(session: Session, name: str, **binds: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = session.query(
        statement(f"reporting/page_{name}"), **binds
    ).to_pylist()
    return rows


def _state(state: str) -> str:
    style = STYLE.get(state)
    return f"[{style}]{state}[/]" if style else state
