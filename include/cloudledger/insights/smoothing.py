"""Exponential smoothing with a damped trend and one season, of many series and settings at once.

Holt's and Winters' recursions (Hyndman and Athanasopoulos, Forecasting: Principles and Practice,
3rd ed., section 8.3) in the error-correction form. An error beyond three deviations counts as
three until it is the third of the same sign in a row: one odd day moves nothing, a new level is
believed on its third day (after Gelper, Fried and Croux 2010, robust Holt-Winters smoothing).

All is causal, so the forecasts made on the way are an honest back-test. Arrays are float32 and
[..., setting, series]: series come scaled to about one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import row_median

Cells = npt.NDArray[np.float32]

LIMIT = 3.0
"""Deviations beyond which an error counts as no more."""
BELIEVED = 3
"""Errors of one sign in a row after which it is a new level."""
LEAST_DEVIATION = 0.05
"""No deviation is less than this share of the mean change from season to season."""
WARM = 4
"""Seasons the first level and season are taken from."""


@dataclass(frozen=True)
class Settings:
    """Smoothing settings, one of each array a candidate: [setting, 1]."""

    level: Cells
    trend: Cells
    damping: Cells
    season: Cells

    def __len__(self) -> int:
        return len(self.level)


@dataclass(frozen=True)
class Smoothed:
    """``ahead`` [step, setting, series] from the end; ``back`` per horizon [origin, ...].

    Row k of a back-test is the forecast made at the k-th origin for as many steps later as its
    horizon says; NaN where that is past the end.
    """

    ahead: Cells
    back: Sequence[Cells]


def settings_grid() -> Settings:
    """Slow to fast levels, no trend or one of three, slow to fast seasons: 72 settings."""
    levels = (0.03, 0.08, 0.18, 0.35, 0.6, 0.9)
    trends = ((0.0, 0.0), (0.05, 0.9), (0.05, 0.98), (0.02, 0.998))
    seasons = (0.02, 0.08, 0.2)
    rows = [(a, b, p, g) for a in levels for b, p in trends for g in seasons]
    return Settings(*(np.array(column, np.float32)[:, None] for column in zip(*rows, strict=True)))


def smooth(
    values: npt.NDArray[np.float64],
    season: int,
    settings: Settings,
    steps: int,
    horizons: Sequence[int],
    origins: npt.NDArray[np.int64],
) -> Smoothed:
    """Run every setting over every series.

    :param values: [series, column], all ending in the last column; NaN before a series begins
        and where a value is unknown.
    :param season: columns of one season.
    :param steps: how far to forecast from the end.
    :param horizons: the back-tested steps ahead.
    :param origins: the columns to back-test from, ascending.
    """
    series, columns = values.shape
    known = np.isfinite(values)
    level0, season0, deviation0 = _start(values, season)
    level = np.repeat(level0[None], len(settings), axis=0)
    seasonal = np.repeat(season0[:, None], len(settings), axis=1)
    deviation = np.repeat(deviation0[None], len(settings), axis=0)
    least = _least_deviation(values, season)
    trend = np.zeros_like(level)
    run = np.zeros_like(level)
    reach = _reach(settings.damping, max(steps, *horizons))
    back = [np.full((len(origins), len(settings), series), np.nan, np.float32) for _ in horizons]
    row_of = dict(zip(origins.tolist(), range(len(origins)), strict=True))
    observed = np.nan_to_num(values).astype(np.float32).T.copy()
    active = known.T.copy()
    rate, trend_rate = settings.level, settings.level * settings.trend
    season_rate = settings.season * (1 - settings.level)
    error, limit, size = np.empty_like(level), np.empty_like(level), np.empty_like(level)
    for column in range(int(np.argmax(known.any(axis=0))), columns):
        now = seasonal[column % season]
        trend *= settings.damping
        level += trend
        np.subtract(observed[column], level, out=error)
        error -= now
        np.multiply(deviation, LIMIT, out=limit)
        side = (error > limit).astype(np.float32) - (error < -limit)
        run *= (run * side) > 0
        run += side
        np.abs(error, out=size)
        np.minimum(size, 4 * deviation, out=size)
        np.copyto(error, side * limit, where=(side != 0) & (np.abs(run) < BELIEVED))
        size *= 0.05
        size -= 0.04 * deviation
        if not active[column].all():
            error *= active[column]
            size *= active[column]
            run *= active[column]
        deviation += size
        np.maximum(deviation, least[column], out=deviation)
        level += rate * error
        trend += trend_rate * error
        now += season_rate * error
        if column in row_of:
            for horizon, forecasts in zip(horizons, back, strict=True):
                if column + horizon < columns:
                    made = forecasts[row_of[column]]
                    np.multiply(reach[horizon], trend, out=made)
                    made += level
                    made += seasonal[(column + horizon) % season]
    ahead = np.stack(
        [
            level + reach[step] * trend + seasonal[(columns - 1 + step) % season]
            for step in range(1, steps + 1)
        ]
    )
    return Smoothed(ahead, back)


def _least_deviation(values: npt.NDArray[np.float64], season: int) -> Cells:
    """A share of the mean change from season to season until each column: [column, series].

    Without it years of a constant cost make the next cent a change to believe.
    """
    change = np.zeros_like(values)
    change[:, season:] = np.abs(values[:, season:] - values[:, :-season])
    known = np.isfinite(change)
    mean = np.cumsum(np.where(known, change, 0.0), axis=1)
    mean /= np.maximum(np.cumsum(known, axis=1), 1)
    return np.asarray(LEAST_DEVIATION * mean.T, np.float32)


def _reach(damping: Cells, steps: int) -> Cells:
    """How many times the trend counts after each number of steps: [step, setting, 1]."""
    powers = damping[None] ** np.arange(1, steps + 1, dtype=np.float32)[:, None, None]
    return np.concatenate([np.zeros_like(powers[:1]), np.cumsum(powers, axis=0)])


def _start(values: npt.NDArray[np.float64], season: int) -> tuple[Cells, Cells, Cells]:
    """Level [series], season [column of the season, series] and deviation of the first weeks."""
    series, columns = values.shape
    first = np.argmax(np.isfinite(values), axis=1)
    half = np.maximum((columns - first) // 2, 2 * season)[:, None]
    offsets = np.arange(WARM * season)
    at = first[:, None] + offsets
    early = np.where(
        (at < columns) & (offsets < half),
        np.take_along_axis(values, np.minimum(at, columns - 1), axis=1),
        np.nan,
    )
    known = np.isfinite(early).sum(axis=1)
    level = row_median(early)
    profile = row_median(early.reshape(series, WARM, season).swapaxes(1, 2)) - level[:, None]
    profile = np.where(np.isfinite(profile), profile, 0.0)
    profile -= profile.mean(axis=1, keepdims=True)
    trust = np.where(known >= 2 * season, 1 - season / np.maximum(known, 1), 0.0)
    profile *= trust[:, None]
    rest = np.abs(early - level[:, None] - np.tile(profile, WARM))
    deviation = 1.4826 * row_median(rest) + 1e-3 * np.abs(level) + 1e-6
    by_phase = np.zeros((season, series), np.float32)
    phase = (first[:, None] + np.arange(season)) % season
    by_phase[phase, np.arange(series)[:, None]] = profile
    return level.astype(np.float32), by_phase, deviation.astype(np.float32)
