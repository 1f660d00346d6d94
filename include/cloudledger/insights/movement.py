"""How far a leaf's cost moves on an ordinary day, and how far it has moved on this one.

Movements are logarithms of actual over expected, so that a doubling counts the same for a large
and a small leaf. They are started (Tukey): a little is added to both sides, since under that
little a ratio means nothing. A leaf's ordinary movement is given by its ``noise``, or else guessed
from its neighbours: the leaves that share one of its values, each about their own median, so that
a change common to all of them does not count as noise (median absolute deviations, shrunk towards
that of all leaves, and not less than the far ones allow).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STARTED = 5e-5
"""Of the whole bill: costs below are not told from nothing."""
DEEPEST_FALL = 1.0
"""A fall by more than e: the same as a fall by e. Nothing falls by more than all it cost."""
STOPPED = 2.5
"""Ordinary movement of a leaf that cost nothing today: most such leaves are jobs that rest."""
LEAST = 0.02
LEAST_OF_GUESSED = 0.5
LEAST_OF_KNOWN = 0.75
"""A day calmer than ordinary narrows the ordinary movement to no less."""
SHRINK = 6.0
NEIGHBOURS = 0.7
FAR = 0.75
FAR_COUNTS = 0.435
"""Of the distance that a quarter of the neighbours exceed: half of what is normal. Where most of
them rest and some run, the median alone sees no movement."""
_TO_SD = 1.4826
_FREEDOMS = np.array([2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 30.0])
_SPREADS = np.mean(
    [student.ppf(0.5 + q / 2, _FREEDOMS) / student.ppf(0.75, _FREEDOMS) for q in (0.9, 0.95)],
    axis=0,
)


@dataclass(frozen=True)
class Movement:
    """The day by leaf; ``level`` and ``actual`` are costs after the start was added.

    :param moved: log of actual over level, no lower than -DEEPEST_FALL.
    :param new: cost nothing before.
    """

    level: Floats
    actual: Floats
    moved: Floats
    new: npt.NDArray[np.bool_]
    start: float


@dataclass(frozen=True)
class Ordinary:
    """Ordinary movement by leaf, and the degrees of freedom of Student's t it follows."""

    spread: Floats
    freedom: float


def movement(expected: Floats, actual: Floats) -> Movement:
    """What moved; a leaf of negative cost (a credit) counts from its lower side upward."""
    lower = np.minimum(np.minimum(expected, actual), 0.0)
    level, today = expected - lower, actual - lower
    start = STARTED * max(float(level.sum()), float(today.sum()) / 10)
    moved = np.log((today + start) / (level + start))
    return Movement(
        level=level + start,
        actual=today + start,
        moved=np.maximum(moved, -DEEPEST_FALL),
        new=level == 0,
        start=start,
    )


def ordinary(day: Movement, explained: Floats, codes: Ints, noise: Floats | None) -> Ordinary:
    """How far leaves move, judged from what of their movement is not explained yet.

    :param codes: [dimension, leaf] values as numbers.
    :param noise: standard deviation of each leaf's cost, in money, when it is known.
    """
    left = day.moved - explained
    if noise is None:
        spread = _by_neighbours(left, codes)
        stopped = (day.moved <= -0.95 * DEEPEST_FALL) & ~day.new
        spread = np.where(stopped, np.maximum(spread, STOPPED), spread)
    else:
        spread = np.hypot(np.maximum(noise / day.level, 0.005), 0.01)
    spread = np.hypot(spread, np.where(day.new, 0.0, day.start / day.level))
    freedom, factor = _tails(left / spread)
    least = LEAST_OF_GUESSED if noise is None else LEAST_OF_KNOWN
    return Ordinary(spread * max(factor, least), freedom)


def _by_neighbours(left: Floats, codes: Ints) -> Floats:
    whole = max(_TO_SD * float(np.median(np.abs(left - np.median(left)))), LEAST)
    wider = np.zeros(len(left))
    for code in codes:
        count = np.bincount(code)
        apart = np.abs(left - _quantile(left, code, count, 0.5)[code])
        near, far = (_quantile(apart, code, count, part) for part in (0.5, FAR))
        spread = np.maximum(_TO_SD * near, FAR_COUNTS * far)
        told = np.log(np.maximum(spread, LEAST / 3) / whole)
        wider += (count * told / (count + SHRINK))[code]
    return np.asarray(whole * np.exp(NEIGHBOURS * wider), np.float64)


def _quantile(values: Floats, code: Ints, count: Ints, part: float) -> Floats:
    """By code, the value that a part of its values does not exceed; between two, their middle."""
    ranked = values[np.lexsort((values, code))]
    first, rank = np.cumsum(count) - count, part * (count - 1)
    lower, upper = np.floor(rank).astype(np.int64), np.ceil(rank).astype(np.int64)
    return np.asarray((ranked[first + lower] + ranked[first + upper]) / 2)


def _tails(scaled: Floats) -> tuple[float, float]:
    """Degrees of freedom by how far the 90th and 95th percentile lie from the median; and scale."""
    middle, far, farther = np.quantile(np.abs(scaled), [0.5, 0.9, 0.95])
    reach = (far + farther) / 2 / max(float(middle), 1e-9)
    freedom = float(np.interp(-reach, -_SPREADS, _FREEDOMS))
    return freedom, float(middle) / float(student.ppf(0.75, freedom))
