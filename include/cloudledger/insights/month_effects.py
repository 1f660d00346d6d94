"""What recurs with the month: fees on a day of the month, month-end work, fees by month length.

An effect counts only if it came back: the chance that ordinary days look so on just these dates
has to be small. It is an amount of money, never a ratio to the level of a day, so a series that
is near zero on most days (weekday batches, sparse jobs) cannot be blown up by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import mean_size, row_mean, row_median

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

BIG = 3.0
"""Deviations from which a day stands out."""
CHANCE = 0.003
"""How likely chance may make an effect at most; five times that for the first and the last day,
where billing puts fees and work."""
AGREEING = 0.75
"""Share of a date's occurrences that must stand out to the same side."""
NEWEST = 3
"""Occurrences the amount is taken from, the last of which must stand out: fees change and end."""
STEADIER = 0.9
"""A series is billed by month length if days times their month's length vary this much less."""
UNEXPLAINED = 0.3
"""and if the months' lengths leave less than this of the jumps between months unexplained."""
MONTH = 30.4375
LAST_DAYS = 3


@dataclass(frozen=True)
class Calendar:
    """Day of month, days to the month's end and month length, each [series, column]."""

    day: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]


@dataclass(frozen=True)
class MonthEffects:
    """``past`` and ``ahead`` [series, column] are amounts; ``drift`` [series, column] is how far
    each past date's effect lies from the one that the other dates alone would have told."""

    past: Array
    ahead: Array
    drift: Array


def calendar_of(days: Days) -> Calendar:
    """The place of each day in its month; ``days`` is datetime64[D] of any shape."""
    months = days.astype("datetime64[M]")
    start = months.astype("datetime64[D]")
    length = (months + 1).astype("datetime64[D]") - start
    day = (days - start).astype(np.int64) + 1
    return Calendar(day, length.astype(np.int64) - day, length.astype(np.int64))


def by_length(values: Array, calendar: Calendar, season: int) -> npt.NDArray[np.bool_]:
    """Which series are a monthly amount spread over the days of each month: [series].

    Days times their month's length vary less from week to week; and from one month to the next
    hardly more than within one, so that a step on the first of a month is not taken for it.
    """
    scaled = values * calendar.length / MONTH
    crossing = calendar.length[:, season:] != calendar.length[:, :-season]
    before, after = (_week_on_week(of, season) for of in (values, scaled))
    steadier = (_mean(before) > 0) & (_mean(after) < STEADIER * _mean(before))
    within = _mean(np.where(crossing, np.nan, after))
    jump = _mean(np.where(crossing, before, np.nan)) - within
    left = _mean(np.where(crossing, after, np.nan)) - within
    times = (crossing & np.isfinite(before)).sum(axis=1)
    return np.asarray(steadier & ((left < UNEXPLAINED * jump) | (times > 2 * season)))


def _week_on_week(values: Array, season: int) -> Array:
    change = np.abs(values[:, season:] - values[:, :-season])
    return np.minimum(change, 0.2 * mean_size(values)[:, None])


def _mean(values: Array) -> Array:
    return np.nan_to_num(row_mean(values))


def no_effects(shape: tuple[int, int], ahead: tuple[int, int]) -> MonthEffects:
    """What a series without months has."""
    return MonthEffects(np.zeros(shape), np.zeros(ahead), np.zeros(shape))


def month_effects(values: Array, calendar: Calendar, ahead: Calendar, season: int) -> MonthEffects:
    """Find the effects of each series.

    :param values: [series, column], NaN where unknown.
    :param calendar: of the columns; :param ahead: of the days to forecast.
    """
    excess = values - _ordinary(values, season)
    known = np.isfinite(excess)
    size = np.where(known, np.abs(excess), np.nan)
    scale = 1.4826 * row_median(size) + 0.01 * mean_size(values) + 1e-9
    deviations = np.where(known, excess / scale[:, None], 0.0)
    count = known.sum(axis=1)
    past, drift = np.zeros_like(values), np.zeros_like(values)
    future = np.zeros(ahead.day.shape)
    for side in (1.0, -1.0):
        stands_out = known & (side * deviations > BIG)
        rate = (stands_out.sum(axis=1) + 1) / (count + 2)
        for at, at_ahead, likely in _dates(calendar, ahead):
            here = at & known
            times = here.sum(axis=1)
            hits = (here & stands_out).sum(axis=1)
            chance = rate**hits <= CHANCE * (5 if likely else 1)
            found = (times >= 2) & chance & (hits >= AGREEING * times)
            for row in np.flatnonzero(found):
                columns_of = np.flatnonzero(here[row])
                if not stands_out[row, columns_of[-1]]:
                    continue
                amounts = excess[row, columns_of]
                newest = columns_of[-NEWEST:]
                amount = float(np.median(amounts[-NEWEST:]))
                past[row, columns_of] += amount
                future[row] += amount * at_ahead[row]
                others = [
                    float(np.median(np.delete(amounts[-NEWEST:], k))) for k in range(len(newest))
                ]
                drift[row, newest] += amount - np.array(others)
    return MonthEffects(past, future, drift)


def _dates(
    calendar: Calendar, ahead: Calendar
) -> Iterator[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], bool]]:
    for left in range(LAST_DAYS):
        yield calendar.left == left, ahead.left == left, left == 0
    early, early_ahead = calendar.left >= LAST_DAYS, ahead.left >= LAST_DAYS
    for day in range(1, 29):
        yield (calendar.day == day) & early, (ahead.day == day) & early_ahead, day == 1


def _ordinary(values: Array, season: int) -> Array:
    """What each day would be by its neighbours: [series, column]."""
    half = season
    padded = np.pad(values, ((0, 0), (half, half)), constant_values=np.nan)
    around = row_median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=1))
    shifted = [np.full_like(values, np.nan) for _ in range(3)]
    shifted[0][:, season:] = values[:, :-season]
    shifted[1][:, :-season] = values[:, season:]
    shifted[2][:, 2 * season :] = values[:, : -2 * season]
    return row_median(np.stack([*shifted, around], axis=2))
