"""From the rules that are held to those that are wanted, whatever they are."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.governance.budgets.document import Steps, in_order, steps, threshold
from cloudledger.governance.change import between, written

RULES = st.builds(
    lambda type_, percent, emails: {"type": type_, "percent": percent, "emails": emails},
    st.sampled_from(["ACTUAL", "FORECAST"]),
    st.sampled_from(["70", "90.5", "100"]),
    st.lists(st.sampled_from(["a@b.c", "b@b.c"]), unique=True),
)


def counted(rules: list[dict[str, object]]) -> Counter[str | None]:
    return Counter(written(rule) for rule in rules)


@given(st.lists(RULES, max_size=6), st.lists(RULES, max_size=6))
def test_the_steps_lead_to_what_is_wanted_and_are_no_more_than_needed(held, wanted):
    found = steps(held, wanted)
    changed = dict(found.changed)
    left = [changed.get(place, rule) for place, rule in enumerate(held)]
    left = [rule for place, rule in enumerate(left) if place not in found.removed]
    assert counted([*left, *found.added]) == counted(wanted)
    kept = sum((counted(held) & counted(wanted)).values())
    needed = max(len(held), len(wanted)) - kept
    assert len(found.changed) + len(found.removed) + len(found.added) == needed
    assert not (found.removed and found.added), "a rule becomes another first"


def test_a_rule_becomes_the_one_that_is_most_like_it():
    held = [
        {"type": "ACTUAL", "percent": "70", "emails": ["a"]},
        {"type": "FORECAST", "percent": "100", "emails": ["a"]},
    ]
    wanted = [
        {"type": "FORECAST", "percent": "110", "emails": ["a"]},
        {"type": "ACTUAL", "percent": "70", "emails": ["b"]},
        {"type": "ACTUAL", "percent": "90", "emails": ["b"]},
    ]
    assert steps(held, wanted) == Steps(((0, wanted[1]), (1, wanted[0])), (), (wanted[2],))


@given(st.lists(RULES, max_size=4), st.lists(RULES, max_size=4), st.data())
def test_part_of_either_side_is_between(before, after, data):
    part = data.draw(
        st.lists(st.sampled_from([*before, *after]), max_size=4) if before else st.just([])
    )
    assert between({"rules": part}, {"rules": before}, {"rules": after})
    other = {"type": "ACTUAL", "percent": "70", "emails": ["somebody@else"]}
    assert not between({"rules": [*part, other]}, {"rules": before}, {"rules": after})


def test_a_half_changed_rule_is_between_but_not_a_foreign_address():
    before = {"rules": [{"type": "ACTUAL", "percent": "70", "emails": ["a", "b"]}]}
    after = {"rules": [{"type": "ACTUAL", "percent": "80", "emails": ["c"]}]}
    for percent, emails, is_between in (
        ("80", ["a", "b"], True),
        ("80", ["b", "c"], True),
        ("80", [], True),
        ("80", ["d"], False),
        ("75", ["c"], False),
    ):
        found = {"rules": [{"type": "ACTUAL", "percent": percent, "emails": emails}]}
        assert between(found, before, after) is is_between


@pytest.mark.parametrize(
    ("value", "absolute", "told"),
    [
        (70.0, False, {"percent": "70"}),
        (70.5, False, {"percent": "70.5"}),
        (500, True, {"percent": "41.67", "absolute": "500"}),
    ],
)
def test_a_threshold_is_told_in_percent(value, absolute, told):
    assert threshold(value, Decimal(1200), absolute=absolute) == told


def test_rules_are_sorted_by_number_not_by_text():
    rules = [{"type": "ACTUAL", "percent": percent} for percent in ("100", "9", "70")]
    assert [rule["percent"] for rule in in_order(rules)] == ["9", "70", "100"]
