"""How well a search finds, in figures: nDCG, recall, percentiles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

CUT = 10
"""How many of what is found are judged."""
_SAME = 1e-6
"""Cosines this near to each other are of equal vectors: float32, added in another order."""


def ndcg(grades: Mapping[str, int], found: Sequence[str], cut: int = CUT) -> float:
    """Normalised discounted cumulative gain of a ranking, 0 to 1; the gain of a grade is 2^g - 1.

    Source: Jarvelin and Kekalainen, TOIS 20(4), 2002, with the gain of Burges et al., ICML 2005.

    :param grades: of what is relevant, from 1; what is not named is not relevant.
    :param found: ids without repetition, the best first.
    :raises ValueError: nothing is relevant.
    """
    best = _gain(sorted(grades.values(), reverse=True)[:cut])
    if not best:
        raise ValueError("a question that nothing answers has no nDCG")
    return _gain([grades.get(one, 0) for one in found[:cut]]) / best


def recall(
    approximate: Mapping[str, float], exact: Mapping[str, float], cut: int = CUT
) -> float | None:
    """Which share of the nearest ones an approximate search found; None when there are none.

    What is as near as the last of the nearest counts too: equal texts have equal vectors, and which
    of them is found is chance.

    :param approximate: cosine by id, as the index found them; ``exact`` over all vectors.
    """
    nearest = sorted(exact.values(), reverse=True)[:cut]
    if not nearest:
        return None
    hits = sum(cosine >= nearest[-1] - _SAME for cosine in approximate.values())
    return min(hits, len(nearest)) / len(nearest)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all do not exceed (the nearest rank).

    :param share: above 0, at most 1.
    """
    ranked = sorted(values)
    return ranked[max(math.ceil(share * len(ranked)), 1) - 1]


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean; 0 of nothing."""
    return math.fsum(values) / len(values) if values else 0.0


def _gain(grades: Sequence[int]) -> float:
    return math.fsum(
        (2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1)
    )
