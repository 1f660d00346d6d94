"""How series move: growth, volatility, the week's pattern, the peak.

Everything is told from the days up to the last one of each series; nothing needs a model.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudledger.insights.panel import panel_of

Floats = npt.NDArray[np.float64]

GROWTH_DAYS = (7, 30, 90)
PATTERN_DAYS = 56
PEAK_DAYS = 90
VOLATILITY_DAYS = 30
_SATURDAY = 5
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH_WEEKDAY = 3
_TO_SD = 1.4826
_MOST_TIMES = 1e6


def trends_of(history: pd.DataFrame) -> pd.DataFrame:
    """The measures of each series as of its last day; what cannot be told has no row.

    * ``growth_7``, ``growth_30``, ``growth_90``: mean cost of the last days over that of as many
      before, less 1; needs both to be known and something to have been paid before.
    * ``volatility``: by how much of its mean the cost of the last 30 days differs from a week
      before, as a standard deviation (1.4826 median absolute differences over root two).
    * ``weekend_ratio``: mean of Saturdays and Sundays over that of the other days, last 8 weeks.
    * ``weekday_monday`` to ``weekday_sunday``: mean of that day over the mean of all, last 8 weeks.
    * ``peak_cost``, ``peak_days_ago``: the dearest of the last 90 days, the latest of equals.

    :param history: ``series_id``, ``day`` (datetime64, UTC), ``cost``; gaps, duplicates and bad
        rows are dealt with as in :func:`cloudledger.insights.panel.panel_of`.
    :returns: ``series_id``, ``measured_day`` (datetime64), ``measure``, ``amount`` (float64).
    """
    panel = panel_of(history)
    rows = []
    lasts = panel.last.tolist() if panel.ids else []
    for series_id, last, values in zip(panel.ids, lasts, panel.values, strict=True):
        day = panel.days[last]
        rows += [
            (series_id, day, measure, amount)
            for measure, amount in _measures(values[: last + 1], _weekday(day))
            if np.isfinite(amount) and abs(amount) < _MOST_TIMES * max(1.0, np.nanmax(abs(values)))
        ]
    frame = pd.DataFrame(rows, columns=["series_id", "measured_day", "measure", "amount"])
    return frame.astype({"measured_day": "datetime64[ns]", "amount": "float64"})


def _measures(values: Floats, last_weekday: int) -> Iterator[tuple[str, float]]:
    """Measures of one series that ends with its last known day; NaN for what cannot be told."""
    for days in GROWTH_DAYS:
        yield f"growth_{days}", _growth(values, days)
    yield "volatility", _volatility(values)
    weekday = (last_weekday - np.arange(len(values))[::-1]) % 7
    yield from _week(values[-PATTERN_DAYS:], weekday[-PATTERN_DAYS:])
    recent = values[-PEAK_DAYS:][::-1]
    ago = int(np.nanargmax(recent))
    yield "peak_cost", float(recent[ago])
    yield "peak_days_ago", float(ago)


def _growth(values: Floats, days: int) -> float:
    now, before = _mean(values[-days:]), _mean(values[-2 * days : -days])
    if len(values) < 2 * days or not before > 0:
        return float("nan")
    return now / before - 1


def _volatility(values: Floats) -> float:
    recent = values[-VOLATILITY_DAYS - 7 :]
    change = np.abs(recent[7:] - recent[:-7])
    change = change[np.isfinite(change)]
    mean = _mean(recent)
    if len(change) < 7 or not mean > 0:
        return float("nan")
    return _TO_SD * float(np.median(change)) / float(np.sqrt(2)) / mean


def _week(values: Floats, weekday: npt.NDArray[np.int64]) -> Iterator[tuple[str, float]]:
    whole = _mean(values)
    if len(values) < 14 or not whole > 0:
        return
    ends = weekday >= _SATURDAY
    working = _mean(values[~ends])
    if working > 0:
        yield "weekend_ratio", _mean(values[ends]) / working
    for place, name in enumerate(_WEEKDAYS):
        yield f"weekday_{name}", _mean(values[weekday == place]) / whole


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _weekday(day: np.datetime64) -> int:
    """0 for Monday; 1970-01-01 was a Thursday."""
    return (int(day.astype("datetime64[D]").astype(np.int64)) + _EPOCH_WEEKDAY) % 7
