"""Which days cost what nobody could expect: the causal detector and its named sensitivities.

A day's score takes that day and earlier ones only, so a run of the past finds what a run on that
day would have found, and no series has a say in another's. How the score is made is in `scoring`;
which amount is worth a person's time is asked afterwards, in `materiality`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd

from cloudledger.insights.panel import Panel, panel_of
from cloudledger.insights.scoring import score_matrix

CHUNK = 500
"""Series looked at together: memory stays the same however many there are."""


class Sensitivity(StrEnum):
    """How many false alerts a series may raise: measured for each, not promised by a name."""

    LOW = "low"
    BALANCED = "balanced"
    HIGH = "high"


FALSE_ALERTS = {Sensitivity.LOW: 0.01, Sensitivity.BALANCED: 0.02, Sensitivity.HIGH: 0.04}
"""At most so many false alerts per series and month (`python -m bench.insights` measures them)."""
THRESHOLDS = {Sensitivity.LOW: 5.6, Sensitivity.BALANCED: 4.5, Sensitivity.HIGH: 3.3}
"""The score from which a day is an anomaly."""
PUBLIC = ["series_id", "day", "expected", "score", "is_anomaly"]


def score_daily(
    history: pd.DataFrame, sensitivity: str = Sensitivity.BALANCED, holidays: Iterable[date] = ()
) -> pd.DataFrame:
    """Score each known day of each series from that day and earlier ones.

    :param history: ``series_id``, ``day`` (datetime64, UTC), ``cost`` in one currency per series.
    :param sensitivity: ``low``, ``balanced`` or ``high``: see `FALSE_ALERTS`.
    :param holidays: days on which ordinary dips are no news, besides the end of the year.
    :returns: ``series_id``, ``day``, ``expected`` in the history's currency, ``score`` (zero or
        more, in usual deviations) and ``is_anomaly``, by series and day, never NaN. Series that
        cannot be read are left out: `cloudledger.insights.panel.panel_of` says why.
    :raises ValueError: for an unknown sensitivity.
    """
    panel = panel_of(history, fill_sparse=False)
    return pd.concat(
        (chunk[PUBLIC] for chunk in _chunks(panel, sensitivity, holidays)), ignore_index=True
    )


def scored_days(
    history: pd.DataFrame, sensitivity: str = Sensitivity.BALANCED, holidays: Iterable[date] = ()
) -> pd.DataFrame:
    """What `score_daily` gives, and what events are made of besides.

    ``cost``; ``expected_week_before`` and ``expected_weeks_before``: what was expected of the day
    one and three weeks before it; ``since_first_cost``: days since the series' first cost.
    """
    panel = panel_of(history, fill_sparse=False)
    return pd.concat(_chunks(panel, sensitivity, holidays), ignore_index=True)


def threshold_of(sensitivity: str) -> float:
    """The score from which a day is an anomaly.

    :raises ValueError: for an unknown sensitivity.
    """
    try:
        return THRESHOLDS[Sensitivity(sensitivity)]
    except ValueError as error:
        known = ", ".join(Sensitivity)
        raise ValueError(f"no sensitivity {sensitivity!r}: choose one of {known}") from error


def _chunks(panel: Panel, sensitivity: str, holidays: Iterable[date]) -> Iterator[pd.DataFrame]:
    threshold = threshold_of(sensitivity)
    free = np.array(sorted(set(holidays)), "datetime64[D]")
    days = panel.days.astype("datetime64[D]")
    ids = np.empty(len(panel.ids), object)
    ids[:] = panel.ids
    for first in range(0, max(len(ids), 1), CHUNK):
        values = panel.values[first : first + CHUNK]
        scored = score_matrix(values, days, free)
        row, column = np.nonzero(np.isfinite(values))
        score = scored.score[row, column]
        yield pd.DataFrame(
            {
                "series_id": ids[first + row],
                "day": days[column].astype("datetime64[ns]"),
                "expected": scored.expected[row, column],
                "score": score,
                "is_anomaly": score >= threshold,
                "cost": values[row, column],
                "expected_week_before": scored.week_before[row, column],
                "expected_weeks_before": scored.weeks_before[row, column],
                "since_first_cost": scored.age[row, column],
            }
        )
