"""Excesses that come back with the calendar: month fees, month ends, weekly jobs, holidays.

A day's excess over what was expected is compared with those seen before on the same kind of day:
the same day of the month, the same distance from the month's end, the same business day counted
from the month's start or end, the same weekday. The nearest of the last three of each kind, as an
amount or as a share, explains as much of it as it held. From its second time on, a monthly fee is
no news.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]
Kind = tuple[str, int]

WEEKDAY = "weekday"
_KEPT = 3
_EDGE = 4
_NEARLY = 0.35
_LOOSELY = 0.7
_VARIES = 0.15
_ORDINARY = 2.5
_STRANGE = 4.0
_PACE = 0.05


class Calendar:
    """What was seen so far on each kind of day, for all series at once."""

    def __init__(self, days: Days, series: int) -> None:
        self._kinds = kinds_of_days(days)
        self._seen: dict[Kind, deque[tuple[Values, Values]]] = {}
        self._usual = np.full(series, np.nan)

    def explain(self, day: int, excess: Values, expected: Values) -> tuple[Values, Values]:
        """How much of a day's excess earlier days of its kind had too; remembers the day.

        :param excess: of each series, over ``expected``, both without what the calendar brings.
        :returns: what any kind explains, and what the month does: the part that the expectation
            of other days should not learn from. Of the excess' sign; zero for one of ordinary size.
        """
        scale = np.where(expected > 0, expected, np.nan)
        by_week, by_month = np.zeros_like(excess), np.zeros_like(excess)
        for kind in self._kinds[day]:
            seen = self._seen.setdefault(kind, deque(maxlen=_KEPT))
            found = by_week if kind[0] == WEEKDAY else by_month
            for held in ([a for a, _ in seen], [s * scale for _, s in seen]):
                if held:
                    part = _explained(excess, np.stack(held))
                    np.copyto(found, part, where=np.abs(part) > np.abs(found))
            seen.append((excess, excess / scale))
        ordinary = ~(np.abs(excess) > _ORDINARY * self._usual)
        self._remember(np.abs(excess))
        by_month[ordinary] = by_week[ordinary] = 0.0
        return np.where(np.abs(by_week) > np.abs(by_month), by_week, by_month), by_month

    def _remember(self, size: Values) -> None:
        usual = np.where(np.isnan(self._usual), size, self._usual)
        change = _PACE * (np.minimum(size, _STRANGE * usual) - usual)
        self._usual = np.where(np.isnan(size), self._usual, usual + change)


def _explained(today: Values, held: Values) -> Values:
    """What the nearest earlier excess of the same sign explains of today's.

    One explains what is nearly the same, the nearest of two what comes near to the other as well.
    Less than it held is explained whole, and a little more.
    """
    same = np.isfinite(held) & (np.sign(held) == np.sign(today))
    away = np.where(same, np.abs(held - today), np.inf)
    order = np.argsort(away, axis=0)
    row = np.arange(held.shape[1])
    size = np.abs(today)
    certain = away[order[0], row] <= _NEARLY * size
    if len(held) > 1:
        certain |= away[order[1], row] <= _LOOSELY * size
    reach = (1 + _VARIES) * np.abs(held[order[0], row])
    return np.where(certain, np.sign(today) * np.minimum(reach, size), 0.0)


def kinds_of_days(days: Days) -> list[list[Kind]]:
    """What each day may share with days of other months: its places in the month."""
    month = days.astype("datetime64[M]")
    first = month.astype("datetime64[D]")
    last = (month + 1).astype("datetime64[D]") - 1
    day = (days - first).astype(np.int64) + 1
    to_end = (last - days).astype(np.int64)
    weekday = days.astype(np.int64) % 7
    business = np.is_busday(days)
    since = np.busday_count(first, days) + 1
    until = np.busday_count(days, last + 1)
    kinds = []
    for k in range(len(days)):
        of_day = [(WEEKDAY, int(weekday[k])), ("day", int(day[k]))]
        if to_end[k] < _EDGE:
            of_day.append(("from the end", int(to_end[k])))
        if business[k] and since[k] <= _EDGE:
            of_day.append(("business day", int(since[k])))
        if business[k] and until[k] <= _EDGE:
            of_day.append(("business day from the end", int(until[k])))
        kinds.append(of_day)
    return kinds


def year_end(days: Days) -> Flags:
    """The days from 24 December to 1 January, when much that follows people's work rests."""
    month = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (days - days.astype("datetime64[M]")).astype("timedelta64[D]").astype(np.int64) + 1
    found: Flags = ((month == 12) & (day >= 24)) | ((month == 1) & (day == 1))
    return found
