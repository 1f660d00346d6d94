"""Quantities too long for DECIMAL(38,24): their line stays, with their text; costs stay refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from plain_reports import PLAIN
from report_files import (
    Opened,
    as_csv,
    exact_totals,
    focus_csv,
    oci_lines,
    opened,
)

from cloudledger.focus.columns import COST_COLUMNS, LINE_COLUMNS, Kind
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.formats import FORMATS

LONG = "1234567890123456.75"
TOO_LONG = f"needs more than 14 digits before the decimal point: {LONG}"


def control(found: Opened, measure: str) -> list[tuple[bool, Decimal, Decimal, int]]:
    """(kept, amount, rounding, lines) of each group, those kept first."""
    return sorted(
        (
            (control.group.kept, control.amount, control.rounding, control.lines)
            for control in found.report.controls
            if control.measure == measure
        ),
        reverse=True,
    )


def mapped(found: Opened, measure: str) -> Decimal:
    """What the lake will sum."""
    (amount,) = found.con.execute(f"SELECT coalesce(sum({measure}), 0) FROM focus_line").fetchall()
    return Decimal(amount[0])


def test_which_decimals_are_costs() -> None:
    decimals = {column.name for column in LINE_COLUMNS if column.kind is Kind.DECIMAL}
    assert decimals - set(COST_COLUMNS) == {
        "ListUnitPrice",
        "ContractedUnitPrice",
        "PricingCurrencyListUnitPrice",
        "PricingCurrencyContractedUnitPrice",
        "PricingQuantity",
        "ConsumedQuantity",
        "CommitmentDiscountQuantity",
        "x_billed_quantity_overage",
        "x_attributed_usage",
    }
    assert set(COST_COLUMNS) < decimals
    fed = {name: [c.name for c in one.columns if c.is_cost] for name, one in FORMATS.items()}
    assert fed["oci_cost"] == ["cost/myCost", "cost/myCostOverage", "cost/attributedCost"]


def test_byte_seconds_keep_their_line_and_their_text(tmp_path: Path) -> None:
    data = focus_csv({"ConsumedQuantity": LONG}, {"ConsumedQuantity": "-2.5E+15"}, {})
    found = opened(data, tmp_path)
    assert (found.report.kept, found.report.set_aside) == (3, ())
    assert found.lines("ConsumedQuantity", "PricingQuantity", "BilledCost", "x_exact") == [
        (None, Decimal(3), Decimal("1.5"), {"ConsumedQuantity": LONG}),
        (None, Decimal(3), Decimal("1.5"), {"ConsumedQuantity": "-2.5E+15"}),
        (Decimal(4), Decimal(3), Decimal("1.5"), {}),
    ]
    rounding = Decimal(LONG) - Decimal("2.5E+15")
    assert control(found, "ConsumedQuantity") == [(True, Decimal(4), rounding, 3)]
    assert mapped(found, "ConsumedQuantity") == Decimal(4)
    assert control(found, "PricingQuantity") == [(True, Decimal(9), Decimal(0), 3)]
    assert found.totals(kept=True) == exact_totals(data, "focus")


def test_one_raw_quantity_stands_under_each_column_it_feeds(tmp_path: Path) -> None:
    lines = oci_lines(2)
    lines[0] |= {"usage/billedQuantity": LONG, "usage/billedQuantityOverage": "1E14"}
    lines[1] |= {"cost/unitPrice": "-100000000000000"}
    found = opened(as_csv(lines), tmp_path)
    assert found.report.set_aside == ()
    assert found.lines(
        "PricingQuantity",
        "ConsumedQuantity",
        "x_billed_quantity_overage",
        "ContractedUnitPrice",
        "x_exact",
    ) == [
        (
            None,
            None,
            None,
            Decimal("0.5"),
            {
                "PricingQuantity": LONG,
                "ConsumedQuantity": LONG,
                "x_billed_quantity_overage": "1E14",
            },
        ),
        (
            Decimal("2.5"),
            Decimal("2.5"),
            None,
            None,
            dict.fromkeys(
                ("ContractedUnitPrice", "PricingCurrencyContractedUnitPrice"), "-100000000000000"
            ),
        ),
    ]


@pytest.mark.parametrize(
    "column",
    [
        "ListUnitPrice",
        "ContractedUnitPrice",
        "PricingCurrencyListUnitPrice",
        "PricingCurrencyContractedUnitPrice",
        "PricingQuantity",
        "ConsumedQuantity",
        "CommitmentDiscountQuantity",
    ],
)
def test_any_quantity_or_unit_price_of_focus_may_be_long(tmp_path: Path, column: str) -> None:
    found = opened(focus_csv({column: LONG}, {column: "1"}), tmp_path)
    assert found.report.set_aside == ()
    assert found.lines(column, "x_exact") == [(None, {column: LONG}), (Decimal(1), {})]


@pytest.mark.parametrize(
    ("format_name", "column"),
    [(name, c.name) for name, one in FORMATS.items() for c in one.columns if c.is_cost],
)
def test_a_long_cost_sets_its_record_aside(tmp_path: Path, format_name: str, column: str) -> None:
    found = PLAIN[format_name].opened(tmp_path, {column: LONG})
    assert found.report.format.name == format_name
    assert found.reasons() == {1: (column, TOO_LONG)}


def test_a_quantity_beyond_a_thousand_digits_is_no_number(tmp_path: Path) -> None:
    found = opened(focus_csv({"ConsumedQuantity": "1E1000"}, {}), tmp_path)
    assert found.reasons() == {
        1: ("ConsumedQuantity", "needs more than 1000 digits before the decimal point: 1E1000")
    }


def test_a_long_quantity_of_a_record_set_aside_is_no_amount_either(tmp_path: Path) -> None:
    found = opened(focus_csv({"ConsumedQuantity": LONG, "BilledCost": "x"}, {}), tmp_path)
    assert found.reasons() == {1: ("BilledCost", "is not a number: x")}
    assert control(found, "ConsumedQuantity") == [
        (True, Decimal(4), Decimal(0), 1),
        (False, Decimal(0), Decimal(LONG), 1),
    ]


@pytest.mark.parametrize("big", ["60000000000000", "6E13", "-6.0E+13", "-60000000000000.0"])
@pytest.mark.parametrize("days", [("18", "18"), ("18", "19")], ids=["one day", "two days"])
def test_a_sum_of_quantities_too_long_leaves_the_longest_as_text(
    tmp_path: Path, big: str, days: tuple[str, str]
) -> None:
    starts = [f"2024-09-{day} 22:00:00" for day in days]
    lines = [
        {"ConsumedQuantity": big, "ChargePeriodStart": starts[0]},
        {"ConsumedQuantity": big, "ChargePeriodStart": starts[1]},
        {"ConsumedQuantity": "9999999999999.5"},
        {"ConsumedQuantity": "0.5", "PricingQuantity": "20000000000000"},
    ]
    data = focus_csv(*lines)
    found = opened(data, tmp_path)
    assert found.report.set_aside == ()
    assert found.lines("ConsumedQuantity", "PricingQuantity", "x_exact") == [
        (None, Decimal(3), {"ConsumedQuantity": big}),
        (None, Decimal(3), {"ConsumedQuantity": big}),
        (Decimal("9999999999999.5"), Decimal(3), {}),
        (Decimal("0.5"), Decimal(20000000000000), {}),
    ]
    sums = control(found, "ConsumedQuantity")
    assert sum(amount for _, amount, _, _ in sums) == mapped(found, "ConsumedQuantity") == 10**13
    assert sum(rounding for _, _, rounding, _ in sums) == 2 * Decimal(big)
    assert found.totals(kept=True) == exact_totals(data, "focus")


def test_a_sum_of_quantities_that_fits_narrows_nothing(tmp_path: Path) -> None:
    data = focus_csv({"ConsumedQuantity": "-49999999999999"}, {"ConsumedQuantity": "5E13"})
    found = opened(data, tmp_path)
    assert found.lines("ConsumedQuantity", "x_exact") == [
        (Decimal(-49999999999999), {}),
        (Decimal("5E13"), {}),
    ]


def test_records_set_aside_count_in_the_sum_too(tmp_path: Path) -> None:
    big = {"ConsumedQuantity": "60000000000000"}
    found = opened(focus_csv(big, big | {"BilledCost": "x"}), tmp_path)
    assert found.lines("ConsumedQuantity", "x_exact") == [(None, big)]
    assert control(found, "ConsumedQuantity") == [
        (True, Decimal(0), Decimal("6E13"), 1),
        (False, Decimal(0), Decimal("6E13"), 1),
    ]


def test_the_more_records_the_fewer_digits_a_number_keeps(tmp_path: Path) -> None:
    cells = ["900000000000", "9999999999999", *["99999999999999"] * 10]
    found = opened(focus_csv(*({"ConsumedQuantity": cell} for cell in cells)), tmp_path)
    kept = [amount for (amount,) in found.lines("ConsumedQuantity") if amount is not None]
    assert kept == [Decimal("900000000000")]
    assert found.report.digits["ConsumedQuantity"] == 12
    assert found.report.digits["PricingQuantity"] == 14
    assert "BilledCost" not in found.report.digits


@pytest.mark.parametrize("cost", ["90000000000000", "5E13"])
def test_a_sum_of_costs_too_long_is_said(tmp_path: Path, cost: str) -> None:
    data = focus_csv({"BilledCost": cost}, {"BilledCost": cost})
    with pytest.raises(UnreadableReport, match=r"a cost of one day .* more than 14 digits"):
        opened(data, tmp_path)
