"""The sets of leaves that dimension values select: every candidate for a cause.

A leaf is one row of a bill cut by its dimensions. A candidate is a combination of values of up to
four dimensions; of combinations that select the same leaves the shortest is meant. A dimension
whose values follow from another's (a service from its SKU) is not combined with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DEEPEST = 4
MOST_CELLS = 2_000_000
"""Leaves times combinations held at once (16 MB an array); larger bills are combined less deep."""


@dataclass(frozen=True)
class LeafSets:
    """Candidates by number; a number stands for one combination of values.

    :param dimensions: the names, in the caller's order.
    :param combos: which dimensions each combination is of, by place in ``dimensions``.
    :param of_leaf: [combination, leaf] the candidate the leaf is in.
    :param combo_of: [candidate] its combination.
    :param example: [candidate] the first leaf that is in it.
    :param codes: [dimension, leaf] the leaf's value as a number.
    """

    dimensions: tuple[str, ...]
    combos: tuple[tuple[int, ...], ...]
    of_leaf: Ints
    combo_of: Ints
    example: Ints
    codes: Ints

    def __len__(self) -> int:
        return len(self.combo_of)

    @property
    def lengths(self) -> Ints:
        """How many values each candidate is of."""
        return np.array([len(combo) for combo in self.combos], np.int64)[self.combo_of]

    def total(self, per_cell: Floats) -> Floats:
        """The sum over each candidate's leaves of [combination x leaf] or [leaf] figures."""
        cells = np.broadcast_to(per_cell, self.of_leaf.shape)
        return np.asarray(np.bincount(self.of_leaf.ravel(), cells.ravel(), len(self)), np.float64)

    def members(self, candidate: int) -> npt.NDArray[np.bool_]:
        """Which leaves a candidate selects."""
        return np.asarray(self.of_leaf[self.combo_of[candidate]] == candidate)

    def breadth(self, weight: Floats) -> Floats:
        """How much weight a candidate's values cover when each stands alone: sum of logs.

        Of two combinations that select the same leaves, the one of less breadth says more.
        """
        result = np.zeros(len(self))
        for place, codes in enumerate(self.codes):
            covered = np.log(np.bincount(codes, weight))
            used = np.array([place in combo for combo in self.combos])[self.combo_of]
            result += np.where(used, covered[codes[self.example]], 0.0)
        return result


def leaf_sets(values: pd.DataFrame) -> LeafSets:
    """All candidates for leaves [leaf, dimension] of texts."""
    codes = np.array([pd.factorize(values[name])[0] for name in values.columns], np.int64)
    sizes = codes.max(axis=1) + 1
    combos = _combos(codes, sizes)
    numbers: list[Ints] = []
    combo_of: list[Ints] = []
    start = 0
    for place, combo in enumerate(combos):
        found, number = _numbered(codes, sizes, combo)
        numbers.append(number + start)
        combo_of.append(np.full(found, place, np.int64))
        start += found
    of_leaf = np.array(numbers)
    example = np.empty(start, np.int64)
    leaves = codes.shape[1]
    example[of_leaf[:, ::-1].ravel()] = np.tile(np.arange(leaves)[::-1], len(combos))
    dimensions = tuple(str(name) for name in values.columns)
    return LeafSets(dimensions, combos, of_leaf, np.concatenate(combo_of), example, codes)


def _combos(codes: Ints, sizes: Ints) -> tuple[tuple[int, ...], ...]:
    """The combinations worth looking at, the shortest first."""
    apart = {
        pair
        for pair in combinations(np.flatnonzero(sizes > 1).tolist(), 2)
        if _numbered(codes, sizes, pair)[0] > max(sizes[list(pair)])
    }
    result: list[tuple[int, ...]] = [(place,) for place in range(len(codes))]
    for length in range(2, DEEPEST + 1):
        longer = [
            combo
            for combo in combinations(range(len(codes)), length)
            if all(pair in apart for pair in combinations(combo, 2))
        ]
        if (len(result) + len(longer)) * codes.shape[1] > MOST_CELLS:
            break
        result += longer
    return tuple(result)


def _numbered(codes: Ints, sizes: Ints, combo: tuple[int, ...]) -> tuple[int, Ints]:
    key = np.zeros(codes.shape[1], np.int64)
    found = 1
    for place in combo:
        key = key * sizes[place] + codes[place]
        found *= int(sizes[place])
        if found > MOST_CELLS:
            unique, key = np.unique(key, return_inverse=True)
            found = len(unique)
    unique, number = np.unique(key, return_inverse=True)
    return len(unique), number
