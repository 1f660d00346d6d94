"""Expectations of a user's own, as data."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from cloudledger.quality.expectations import (
    Condition,
    Expectation,
    Operator,
    Severity,
    Suite,
    failures,
    report,
)
from cloudledger.quality.validate import validate


def test_any_expectation_can_be_given_as_json() -> None:
    expectations = [
        {
            "rule": "the slice is not empty",
            "type": "expect_table_row_count_to_be_between",
            "arguments": {"min_value": 5},
        },
        {
            "rule": "a tag is short",
            "type": "expect_column_value_lengths_to_be_between",
            "arguments": {"column": "tag", "max_value": 3},
            "severity": "warning",
            "where": [
                {"column": "kind", "operator": "in", "value": ["a", "b"]},
                {"column": "tag", "operator": "is not null"},
                {"column": "kind", "operator": "!=", "value": "b"},
            ],
        },
        {
            "rule": "owners are known",
            "type": "expect_column_values_to_not_be_null",
            "arguments": {"column": "owner"},
        },
    ]
    frame = pd.DataFrame(
        {"tag": ["long tag", "long tag", "ok", None], "kind": ["a", "b", "a", "a"]}, index=[9] * 4
    )
    empty, tag, owner = validate(
        frame, Suite("own", tuple(map(Expectation.from_json, expectations)))
    )
    assert (empty.success, empty.observed) == (False, "observed 4")
    assert (tag.success, tag.unexpected_count, tag.severity) == (False, 1, Severity.WARNING)
    assert tag.details == "found 'long tag'"
    assert (owner.success, owner.details) == (False, "the frame has no column owner")
    assert failures((empty, tag, owner), Severity.ERROR) == (empty, owner)
    assert report((empty, tag)) == (
        "- the slice is not empty []: observed 4\n"
        "- a tag is short [tag]: 1 of 4 lines; found 'long tag'"
    )


def test_samples_keep_every_digit() -> None:
    amount = Decimal("-99999999999999.000000000000000000000001")
    (found,) = validate(
        pd.DataFrame({"cost": [amount, Decimal("1E+2")]}),
        Suite(
            "own",
            (
                Expectation(
                    "cost is nothing",
                    "expect_column_values_to_be_between",
                    {"column": "cost", "min_value": 0, "max_value": 0},
                ),
            ),
        ),
    )
    assert found.details == f"found {amount}, 100"


def test_what_great_expectations_refuses_is_said() -> None:
    frame = pd.DataFrame({"tag": ["x"]})
    for type_, arguments in (
        ("expect_the_unexpected", {"column": "tag"}),
        ("expect_column_values_to_be_in_set", {"column": "tag", "value_set": 3}),
    ):
        with pytest.raises(ValueError, match="Great Expectations refuses 'a rule'"):
            validate(frame, Suite("own", (Expectation("a rule", type_, arguments),)))


@pytest.mark.parametrize(
    "value",
    [
        {"rule": "a rule", "type": "expect_x"},
        {"rule": "a rule", "type": "expect_x", "arguments": {}, "severity": "loud"},
        {"rule": "a rule", "type": "expect_x", "arguments": {}, "where": [{"operator": "=="}]},
        {"rule": "a rule", "type": "expect_x", "arguments": {}, "colour": "red"},
    ],
)
def test_what_is_not_an_expectation_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"is not an expectation|not a valid Severity"):
        Expectation.from_json(value)


def test_columns_name_the_judged_ones_apart_from_the_conditions() -> None:
    item = Expectation(
        "ends later",
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "end", "column_B": "start"},
        where=(Condition("kind", Operator.IS, "a"),),
    )
    assert item.columns == ("end", "start", "kind")
    assert item.judged == ("end", "start")
