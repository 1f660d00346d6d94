"""The sets of leaves that dimension values select: every candidate for a cause.

A leaf is one row of a bill cut by its dimensions. A candidate is a combination of values of up to
four dimensions; of combinations that select the same leaves the shortest is meant. A dimension
whose values follow from another's (a service from its SKU) is not combined with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Texts = tuple[tuple[str, ...], ...]

DEEPEST = 4
MOST_CELLS = 2_000_000
"""Leaves times combinations held at once (16 MB an array); larger bills are combined less deep."""

MOST_KEYS = 1 << 31


@dataclass(frozen=True)
class LeafSets:
    """Candidates by number; a number stands for one combination of values.

    :param dimensions: the names, in the caller's order.
    :param combos: which dimensions each combination is of, by place in ``dimensions``.
    :param of_leaf: [combination, leaf] the candidate the leaf is in.
    :param combo_of: [candidate] its combination.
    :param example: [candidate] the first leaf that is in it.
    :param codes: [dimension, leaf] the leaf's value as a number.
    :param texts: by dimension, the text of each number.
    """

    dimensions: tuple[str, ...]
    combos: tuple[tuple[int, ...], ...]
    of_leaf: Ints
    combo_of: Ints
    example: Ints
    codes: Ints
    texts: tuple[tuple[str, ...], ...]

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

    def values(self, candidate: int) -> dict[str, str]:
        """The values that select a candidate, by dimension."""
        leaf = self.example[candidate]
        return {
            self.dimensions[place]: self.texts[place][self.codes[place, leaf]]
            for place in self.combos[self.combo_of[candidate]]
        }

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


def coded(leaves: pd.DataFrame, dimensions: Sequence[str]) -> tuple[Ints, Texts]:
    """[dimension, leaf] numbers of the values, and their texts; the empty text for no value."""
    codes, texts = [], []
    for name in dimensions:
        code, found = pd.factorize(leaves[name].to_numpy(object))
        text = [*("" if value is None else str(value) for value in found), ""]
        again, told = pd.factorize(np.array(text, object))
        codes.append(again[code])
        texts.append(tuple(told))
    return np.array(codes, np.int64), tuple(texts)


def number_of(codes: Ints) -> tuple[int, Ints]:
    """How many different columns there are in [dimension, leaf] codes, and which each leaf has."""
    key, found = codes[0], int(codes[0].max()) + 1
    for code in codes[1:]:
        size = int(code.max()) + 1
        key, found = key * size + code, found * size
        if found > MOST_KEYS:
            found, key = _ranked(key)
    return _ranked(key)


def leaf_sets(dimensions: Sequence[str], codes: Ints, texts: Texts) -> LeafSets:
    """All candidates for at least one leaf, as :func:`coded` gives them."""
    combos = _combos(codes)
    numbers: list[Ints] = []
    combo_of: list[Ints] = []
    start = 0
    for place, combo in enumerate(combos):
        found, number = number_of(codes[list(combo)])
        numbers.append(number + start)
        combo_of.append(np.full(found, place, np.int64))
        start += found
    of_leaf = np.array(numbers)
    example = np.empty(start, np.int64)
    leaves = codes.shape[1]
    example[of_leaf[:, ::-1].ravel()] = np.tile(np.arange(leaves)[::-1], len(combos))
    return LeafSets(
        tuple(dimensions), combos, of_leaf, np.concatenate(combo_of), example, codes, texts
    )


def _combos(codes: Ints) -> tuple[tuple[int, ...], ...]:
    """The combinations worth looking at, the shortest first."""
    sizes = [number_of(codes[[place]])[0] for place in range(len(codes))]
    apart = {
        (one, other)
        for one, other in combinations(range(len(codes)), 2)
        if number_of(codes[[one, other]])[0] > max(sizes[one], sizes[other])
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


def _ranked(key: Ints) -> tuple[int, Ints]:
    unique, number = np.unique(key, return_inverse=True)
    return len(unique), np.asarray(number, np.int64)
