"""The suites, as data. What a value may be: FOCUS 1.2, section 2 (columns).

An error is what makes the published number wrong or meaningless: no currency, no day, a charge
category nobody can place. A warning is told, and the day is published. What only describes the
number is not judged here: FOCUS's own column rules judge that once it is published
(``cloudledger.quality.conformance``).

Great Expectations sees a slice at the grain of sql/lake/slice.sql: every line counts, at a
size that depends on the variety of the lines and not on their number.
"""

from __future__ import annotations

from cloudledger.focus.columns import COSTS, LINE_COLUMNS, NO_CURRENCY
from cloudledger.quality.expectations import (
    Condition,
    Expectation,
    Operator,
    Severity,
    Suite,
)

CHARGE_CATEGORIES = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")

_DESCRIBING = {"ServiceName"}
"""Judged once published, by FOCUS's rules."""


def _filled(column: str) -> Expectation:
    return Expectation(
        f"{column} is filled", "expect_column_values_to_not_be_null", {"column": column}
    )


def _one_of(column: str, allowed: tuple[str, ...]) -> Expectation:
    return Expectation(
        f"{column} is one of FOCUS's words",
        "expect_column_values_to_be_in_set",
        {"column": column, "value_set": list(allowed)},
    )


def _at_least_zero(column: str, rule: str, *where: Condition) -> Expectation:
    return Expectation(
        rule,
        "expect_column_values_to_be_between",
        {"column": column, "min_value": 0},
        Severity.WARNING,
        where,
    )


def _not_before(
    later: str, earlier: str, rule: str, severity: Severity, *, or_equal: bool
) -> Expectation:
    return Expectation(
        rule,
        "expect_column_pair_values_a_to_be_greater_than_b",
        {
            "column_A": later,
            "column_B": earlier,
            "or_equal": or_equal,
            "ignore_row_if": "either_value_is_missing",
        },
        severity,
    )


_USAGE = Condition("ChargeCategory", Operator.IS, "Usage")
_NO_CORRECTION = Condition("ChargeClass", Operator.IS_NULL)

_REQUIRED = tuple(
    _filled(column.name)
    for column in LINE_COLUMNS
    if column.required and not column.name.startswith("x_") and column.name not in _DESCRIBING
)

_WORDS = (
    _one_of("ChargeCategory", CHARGE_CATEGORIES),
    _one_of("ChargeClass", ("Correction",)),
)

_CURRENCY = (
    Expectation(
        "BillingCurrency is three capital letters",
        "expect_column_values_to_match_regex",
        {"column": "BillingCurrency", "regex": r"^[A-Z]{3}\Z"},
    ),
    *(
        Expectation(
            f"{cost} is zero where there is no currency",
            "expect_column_values_to_be_between",
            {"column": cost, "min_value": 0, "max_value": 0},
            Severity.ERROR,
            (Condition("BillingCurrency", Operator.IS, NO_CURRENCY),),
        )
        for cost in COSTS
    ),
)

_TIME = (
    _not_before(
        "ChargePeriodEnd",
        "ChargePeriodStart",
        "a charge ends after it starts",
        Severity.ERROR,
        or_equal=False,
    ),
    _not_before(
        "BillingPeriodEnd",
        "BillingPeriodStart",
        "a billing period ends after it starts",
        Severity.ERROR,
        or_equal=False,
    ),
    _not_before(
        "ChargePeriodStart",
        "BillingPeriodStart",
        "a charge starts within its billing period (corrections may not)",
        Severity.WARNING,
        or_equal=True,
    ),
    _not_before(
        "BillingPeriodEnd",
        "ChargePeriodEnd",
        "a charge ends within its billing period (corrections may not)",
        Severity.WARNING,
        or_equal=True,
    ),
)

_MONEY = (
    *(
        _at_least_zero(
            cost, f"{cost} of usage is not negative, unless it corrects", _USAGE, _NO_CORRECTION
        )
        for cost in ("BilledCost", "EffectiveCost")
    ),
    Expectation(
        "BilledCost of a credit is not positive, unless it corrects",
        "expect_column_values_to_be_between",
        {"column": "BilledCost", "max_value": 0},
        Severity.WARNING,
        (Condition("ChargeCategory", Operator.IS, "Credit"), _NO_CORRECTION),
    ),
)

TAKEN_IN = Suite("taken_in", _REQUIRED + _WORDS + _CURRENCY + _TIME + _MONEY)
"""What must hold for lines just taken in, before their days are published."""

SUITES = {suite.stage: suite for suite in (TAKEN_IN,)}


def suite_named(stage: str) -> Suite:
    """The suite of a stage.

    :raises ValueError: naming the stages that have one.
    """
    if stage not in SUITES:
        raise ValueError(f"no suite for stage {stage!r}: there are {', '.join(sorted(SUITES))}")
    return SUITES[stage]
