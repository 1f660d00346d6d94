"""Who bears what, by which rule, and what the settings and the driver table may not say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cloudledger import exact
from cloudledger.governance.chargeback.allocation import Bearer, BillLine, Line, charge_back, totals
from cloudledger.governance.chargeback.config import Chargeback, ChargebackRefused, first_of
from cloudledger.governance.chargeback.drivers import DriverTable, read_drivers
from cloudledger.governance.chargeback.split import of_units

MONTH = date(2026, 10, 1)
CENTERS = [{"code": code, "name": f"Center {code}", "owner": "ops"} for code in ("A", "B", "C")]
SHARED = {"tags": {"cost_center": ["SHARED"]}}


def rules(*pools: dict[str, Any], **more: Any) -> Chargeback:
    return Chargeback.model_validate({"centers": CENTERS, "pools": pools} | more)


def pool(split: dict[str, Any], select: dict[str, Any] = SHARED, **more: Any) -> dict[str, Any]:
    return {"name": "platform", "select": select, "split": split} | more


def line(amount: str | Decimal, center: str = "", **more: Any) -> BillLine:
    told: dict[str, Any] = {
        "provider_name": "Oracle",
        "service_name": "COMPUTE",
        "sub_account_id": "one",
        "charge_category": "Usage",
        "tags": {"cost_center": center} if center else {},
    }
    return BillLine(**told | more, amount=Decimal(amount))


def borne(
    bill: Sequence[BillLine], by: Chargeback, drivers: DriverTable | None = None
) -> dict[str, Decimal]:
    lines = charge_back(bill, by, MONTH, drivers or {})
    assert exact.total(one.amount for one in lines) == exact.total(one.amount for one in bill)
    return {code or "untagged": amount for (_, code), amount in totals(lines).items()}


def told(lines: Sequence[Line]) -> set[str]:
    return {one.rule for one in lines if one.kind.pool}


BILL = [line("30", "A"), line("10", "B"), line("7"), line("2", "NEW"), line("12", "SHARED")]


def test_without_pools_the_tag_tells_and_what_is_unknown_stands_alone() -> None:
    lines = charge_back(BILL, rules(), MONTH, {})
    assert [(one.bearer, one.cost_center, one.amount) for one in lines] == [
        (Bearer.CENTER, "A", 30),
        (Bearer.CENTER, "B", 10),
        (Bearer.UNKNOWN, "NEW", 2),
        (Bearer.UNKNOWN, "SHARED", 12),
        (Bearer.UNTAGGED, "", 7),
    ]


def test_usage_is_in_proportion_to_direct_cost() -> None:
    found = borne(BILL, rules(pool({"by": "usage"})))
    assert found == {"A": 39, "B": 13, "NEW": 2, "untagged": 7}


def test_usage_of_a_service_goes_by_that_service_only() -> None:
    bill = [*BILL, line("1", "A", service_name="DB"), line("3", "C", service_name="DB")]
    by = rules(pool({"by": "usage", "services": ["DB"]}))
    assert borne(bill, by) == {"A": 34, "B": 10, "C": 12, "NEW": 2, "untagged": 7}
    assert told(charge_back(bill, by, MONTH, {})) == {"usage of DB"}


def test_usage_of_a_provider_goes_by_that_provider_only() -> None:
    bill = [*BILL, line("3", "C", provider_name="AWS")]
    by = rules(pool({"by": "usage", "providers": ["AWS"]}))
    assert borne(bill, by)["C"] == 15
    assert told(charge_back(bill, by, MONTH, {})) == {"usage of AWS"}


def test_even_fixed_and_driver_splits() -> None:
    assert borne(BILL, rules(pool({"by": "even"})))["C"] == 4
    assert "C" not in borne(BILL, rules(pool({"by": "even", "among": ["A", "B"]})))
    fixed = rules(pool({"by": "fixed", "percent": {"A": "12.5", "C": "87.5"}}))
    assert borne(BILL, fixed)["C"] == Decimal("10.5")
    by = rules(pool({"by": "driver", "driver": "requests"}), drivers=Path("drivers.csv"))
    units = {("2026-10", "requests"): {"B": Decimal(1), "C": Decimal(2)}}
    assert borne(BILL, by, units)["C"] == 8
    assert told(charge_back(BILL, by, MONTH, units)) == {"requests 1 of 3", "requests 2 of 3"}


@pytest.mark.parametrize(
    ("split", "drivers", "rule"),
    [
        ({"by": "usage"}, {}, "even: nothing to go by (usage)"),
        (
            {"by": "driver", "driver": "r"},
            {("2026-10", "r"): dict.fromkeys("ABC", Decimal(0))},
            "even: nothing to go by (r 0 of 0)",
        ),
    ],
)
def test_with_nothing_to_go_by_a_pool_is_split_evenly_and_says_so(
    split: dict[str, Any], drivers: DriverTable, rule: str
) -> None:
    bill = [line("-9", "SHARED"), line("-5", "A"), line("0", "B")]
    lines = charge_back(bill, rules(pool(split), drivers=Path("d.csv")), MONTH, drivers)
    assert {one.cost_center: one.amount for one in lines if one.kind.pool} == dict.fromkeys(
        "ABC", Decimal(-3)
    )
    assert told(lines) == {rule}


def test_a_driver_table_without_the_month_is_an_error_only_where_a_pool_has_cost() -> None:
    by = rules(pool({"by": "driver", "driver": "requests"}), drivers=Path("drivers.csv"))
    with pytest.raises(ChargebackRefused, match=r"drivers.csv has no row of requests in 2026-10"):
        charge_back(BILL, by, MONTH, {("2026-09", "requests"): {"A": Decimal(1)}})
    assert borne([line("1", "A")], by) == {"A": 1}


def test_a_pool_takes_what_meets_everything_it_selects_and_the_first_pool_wins() -> None:
    tax = pool(
        {"by": "even", "among": ["C"]},
        {"charge_categories": ["Tax"], "providers": ["AWS"], "sub_accounts": ["one"]},
        name="tax",
    )
    rest = pool({"by": "even", "among": ["B"]}, {"services": ["COMPUTE"]}, name="rest")
    aws_tax = {"charge_category": "Tax", "provider_name": "AWS"}
    bill = [
        line("1", **aws_tax),
        line("2", **aws_tax | {"sub_account_id": None}),
        line("4", charge_category="Tax", service_name="DB"),
    ]
    assert borne(bill, rules(tax, rest)) == {"C": 1, "B": 2, "untagged": 4}


def test_a_pool_holds_in_its_months_only() -> None:
    for span, is_split in (
        ({"first_month": "2026-10", "last_month": "2026-10"}, True),
        ({"last_month": "2026-09"}, False),
        ({"first_month": "2026-11"}, False),
    ):
        found = borne(BILL, rules(pool({"by": "even"}, **span)))
        assert ("SHARED" not in found) == is_split


MONEY = st.integers(-(10**34), 10**34).map(of_units)
LINES = st.lists(
    st.builds(
        line,
        MONEY,
        st.sampled_from(["", "A", "B", "C", "SHARED", "NEW"]),
        service_name=st.sampled_from(["COMPUTE", "DB"]),
        charge_category=st.sampled_from(["Usage", "Tax", "Credit"]),
    ),
    max_size=25,
)
WEIGHTS = st.dictionaries(st.sampled_from("ABC"), st.integers(0, 10**12).map(Decimal), min_size=1)
SPLITS = st.sampled_from(
    [
        {"by": "usage"},
        {"by": "usage", "services": ["DB"], "among": ["C", "A"]},
        {"by": "even"},
        {"by": "fixed", "percent": {"A": "33.3", "B": "66.7", "C": 0}},
        {"by": "driver", "driver": "requests"},
    ]
)


@given(LINES, SPLITS, SPLITS, WEIGHTS)
def test_whatever_the_bill_and_the_rules_the_sum_is_the_bill(
    bill: list[BillLine], one: dict[str, Any], other: dict[str, Any], units: dict[str, Decimal]
) -> None:
    taxes = pool(other, {"charge_categories": ["Tax"]}, name="taxes")
    by = rules(taxes, pool(one), drivers=Path("d.csv"))
    drivers = {("2026-10", "requests"): units}
    found = borne(bill, by, drivers)
    assert "SHARED" not in found
    lines = charge_back(bill, by, MONTH, drivers)
    assert charge_back(bill[::-1], by, MONTH, drivers) == lines
    for name in ("taxes", "platform"):
        held = [each.amount for each in bill if _takes(name, each)]
        parts = [each.amount for each in lines if each.kind.pool == name]
        assert exact.total(parts) == exact.total(held)


def _takes(pool: str, each: BillLine) -> bool:
    tax = each.charge_category == "Tax"
    return tax if pool == "taxes" else not tax and each.tags.get("cost_center") == "SHARED"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"pools": [pool({"by": "fixed", "percent": {"A": 99}})]}, "add up to 99, not to 100"),
        ({"pools": [pool({"by": "fixed", "percent": {"A": 50, "Z": 50}})]}, "no cost center Z"),
        ({"pools": [pool({"by": "even", "among": ["Z"]})]}, "no cost center Z; known are A, B, C"),
        ({"pools": [pool({"by": "usage", "among": ["A", "A"]})]}, "A given more than once"),
        ({"pools": [pool({"by": "driver", "driver": "r"})]}, "drivers names no table"),
        ({"pools": [pool({"by": "even"}, {})]}, "select: name providers"),
        ({"pools": [pool({"by": "even"})] * 2}, "pool platform: given more than once"),
        ({"pools": [pool({"by": "even"})], "centers": []}, "no centers to share it"),
        ({"centers": [*CENTERS, CENTERS[0] | {"code": "a"}]}, "center a: given more than once"),
        ({"centers": [CENTERS[0] | {"code": "../x"}]}, "code"),
        (
            {"pools": [pool({"by": "even"}, first_month="2026-10", last_month="2026-09")]},
            "last_month is before",
        ),
        ({"pools": [pool({"by": "weight"})]}, "by"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Chargeback.model_validate({"centers": CENTERS} | wrong)


def test_a_driver_table_is_read_in_any_order_of_columns(tmp_path: Path) -> None:
    file = tmp_path / "drivers.csv"
    file.write_text("units,cost_center,month,driver\n 1.5 ,A,2026-10,requests\n0,B,2026-10,seats\n")
    assert read_drivers(file, ("A", "B")) == {
        ("2026-10", "requests"): {"A": Decimal("1.5")},
        ("2026-10", "seats"): {"B": 0},
    }


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("month,driver,units\n", "no column cost_center"),
        ("month,driver,cost_center,units\n2026-13,r,A,1\n", r":2: '2026-13', 'r' is no month"),
        ("month,driver,cost_center,units\n2026-10,r,Z,1\n", "no cost center 'Z'; known are A"),
        ("month,driver,cost_center,units\n2026-10,r,A,1\n2026-10,r,A,2\n", ":3: A has units"),
        ("month,driver,cost_center,units\n2026-10,r,A,-1\n", "-1 units"),
        ("month,driver,cost_center,units\n2026-10,r,A,NaN\n", "NaN units"),
        ("month,driver,cost_center,units\n2026-10,r,A,many\n", "'many' is no number"),
        ("month,driver,cost_center,units\n2026-10,r,A\n", "'' is no number"),
        (f"month,driver,cost_center,units\n2026-10,r,A,0.{'1' * 25}\n", "at most 24 decimals"),
        ("", "no column month, driver, cost_center, units"),
    ],
)
def test_a_driver_table_that_is_wrong_says_where(tmp_path: Path, rows: str, why: str) -> None:
    file = tmp_path / "drivers.csv"
    file.write_text(rows)
    with pytest.raises(ChargebackRefused, match=why):
        read_drivers(file, ("A",))


def test_a_driver_table_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ChargebackRefused, match="name a CSV"):
        read_drivers(tmp_path / "none.csv", ("A",))


@pytest.mark.parametrize("text", ["2026-1", "2026-13", "october", "2026-10-01"])
def test_a_month_is_a_year_and_a_month(text: str) -> None:
    with pytest.raises(ValueError, match="is no month"):
        first_of(text)
    assert first_of("2026-10") == MONTH
