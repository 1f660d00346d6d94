"""Excesses that come back with the calendar: month fees, month ends, first business days.

A day's excess over what was expected is compared with those seen before on the same kind of day:
the same day of the month, the same distance from the month's end, the same business day counted
from the month's start or end. The nearest of the last three of each kind, as an amount or as a
share, explains as much of it as it held. From its second time on, a monthly fee is no news.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

_KEPT = 3
_EDGE = 4
_NEARLY = 0.35
_LOOSELY = 0.7


def explained(excess: Values, expected: Values, days: Days) -> Values:
    """How much of each ``excess[series, day]`` earlier days of the same kind had too.

    Zero where there was none; of the excess' sign everywhere else. Only earlier days are used.
    One earlier day explains what is nearly the same; two explain what comes nearer to the second.
    """
    found = np.zeros_like(excess)
    scale = np.where(expected > 0, expected, np.nan)
    before: dict[tuple[str, int], deque[tuple[Values, Values]]] = {}
    for day, kinds in enumerate(kinds_of_days(days)):
        today = excess[:, day]
        least = np.abs(today)
        for kind in kinds:
            kept = before.setdefault(kind, deque(maxlen=_KEPT))
            for held in ([a for a, _ in kept], [s * scale[:, day] for _, s in kept]):
                if not held:
                    continue
                candidate, certain = _nearest_two(today, np.stack(held))
                left = np.abs(today - candidate)
                better = certain & (left < least)
                found[:, day] = np.where(better, candidate, found[:, day])
                least = np.where(better, left, least)
            kept.append((today, today / scale[:, day]))
    return found


def _nearest_two(today: Values, held: Values) -> tuple[Values, npt.NDArray[np.bool_]]:
    """The nearest earlier excess of the same sign, and whether it may explain today's."""
    same = np.isfinite(held) & (np.sign(held) == np.sign(today))
    away = np.where(same, np.abs(held - today), np.inf)
    order = np.argsort(away, axis=0)
    row = np.arange(held.shape[1])
    nearest = held[order[0], row]
    size = np.abs(today)
    certain = away[order[0], row] <= _NEARLY * size
    if len(held) > 1:
        certain |= away[order[1], row] <= _LOOSELY * size
    return nearest, certain


def kinds_of_days(days: Days) -> list[list[tuple[str, int]]]:
    """What each day may share with days of other months: its places in the month."""
    month = days.astype("datetime64[M]")
    first = month.astype("datetime64[D]")
    last = (month + 1).astype("datetime64[D]") - 1
    day = (days - first).astype(np.int64) + 1
    to_end = (last - days).astype(np.int64)
    business = np.is_busday(days)
    since = np.busday_count(first, days) + 1
    until = np.busday_count(days, last + 1)
    kinds = []
    for k in range(len(days)):
        of_day = [("day", int(day[k]))]
        if to_end[k] < _EDGE:
            of_day.append(("from the end", int(to_end[k])))
        if business[k] and since[k] <= _EDGE:
            of_day.append(("business day", int(since[k])))
        if business[k] and until[k] <= _EDGE:
            of_day.append(("business day from the end", int(until[k])))
        kinds.append(of_day)
    return kinds


def year_end(days: Days) -> npt.NDArray[np.bool_]:
    """The days from 24 December to 1 January, when much that follows people's work rests."""
    month = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (days - days.astype("datetime64[M]")).astype("timedelta64[D]").astype(np.int64) + 1
    found: npt.NDArray[np.bool_] = ((month == 12) & (day >= 24)) | ((month == 1) & (day == 1))
    return found
