"""A plain forecast instead of the combination, where it has lately been far better.

After a series has changed its ways, a combination weighed by half a year keeps some of the old
ones for weeks. Where a plain forecast (last week, the usual weekday, a flat level) has of late been
off by a fraction of that, it is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cloudledger.insights.backtest import Backtest
from cloudledger.insights.baselines import BASELINES
from cloudledger.insights.smoothing import Cells

Array = npt.NDArray[np.float64]

LATELY = 14
"""Newest days whose forecasts are compared."""
LEAST = 7
"""Forecasts of them that must be known."""
FARTHEST = 14
"""Steps ahead that are compared at most: those from farther back knew nothing of the change."""
BETTER = 2.0
"""Times that a plain forecast's error must be smaller."""


def guarded(weights: Cells, tested: Backtest, horizons: Sequence[int]) -> Cells:
    """The weights [horizon, candidate, series], all on one plain forecast where that was better."""
    plain = BASELINES
    series = weights.shape[2]
    ours, theirs = np.zeros(series), np.zeros((plain, series))
    count = np.zeros(series)
    for at, horizon in enumerate(horizons):
        if horizon > FARTHEST:
            continue
        until = tested.made.back[at].shape[0] - horizon
        newest = slice(max(until - LATELY, 0), max(until, 0))
        back = np.nan_to_num(tested.made.back[at][newest])
        usable, truth = tested.usable[at][newest], tested.truth[at][newest]
        combined = np.einsum("kcn,cn->kn", back, weights[at])
        ours += (np.abs(truth - combined) * usable).sum(axis=0)
        theirs += (np.abs(truth[:, None] - back[:, -plain:]) * usable[:, None]).sum(axis=0)
        count += usable.sum(axis=0)
    best = theirs.argmin(axis=0)
    chosen = (BETTER * theirs.min(axis=0) < ours) & (count >= LEAST)
    taken = weights.copy()
    rows = np.flatnonzero(chosen)
    taken[:, :, rows] = 0.0
    taken[:, weights.shape[1] - plain + best[rows], rows] = 1.0
    return taken
