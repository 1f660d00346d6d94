"""Finds the sets of leaves that moved together and more than leaves ordinarily do.

Matching pursuit: the set that explains most is taken, its movement taken off, and again; then each
taken set is looked for once more beside the others, and those that no longer earn their place go.
A set earns it by three things. Its evidence: how much likelier the movements of its leaves become
when they share one change, under Student's t. Its price: the more such sets there are, and the
more values it names, the more evidence it needs (minimum description length). Its size: whether
it moves more money than the largest leaf that stays unexplained; if not, it is an ordinary mover.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cloudledger.insights.leaf_sets import Floats, LeafSets
from cloudledger.insights.movement import DEEPEST_FALL, Movement, Ordinary, ordinary

PRICE = 5.0
PRICE_OF_A_VALUE = 1.2
PRICE_OF_AN_OFFSET = 3.0
WORTH_OF_SIZE = 5.0
LARGEST_SIZE = 3.0
WORTH_OF_COHERENCE = 8.0
LEAST_COHERENCE = 0.05
SMALLEST_SIZE = 0.05
LEAST_SHARE = 0.05
LENIENT = 4.0
"""A set may lack so much when it is first taken: beside another cause it can look ordinary."""
MOST_CAUSES = 6
_LARGEST_LEAVES = 6
_ROUNDS = 3


@dataclass(frozen=True)
class Found:
    """A candidate and the change its leaves share: log of actual over level."""

    candidate: int
    change: float


@dataclass(frozen=True)
class _Day:
    sets: LeafSets
    day: Movement
    price: Floats
    excess: float

    def explained(self, found: list[Found]) -> Floats:
        result = np.zeros(len(self.day.level))
        for one in found:
            result[self.sets.members(one.candidate)] += one.change
        return result


def pursue(sets: LeafSets, day: Movement, noise: Floats | None) -> list[Found]:
    """The sets that explain the day, in the order they were found.

    Ordinary movement is judged twice: before anything is explained, and from what then is left.
    """
    lengths = sets.lengths
    rivals = np.bincount(lengths)[lengths]
    breadth = sets.breadth(day.level)
    price = np.log(rivals) + PRICE_OF_A_VALUE * lengths + PRICE + 1e-6 * (breadth - breadth.max())
    on = _Day(sets, day, price, float((day.actual - day.level).sum()))
    nothing = np.zeros(len(day.level))
    first = _forward(on, ordinary(day, nothing, sets.codes, noise))
    usual = ordinary(day, on.explained(first), sets.codes, noise)
    return _pruned(on, usual, _refined(on, usual, _forward(on, usual)))


def _forward(on: _Day, usual: Ordinary) -> list[Found]:
    found: list[Found] = []
    while len(found) < MOST_CAUSES:
        worth, one = _best(on, usual, found)
        if worth <= -LENIENT or any(one.candidate == other.candidate for other in found):
            break
        found.append(one)
        found = _refined(on, usual, found)
    return found


def _refined(on: _Day, usual: Ordinary, found: list[Found]) -> list[Found]:
    if len(found) < 2:
        return found
    result = list(found)
    for place in range(len(result)):
        others = result[:place] + result[place + 1 :]
        _, one = _best(on, usual, others)
        if all(one.candidate != other.candidate for other in others):
            result[place] = one
    return result


def _pruned(on: _Day, usual: Ordinary, found: list[Found]) -> list[Found]:
    kept = list(found)
    while kept:
        worths = []
        for place, one in enumerate(kept):
            worth, _ = _worth(on, usual, kept[:place] + kept[place + 1 :])
            worths.append(float(worth[one.candidate]))
        worst = int(np.argmin(worths))
        if worths[worst] > 0:
            break
        kept.pop(worst)
        kept = _refined(on, usual, kept)
    return kept


def _best(on: _Day, usual: Ordinary, found: list[Found]) -> tuple[float, Found]:
    worth, change = _worth(on, usual, found)
    best = int(worth.argmax())
    return float(worth[best]), Found(best, float(change[best]))


def _worth(on: _Day, usual: Ordinary, found: list[Found]) -> tuple[Floats, Floats]:
    """What each candidate is worth beside those found, and the change its leaves would share."""
    sets, day, freedom = on.sets, on.day, usual.freedom
    explained = on.explained(found)
    level = day.level * np.exp(explained)
    left = day.moved - explained
    over = day.actual - level
    base, money = sets.total(level), sets.total(over)
    change = np.maximum(np.log1p(np.maximum(money / base, -0.999999)), -DEEPEST_FALL)
    precision = 1 / usual.spread**2
    for _ in range(_ROUNDS):
        apart = (left - change[sets.of_leaf]) ** 2 * precision
        weight = precision / (freedom + apart)
        change = sets.total(weight * left) / sets.total(weight)
    apart = (left - change[sets.of_leaf]) ** 2 * precision
    evidence = sets.total(
        (freedom + 1) / 2 * (np.log1p(left**2 * precision / freedom) - np.log1p(apart / freedom))
    )
    moved = base * np.expm1(change)
    amount = np.sign(moved) * np.minimum(np.abs(moved), np.abs(money))
    rest = np.maximum(_largest_outside(sets, np.abs(over)), day.start)
    size = np.clip(np.maximum(np.abs(amount), 1e-300) / rest, SMALLEST_SIZE, LARGEST_SIZE)
    worth = evidence - on.price + WORTH_OF_SIZE * np.log(size)
    coherence = np.abs(money) / np.maximum(sets.total(np.abs(over)), day.start)
    worth += WORTH_OF_COHERENCE * np.log(np.clip(coherence, LEAST_COHERENCE, 1.0))
    worth -= np.where(amount * on.excess < 0, PRICE_OF_AN_OFFSET, 0.0)
    worth[np.abs(amount) <= LEAST_SHARE * abs(on.excess)] = -np.inf
    return worth, change


def _largest_outside(sets: LeafSets, over: Floats) -> Floats:
    """The largest movement of a leaf that is not in the candidate; of the first few."""
    largest = np.argsort(-over, kind="stable")[:_LARGEST_LEAVES]
    result = np.full(len(sets), over[largest[-1]] if len(over) > _LARGEST_LEAVES else 0.0)
    for leaf in largest[::-1]:
        inside = sets.of_leaf[:, leaf]
        kept = result[inside]
        result[:] = over[leaf]
        result[inside] = kept
    return result
