"""Prediction intervals by normalised conformal prediction from back-test errors.

Errors of all series, each divided by its own typical error at that horizon, give the quantiles of
what is normal (Vovk, Gammerman and Shafer 2005; normalised: Papadopoulos et al. 2011). A series
with many back-tests of its own is given its own quantiles the more of them it has. Nothing is
assumed of the errors' distribution, and in-sample residuals are not used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import row_median

Array = npt.NDArray[np.float64]

RECENT = 112
"""Newest back-tests that errors are looked at of: what was years ago says little."""
POOL_DAYS = 4.0
"""Independent back-test days the pooled error is worth beside a series' own."""
OWN_FROM = 40
"""Back-tests from which a series' own quantiles count."""
OWN_DAYS = 120.0
CHOSEN = 1.02
"""Candidates are chosen by the back-tests that errors are taken from, so they come out small."""
UNSEEN = 5.0
UNSEEN_AHEAD = 0.25
"""Steps' worth of what a series has not shown yet, and more for each step ahead: its intervals
are wider by their share in its length."""
FAR, FARTHER = 30.0, 0.2
"""Steps ahead from which back-tests overlap too much to show all, and the power of the rest."""
LEAST = 8
"""Back-tests from which a series joins the pool."""


def half_widths(
    errors: Sequence[npt.NDArray[np.float32]],
    length: npt.NDArray[np.int64],
    horizons: Sequence[int],
    levels: Sequence[float],
) -> Array:
    """Half the width of each interval in units of each series' scale: [level, horizon, series].

    :param errors: per horizon [origin, series] back-test errors in those units, NaN where there
        was none.
    :param length: steps each series is known for: [series].
    """
    steps = np.asarray(horizons, float)
    sizes = [np.abs(made).astype(np.float64) for made in errors]
    counts = np.stack([np.isfinite(made).sum(axis=0) for made in sizes])
    means = np.stack([np.nan_to_num(made).sum(axis=0) for made in sizes])
    means /= np.maximum(counts, 1)
    ratio = np.where(counts > 0, means, np.nan)
    pool = _pooled(ratio, steps)
    independent = counts / np.sqrt(steps)[:, None]
    filled = np.where(counts > 0, ratio, pool[:, None])
    typical = (independent * filled + POOL_DAYS * pool[:, None]) / (independent + POOL_DAYS)
    typical += 1e-9
    widths = np.empty((len(levels), *means.shape))
    for k, step in enumerate(steps):
        for at, level in enumerate(levels):
            widths[at, k] = _quantile(sizes[k] / typical[k], counts[k], level) * typical[k]
            own = np.flatnonzero(counts[k] >= OWN_FROM)
            if len(own):
                count = counts[k, own]
                rank = np.minimum(1.0, level * (1 + 1 / count))
                trust = count / (count + OWN_DAYS * min(3.0, 1 + step / 14))
                widths[at, k, own] *= 1 - trust
                widths[at, k, own] += trust * _own_quantiles(sizes[k][:, own], rank)
    widths *= CHOSEN
    widths *= 1 + (UNSEEN + UNSEEN_AHEAD * steps[:, None]) / length
    widths *= np.maximum(steps[:, None] / FAR, 1.0) ** FARTHER
    widths = np.maximum.accumulate(widths, axis=1)
    return np.maximum.accumulate(widths, axis=0)


def _pooled(ratio: Array, steps: Array) -> Array:
    """The median error relative to the scale by horizon; the usual growth where none is known."""
    usual = 0.75 * steps**0.12
    known = np.isfinite(ratio).sum(axis=1)
    return np.asarray((known * np.nan_to_num(row_median(ratio)) + 3 * usual) / (known + 3))


def _quantile(relative: Array, counts: npt.NDArray[np.int64], level: float) -> float:
    """The quantile of all series' relative errors, each series weighing the same."""
    joined = counts >= LEAST
    usual = float({0.5: 0.85, 0.8: 1.7, 0.95: 2.8}.get(level, 2.8))
    if not joined.any():
        return usual
    taken = relative[:, joined]
    weight = np.broadcast_to(1.0 / counts[joined], taken.shape)[np.isfinite(taken)]
    taken = taken[np.isfinite(taken)]
    order = np.argsort(taken)
    share = np.cumsum(weight[order]) / weight.sum()
    found = float(taken[order][min(int(np.searchsorted(share, level)), len(taken) - 1)])
    series = int(joined.sum())
    return (series * found + 3 * usual) / (series + 3)


def _own_quantiles(sizes: Array, ranks: Array) -> Array:
    """Linear quantiles of each column at its own rank, NaN left out."""
    ordered = np.sort(sizes, axis=0)
    count = np.isfinite(sizes).sum(axis=0)
    at = ranks * (count - 1)
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, count - 1)
    below = np.take_along_axis(ordered, low[None], axis=0)[0]
    above = np.take_along_axis(ordered, high[None], axis=0)[0]
    return np.asarray(below + (at - low) * (above - below), np.float64)
