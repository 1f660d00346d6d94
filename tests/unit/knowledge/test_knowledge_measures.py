"""nDCG against scores worked out by hand, recall with ties, percentiles."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.knowledge.gate.measures import mean, ndcg, percentile, recall

GRADES = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(1, 3), min_size=1)


def test_ndcg_by_hand():
    gained = 7 / math.log2(2) + 0 + 1 / math.log2(4)
    best = 7 / math.log2(2) + 3 / math.log2(3) + 1 / math.log2(4)
    assert ndcg({"a": 3, "b": 2, "c": 1}, ["a", "x", "c"]) == pytest.approx(gained / best)


def test_only_ten_are_judged():
    assert ndcg({"a": 1}, [*"bcdefghijk", "a"]) == 0
    assert ndcg({"a": 1}, [*"bcdefghij", "a"]) == pytest.approx(1 / math.log2(11))


def test_more_than_ten_relevant_can_still_be_perfect():
    grades = dict.fromkeys("abcdefghijklmnop", 1)
    assert ndcg(grades, list("abcdefghij")) == pytest.approx(1)


def test_nothing_relevant_has_no_ndcg():
    with pytest.raises(ValueError, match="nothing answers"):
        ndcg({}, ["a"])


@given(GRADES, st.permutations("abcdefghijkl"))
def test_ndcg_is_one_at_best_and_only_for_an_order_by_grade(grades: dict[str, int], found: list):
    best = sorted(found, key=lambda one: -grades.get(one, 0))
    assert ndcg(grades, best) == pytest.approx(1)
    assert 0 <= ndcg(grades, found) <= 1 + 1e-12


@given(GRADES, st.permutations("abcdefghijkl"), st.integers(0, 8))
def test_swapping_a_better_one_up_never_lowers_it(grades, found, place: int):
    upper, lower = found[place], found[place + 1]
    if grades.get(lower, 0) > grades.get(upper, 0):
        swapped = list(found)
        swapped[place], swapped[place + 1] = lower, upper
        assert ndcg(grades, swapped) > ndcg(grades, found)


def test_recall_counts_what_is_as_near():
    exact = {"a": 0.9, "b": 0.8, "c": 0.8}
    assert recall({"a": 0.9, "c": 0.8}, exact, cut=2) == 1
    assert recall({"a": 0.9, "x": 0.5}, exact, cut=2) == 0.5
    assert recall({}, exact, cut=2) == 0
    assert recall({"a": 0.9}, {}, cut=2) is None


def test_recall_of_fewer_vectors_than_are_asked_for():
    assert recall({"a": 0.9}, {"a": 0.9}) == 1


def test_percentiles_are_values_that_were_there():
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert percentile(values, 0.5) == 3
    assert percentile(values, 0.95) == 5
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7.0], 0.5) == 7


def test_the_mean_of_nothing_is_nothing():
    assert mean([]) == 0
    assert mean([1.0, 2.0]) == 1.5
