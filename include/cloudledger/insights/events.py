"""Flagged days grouped into events: what happened, how much it came to, and how bad it is.

What an event's days were expected to cost is taken from before it began, not from the forecasts
of each day, which learn a lasting change and would make it seem to end.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import blake2b
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudledger.insights.event_days import GAP, Days, spans
from cloudledger.insights.event_kinds import Kind, Severity, kind_of, severity_of

Values = npt.NDArray[np.float64]

NEW_AFTER = 35
"""Days of other series before a series' first cost for that to be new spend: a monthly fee shows
within five weeks."""
NEW_DAYS = 7
"""First days of new spend that its event covers."""
IN_MONEY = (100.0, 1_000.0, 10_000.0)
"""Excess from which an event is medium, high and critical by its amount, in the currency."""


@dataclass(frozen=True)
class Event:
    """Days in a row on which a series cost more, or less, than anyone could expect.

    Amounts are sums over the days from ``start`` to ``end``, both included, in the currency of
    the series; ``excess`` is ``actual`` less ``expected``, negative for less cost. ``score`` is
    that of the most unusual day, ``peak_day`` the day of the largest excess.
    """

    event_id: str
    series_id: str
    start: date
    end: date
    peak_day: date
    kind: Kind
    expected: float
    actual: float
    excess: float
    severity: Severity
    score: float


class Known(Protocol):
    """What is needed of an event that an earlier run told of."""

    @property
    def event_id(self) -> str:
        """What the event is known by."""

    @property
    def series_id(self) -> str:
        """Of the series it is in."""

    @property
    def start(self) -> date:
        """Its first day."""

    @property
    def end(self) -> date:
        """Its last day so far."""

    @property
    def excess(self) -> float:
        """More than zero when it cost more."""


def events_of(
    scores: pd.DataFrame,
    known: Iterable[Known] = (),
    in_money: Sequence[float] = IN_MONEY,
) -> list[Event]:
    """The events of scored days, by series and start.

    :param scores: what `cloudledger.insights.anomaly.scored_days` gives.
    :param known: events of earlier runs: one that goes on, or whose days late data moved a
        little, keeps its id. Without them an id follows from the series, the first day and
        whether it cost more or less.
    :param in_money: excess from which an event is medium, high and critical whatever its ratio.
    """
    if scores.empty:
        return []
    first = scores["day"].min()
    found: list[Event] = []
    for series_id, rows in scores.groupby("series_id", sort=False):
        days = Days.of(rows)
        if days.starts - np.datetime64(first, "D") >= np.timedelta64(NEW_AFTER, "D"):
            found.append(_new_spend(series_id, days, in_money))
        found.extend(_event(series_id, days, *span, in_money) for span in spans(days))
    found.sort(key=lambda event: (event.series_id, event.start, event.kind))
    return _with_known_ids(found, known)


def _event(
    series_id: Hashable, days: Days, start: int, end: int, in_money: Sequence[float]
) -> Event:
    back = max(start - 7, 0)
    unit = np.abs(days.weeks_before)
    unit = np.maximum(unit, 0.1 * unit[start:end].mean() + 1e-9)
    over = (days.cost - days.weeks_before) / unit
    expected = days.before(start, end)
    excess = (days.cost[start:end] - expected) / unit[start:end]
    kind = kind_of(excess, over[back:start], over[end : end + 3])
    if kind is Kind.RAMP:
        expected = days.weeks_before[start:end]
    return _made(series_id, days, slice(start, end), expected, kind, in_money)


def _new_spend(series_id: Hashable, days: Days, in_money: Sequence[float]) -> Event:
    start = int(np.searchsorted(days.day, days.starts))
    end = int(np.searchsorted(days.day, days.starts + np.timedelta64(NEW_DAYS, "D")))
    return _made(
        series_id, days, slice(start, end), np.zeros(end - start), Kind.NEW_SPEND, in_money
    )


def _made(
    series_id: Hashable,
    days: Days,
    rows: slice,
    expected: Values,
    kind: Kind,
    in_money: Sequence[float],
) -> Event:
    excess = days.cost[rows] - expected
    day = [one.astype(object) for one in days.day[rows]]
    total, usual = float(days.cost[rows].sum()), float(expected.sum())
    return Event(
        event_id=_id(series_id, day[0], total >= usual),
        series_id=str(series_id),
        start=day[0],
        end=day[-1],
        peak_day=day[int(np.argmax(np.abs(excess)))],
        kind=kind,
        expected=usual,
        actual=total,
        excess=total - usual,
        severity=severity_of(usual, total, in_money),
        score=float(days.score[rows].max()),
    )


def _id(series_id: Hashable, start: date, more: bool) -> str:
    text = f"{series_id}\x1f{start.isoformat()}\x1f{'more' if more else 'less'}"
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _with_known_ids(found: list[Event], known: Iterable[Known]) -> list[Event]:
    """Each known event's id goes to the event of its series and side that shares most days."""
    ids = {event.event_id for event in found}
    of_series: dict[str, list[Known]] = {}
    for one in known:
        of_series.setdefault(one.series_id, []).append(one)
    taken: set[str] = set()
    named: list[Event] = []
    for event in found:
        near = [
            one
            for one in of_series.get(event.series_id, ())
            if one.event_id not in taken
            and (one.event_id == event.event_id or one.event_id not in ids)
            and (one.excess >= 0) == (event.excess >= 0)
            and _shared_days(one, event) > -GAP
        ]
        if near:
            same = max(near, key=lambda one: (_shared_days(one, event), one.event_id))
            event = replace(event, event_id=same.event_id)
        taken.add(event.event_id)
        named.append(event)
    return named


def _shared_days(one: Known, other: Event) -> int:
    """Days in both, or less than one: how far they are apart."""
    last, first = min(one.end, other.end), max(one.start, other.start)
    return (last - first) // timedelta(days=1) + 1
