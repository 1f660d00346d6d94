"""One chunk of series made ready: cleaned of the month, scaled, all candidates run and scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.candidates import Candidates, candidates
from cloudledger.insights.combine import CAPPED, relative_errors
from cloudledger.insights.month_effects import (
    MONTH,
    by_length,
    calendar_of,
    month_effects,
    no_effects,
)
from cloudledger.insights.row_statistics import mean_size, row_mean

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

WINDOW = 112
"""Newest origins a back-test looks at: what was good long ago says little."""
WARM_SEASONS = 4
"""Seasons, but at most half a series, before the first origin."""
LEAST_SCALE = 0.002
"""The scale of a series is at least this share of its mean: constant ones have one too."""
PEER_DAYS = 7.0
"""Days of change the peers' scale is worth while a series is short."""
SHORT = 45
REPEATS = 2
"""Seasons a series must have repeated the one before to be taken at its word."""
REPEATED = 1e-6
"""Share of an amount by which a repetition may differ."""


@dataclass(frozen=True)
class Prepared:
    """A chunk in units of ``scale`` [series], all candidates on it and their back-test.

    ``target`` and ``usable`` per horizon are [origin, series]; ``drift`` is what back-tests on
    dates with month effects add to the error. ``relative`` [horizon, candidate, series] and
    ``days`` [horizon, series] are what weights are made of; ``fees`` and ``per_day``
    [series, step] take a forecast back to the amounts of its days. ``repeated`` [series, step]
    is what goes on where a series has repeated itself to the digit, else NaN.
    """

    made: Candidates
    target: Sequence[Array]
    usable: Sequence[npt.NDArray[np.bool_]]
    drift: Sequence[Array]
    relative: Array
    days: Array
    scale: Array
    fees: Array
    per_day: Array
    repeated: Array


def prepare(
    values: Array,
    last: Days,
    steps: int,
    horizons: Sequence[int],
    seasons: Sequence[int],
    peers: float,
) -> Prepared:
    """Make a chunk of series ready to be combined.

    :param values: [series, column], each ending in the last column.
    :param last: the instant of each series' last column, datetime64[D] or [h].
    :param peers: the scale of series like these as a share of their mean.
    """
    series, columns = values.shape
    season = seasons[0]
    per_day = np.ones((series, steps))
    effects = no_effects(values.shape, (series, steps))
    if np.datetime_data(last.dtype)[0] == "D":
        calendar = calendar_of(last[:, None] - np.arange(columns)[::-1])
        ahead = calendar_of(last[:, None] + np.arange(1, steps + 1))
        spread = by_length(values, calendar, season)[:, None]
        values = np.where(spread, values * calendar.length / MONTH, values)
        per_day = np.where(spread, MONTH / ahead.length, 1.0)
        effects = month_effects(values, calendar, ahead, season)
    ordinary = values - effects.past
    scale = scale_of(ordinary, season, peers)
    unit = ordinary / scale[:, None]
    origins = min(columns, WINDOW + max(horizons) + 1)
    made = candidates(unit, seasons, steps, horizons, origins)
    first = np.argmax(np.isfinite(unit), axis=1)
    warm = first + np.minimum(WARM_SEASONS * season, (columns - first) // 2)
    origin = np.arange(columns - origins, columns)[:, None]
    target, usable, drift, errors, days = [], [], [], [], []
    for horizon, back in zip(horizons, made.back, strict=True):
        at = np.minimum(origin[:, 0] + horizon, columns - 1)
        truth = unit.T[at]
        tested = (origin + horizon < columns) & (origin >= columns - horizon - WINDOW)
        usable.append(tested & (origin >= warm) & np.isfinite(truth))
        target.append(np.nan_to_num(truth))
        drift.append((effects.drift / scale[:, None]).T[at])
        count = usable[-1].sum(axis=0)
        size = np.abs(np.nan_to_num(back) - target[-1][:, None, :].astype(np.float32))
        np.minimum(size, CAPPED, out=size)
        total = np.einsum("kcn,kn->cn", size, usable[-1].astype(np.float32))
        enough = count >= max(5, horizon // 3)
        errors.append(np.where(enough, total / np.maximum(count, 1), np.nan))
        days.append(np.where(enough, count, 0))
    return Prepared(
        made=made,
        target=target,
        usable=usable,
        drift=drift,
        relative=relative_errors(np.stack(errors)),
        days=np.stack(days).astype(np.float64),
        scale=scale,
        fees=effects.ahead,
        per_day=per_day,
        repeated=repeated(values, ordinary, season, steps) / scale[:, None],
    )


def repeated(values: Array, ordinary: Array, season: int, steps: int) -> Array:
    """The last season over again, for series without month effects that did nothing else lately.

    :return: [series, step], NaN for all other series.
    """
    series, columns = values.shape
    enough = REPEATS * season
    if columns < enough:
        return np.full((series, steps), np.nan)
    newest = values[:, -enough:]
    before = values[:, -enough - season : -season]
    close = REPEATED * np.abs(newest)
    same = (np.abs(newest - newest[:, :1]) <= close).all(axis=1)
    if columns >= enough + season:
        same |= (np.abs(newest - before) <= close).all(axis=1)
    same &= (values == ordinary).all(axis=1, where=np.isfinite(values))
    again = values[:, columns - season + np.arange(steps) % season]
    return np.where(same[:, None], again, np.nan)


def scale_of(values: Array, season: int, peers: float) -> Array:
    """The mean change from one season to the next, with the peers' while a series is short."""
    mean = mean_size(values)
    known = np.isfinite(values).sum(axis=1)
    if values.shape[1] > season:
        change = values[:, season:] - values[:, :-season]
    else:
        change = np.full_like(values, np.nan)
    changes = np.isfinite(change).sum(axis=1)
    own = np.nan_to_num(row_mean(np.abs(change)))
    worth = np.where(known < SHORT, PEER_DAYS, 0.0)
    together = (changes * own + worth * peers * mean) / np.maximum(changes + worth, 1)
    least = np.maximum(LEAST_SCALE * mean, np.finfo(np.float32).tiny)
    return np.where(mean > 0, np.maximum(together, least), 1.0)
