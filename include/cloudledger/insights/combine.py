"""Weigh candidate forecasts of each series by what their back-tests were worth.

Per horizon, a candidate's mean absolute back-test error relative to the series' median candidate
is shrunk to what that candidate is worth on the series together, the more the shorter the
back-test; weights fall off exponentially with it and the best few share the forecast (a softmax
of the criterion, as in Kolassa 2011 with Akaike weights; shrinkage after James and Stein).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import row_median

Array = npt.NDArray[np.float64]
Cells = npt.NDArray[np.float32]

SHARPNESS = 8.0
"""How fast weights fall: a candidate ten percent worse than the best has e^-0.8 of its weight."""
PRIOR_DAYS = 5.0
"""Independent back-test days the prior is worth."""
SHARING = 8
"""Candidates that share a forecast at most."""
NEIGHBOURS = 0.7
"""How far, in log horizon, horizons learn from each other."""
BEFORE = 0.5
"""What back-tests of a shorter horizon are worth for one that has none."""
CAPPED = 12.0
"""Back-test errors count at most this many of the series' own scale."""

EXACT = 1e-3
"""Errors below this, in a series' own scale, are no errors."""


def relative_errors(errors: Array) -> Array:
    """[horizon, candidate, series] mean errors as ratios to each series' median candidate."""
    middle = row_median(errors.swapaxes(1, 2))[:, None, :]
    return np.asarray(errors / np.maximum(middle, EXACT), np.float64)


def prior_of(relative: Array, days: Array) -> Array:
    """What each candidate is worth on all series: [horizon, candidate].

    :param relative: [horizon, candidate, series]; :param days: back-tested [horizon, series].
    """
    weight = np.minimum(days, 60.0)[:, None, :] * np.isfinite(relative)
    total = weight.sum(axis=2)
    mean = (weight * np.nan_to_num(relative)).sum(axis=2) / np.maximum(total, 1e-9)
    return np.asarray(np.where(total > 0, mean, 1.0), np.float64)


def weights_of(relative: Array, days: Array, prior: Array, horizons: Sequence[int]) -> Cells:
    """Weights [horizon, candidate, series] that add up to one over the candidates.

    A horizon too far for a series' back-tests learns from the one before.
    """
    relative, days = relative.copy(), days.copy()
    for at in range(1, len(horizons)):
        untested = days[at] == 0
        relative[at][:, untested] = relative[at - 1][:, untested]
        days[at, untested] = BEFORE * days[at - 1, untested]
    filled = np.where(np.isfinite(relative), relative, prior[:, :, None])
    independent = (days / np.sqrt(np.asarray(horizons, float))[:, None])[:, None, :]
    shrunk = (independent * filled + PRIOR_DAYS * prior[:, :, None]) / (independent + PRIOR_DAYS)
    distance = np.abs(np.subtract.outer(np.log(horizons), np.log(horizons)))
    near = np.exp(-distance / NEIGHBOURS)
    near /= near.sum(axis=1, keepdims=True)
    criterion = np.einsum("hk,kcn->hcn", near, shrunk)
    best = np.maximum(criterion.min(axis=1, keepdims=True), EXACT)
    weights = np.exp(-SHARPNESS * (criterion - best) / best)
    sharing = min(SHARING, weights.shape[1])
    least = np.partition(weights, -sharing, axis=1)[:, -sharing][:, None]
    weights = np.where(weights >= least, weights, 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def between(horizons: Sequence[int], steps: int) -> Array:
    """How much each back-tested horizon counts for each step ahead: [step, horizon]."""
    known = np.asarray(horizons, float)
    return np.stack(
        [np.interp(np.arange(1, steps + 1), known, row) for row in np.eye(len(known))], axis=1
    )
