"""A forecast of one hourly load with daily and weekly seasons, and upper bounds that hold.

Double-seasonal exponential smoothing with an autoregressive correction (Taylor, "Short-term
electricity demand forecasting using double seasonal exponential smoothing", Journal of the
Operational Research Society 54, 2003), for a grid of settings at once, on the load and on its
logarithm. Each lead takes the settings weighted by how well they did at that lead in causal
back-tests; quantiles are those of the back-tests' errors, normalised by the hour of the day
(split conformal: Lei et al., "Distribution-free predictive inference for regression", 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

DAY, WEEK = 24, 168
_LEVEL = (0.005, 0.02, 0.08)
_DAILY = (0.02, 0.12)
_WEEKLY = (0.05, 0.2, 0.5)
_CARRIED = (0.0, 0.7, 0.9)
_FIRST_WEEK = 0.7
_CLIP = 3.0
_PATIENCE = 3
_SHARPNESS = 10.0
_TESTED_DAYS = 28
_ORIGIN_EVERY = 5
_FEWEST_ORIGINS = 12
_NO_ERROR = 1e-9


@dataclass(frozen=True, slots=True)
class HourlyForecast:
    """The hours after the history: ``mean[h]`` and ``quantiles[q][h]``, none below zero.

    ``seasons`` is ``weekly``, ``daily`` or ``none``: what the length of the history allows.
    """

    mean: Array
    quantiles: dict[float, Array]
    seasons: str


def forecast_hourly(
    load: Array, horizon: int, quantiles: tuple[float, ...] = (0.95,)
) -> HourlyForecast:
    """Forecast the ``horizon`` hours that follow ``load``.

    :param load: [hour], not negative, NaN where nothing was observed.
    :raises ValueError: no hour was observed.
    """
    known = np.flatnonzero(~np.isnan(load))
    if not known.size:
        raise ValueError("no hour of the load is known: nothing can be forecast")
    load = load[known[0] :]
    if known.size < 2 * DAY or len(load) < 3 * DAY or not np.any(load > 0):
        return _flat(load[~np.isnan(load)], horizon, quantiles)
    season = WEEK if len(load) >= 2 * WEEK + DAY else DAY
    leads = _leads(horizon)
    origins = _origins(len(load), season)
    low = 0.1 * float(np.median(load[load > 0]))
    runs = [
        _smoothed(load, season, horizon, leads, origins),
        _smoothed(np.log(load + low), season, horizon, leads, origins),
    ]
    ceiling = np.log(20 * np.nanmax(load) + low)
    runs[1] = (_grown(runs[1][0], ceiling, low), _grown(runs[1][1], ceiling, low))
    ahead, tested = (np.maximum(np.concatenate(parts), 0) for parts in zip(*runs, strict=True))
    truth = load[np.minimum(origins[:, None] + leads, len(load) - 1)]
    truth[origins[:, None] + leads >= len(load)] = np.nan
    weights = _weights(np.abs(tested - truth), leads)
    mean = _by_lead(ahead, weights, leads, horizon)
    error = truth - np.einsum("gol,gl->ol", tested, weights)
    hours = (origins[:, None] + leads) % DAY
    scale = _scales(error, hours)
    coming = scale[(len(load) - 1 + np.arange(1, horizon + 1)) % DAY]
    bounds = {
        q: np.maximum(mean + coming * _quantile(error / scale[hours], q, leads, horizon), 0)
        for q in quantiles
    }
    return HourlyForecast(mean, bounds, "weekly" if season == WEEK else "daily")


def _grown(logs: Array, ceiling: float, low: float) -> Array:
    """Back from logarithms; what grew beyond reason is held at the ceiling."""
    return np.asarray(np.exp(np.minimum(logs, ceiling)) - low)


def _flat(load: Array, horizon: int, quantiles: tuple[float, ...]) -> HourlyForecast:
    """Too little for a season: the last day's mean, bounded by the greatest loads seen."""
    recent = load[-DAY:]
    spread = 1 + 1 / np.sqrt(len(load))
    bounds = {
        q: np.full(horizon, float(np.quantile(load, q)) * (spread if q > 0.5 else 1))
        for q in quantiles
    }
    return HourlyForecast(np.full(horizon, float(recent.mean())), bounds, "none")


def _leads(horizon: int) -> npt.NDArray[np.int64]:
    marks = [1, 2, 3, 5, 8, 12, 18, 24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 720]
    return np.array([lead for lead in marks if lead < horizon] + [horizon])


def _origins(hours: int, season: int) -> npt.NDArray[np.int64]:
    """The last hour known to each back-test; the first season only sets the start."""
    begin = max(season, hours - _TESTED_DAYS * DAY) if hours >= 3 * season else hours // 2
    return np.arange(begin, hours - 1, _ORIGIN_EVERY)


def _smoothed(
    y: Array,
    season: int,
    horizon: int,
    leads: npt.NDArray[np.int64],
    origins: npt.NDArray[np.int64],
) -> tuple[Array, Array]:
    """Forecasts [setting, hour ahead], and the back-tests' [setting, origin, lead]."""
    weekly = _WEEKLY if season == WEEK else (0.0,)
    grid = np.array(list(product(_LEVEL, _DAILY, weekly, _CARRIED)))
    gain, daily_gain, weekly_gain, carry = grid.T
    level, day, week, spread = _start(y, season)
    levels = np.full(len(grid), level)
    days = np.repeat(day[:, None], len(grid), axis=1)
    weeks = np.repeat(week[:, None], len(grid), axis=1)
    spreads = np.full(len(grid), spread)
    rest, run = np.zeros(len(grid)), np.zeros(len(grid))
    tested = np.empty((len(grid), len(origins), len(leads)))
    next_origin = 0
    for t, value in enumerate(y):
        if np.isnan(value):
            rest = carry * rest
        else:
            base = levels + days[t % DAY] + weeks[t % WEEK]
            miss = value - base - carry * rest
            size, side = np.abs(miss), np.sign(miss)
            far = size > _CLIP * spreads
            run = np.where(far, np.where(np.sign(run) == side, run + side, side), 0.0)
            step = np.where(far & (np.abs(run) < _PATIENCE), side * _CLIP * spreads, miss)
            spreads = 0.98 * spreads + 0.025 * np.minimum(size, 4 * spreads)
            rest = carry * rest + step
            levels = levels + gain * step
            days[t % DAY] += daily_gain * step
            weeks[t % WEEK] += weekly_gain * step
        if next_origin < len(origins) and t == origins[next_origin]:
            at = t + leads
            tested[:, next_origin] = (
                levels + days[at % DAY] + weeks[at % WEEK] + carry ** leads[:, None] * rest
            ).T
            next_origin += 1
    ahead = np.arange(1, horizon + 1)
    at = len(y) - 1 + ahead
    found = levels + days[at % DAY] + weeks[at % WEEK] + carry ** ahead[:, None] * rest
    return found.T, tested


def _start(y: Array, season: int) -> tuple[float, Array, Array, float]:
    """Level, seasons of the day and of the week, and error size, as the first season shows them."""
    first = y[:season] if np.sum(~np.isnan(y[:season])) >= DAY else y
    level = float(np.nanmedian(first))
    hours = np.arange(len(first)) % DAY
    known = [first[(hours == hour) & ~np.isnan(first)] for hour in range(DAY)]
    day = np.array([np.median(values) - level if values.size else 0.0 for values in known])
    rest = first - level - day[hours]
    week = np.zeros(WEEK)
    if season == WEEK and len(first) == WEEK:
        week = _FIRST_WEEK * np.nan_to_num(rest)
    spread = 1.25 * float(np.nanmean(np.abs(rest)))
    return level, day, week, spread + 1e-3 * abs(level) + 1e-9


def _weights(error: Array, leads: npt.NDArray[np.int64]) -> Array:
    """[setting, lead]: by the mean absolute error, smoothed over neighbouring leads."""
    tested = (~np.isnan(error)).sum(axis=1)
    mean = (np.nansum(error, axis=1) + _NO_ERROR) / np.maximum(tested, 1)
    near = np.exp(-np.abs(np.subtract.outer(np.log(leads), np.log(leads))) / 0.5)
    ratio = ((mean / mean.mean(axis=0)) * (tested > 0)) @ near
    weight = np.exp(-_SHARPNESS * (ratio / ratio.min(axis=0) - 1))
    return np.asarray(weight / weight.sum(axis=0))


def _by_lead(ahead: Array, weights: Array, leads: npt.NDArray[np.int64], horizon: int) -> Array:
    hours = np.arange(1, horizon + 1)
    each = np.array([np.interp(hours, leads, weight) for weight in weights])
    return np.asarray((ahead * each / each.sum(axis=0)).sum(axis=0))


def _scales(error: Array, hours: npt.NDArray[np.int64]) -> Array:
    """The usual error of each hour of the day, drawn to that of all."""
    size = np.abs(error)
    every = float(np.nanmean(size)) + 1e-9
    found = np.full(DAY, every)
    for hour in range(DAY):
        own = size[(hours == hour) & ~np.isnan(size)]
        found[hour] = (own.sum() + 10 * every) / (len(own) + 10)
    return found


def _quantile(z: Array, q: float, leads: npt.NDArray[np.int64], horizon: int) -> Array:
    """The conformal quantile at each hour ahead, from the errors at its lead and its neighbours'.

    Errors of overlapping back-tests repeat one another, so that no more than one a day counts.
    """
    found, usable = [], []
    for index, lead in enumerate(leads):
        near = z[:, max(0, index - 1) : index + 2]
        near = near[~np.isnan(near)]
        if len(near) < _FEWEST_ORIGINS:
            continue
        days = max(len(z) * _ORIGIN_EVERY / DAY, 2.0)
        level = min(1.0, q + 1 / (2 * days)) if q > 0.5 else max(0.0, q - 1 / (2 * days))
        found.append(float(np.quantile(near, level)))
        usable.append(lead)
    if not found:
        return np.full(horizon, float(np.nanmax(z) if q > 0.5 else np.nanmin(z)))
    return np.interp(np.arange(1, horizon + 1), usable, found)
