"""Which budgets are wanted, and what of an account's own differs from them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from cloudledger.governance.budgets.wanted import Outlook, plan_budgets, wanted, wanted_amount
from cloudledger.governance.change import Action, Change, Found
from cloudledger.governance.config import BudgetDefaults, Governance

TENANCY = {"name": "main", "kind": "oci", "conn_id": "oci", "account_id": "t", "currency": "EUR"}
PAYER = {"name": "aws", "kind": "aws", "conn_id": "aws", "account_id": "1", "currency": "USD"}
SHOP = {"name": "shop", "account": "main", "scope": {"kind": "compartment", "value": "ocid1.c"}}
DEFAULTS = BudgetDefaults(owners=("finops@example.com",))


def filed(*budgets: dict[str, Any]) -> Governance:
    return Governance.model_validate({"accounts": [TENANCY, PAYER], "budgets": list(budgets)})


def outlook(upper: str) -> Outlook:
    return Outlook(date(2026, 3, 1), Decimal(upper) - 100, Decimal(upper), "forecast of March")


def planned(
    budget: dict[str, Any],
    foreseen: Outlook | str,
    *found: dict[str, Any],
    last: dict[str, Any] | None = None,
) -> list[Change]:
    file = filed(budget)
    there = {one["name"]: Found(one, "etag") for one in found}
    kept = {last["name"]: last} if last else {}
    account = file.account(file.budgets[0].account)
    return plan_budgets(account, file.budgets, {budget["name"]: foreseen}, there, kept, DEFAULTS)


def held(amount: str, **other: Any) -> dict[str, Any]:
    file = filed(SHOP)
    return wanted(Decimal(amount), file.budgets[0], file.accounts[0], DEFAULTS) | other


@pytest.mark.parametrize(
    ("upper", "given", "amount"),
    [
        ("1000", {}, "1100"),
        ("1000.01", {}, "1110"),
        ("1000", {"buffer": 0}, "1000"),
        ("1000", {"buffer": "0.25", "round_to": 100}, "1300"),
        ("10", {"floor": 500}, "500"),
        ("9000", {"ceiling": 5000}, "5000"),
        ("-3", {}, "10"),
    ],
)
def test_an_amount_is_the_upper_bound_buffered_rounded_up_and_held_within_its_limits(
    upper: str, given: dict[str, Any], amount: str
) -> None:
    (budget,) = filed(SHOP | given).budgets
    assert wanted_amount(outlook(upper), budget, DEFAULTS)[0] == Decimal(amount)


def test_what_is_not_there_is_created_with_three_rules() -> None:
    (change,) = planned(SHOP, outlook("1000"))
    assert change.action is Action.CREATE
    assert change.after is not None
    assert change.after["amount"] == "1100"
    told = [(rule["type"], rule["percent"]) for rule in change.after["rules"]]
    assert told == [("ACTUAL", "70"), ("ACTUAL", "90"), ("FORECAST", "100")]


def test_what_is_as_wanted_is_unchanged() -> None:
    (change,) = planned(SHOP, outlook("1000"), held("1100"))
    assert change.action is Action.UNCHANGED


def test_a_little_more_changes_nothing_and_a_lot_does() -> None:
    (little,) = planned(SHOP, outlook("1040"), held("1100"))
    (lot,) = planned(SHOP, outlook("1400"), held("1100"))
    assert little.action is Action.UNCHANGED
    assert lot.action is Action.UPDATE
    assert "amount 1100 becomes 1540" in lot.reasons
    assert lot.version == "etag"


def test_a_held_amount_outside_the_limits_is_changed_however_near() -> None:
    (change,) = planned(SHOP | {"ceiling": 1090}, outlook("1000"), held("1100"))
    assert change.after is not None
    assert change.after["amount"] == "1090"


def test_what_is_ours_and_not_wanted_is_retired_and_what_is_not_ours_is_left() -> None:
    old = held("50", name="old")
    foreign = held("50", name="theirs", managed=False)
    changes = planned(SHOP, outlook("1000"), held("1100"), old, foreign)
    assert {change.target: change.action for change in changes} == {
        "shop": Action.UNCHANGED,
        "old": Action.RETIRE,
    }


def test_a_foreign_budget_that_may_be_adopted_is_updated_to_be_ours() -> None:
    (change,) = planned(SHOP | {"adopt": True}, outlook("1000"), held("1100", managed=False))
    assert change.action is Action.UPDATE
    assert any("adopted" in reason for reason in change.reasons)


def test_without_a_forecast_an_amount_stays_a_floor_serves_or_nothing_is_made() -> None:
    (stays,) = planned(SHOP, "no forecast", held("1100"))
    (floor,) = planned(SHOP | {"floor": 300}, "no forecast")
    (nothing,) = planned(SHOP, "no forecast")
    assert stays.action is Action.UNCHANGED
    assert floor.after is not None
    assert floor.after["amount"] == "300"
    assert (nothing.before, nothing.after) == (None, None)
    assert "no forecast" in nothing.reasons[0]


def test_what_somebody_else_changed_is_told_and_put_right() -> None:
    (change,) = planned(SHOP, outlook("1000"), held("5000"), last=held("1100"))
    assert change.action is Action.UPDATE
    assert change.reasons[0] == "changed by somebody else: amount 1100 becomes 5000"
    (deleted,) = planned(SHOP, outlook("1000"), last=held("1100"))
    assert deleted.action is Action.CREATE
    assert deleted.reasons[0] == "it was deleted by somebody else"


def test_a_provider_is_asked_only_what_it_can_hold() -> None:
    service = {"name": "ec2", "account": "aws", "scope": {"kind": "service", "value": "EC2"}}
    (on_aws,) = planned(service | {"topics": ["arn:aws:sns:eu:1:t"]}, outlook("9"))
    (on_oci,) = planned(SHOP, outlook("9"))
    assert on_aws.after is not None
    assert on_oci.after is not None
    assert set(on_aws.after) - set(on_oci.after) == {"currency"}
    assert set(on_aws.after["rules"][0]) == {"type", "percent", "emails", "topics"}
    assert set(on_oci.after["rules"][0]) == {"type", "percent", "emails", "message"}


def test_a_service_is_called_what_the_cloud_calls_it() -> None:
    scope = {"kind": "service", "value": "EC2", "cloud_value": "Amazon EC2 - Compute"}
    (change,) = planned({"name": "ec2", "account": "aws", "scope": scope}, outlook("9"))
    assert change.after is not None
    assert change.after["scope"] == {"kind": "service", "value": "Amazon EC2 - Compute"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (SHOP | {"account": "other"}, "there is no account other"),
        (SHOP | {"scope": {"kind": "service", "value": "EC2"}}, "no budgets by service"),
        (SHOP | {"scope": {"kind": "compartment"}}, "no value"),
        (SHOP | {"scope": {"kind": "tag", "value": "CC-1"}}, "needs its key"),
        (SHOP | {"scope": {"kind": "tag", "key": "k", "value": "v"}}, "<namespace>.<key>"),
        (SHOP | {"topics": ["arn"]}, "no topics"),
        (SHOP | {"floor": 9, "ceiling": 3}, "its floor is above its ceiling"),
        (SHOP | {"bufer": 1}, "bufer"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_the_reason(
    wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        filed(wrong)


def test_a_name_is_given_once_in_an_account() -> None:
    with pytest.raises(ValidationError, match="twice"):
        filed(SHOP, SHOP)
