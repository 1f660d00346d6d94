"""Rankings into one: reciprocal rank fusion, and what is newer before what is older."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.knowledge.retrieval.fuse import freshness, fused, ordered

TODAY = date(2026, 3, 1)
RANKING = st.lists(st.sampled_from("abcdefgh"), unique=True)


def test_scores_are_those_of_the_paper():
    assert fused([["a", "b"], ["b", "c"]]) == pytest.approx(
        {"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62}
    )


def test_what_two_rankings_hold_is_before_what_one_has_first():
    assert ordered(fused([["a", "b", "c"], ["d", "b", "c"]])) == ["b", "c", "a", "d"]


def test_equal_scores_are_ordered_by_id():
    assert ordered(fused([["z", "b"], ["a", "y"]])) == ["a", "z", "b", "y"]


def test_the_newer_of_two_has_the_higher_factor():
    old, new = TODAY - timedelta(days=400), TODAY - timedelta(days=4)
    assert freshness(new, TODAY, 90) > freshness(old, TODAY, 90)


def test_a_half_life_halves():
    assert freshness(TODAY - timedelta(days=30), TODAY, 30) == pytest.approx(0.5)
    assert freshness(TODAY - timedelta(days=60), TODAY, 30) == pytest.approx(0.25)


def test_today_and_later_count_in_full_and_nothing_fades_without_a_half_life():
    assert freshness(TODAY, TODAY, 30) == 1.0
    assert freshness(TODAY + timedelta(days=9), TODAY, 30) == 1.0
    assert freshness(date(1999, 1, 1), TODAY, 0) == 1.0


@given(st.lists(RANKING, max_size=3))
def test_every_id_is_ranked_once_and_one_ranking_keeps_its_order(rankings: list[list[str]]):
    order = ordered(fused(rankings))
    assert sorted(order) == sorted({one for ranking in rankings for one in ranking})
    for ranking in rankings:
        assert ordered(fused([ranking])) == ranking


@given(RANKING, RANKING)
def test_better_in_both_is_better_fused(left: list[str], right: list[str]):
    scores = fused([left, right])
    both = [one for one in left if one in right]
    for one in both:
        for other in both:
            if left.index(one) < left.index(other) and right.index(one) < right.index(other):
                assert scores[one] > scores[other]
