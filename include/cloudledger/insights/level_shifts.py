"""Lasting steps of a series' level, taken out so that models learn from all of its history.

After a step a slow smoother lags for weeks and a trend runs on. A step counts only where every one
of some days lies on the same side of its weekday a week before, by far more than weeks usually
differ. Days before it are moved to the level after it; a burst comes back, and its days go down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import mean_size, row_median

Array = npt.NDArray[np.float64]

STAYS = 7
"""Days a new level must have stayed."""
CLEAR = 6.0
"""Usual changes from week to week that all of them must lie off."""
LEAST_STEP = 0.003
"""Share of the mean a usual change is taken for at least."""
NEWEST = 3
"""Days that tell whether it has gone back."""
RARE = 30
"""Days for each step; a series that steps more often does so by nature."""


@dataclass(frozen=True)
class Levelled:
    """``values`` [series, column] at the newest level; ``moved`` [series, column] how far each
    regime was moved."""

    values: Array
    moved: Array


def levelled(values: Array, season: int) -> Levelled:
    """Bring every regime of each series to the level of its last one.

    :param values: [series, column], each ending in the last column, NaN where unknown.
    """
    moved = np.zeros_like(values)
    if values.shape[1] < 2 * season + STAYS:
        return Levelled(values, moved)
    change = values[:, season:] - values[:, :-season]
    usual = np.nan_to_num(row_median(np.abs(change)))
    least = CLEAR * np.maximum(usual, LEAST_STEP * mean_size(values))
    window = np.lib.stride_tricks.sliding_window_view(np.nan_to_num(change), STAYS, axis=1)
    step = np.where(window.min(axis=2) > 0, window.min(axis=2), np.minimum(window.max(axis=2), 0))
    found = (np.abs(step) > least[:, None]) & (least > 0)[:, None]
    aligned = values.copy()
    known = np.isfinite(values).sum(axis=1)
    for row in np.flatnonzero(found.any(axis=1)):
        breaks = _first_of_each(np.flatnonzero(found[row]) + season, season)
        if len(breaks) > 1 + known[row] / RARE:
            continue
        if breaks and not _holds(values[row], breaks[-1], season):
            breaks.pop()
        for at in breaks:
            _align(aligned[row], moved[row], values[row], at, season)
    return Levelled(aligned, moved)


def _first_of_each(columns: npt.NDArray[np.int64], season: int) -> list[int]:
    kept: list[int] = []
    for column in columns.tolist():
        if not kept or column - kept[-1] >= season:
            kept.append(column)
    return kept


def _holds(values: Array, at: int, season: int) -> bool:
    """Whether the newest days still lie nearer the level after a step than the one before it."""
    newest = np.arange(len(values) - NEWEST, len(values))
    before = values[at - season + (newest - at) % season]
    step = np.nanmedian(values[at : at + season] - values[at - season : at][: len(values) - at])
    back = values[newest] - before
    known = np.isfinite(back)
    return bool(known.any() and np.median(back[known]) / step > 0.5)


def _align(aligned: Array, moved: Array, values: Array, at: int, season: int) -> None:
    """Move what lies before a step, in place."""
    after = values[at : at + season]
    before = values[at - season : at][: len(after)]
    known = np.isfinite(after) & np.isfinite(before)
    after, before = after[known], before[known]
    step = float(np.median(after - before))
    was = aligned[:at].copy()
    ratio = float(after.sum() / before.sum()) if before.min() > 0 and after.min() >= 0 else -1.0
    by_amount = np.abs(after - before - step).sum()
    by_share = np.abs(after - before * ratio).sum() if ratio >= 0 else np.inf
    negative = np.nanmin(was) >= 0 and np.nanmin(was) + step < 0
    if (ratio >= 0) and (negative or by_share < by_amount):
        aligned[:at] *= ratio
    elif not negative:
        aligned[:at] += step
    else:
        return
    moved[:at] += step
