"""What people said of events, and which events their word covers.

An event marked `expected` stays covered while it goes on, however it grows: a launch was planned.
One marked `false` covers itself and, for half a year, days of its series that are no more unusual
than it was and on the same side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import pandas as pd

from cloudledger.insights.event_days import GAP
from cloudledger.insights.events import Event

REMEMBERED = timedelta(days=180)
"""How long a false alert keeps others like it down."""
_NO_MORE = 1.05


class Verdict(StrEnum):
    """What a person can say of an event."""

    EXPECTED = "expected"
    FALSE = "false"


@dataclass(frozen=True)
class Mark:
    """A person's word on the event ``event_id``, with its days as they were then."""

    event_id: str
    series_id: str
    verdict: Verdict
    start: date
    end: date


def covered(
    events: Iterable[Event], marks: Iterable[Mark], scores: pd.DataFrame
) -> dict[str, Mark]:
    """By event id, the mark that covers an event; the others are news.

    :param scores: the scored days of the marked series, with those of the marks where they are
        still known.
    """
    found: dict[str, Mark] = {}
    by_series: dict[str, list[tuple[Mark, float, float]]] = {}
    for mark in marks:
        by_series.setdefault(mark.series_id, []).append((mark, *_marked(mark, scores)))
    for event in events:
        for mark, score, side in by_series.get(event.series_id, ()):
            if _is_same(event, mark) or _is_alike(event, mark, score, side):
                found[event.event_id] = mark
                break
    return found


def _marked(mark: Mark, scores: pd.DataFrame) -> tuple[float, float]:
    """The highest score of the marked days and the side they lay on; zeros when not known."""
    within = scores[
        (scores["series_id"].astype(str) == mark.series_id)
        & scores["day"].between(pd.Timestamp(mark.start), pd.Timestamp(mark.end))
    ]
    if within.empty:
        return 0.0, 0.0
    score = within["score"].to_numpy(np.float64)
    side = (within["cost"] - within["expected"]).to_numpy(np.float64)
    top = int(score.argmax())
    return float(score[top]), float(side[top])


def _is_same(event: Event, mark: Mark) -> bool:
    near = timedelta(days=GAP)
    return event.event_id == mark.event_id or (
        event.start <= mark.end + near and event.end >= mark.start - near
    )


def _is_alike(event: Event, mark: Mark, score: float, side: float) -> bool:
    return (
        mark.verdict is Verdict.FALSE
        and mark.end < event.start <= mark.end + REMEMBERED
        and event.excess * side > 0
        and event.score <= _NO_MORE * score
    )
