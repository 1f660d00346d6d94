"""Every rule of the suite breaks on the line that breaks it, and folding loses no verdict."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from cloudledger.engine import engine
from cloudledger.focus.columns import DUCKDB_TYPE, LINE_COLUMNS
from cloudledger.quality.expectations import ExpectationResult, Severity
from cloudledger.quality.slice import slice_frame
from cloudledger.quality.suites import TAKEN_IN, suite_named
from cloudledger.quality.validate import validate

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "ProviderName": "Oracle",
    "BillingAccountId": "ocid1.tenancy.oc1..books",
    "BillingCurrency": "EUR",
    "BillingPeriodStart": MARCH,
    "BillingPeriodEnd": APRIL,
    "ChargePeriodStart": MARCH,
    "ChargePeriodEnd": MARCH + timedelta(hours=1),
    "ChargeCategory": "Usage",
    "ServiceName": "COMPUTE",
    "BilledCost": Decimal("0.000000000000000000000001"),
    "EffectiveCost": Decimal("1.5"),
    "ListCost": Decimal("2"),
    "ContractedCost": Decimal("1.5"),
}
FINE: list[dict[str, Any]] = [
    {},
    {"ChargeCategory": "Credit", "BilledCost": Decimal("-4")},
    {"ListCost": None},
    {"ChargeClass": "Correction", "BilledCost": Decimal("-4"), "EffectiveCost": Decimal("-4")},
    {
        "BillingCurrency": "XXX",
        **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), Decimal(0)),
    },
    {"ChargePeriodStart": APRIL - timedelta(hours=1), "ChargePeriodEnd": APRIL},
]
BROKEN: dict[str, dict[str, Any]] = {
    **{
        f"{column} is filled": {column: None}
        for column in (column.name for column in LINE_COLUMNS if column.required)
        if not column.startswith("x_") and column != "ServiceName"
    },
    "ChargeCategory is one of FOCUS's words": {"ChargeCategory": "<script>"},
    "ChargeClass is one of FOCUS's words": {"ChargeClass": "correction"},
    "BillingCurrency is three capital letters": {"BillingCurrency": "EUR\n"},
    **{
        f"{cost} is zero where there is no currency": FINE[4] | {cost: Decimal("0.01")}
        for cost in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
    },
    "a charge ends after it starts": {"ChargePeriodEnd": MARCH},
    "a billing period ends after it starts": {
        "BillingPeriodEnd": MARCH,
        "ChargePeriodStart": None,
        "ChargePeriodEnd": None,
    },
    "a charge starts within its billing period (corrections may not)": {
        "ChargePeriodStart": MARCH - timedelta(hours=1),
    },
    "a charge ends within its billing period (corrections may not)": {
        "ChargePeriodStart": APRIL - timedelta(hours=1),
        "ChargePeriodEnd": APRIL + timedelta(hours=1),
    },
    "BilledCost of usage is not negative, unless it corrects": {"BilledCost": Decimal("-0.1")},
    "EffectiveCost of usage is not negative, unless it corrects": {"EffectiveCost": Decimal(-1)},
    "BilledCost of a credit is not positive, unless it corrects": {"ChargeCategory": "Credit"},
}


def folded(lines: list[dict[str, Any]]) -> pd.DataFrame:
    """The lines as the view ``counted_line`` shows them, folded by the slice's SQL."""
    names = [column.name for column in LINE_COLUMNS]
    with engine() as con:
        declared = ", ".join(f'"{c.name}" {DUCKDB_TYPE[c.kind]}' for c in LINE_COLUMNS)
        con.execute(f"CREATE TABLE counted_line ({declared}, x_object_id VARCHAR)")
        con.executemany(
            f"INSERT INTO counted_line VALUES ({', '.join('?' * (len(names) + 1))})",
            [
                [*((GOOD | line | {"x_record_number": n}).get(name) for name in names), "0a1b"]
                for n, line in enumerate(lines, start=1)
            ],
        )
        return slice_frame(con)


def unfolded(lines: list[dict[str, Any]]) -> pd.DataFrame:
    columns = sorted({name for item in TAKEN_IN.expectations for name in item.columns})
    frame = pd.DataFrame([{name: (GOOD | line).get(name) for name in columns} for line in lines])
    for column in columns:
        if column.endswith(("PeriodStart", "PeriodEnd")):
            frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame


def counts(results: tuple[ExpectationResult, ...]) -> dict[str, int]:
    return {found.expectation: found.unexpected_count for found in results if not found.success}


@dataclass(frozen=True)
class Verdicts:
    fine: tuple[ExpectationResult, ...]
    broken: dict[str, ExpectationResult]


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    broken = validate(folded(FINE * 3 + list(BROKEN.values())), TAKEN_IN)
    return Verdicts(
        validate(folded(FINE * 3), TAKEN_IN), {found.expectation: found for found in broken}
    )


def test_good_lines_break_nothing(verdicts: Verdicts) -> None:
    assert counts(verdicts.fine) == {}
    assert len(verdicts.fine) == len(TAKEN_IN.expectations)


def test_each_rule_has_a_line_that_breaks_it() -> None:
    rules = [item.rule for item in TAKEN_IN.expectations]
    assert len(set(rules)) == len(rules)
    assert set(BROKEN) == set(rules)


@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_breaks_on_its_line_alone(rule: str, verdicts: Verdicts) -> None:
    also = {
        "ChargePeriodStart is filled": 1,  # the line of the broken billing period has no times
        "ChargePeriodEnd is filled": 1,
    }
    found = verdicts.broken[rule]
    assert not found.success
    assert found.unexpected_count == 1 + also.get(rule, 0)
    assert found.observed.endswith(f"of {len(FINE) * 3 + len(BROKEN)} lines")
    assert "see 0a1b record " in found.details


def test_samples_are_told_exactly(verdicts: Verdicts) -> None:
    details = {rule: found.details for rule, found in verdicts.broken.items()}
    assert "found '<script>'" in details["ChargeCategory is one of FOCUS's words"]
    assert "found -0.1;" in details["BilledCost of usage is not negative, unless it corrects"]
    assert "found nothing" in details["BilledCost is filled"]
    assert (
        "found 2026-03-01T00:00:00Z and 2026-03-01T00:00:00Z"
        in details["a charge ends after it starts"]
    )


def test_money_and_time_are_errors_and_descriptions_warnings() -> None:
    severity = {item.rule: item.severity for item in TAKEN_IN.expectations}
    assert severity["BillingCurrency is three capital letters"] is Severity.ERROR
    assert severity["BilledCost is filled"] is Severity.ERROR
    assert severity["a charge ends after it starts"] is Severity.ERROR
    assert (
        severity["a charge starts within its billing period (corrections may not)"]
        is Severity.WARNING
    )


def test_folding_changes_no_verdict_and_no_count() -> None:
    dice = random.Random(20)
    breaks = [*BROKEN.values(), *FINE]
    lines: list[dict[str, Any]] = []
    for _ in range(600):
        line = {"BilledCost": Decimal(dice.randrange(0, 500)) / 7}
        start = MARCH + timedelta(hours=dice.randrange(0, 30 * 24))
        line |= {"ChargePeriodStart": start, "ChargePeriodEnd": start + timedelta(hours=1)}
        for _ in range(dice.choice((0, 0, 0, 1, 2))):
            line |= dice.choice(breaks)
        lines.append(line)
    slice_of_lines = folded(lines)
    assert len(slice_of_lines) < len(lines)
    assert slice_of_lines["lines"].sum() == len(lines)
    assert counts(validate(slice_of_lines, TAKEN_IN)) == counts(validate(unfolded(lines), TAKEN_IN))


def test_an_unknown_stage_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="taken_in"):
        suite_named("taken")
