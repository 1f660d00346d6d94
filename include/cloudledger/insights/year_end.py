"""The end of the year: from 24 December to 1 January much costs less, and comes back.

What a series spent then, as a share of the same weekdays in the three weeks before, is what it is
to spend the next time; of a series that has not been through one, its peers tell. Such days teach
nothing about ordinary ones, so they count as unknown where they were low.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import mean_size, row_median

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
Mask = npt.NDArray[np.bool_]

LENGTH = 9
FEASTS = np.array([True, True, True, False, False, False, False, True, True])
"""24 to 26 December, 31 December and 1 January; the days between are working days to some."""
AFTER, RETURNED = 7, 4
"""Days after it that tell whether cost came back, and how many of them must be known to."""
WEEKS_BEFORE = 3
CLEAR = 3.0
"""Usual changes from week to week that the days together must be low by, times the root of how
many they are."""
LOW = 0.95
"""No larger share of ordinary days is low."""
LEAST_SHARE = 0.01
"""No ordinary day is expected to cost a smaller share."""
LEAST_USUAL = 0.002
PEERS = 20
"""Series that have been through a year's end from which on they speak for the others."""

RESTS = 0.9
"""Two days a week of less than this share of the others are days of rest."""
CALM = 0.01
"""A calm series' usual change is this share of its mean at most."""
HABITS = 3


@dataclass(frozen=True)
class YearEnd:
    """``low`` [series, column] are past days that were low for the time of the year. ``share``
    [series, step] is what a day ahead costs of an ordinary one, ``least`` [level, series, step]
    the lowest share of the forecast an interval has to hold."""

    low: Mask
    share: Array
    least: Array


def year_end(
    values: Array, last: Days, steps: int, season: int, levels: Sequence[float]
) -> YearEnd:
    """What the year's end did to each series, and will do.

    :param values: [series, column], each ending in the last column, on the day ``last``.
    """
    series, columns = values.shape
    if np.datetime_data(last.dtype)[0] != "D":
        ones = np.ones((len(levels), series, steps))
        return YearEnd(np.zeros(values.shape, bool), np.ones((series, steps)), ones)
    past = _place(last[:, None] - np.arange(columns)[::-1])
    ahead = _place(last[:, None] + np.arange(1, steps + 1))
    during = (past >= 0) & (past < LENGTH)
    low = np.zeros(values.shape, bool)
    share, least = np.ones((series, steps)), np.ones((len(levels), series, steps))
    if not (ahead >= 0).any() and not (past >= 0).any():
        return YearEnd(low, share, least)
    ordinary = _ordinary(values, past, season)
    change = np.abs(values[:, season:] - values[:, :-season])
    usual = np.nan_to_num(row_median(change)) if columns > season else np.zeros(series)
    usual = np.maximum(usual, LEAST_USUAL * mean_size(values))
    own = np.full((2, series), np.nan)
    after = _share_after(values, ordinary, past)
    for kind, of_kind in enumerate((FEASTS, ~FEASTS)):
        days = (
            during
            & of_kind[np.minimum(past, LENGTH - 1)]
            & np.isfinite(ordinary)
            & np.isfinite(values)
        )
        count = days.sum(axis=1)
        cost = np.where(days, values, 0.0).sum(axis=1)
        expected = np.where(days, ordinary, 0.0).sum(axis=1)
        tested = (count > 0) & (expected > 0)
        ratio = np.maximum(cost / np.where(tested, expected, 1.0), LEAST_SHARE)
        came_back = after > (1 + ratio) / 2
        lower = came_back & (expected - cost > CLEAR * usual * np.sqrt(count)) & (ratio < LOW)
        own[kind, tested] = np.where(lower, ratio, 1.0)[tested]
        low |= days & lower[:, None]
    alike = _habits(values, usual, season)
    for kind, of_kind in enumerate((FEASTS, ~FEASTS)):
        here = (ahead >= 0) & (ahead < LENGTH) & of_kind[np.minimum(ahead, LENGTH - 1)]
        seen = np.isfinite(own[kind])
        known = np.where(seen, own[kind], 1.0)
        for habit in range(HABITS):
            peers, rest = seen & (alike == habit), ~seen & (alike == habit)
            if peers.sum() >= PEERS:
                known[rest] = np.median(own[kind, peers])
            else:
                peers = seen
            if peers.sum() < PEERS:
                continue
            for at, level in enumerate(levels):
                lowest = float(np.quantile(own[kind, peers], (1 - level) / 2))
                lowest = min(lowest / float(known[rest][0]), 1.0) if rest.any() else 1.0
                least[at] = np.where(here & rest[:, None], lowest, least[at])
        share = np.where(here, known[:, None], share)
    return YearEnd(low, share, least)


def _place(days: Days) -> npt.NDArray[np.int64]:
    """The place of each day in the year's end, -1 for all others."""
    begun = (days + LENGTH - 1).astype("datetime64[Y]")
    eve = begun.astype("datetime64[D]") - (LENGTH - 1)
    place = (days - eve).astype(np.int64)
    return np.where((place >= 0) & (place < LENGTH + AFTER), place, -1)


def _share_after(values: Array, ordinary: Array, past: npt.NDArray[np.int64]) -> Array:
    """What the week after cost of ordinary days: [series], endless where too little is known."""
    days = (past >= LENGTH) & np.isfinite(ordinary) & np.isfinite(values)
    expected = np.where(days, ordinary, 0.0).sum(axis=1)
    enough = (days.sum(axis=1) >= RETURNED) & (expected > 0)
    cost = np.where(days, values, 0.0).sum(axis=1)
    return np.where(enough, cost / np.where(enough, expected, 1.0), np.inf)


def _ordinary(values: Array, place: npt.NDArray[np.int64], season: int) -> Array:
    """The usual cost of each day of a year's end: its weekday's median in the weeks before."""
    found = np.full(values.shape, np.nan)
    rows, at = np.nonzero(place >= 0)
    eve = at - place[rows, at]
    back = eve[:, None] - 1 - (eve - 1 - at)[:, None] % season - season * np.arange(WEEKS_BEFORE)
    costs = np.where(back >= 0, values[rows[:, None], np.maximum(back, 0)], np.nan)
    enough = np.isfinite(costs).sum(axis=1) >= 2
    found[rows[enough], at[enough]] = row_median(costs[enough])
    return found


def _habits(values: Array, usual: Array, season: int) -> npt.NDArray[np.int64]:
    """What kind of series each is: quiet on some days of the week, very calm, or neither."""
    whole = values.shape[1] // season * season
    weeks = values[:, values.shape[1] - whole :][:, -4 * season :]
    by_day = row_median(weeks.reshape(len(values), -1, season).swapaxes(1, 2))
    ordered = np.sort(by_day, axis=1)
    rests = ordered[:, 0] + ordered[:, 1] < 2 * RESTS * np.nan_to_num(row_median(by_day))
    calm = usual <= CALM * mean_size(values)
    return np.where(rests, 1, np.where(calm, 2, 0))
