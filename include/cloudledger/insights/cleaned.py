"""Series in a common form: without what recurs with the month, in units of their own scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.level_shifts import Levelled, levelled
from cloudledger.insights.month_effects import (
    MONTH,
    by_length,
    calendar_of,
    month_effects,
    no_effects,
)
from cloudledger.insights.row_statistics import mean_size, row_mean, row_median

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

LEAST_SCALE = 0.002
"""The scale of a series is at least this share of its mean: constant ones have one too."""
PEER_DAYS = 7.0
"""Days of change the peers' scale is worth while a series is short."""
SHORT = 45
REPEATS = 2
"""Seasons a series must have repeated the one before to be taken at its word."""
REPEATED = 1e-6
"""Share of an amount by which a repetition may differ."""
USUAL_SCALE = 0.15
"""Scale as a share of the mean where there are no peers."""


@dataclass(frozen=True)
class Cleaned:
    """Series as ``unit`` [series, column], in units of ``scale`` [series] without month effects.

    A forecast f of it is worth ``(f * scale + fees) * per_day`` on each step ahead [series, step].
    ``drift`` [series, column] is what a back-test on that column adds to the error, as effects
    have to be known first; ``moved`` [series, column] how far the level of that time was moved to
    the newest. ``repeated`` [series, step] is what goes on where a series has
    repeated itself to the digit, in the same units, else NaN.
    """

    unit: Array
    drift: Array
    moved: Array
    scale: Array
    fees: Array
    per_day: Array
    repeated: Array


def clean(
    values: Array, last: Days, steps: int, season: int, peers: float, share: Array | float = 1.0
) -> Cleaned:
    """Bring series into the common form.

    :param values: [series, column], each ending in the last column, NaN where unknown.
    :param last: the instant of each series' last column, datetime64[D] or [h].
    :param steps: how far ahead fees are wanted.
    :param peers: the scale of series like these as a share of their mean.
    :param share: what each step ahead costs of an ordinary one: [series, step].
    """
    series, columns = values.shape
    per_day = np.ones((series, steps))
    effects = no_effects(values.shape, (series, steps))
    daily = np.datetime_data(last.dtype)[0] == "D"
    if daily:
        calendar = calendar_of(last[:, None] - np.arange(columns)[::-1])
        ahead = calendar_of(last[:, None] + np.arange(1, steps + 1))
        spread = by_length(values, calendar, season)[:, None]
        values = np.where(spread, values * calendar.length / MONTH, values)
        per_day = np.where(spread, MONTH / ahead.length, 1.0)
        effects = month_effects(values, calendar, ahead, season)
    ordinary = values - effects.past
    even = levelled(ordinary, season) if daily else Levelled(ordinary, np.zeros_like(ordinary))
    scale = scale_of(even.values, season, peers)
    return Cleaned(
        unit=even.values / scale[:, None],
        moved=even.moved / scale[:, None],
        drift=effects.drift / scale[:, None],
        scale=scale,
        fees=effects.ahead,
        per_day=per_day * share,
        repeated=repeated(values, ordinary, season, steps) / scale[:, None],
    )


def peer_scale(values: Array, season: int) -> float:
    """The usual scale of series as a share of their mean; of those known for some time."""
    grown = values[np.isfinite(values).sum(axis=1) >= SHORT]
    mean = mean_size(grown)
    if not (mean > 0).any():
        return USUAL_SCALE
    change = row_mean(np.abs(grown[:, season:] - grown[:, :-season]))
    return float(row_median(np.array([change[mean > 0] / mean[mean > 0]]))[0])


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
