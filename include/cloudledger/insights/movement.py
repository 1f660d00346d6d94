"""How far a leaf's cost moves on an ordinary day, and how far it has moved on this one.

Movements are logarithms of actual over expected, so that a doubling counts the same for a large
and a small leaf. They are started (Tukey): a little is added to both sides, since under that
little a ratio means nothing. A leaf's ordinary movement is given by its ``noise``, or else guessed
from its neighbours: the leaves that share one of its values, each about their own median, so that
a change common to all of them does not count as noise (median absolute deviations, shrunk towards
that of all leaves).
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
SHRINK = 6.0
NEIGHBOURS = 0.7
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
    return Ordinary(spread * max(factor, 0.5), freedom)


def _by_neighbours(left: Floats, codes: Ints) -> Floats:
    whole = max(_TO_SD * float(np.median(np.abs(left - np.median(left)))), LEAST)
    wider = np.zeros(len(left))
    for code in codes:
        count = np.bincount(code)
        apart = np.abs(left - _medians(left, code, count)[code])
        spread = _TO_SD * _medians(apart, code, count)
        told = np.log(np.maximum(spread, LEAST / 3) / whole)
        wider += (count * told / (count + SHRINK))[code]
    return np.asarray(whole * np.exp(NEIGHBOURS * wider), np.float64)


def _medians(values: Floats, code: Ints, count: Ints) -> Floats:
    ranked = values[np.lexsort((values, code))]
    first = np.cumsum(count) - count
    return np.asarray((ranked[first + (count - 1) // 2] + ranked[first + count // 2]) / 2)


def _tails(scaled: Floats) -> tuple[float, float]:
    """Degrees of freedom by how far the 90th and 95th percentile lie from the median; and scale."""
    middle, far, farther = np.quantile(np.abs(scaled), [0.5, 0.9, 0.95])
    reach = (far + farther) / 2 / max(float(middle), 1e-9)
    freedom = float(np.interp(-reach, -_SPREADS, _FREEDOMS))
    return freedom, float(middle) / float(student.ppf(0.75, freedom))
