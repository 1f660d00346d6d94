"""Which tags are required, which values are allowed, and which was meant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cloudledger.governance.config import governance
from cloudledger.governance.tags.config import TagKey, Tags, TagsRefused
from cloudledger.governance.tags.values import State, Verdict, spellings, verdicts
from cloudledger.project import PROJECT

CENTER = {"key": "cost_center", "pattern": r"CC-\d{4}", "aliases": ["CostCenter", "Finance.cc"]}
STAGE = {"key": "environment", "values": ["prod", "staging", "dev"]}


def rules(*keys: dict[str, Any], **more: Any) -> Tags:
    return Tags.model_validate({"keys": keys} | more)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"keys": [{"key": "a", "values": ["x"], "pattern": "x"}]}, "not both"),
        ({"keys": [{"key": "a", "pattern": "("}]}, "no regular expression"),
        ({"keys": [{"key": "a", "values": ["x", "x"]}]}, "more than once"),
        ({"keys": [{"key": "a"}, {"key": "b", "aliases": ["a"]}]}, "more than one key"),
        ({"keys": [{"key": "a"}, {"key": "A"}], "ignore_case": True}, "more than one key"),
        ({"keys": [{"key": "a", "goal_percent": 101}]}, "less than or equal to 100"),
        ({"exempt": [{}]}, "name providers"),
        ({"agreement": "0.5"}, "greater than 0.5"),
        ({"key": []}, "Extra inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Tags.model_validate(wrong)


def test_the_two_settings_files_are_read_and_the_demo_s_requires_three_tags() -> None:
    assert governance(PROJECT / "config/governance.yaml").tags == Tags()
    demo = governance(PROJECT / "config/demo_governance.yaml").tags
    assert [one.key for one in demo.keys] == ["cost_center", "environment", "owner"]


def test_a_key_is_found_by_its_name_and_by_an_alias_and_an_unknown_one_is_told() -> None:
    asked = rules(CENTER, STAGE)
    assert asked.key("CostCenter").key == "cost_center"
    with pytest.raises(TagsRefused, match="known are cost_center, environment"):
        asked.key("costcenter")
    assert rules(CENTER, ignore_case=True).key("costcenter").key == "cost_center"


def test_a_key_goes_by_its_own_name_before_its_aliases_in_their_order() -> None:
    seen = ["CostCenter", "Cost_Center", "Finance.cc", "cost_center", "other"]
    assert spellings(rules(CENTER, STAGE), seen) == [
        ["cost_center", "CostCenter", "Finance.cc"],
        [],
    ]
    assert spellings(rules(CENTER, ignore_case=True), seen) == [
        ["cost_center", "Cost_Center", "CostCenter", "Finance.cc"]
    ]


def test_a_misspelt_value_is_wrong_and_its_nearest_allowed_one_is_told() -> None:
    asked = rules(STAGE)
    judged = verdicts(asked.keys[0], asked, ["prod", "Prod", "pród", "stagging", "xyz"])
    assert judged["prod"] == Verdict(State.TAGGED, "prod", Decimal(1))
    assert judged["Prod"] == Verdict(State.WRONG, "prod", Decimal(1))
    assert judged["pród"].value == "prod"
    assert judged["stagging"] == Verdict(State.WRONG, "staging", Decimal("0.9333"))
    assert judged["xyz"] == Verdict(State.WRONG, None, None)


def test_case_can_be_ignored_and_the_value_is_as_the_settings_write_it() -> None:
    asked = rules(STAGE, CENTER, ignore_case=True)
    assert verdicts(asked.keys[0], asked, ["PROD"])["PROD"].value == "prod"
    assert verdicts(asked.keys[1], asked, ["cc-1100"])["cc-1100"].state is State.TAGGED


def test_of_a_pattern_the_allowed_values_that_are_there_are_compared() -> None:
    asked = rules(CENTER)
    judged = verdicts(asked.keys[0], asked, ["CC-1100", "CC-2200", "CC1100", "CC-11000"])
    assert judged["CC-2200"].state is State.TAGGED
    assert judged["CC1100"].value == judged["CC-11000"].value == "CC-1100"
    alone = verdicts(asked.keys[0], asked, ["CC1100"])
    assert alone["CC1100"] == Verdict(State.WRONG, None, None)


@given(values=st.lists(st.text(min_size=1, max_size=12), unique=True), ignore_case=st.booleans())
def test_a_value_is_judged_by_the_list_alone_and_a_suggestion_is_of_it(
    values: list[str], ignore_case: bool
) -> None:
    allowed = values[::2] or ["x"]
    asked = Tags(keys=(TagKey(key="k", values=tuple(allowed)),), ignore_case=ignore_case)
    judged = verdicts(asked.keys[0], asked, values)
    assert judged.keys() == set(values)
    for value, verdict in judged.items():
        known = asked.folded(value) in map(asked.folded, allowed)
        assert verdict.state is (State.TAGGED if known else State.WRONG)
        assert verdict.value is None or verdict.value in allowed
