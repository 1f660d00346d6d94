"""Plain forecasts that are hard to beat: last week, typical weekday, flat mean and median.

They stand beside the smoothing settings as candidates of the combination. Where nothing better
can be learnt, on sparse or erratic series, they win there, and so bound the error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import row_mean, row_median

Array = npt.NDArray[np.float64]

WEEKS = 4
"""Seasons a typical weekday is taken from."""
BASELINES = 5
"""How many there are; candidates end with them."""
RECENT = 4
"""Seasons a flat level is taken from."""


def baselines(
    values: Array, season: int, horizons: Sequence[int], origins: npt.NDArray[np.int64]
) -> list[npt.NDArray[np.float32]]:
    """Per horizon the forecasts [origin, baseline, series] made at columns of [series, column].

    Seasonal naive, median and mean of the weekday over the last weeks, flat median and mean.
    A forecast is NaN only where no value is known at or before its origin.
    """
    series = len(values)
    width = WEEKS * season
    padded = np.concatenate([np.full((series, width), np.nan), values], axis=1)
    at = origins[:, None] + 1 + np.arange(width)
    window = padded[:, at].transpose(1, 0, 2)
    recent = window[:, :, -RECENT * season :]
    level_median = row_median(recent)
    level_mean = row_mean(recent)
    by_phase = window.reshape(len(origins), series, WEEKS, season)
    phase_median = _or(row_median(by_phase.swapaxes(2, 3)), level_median[:, :, None])
    phase_mean = _or(row_mean(by_phase.swapaxes(2, 3)), level_mean[:, :, None])
    last = _or(by_phase[:, :, -1], phase_median)
    made = []
    for horizon in horizons:
        phase = (horizon - 1) % season
        of = [last[..., phase], phase_median[..., phase], phase_mean[..., phase]]
        made.append(np.stack([*of, level_median, level_mean], axis=1).astype(np.float32))
    return made


def _or(values: Array, otherwise: Array) -> Array:
    return np.asarray(np.where(np.isfinite(values), values, otherwise), np.float64)
