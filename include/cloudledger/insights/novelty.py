"""How new the last week looks: the causal left matrix profile.

The distance of a week from the most similar week before it that does not overlap it (Yeh et al.
2016; left profile: Zhu et al. 2017, used on the shape in cost, not z-normalised, since the size is
what matters here), in usual deviations of the profile itself. A week like an earlier one, such as
a launch seen before, is no news; a large residual is told of whatever the profile says.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import MAD_TO_DEVIATION, row_quantiles

Values = npt.NDArray[np.float64]

WEEK = 7
_WINDOW = 120
_RENEW = 4
_ENOUGH = 28
_NOTHING = 1e15
_UPPER = 2.2
_LEAST = 0.012


def left_profile(values: Values) -> Values:
    """Each week's Euclidean distance to the nearest earlier one, at its last day.

    ``values[series, day]`` without NaN; infinity in the first two weeks. Time is quadratic in the
    days and all series go through each lag at once.
    """
    series, days = values.shape
    by_day = np.ascontiguousarray(values.T, np.float32)
    nearest = np.full((days, series), np.inf, np.float32)
    for lag in range(WEEK, days - WEEK + 1):
        apart = by_day[lag:] - by_day[:-lag]
        apart *= apart
        pairs = apart[:-1] + apart[1:]
        fours = pairs[:-2] + pairs[2:]
        weeks = fours[:-3] + pairs[4:-1] + apart[6:]
        np.minimum(nearest[lag + WEEK - 1 :], weeks, out=nearest[lag + WEEK - 1 :])
    return np.sqrt(nearest.T.astype(np.float64))


def novelty(values: Values, level: Values, start: npt.NDArray[np.int64]) -> Values:
    """The profile's excess over its past median, in its past deviations.

    Zero while there are fewer than a few weeks to compare with.

    :param level: the size of each series' level before each day, NaN where unknown.
    :param start: the column of each series' first cost.
    """
    series, days = values.shape
    size = np.nan_to_num(level)
    unit = _first_level(level)
    profile = left_profile(_gapless(values / unit, start)) * unit
    begun = np.arange(days) >= start[:, None] + 2 * WEEK - 1
    profile = np.where(begun, profile, np.nan)
    found = np.zeros((series, days))
    floor = _LEAST * np.sqrt(WEEK) * 0.5 * size + 1e-9
    for day in range(_RENEW, days, _RENEW):
        window = profile[:, max(0, day - _WINDOW) : max(day - WEEK + 1, 0)]
        middle, upper = row_quantiles(window, 0.5, 0.95)
        (spread,) = row_quantiles(np.abs(window - middle[:, None]), 0.5)
        usual = np.fmax(MAD_TO_DEVIATION * spread, (upper - middle) / _UPPER)[:, None]
        enough = np.isfinite(window).sum(axis=1)[:, None] >= _ENOUGH
        now = slice(day, min(day + _RENEW, days))
        score = (profile[:, now] - middle[:, None]) / np.fmax(usual, floor[:, now])
        found[:, now] = np.where(enough, np.nan_to_num(score), 0.0)
    return found


def _first_level(level: Values) -> Values:
    """A unit of each series that later days do not change."""
    known = np.isfinite(level) & (level > 0)
    first = np.where(known.any(axis=1), known.argmax(axis=1), 0)
    unit = level[np.arange(len(level)), first]
    return np.where(known.any(axis=1), unit, 1.0)[:, None]


def _gapless(values: Values, start: npt.NDArray[np.int64]) -> Values:
    """Gaps hold the last known cost; before its first cost a series is like no other week."""
    day = np.arange(values.shape[1])
    last = np.maximum.accumulate(np.where(np.isfinite(values), day, 0), axis=1)
    filled = np.take_along_axis(values, last, axis=1)
    bounded = np.clip(np.nan_to_num(filled), -_NOTHING / 1e3, _NOTHING / 1e3)
    return np.where(day >= start[:, None], bounded, _NOTHING)
