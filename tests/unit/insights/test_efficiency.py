"""The efficiency score and its parts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.insights.efficiency import (
    WEIGHTS,
    NotFigures,
    Spending,
    efficiency_of,
)

PERFECT = Spending(
    effective_cost=Decimal(50),
    list_cost=Decimal(100),
    listed_cost=Decimal(50),
    committed_cost=Decimal(40),
    unused_cost=Decimal(0),
    excess_cost=Decimal(0),
    allocated_cost=Decimal(50),
)


def test_nothing_wasted_is_a_hundred_and_every_part_is_named() -> None:
    result = efficiency_of(PERFECT)
    assert result.score == 100
    assert [part.name for part in result.parts] == list(WEIGHTS)
    assert {part.name: part.weight for part in result.parts} == WEIGHTS
    assert sum(WEIGHTS.values()) == 1


@pytest.mark.parametrize(
    ("change", "part", "value", "score"),
    [
        ({"unused_cost": "10"}, "commitments", "0.75", "91.25"),
        ({"list_cost": "62.5"}, "discount", "0.4", "88"),
        ({"list_cost": "40"}, "discount", "0", "80"),
        ({"listed_cost": "20"}, "discount", "1", "100"),
        ({"excess_cost": "5"}, "steadiness", "0.9", "97.5"),
        ({"excess_cost": "70"}, "steadiness", "0", "75"),
        ({"allocated_cost": "20"}, "allocation", "0.4", "88"),
    ],
)
def test_each_part_lowers_the_score_by_its_weight(
    change: dict[str, str], part: str, value: str, score: str
) -> None:
    spending = replace(PERFECT, **{name: Decimal(text) for name, text in change.items()})
    result = efficiency_of(spending)
    assert {one.name: one.value for one in result.parts}[part] == Decimal(value)
    assert result.score == Decimal(score)


def test_what_is_not_known_is_left_out_and_the_rest_weighs_more() -> None:
    result = efficiency_of(
        Spending(Decimal(100), excess_cost=Decimal(50), allocated_cost=Decimal(100))
    )
    assert {part.name for part in result.parts} == {"steadiness", "allocation"}
    assert sum(part.weight for part in result.parts) == 1
    assert result.score == Decimal("72.22")


def test_nothing_known_has_no_score() -> None:
    assert efficiency_of(Spending(Decimal(0))).score is None
    assert efficiency_of(Spending(Decimal(10))).parts == ()


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity"])
def test_figures_that_are_no_cost_are_refused(amount: str) -> None:
    with pytest.raises(NotFigures, match="unused_cost is"):
        efficiency_of(replace(PERFECT, unused_cost=Decimal(amount)))


cost = st.decimals(0, 10**13, places=6)


@given(st.builds(Spending, cost, *[st.none() | cost] * 6))
def test_a_score_lies_between_nothing_and_a_hundred(spending: Spending) -> None:
    result = efficiency_of(spending)
    assert result.score is None or 0 <= result.score <= 100
    assert all(0 <= part.value <= 1 for part in result.parts)
