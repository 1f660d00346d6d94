"""Find what is unusual in every series, tell each incident once, and say what explains it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cloudledger.insights.dimensions import Series
from cloudledger.insights.event_store import Told, causes_known, events_known
from cloudledger.insights.events import Event, events_of
from cloudledger.insights.feedback import covered
from cloudledger.insights.incidents import parts_of
from cloudledger.insights.leaves import WEEK, WEEKS, leaves_of, named
from cloudledger.insights.mark_store import marks
from cloudledger.insights.materiality import Materiality, is_material
from cloudledger.insights.methods import DETECTORS
from cloudledger.insights.rootcause import Cause, explain
from cloudledger.insights.series import SeriesSet
from cloudledger.lake.table import Lake
from cloudledger.ledger.known_lines import known_lines
from cloudledger.warehouse.port import Session

if TYPE_CHECKING:
    import duckdb

CHUNK = 500
"""Series that are scored at a time: memory stays the same however many there are."""
DAY = timedelta(days=1)
BEYOND_PUBLIC = ("cost", "expected_week_before", "expected_weeks_before", "since_first_cost")


@dataclass(frozen=True, slots=True)
class Watch:
    """How unusual days are looked for."""

    detector: str
    sensitivity: str
    material: Materiality
    tag_keys: Sequence[str]
    precedence: Sequence[str]


def watch(
    session: Session, lake: Lake, as_of: datetime, known: SeriesSet, how: Watch
) -> list[Told]:
    """The events of every series, by start: which one shows another again, and what explains it.

    Days of which less than 98 % has arrived are not called unusual yet. An event that is as it was
    keeps the causes that are known of it.
    """
    said, before = marks(session), events_known(session)
    marked = {mark.series_id for mark in said}
    found: list[Event] = []
    scores: list[pd.DataFrame] = []
    for history in known.chunks(CHUNK):
        scored = _scored(history[~history["early"]], how)
        found += events_of(scored, before)
        scores.append(scored[scored["series_id"].isin(marked)])
    series = {one.series_id: one for one in known.series}
    parts = parts_of(found, series)
    words = covered(found, said, pd.concat(scores)) if said else {}
    alone = [event for event in found if event.event_id not in parts]
    explained = _explained(session, lake, as_of, alone, series, known.first_day, how)
    told = [
        Told(
            event=event,
            part_of=parts.get(event.event_id),
            material=is_material(event, how.material),
            covered_by=mark.event_id if (mark := words.get(event.event_id)) else None,
            causes=explained.get(event.event_id, ()),
        )
        for event in found
    ]
    return sorted(told, key=lambda one: (one.event.start, one.event.event_id))


def _scored(history: pd.DataFrame, how: Watch) -> pd.DataFrame:
    scored = DETECTORS[how.detector](history, how.sensitivity)
    if set(BEYOND_PUBLIC) <= set(scored.columns):
        return scored
    # The articles' detectors expect the same of a day whenever they are asked.
    known = history[["series_id", "day", "cost"]].astype({"day": scored["day"].dtype})
    scored = scored.merge(known, on=["series_id", "day"])
    first = scored["series_id"].map(history.groupby("series_id")["day"].min())
    return scored.assign(
        expected_week_before=scored["expected"],
        expected_weeks_before=scored["expected"],
        since_first_cost=(scored["day"] - first).dt.days.astype(np.int64),
    )


def _explained(
    session: Session,
    lake: Lake,
    as_of: datetime,
    events: Sequence[Event],
    series: Mapping[str, Series],
    since: date,
    how: Watch,
) -> Mapping[str, Sequence[Cause]]:
    """What explains each event; taken over where the event is as it was."""
    before = causes_known(session, events)
    fresh = [event for event in events if event.event_id not in before]
    if not fresh:
        return before
    with known_lines(
        session,
        lake,
        as_of,
        first_day=max(since, min(event.start for event in fresh) - WEEKS * WEEK),
        end_day=max(event.end for event in fresh) + DAY,
        precedence=how.precedence,
    ) as con:
        return before | {
            event.event_id: _causes(con, series[event.series_id], event, since, how)
            for event in fresh
        }


def _causes(
    con: duckdb.DuckDBPyConnection, series: Series, event: Event, since: date, how: Watch
) -> Sequence[Cause]:
    leaves, ordinary = leaves_of(
        con, series, event.start, event.end, since=since, tag_keys=how.tag_keys
    )
    causes = explain(leaves, ordinary, (event.end - event.start).days + 1)
    return [named(cause, leaves) for cause in causes]


def alerts(
    found: Sequence[Told], series: Mapping[str, Series], days: Collection[date]
) -> list[str]:
    """What is worth telling a person of these days, an event a line, the largest excess first."""
    worth = [
        one
        for one in found
        if one.part_of is None
        and one.material
        and one.covered_by is None
        and any(one.event.start <= day <= one.event.end for day in days)
    ]
    worth.sort(key=lambda one: -abs(one.event.excess))
    return [_alert(one, series[one.event.series_id]) for one in worth]


def _alert(one: Told, series: Series) -> str:
    event = one.event
    span = f"{event.start}" if event.start == event.end else f"{event.start} to {event.end}"
    cause = one.causes[0].values if one.causes else {}
    why = cause.get("resource_id") or ", ".join(cause.values())
    return (
        f"{event.severity} {event.kind} of {series.name}, {span}: {event.actual:,.2f} instead of "
        f"{event.expected:,.2f} {series.billing_currency}"
        + (f", by {why}" if why else "")
        + f"; cloudledger explain {event.event_id}"
    )
