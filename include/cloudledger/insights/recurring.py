"""Excesses that come back with the calendar: month fees, month ends, weekly jobs, holidays.

A day's excess over what was expected is compared with those seen before on the same kind of day:
the same day of the month, the same distance from the month's end, the same business day counted
from the month's start or end, the same weekday. The nearest of the last three of each kind, as an
amount or as a share, explains as much of it as it held. From its second time on, a monthly fee is
no news. Days of a week-long incident are no such kind: away from the month's ends only what stood
by itself is remembered.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]
Kind = tuple[str, int]

WEEKDAY, DAY = "weekday", "day"
_KEPT = 3
_EDGE = 4
_NEARLY = 0.35
_LOOSELY = 0.7
_VARIES = 0.15
_ORDINARY = 2.5
_STRANGE = 4.0
_PACE = 0.05
_AROUND = 2
_HALF = 0.5


class Calendar:
    """What was seen so far on each kind of day, for all series at once."""

    def __init__(self, days: Days, series: int) -> None:
        self._kinds = kinds_of_days(days)
        self._seen: dict[Kind, deque[int]] = {}
        self._excess = np.full((len(days), series), np.nan)
        self._scale = np.full((len(days), series), np.nan)
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
            if seen:
                amounts = self._remembered(kind, list(seen))
                for held in (amounts, amounts / self._scale[list(seen)] * scale):
                    part = _explained(excess, held)
                    np.copyto(found, part, where=np.abs(part) > np.abs(found))
            seen.append(day)
        self._excess[day], self._scale[day] = excess, scale
        ordinary = ~(np.abs(excess) > _ORDINARY * self._usual)
        self._remember(np.abs(excess))
        by_month[ordinary] = by_week[ordinary] = 0.0
        return np.where(np.abs(by_week) > np.abs(by_month), by_week, by_month), by_month

    def _remembered(self, kind: Kind, past: list[int]) -> Values:
        """The excesses of past days; NaN where one was part of something longer.

        Work at the month's ends may take days, other days of the week or month stand alone.
        """
        if kind[0] not in (WEEKDAY, DAY) or (kind[0] == DAY and kind[1] <= _EDGE):
            return self._excess[past]
        return np.stack([np.where(self._by_itself(day), self._excess[day], np.nan) for day in past])

    def _by_itself(self, day: int) -> Flags:
        """Whether at most one of the four days around a past day had half of its excess."""
        around = [k for k in range(day - _AROUND, day + _AROUND + 1) if k != day and k >= 0]
        beside = self._excess[around] * np.sign(self._excess[day])
        alone: Flags = (beside >= _HALF * np.abs(self._excess[day])).sum(axis=0) <= 1
        return alone

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
        of_day = [(WEEKDAY, int(weekday[k])), (DAY, int(day[k]))]
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
