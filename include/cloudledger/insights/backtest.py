"""Candidates of one chunk of series, and what each would have got wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.candidates import Candidates, candidates
from cloudledger.insights.cleaned import Cleaned
from cloudledger.insights.combine import CAPPED, relative_errors
from cloudledger.insights.smoothing import Cells

Array = npt.NDArray[np.float64]

WINDOW = 168
"""Newest origins a back-test looks at: what was good long ago says little."""
WARM_SEASONS = 4
"""Seasons, but at most half a series, before the first origin."""


@dataclass(frozen=True)
class Backtest:
    """Candidates on a chunk in its common form, and how they did.

    ``truth`` and ``usable`` per horizon are [origin, series], truth with what month effects add
    to the error. ``relative`` [horizon, candidate, series] and ``days`` [horizon, series] are
    what weights are made of.
    """

    made: Candidates
    truth: Sequence[Array]
    usable: Sequence[npt.NDArray[np.bool_]]
    relative: Array
    days: Array

    def missed(self, weights: Cells) -> list[Array]:
        """Errors of the combination per horizon: [origin, series], NaN where not tested."""
        return [
            np.where(usable, truth - np.einsum("kcn,cn->kn", np.nan_to_num(back), weight), np.nan)
            for usable, truth, back, weight in zip(
                self.usable, self.truth, self.made.back, weights, strict=True
            )
        ]


def backtest(
    cleaned: Cleaned, seasons: Sequence[int], steps: int, horizons: Sequence[int]
) -> Backtest:
    """Run all candidates over a chunk, and score them on the way at some horizons."""
    unit = cleaned.unit
    columns = unit.shape[1]
    origins = np.arange(max(columns - WINDOW - max(horizons) - 1, 0), columns)
    made = candidates(unit, seasons, steps, horizons, origins)
    warm = warm_from(unit, seasons[0])
    truths, usables, errors, days = [], [], [], []
    for horizon, back in zip(horizons, made.back, strict=True):
        at = np.minimum(origins + horizon, columns - 1)
        truth = unit.T[at]
        tested = (origins + horizon < columns) & (origins >= columns - horizon - WINDOW)
        usable = tested[:, None] & (origins[:, None] >= warm) & np.isfinite(truth)
        truth = np.nan_to_num(truth)
        error, count = mean_errors(back, truth, usable, least=max(5, horizon // 3))
        honest = cleaned.drift.T[at] + cleaned.moved.T[origins] - cleaned.moved.T[at]
        truths.append(truth + honest)
        usables.append(usable)
        errors.append(error)
        days.append(count)
    relative = relative_errors(np.stack(errors))
    return Backtest(made, truths, usables, relative, np.stack(days).astype(np.float64))


def mean_errors(
    back: Cells, truth: Array, usable: npt.NDArray[np.bool_], least: int
) -> tuple[Array, npt.NDArray[np.int64]]:
    """Mean absolute errors [candidate, series] and of how many origins; NaN of too few."""
    count = usable.sum(axis=0)
    size = np.abs(np.nan_to_num(back) - truth[:, None, :].astype(np.float32))
    np.minimum(size, CAPPED, out=size)
    total = np.einsum("kcn,kn->cn", size, usable.astype(np.float32))
    enough = count >= least
    error = np.where(enough, total / np.maximum(count, 1), np.nan)
    return error, np.where(enough, count, 0)


def warm_from(unit: Array, season: int) -> npt.NDArray[np.int64]:
    """The first column of each series to test from."""
    first = np.argmax(np.isfinite(unit), axis=1)
    warm = np.minimum(WARM_SEASONS * season, (unit.shape[1] - first) // 2)
    return np.asarray(first + warm, np.int64)
