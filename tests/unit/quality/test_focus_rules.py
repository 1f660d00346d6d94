"""Each column rule of FOCUS 1.2: a line that keeps it, and one that breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from cloudledger.focus.columns import FOCUS_COLUMNS, LINE_COLUMNS
from cloudledger.lake.schema import EMPTY_LINES
from cloudledger.quality.conformance import Judged, judge
from cloudledger.quality.focus_rules import Asks, Level, Rule, focus_rules
from cloudledger.quality.focus_words import SUBCATEGORIES

DAY = date(2026, 3, 1)
GOOD = {
    "provider": "'aws'",
    "day": "DATE '2026-03-01'",
    "x_object_id": "'abc'",
    "x_record_number": "7",
    "ProviderName": "'AWS'",
    "PublisherName": "'AWS'",
    "InvoiceIssuerName": "'AWS'",
    "BillingAccountId": "'1'",
    "BillingAccountName": "'all'",
    "BillingAccountType": "'Payer'",
    "SubAccountId": "'2'",
    "SubAccountName": "'shop'",
    "SubAccountType": "'Member'",
    "BillingPeriodStart": "TIMESTAMPTZ '2026-03-01 00:00:00Z'",
    "BillingPeriodEnd": "TIMESTAMPTZ '2026-04-01 00:00:00Z'",
    "ChargePeriodStart": "TIMESTAMPTZ '2026-03-01 00:00:00Z'",
    "ChargePeriodEnd": "TIMESTAMPTZ '2026-03-02 00:00:00Z'",
    "ChargeCategory": "'Usage'",
    "ChargeDescription": "'hours'",
    "ChargeFrequency": "'Usage-Based'",
    "BilledCost": "6",
    "EffectiveCost": "6",
    "ListCost": "8",
    "ContractedCost": "6",
    "ListUnitPrice": "4",
    "ContractedUnitPrice": "3",
    "PricingCategory": "'Standard'",
    "PricingQuantity": "2",
    "PricingUnit": "'GB-Hours'",
    "PricingCurrency": "'USD'",
    "PricingCurrencyContractedUnitPrice": "3",
    "PricingCurrencyEffectiveCost": "6",
    "PricingCurrencyListUnitPrice": "4",
    "BillingCurrency": "'USD'",
    "ConsumedQuantity": "2",
    "ConsumedUnit": "'Hours'",
    "ServiceName": "'EC2'",
    "ServiceCategory": "'Compute'",
    "ServiceSubcategory": "'Virtual Machines'",
    "SkuId": "'sku'",
    "SkuMeter": "'hours'",
    "SkuPriceId": "'price'",
    "SkuPriceDetails": """'{"CoreCount": 4}'""",
    "ResourceId": "'i-1'",
    "ResourceName": "'one'",
    "ResourceType": "'Instance'",
    "RegionId": "'eu-central-1'",
    "RegionName": "'Frankfurt'",
    "CommitmentDiscountId": "'sp-1'",
    "CommitmentDiscountName": "'plan'",
    "CommitmentDiscountCategory": "'Spend'",
    "CommitmentDiscountType": "'Savings Plan'",
    "CommitmentDiscountStatus": "'Used'",
    "CommitmentDiscountQuantity": "1",
    "CommitmentDiscountUnit": "'Hours'",
    "CapacityReservationId": "'cr-1'",
    "CapacityReservationStatus": "'Used'",
    "Tags": "MAP {'team': 'a'}",
    "x_exact": "MAP {}",
}
NULL = "NULL"
WORD = re.compile(r"\w+")
HOLDS = {
    "ChargeCategory = 'Tax'": {"ChargeCategory": "'Tax'"},
    "ChargeCategory = 'Purchase'": {"ChargeCategory": "'Purchase'"},
    "ChargeCategory = 'Purchase' AND CommitmentDiscountId IS NOT NULL": {
        "ChargeCategory": "'Purchase'"
    },
    "CapacityReservationStatus = 'Unused'": {"CapacityReservationStatus": "'Unused'"},
    "ProviderName <> InvoiceIssuerName": {"InvoiceIssuerName": "'Reseller'"},
    "ChargeCategory IS DISTINCT FROM 'Usage' OR CommitmentDiscountStatus = 'Unused'": {
        "CommitmentDiscountStatus": "'Unused'"
    },
    "ChargeCategory NOT IN ('Usage', 'Purchase') OR CommitmentDiscountId IS NULL "
    "OR ChargeClass = 'Correction'": {"ChargeCategory": "'Credit'"},
}
"""How a good line comes to fulfil a condition that it does not."""

BREAKERS = {
    Asks.FILLED: NULL,
    Asks.IS_NOT: "'Usage-Based'",
    Asks.ONE_OF: "'Something'",
    Asks.NOT_NEGATIVE: "-1",
    Asks.PRODUCT: "7.99",
    Asks.STRING: "'  '",
    Asks.DATE_AND_TIME: "TIMESTAMPTZ '2026-03-01 00:00:00.5Z'",
    Asks.UNIT: "'10K/Hours'",
    Asks.CURRENCY: "'usd'",
    Asks.NATIONAL_CURRENCY: "'ABC'",
    Asks.KEY_VALUE: "'[1]'",
    Asks.SERVICE_SUBCATEGORY: "'Machines'",
    Asks.SUBCATEGORY_OF: "'Bots'",
    Asks.IS: "1",
}


def named(rule: Rule) -> str:
    return rule.rule


def held(rule: Rule) -> dict[str, str]:
    """What makes the rule's condition hold on a good line."""
    condition = rule.condition
    if condition.endswith(" IS NULL") and " AND " not in condition:
        return {condition.removesuffix(" IS NULL"): NULL}
    return HOLDS.get(condition, {})


def breaker(rule: Rule) -> dict[str, str]:
    if rule.asks is Asks.NUMERIC:
        return {"x_exact": f"MAP {{'{rule.column}': '1,5'}}"}
    if rule.asks is Asks.EMPTY:
        return {rule.column: GOOD[rule.column]}
    return {rule.column: BREAKERS[rule.asks]}


def keeper(rule: Rule) -> dict[str, str]:
    if rule.asks is Asks.EMPTY:
        return {rule.column: NULL}
    if rule.asks is Asks.IS:
        return {rule.column: rule.argument}
    if rule.asks is Asks.IS_NOT:
        return {rule.column: "'One-Time'"}
    return {}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened


def put(con: duckdb.DuckDBPyConnection, *lines: dict[str, str]) -> None:
    con.execute(f"CREATE OR REPLACE TABLE line AS {EMPTY_LINES}")
    for line in lines:
        cells = GOOD | line
        names = ", ".join(f'"{name}"' for name in cells)
        con.execute(f"INSERT INTO line ({names}) VALUES ({', '.join(cells.values())})")


def broken(con: duckdb.DuckDBPyConnection, rules: list[Rule] | None = None) -> dict[str, int]:
    return {
        found.rule.rule: found.lines for one in judge(con, "line", rules) for found in one.broken
    }


def looking_at(column: str) -> list[Rule]:
    """The rules that a change of the column may concern: asking all three hundred of one line is
    a fifth of a second."""
    return [
        rule
        for rule in focus_rules()
        if column in {rule.column, *rule.words, *WORD.findall(rule.condition)}
    ]


ON_VALUES = [
    rule
    for rule in focus_rules()
    if rule.asks not in (Asks.PRESENT, Asks.TYPE, Asks.ONE)
    and not (rule.asks is Asks.KEY_VALUE and rule.column == "Tags")
]


def test_a_good_line_keeps_every_rule(con: duckdb.DuckDBPyConnection) -> None:
    put(con, {})
    assert judge(con, "line") == (Judged("aws", DAY, 1, len(focus_rules()), ()),)


@pytest.mark.parametrize("rule", ON_VALUES, ids=named)
def test_a_rule_finds_the_line_that_breaks_it_and_no_other(
    con: duckdb.DuckDBPyConnection, rule: Rule
) -> None:
    put(con, held(rule) | keeper(rule), held(rule) | breaker(rule))
    assert broken(con, [rule]) == {rule.rule: 1}


@pytest.mark.parametrize("rule", [r for r in ON_VALUES if r.condition], ids=named)
def test_a_rule_leaves_lines_alone_that_its_condition_does_not_hold_for(
    con: duckdb.DuckDBPyConnection, rule: Rule
) -> None:
    put(con, held(rule) | breaker(rule))
    con.execute(f"DELETE FROM line WHERE {rule.condition}")
    assert con.execute("SELECT count(*) FROM line").fetchone() == (0,)
    condition_off = {
        "ChargeClass IS DISTINCT FROM 'Correction'": {"ChargeClass": "'Correction'"},
        "IS NOT NULL": {
            rule.condition.split(" IS NOT NULL")[0].split()[-1]: NULL,
        },
    }
    off = next((line for part, line in condition_off.items() if part in rule.condition), {})
    put(con, breaker(rule) | off)
    assert broken(con, [rule]) == {}


@pytest.mark.parametrize("rule", [r for r in focus_rules() if r.asks is Asks.PRESENT], ids=named)
def test_a_missing_column_breaks_its_rule_alone(con: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    put(con, {}, {})
    con.execute(f'ALTER TABLE line DROP COLUMN "{rule.column}"')
    found = broken(con, looking_at(rule.column))
    asked = {r.rule for r in focus_rules() if r.asks is Asks.PRESENT and r.column == rule.column}
    assert found == dict.fromkeys(asked, 2)


@pytest.mark.parametrize("rule", [r for r in focus_rules() if r.asks is Asks.TYPE], ids=named)
def test_a_column_of_another_type_breaks_its_rule_alone(
    con: duckdb.DuckDBPyConnection, rule: Rule
) -> None:
    put(con, {})
    con.execute(f'ALTER TABLE line ALTER COLUMN "{rule.column}" TYPE BIGINT USING 1')
    assert broken(con, looking_at(rule.column)) == {rule.rule: 1}


@pytest.mark.parametrize("rule", [r for r in focus_rules() if r.asks is Asks.ONE], ids=named)
def test_one_value_goes_with_one_other(con: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    other = {rule.argument: "'another'"}
    put(con, {}, {}, {rule.column: "'else'"}, other)
    assert broken(con, [rule]) == {rule.rule: 3}
    put(con, {}, {}, {rule.column: "'else'"} | other)
    assert broken(con, [rule]) == {}


@pytest.mark.parametrize(
    ("unit", "kept"),
    [
        ("Hours", True),
        ("GB-Hours", True),
        ("GB/Month", True),
        ("API Calls", True),
        ("1000 Requests", True),
        ("Units/3 Months", True),
        ("Lambda-GB-Second", False),
        ("10K Requests/Month", False),
        ("1 GB-Hours", False),
        ("10 %", False),
        ("GB-Mo", False),
        ("", False),
    ],
)
def test_a_unit_has_one_of_the_forms_of_focus(
    con: duckdb.DuckDBPyConnection, unit: str, kept: bool
) -> None:
    put(con, {"PricingUnit": f"'{unit}'"})
    assert ("PricingUnit-C-003-O" not in broken(con, looking_at("PricingUnit"))) is kept


@pytest.mark.parametrize(
    ("details", "kept"),
    [
        ('{"a": 1, "b": null, "c": "x"}', True),
        ("{}", True),
        ('{"a": {"b": 1}}', False),
        ('{"a": [1]}', False),
        ('"a"', False),
        ("a=b", False),
    ],
)
def test_a_key_value_column_is_a_flat_json_object(
    con: duckdb.DuckDBPyConnection, details: str, kept: bool
) -> None:
    put(con, {"SkuPriceDetails": f"'{details}'"})
    assert ("SkuPriceDetails-C-001-M" not in broken(con, looking_at("SkuPriceDetails"))) is kept


def test_failures_are_told_by_provider_and_day_with_one_of_the_lines(
    con: duckdb.DuckDBPyConnection,
) -> None:
    put(
        con,
        {"x_record_number": "9", "ListCost": NULL},
        {"x_record_number": "8", "ListCost": NULL},
        {"day": "DATE '2026-03-02'"},
        {"provider": "'oracle'", "SkuMeter": NULL},
    )
    first, second, oracle = judge(con, "line")
    assert (first.day, first.lines, [(b.rule.rule, b.lines, b.example) for b in first.broken]) == (
        DAY,
        2,
        [("ListCost-C-003-M", 2, "abc record 8")],
    )
    assert (second.day, second.broken) == (date(2026, 3, 2), ())
    assert (oracle.provider, [b.rule.level for b in oracle.broken]) == ("oracle", [Level.SHOULD])
    assert oracle.of(Level.MUST) == ()


def test_no_line_is_no_day(con: duckdb.DuckDBPyConnection) -> None:
    put(con)
    assert judge(con, "line") == ()


def test_the_table_names_focus_columns_and_numbers_each_rule_once() -> None:
    rules = focus_rules()
    numbers = [rule.rule for rule in rules]
    assert len(set(numbers)) == len(numbers)
    known = {column.name for column in FOCUS_COLUMNS}
    assert {rule.column for rule in rules} == known
    read = {column.name for column in LINE_COLUMNS}
    for rule in rules:
        if rule.asks in (Asks.PRODUCT, Asks.ONE, Asks.SUBCATEGORY_OF):
            assert set(rule.words) <= read
        assert rule.rule.startswith((f"{rule.column}-C-", "CostAndUsage-D-")) or rule.asks in (
            Asks.PRODUCT,
        )
        assert rule.sentence.startswith(rule.column)


def test_every_category_has_its_other_subcategory(con: duckdb.DuckDBPyConnection) -> None:
    put(
        con,
        *(
            {
                "ServiceName": f"'{category}'",
                "ServiceCategory": f"'{category}'",
                "ServiceSubcategory": f"'Other ({category})'",
            }
            for category in SUBCATEGORIES
        ),
    )
    assert broken(con) == {}
