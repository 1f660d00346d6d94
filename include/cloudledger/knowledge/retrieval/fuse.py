"""Several rankings into one, and what is newer before what is older."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

DAMPING = 60
"""k of reciprocal rank fusion: Cormack, Clarke and Buettcher, SIGIR 2009."""


def fused(rankings: Iterable[Sequence[str]]) -> dict[str, float]:
    """By reciprocal rank fusion, a score for each that is in any ranking: the sum of 1/(60 + rank).

    :param rankings: ids without repetition, the best first.
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking, start=1):
            scores[one] = scores.get(one, 0.0) + 1.0 / (DAMPING + rank)
    return scores


def freshness(written: date, at: date, half_life_days: int) -> float:
    """What a score is multiplied by: 1 for today's or later, halved with every half-life of age.

    :param half_life_days: 0: age does not count.
    """
    if not half_life_days:
        return 1.0
    return float(0.5 ** (max((at - written).days, 0) / half_life_days))


def ordered(scores: dict[str, float]) -> list[str]:
    """The best first; equal ones by their ids, so that the order is the same every time."""
    return sorted(scores, key=lambda one: (-scores[one], one))
