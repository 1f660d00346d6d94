"""Budgets of both clouds behave alike: made, changed, adopted, retired; and when it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cloudledger.governance.apply import State, apply
from cloudledger.governance.budgets.wanted import Outlook, plan_budgets
from cloudledger.governance.change import (
    Account,
    AccountError,
    AccountUnavailable,
    Action,
    Change,
    Conflict,
    Document,
    NotAllowed,
    QuotaReached,
    between,
)
from cloudledger.governance.config import Governance
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.server import serve as serve_oci
from tests.support.budget_accounts import AwsBench, Bench, OciBench


@pytest.fixture(params=["oci", "aws"])
def bench(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Bench]:
    if request.param == "oci":
        with serve_oci(tmp_path) as oci:
            yield OciBench(oci)
    else:
        with serve_aws() as aws:
            yield AwsBench(aws)


def change_to(account: Account, target: str, after: Document | None) -> Change:
    """As a plan has it."""
    found = account.read(target)
    before, version = (found.document, found.version) if found else (None, None)
    return Change("prod", target, before, after, version)


def make(account: Account, target: str, after: Document | None) -> None:
    account.write(change_to(account, target, after))


def held(account: Account) -> dict[str, Document]:
    return {target: found.document for target, found in account.list().items()}


def test_a_budget_is_made_and_read_back_as_it_was_wanted(bench: Bench) -> None:
    account = bench.account()
    wanted = bench.wanted("shop")
    change = change_to(account, "shop", wanted)
    account.write(change)
    assert held(account) == {"shop": wanted}
    there = bench.state()
    account.write(change)
    assert bench.state() == there, "the same change again changes nothing"
    make(account, "shop", wanted)
    assert bench.state() == there, "neither does a plan of what is there"


def test_every_scope_comes_back(bench: Bench) -> None:
    account = bench.account()
    scopes: list[dict[str, str]] = {
        "oci": [
            {"kind": "total"},
            {"kind": "compartment", "value": "ocid1.compartment.oc1..a"},
            {"kind": "tag", "key": "finops.cost_center", "value": "CC-101.b"},
        ],
        "aws": [
            {"kind": "total"},
            {"kind": "account", "value": "210987654321"},
            {"kind": "service", "value": "Amazon Elastic Compute Cloud - Compute"},
            {"kind": "tag", "key": "cost_center", "value": "CC-101$b"},
        ],
    }[bench.kind]
    for place, scope in enumerate(scopes):
        wanted = bench.wanted(f"b{place}", scope=scope)
        make(account, f"b{place}", wanted)
        assert account.read(f"b{place}").document == wanted  # type: ignore[union-attr]
    with pytest.raises(AccountError, match="no budgets by planet"):
        make(account, "mars", bench.wanted("mars", scope={"kind": "planet", "value": "mars"}))


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [("ACTUAL", "70"), ("ACTUAL", "90"), ("FORECAST", "100")],
        [("ACTUAL", "70"), ("FORECAST", "110.5")],
        [("FORECAST", "90")],
        [("ACTUAL", "90"), ("ACTUAL", "70.25")],
    ],
)
def test_alert_rules_are_added_changed_and_removed(bench: Bench, rules: list[Any]) -> None:
    account = bench.account()
    make(account, "shop", bench.wanted("shop"))
    told = sorted((bench.rule(*rule) for rule in rules), key=lambda r: (r["type"], r["percent"]))
    make(account, "shop", bench.wanted("shop", rules=told))
    assert held(account) == {"shop": bench.wanted("shop", rules=told)}
    make(account, "shop", bench.wanted("shop"))
    assert held(account) == {"shop": bench.wanted("shop")}


@pytest.mark.parametrize("emails", [["a@b.c"], ["a@b.c", "b@b.c"], ["team@example.com", "z@b.c"]])
def test_the_addresses_of_a_rule_change(bench: Bench, emails: list[str]) -> None:
    account = bench.account()
    make(account, "shop", bench.wanted("shop"))
    rules = [bench.rule("ACTUAL", "70", emails), bench.rule("ACTUAL", "90")]
    make(account, "shop", bench.wanted("shop", rules=rules))
    assert held(account) == {"shop": bench.wanted("shop", rules=rules)}


def test_an_amount_is_updated_in_place(bench: Bench) -> None:
    account = bench.account()
    make(account, "shop", bench.wanted("shop"))
    make(account, "shop", bench.wanted("shop", "1500"))
    assert held(account) == {"shop": bench.wanted("shop", "1500")}
    operations = [operation for operation, _ in bench.sent()]
    assert operations.count("create_budget") == 1, "it is updated, not made again"
    assert operations.count("update_budget") == 1


def test_what_is_not_ours_is_neither_seen_nor_touched(bench: Bench) -> None:
    bench.plant("theirs")
    there = bench.state()
    account = bench.account()
    assert held(account) == {}
    assert account.read("theirs") is None
    with pytest.raises(AccountError, match="not ours"):
        make(account, "theirs", bench.wanted("theirs"))
    make(account, "theirs", None)
    assert bench.state() == there
    make(account, "shop", bench.wanted("shop"))
    make(account, "shop", None)
    assert bench.state() == there


def test_a_named_budget_is_adopted_and_not_retired_before(bench: Bench) -> None:
    bench.plant("theirs")
    account = bench.account(adopt=["theirs", "none"])
    (found,) = held(account).values()
    assert (found["amount"], found["managed"]) == ("500", False)
    there = bench.state()
    with pytest.raises(AccountError, match="not ours"):
        make(account, "theirs", None)
    assert bench.state() == there
    make(account, "theirs", dict(found) | {"managed": True})
    assert held(bench.account()) == {"theirs": dict(found) | {"managed": True}}
    assert bench.tags("theirs") == {"team": "shop", "managed-by": "cloudledger"}
    if bench.kind == "aws":  # where an update sets what was spent so far back to nothing
        assert "update_budget" not in [operation for operation, _ in bench.sent()]
    wanted = bench.wanted("theirs", scope=found["scope"])
    make(account, "theirs", wanted)
    assert held(bench.account()) == {"theirs": wanted}
    make(bench.account(), "theirs", None)
    assert bench.state() == []


@pytest.mark.parametrize("how", ["throttle", "fail"])
@pytest.mark.parametrize("operation", ["create_budget", "create_rule", "update_budget", "list"])
def test_what_was_interrupted_is_finished_by_the_next_try(
    bench: Bench, how: str, operation: str
) -> None:
    account = bench.account(adopt=["theirs"])
    bench.plant("theirs")
    for target in ("shop", "theirs"):
        found = account.read(target)
        scope = {"scope": found.document["scope"]} if found else {}
        rules = [bench.rule("ACTUAL", "70"), bench.rule("FORECAST", "100")]
        wanted = bench.wanted(target, rules=rules, **scope)
        change = change_to(account, target, wanted)
        bench.strike(how, "list_budgets" if operation == "list" else operation, times=50)
        try:
            account.write(change)
        except AccountUnavailable:
            bench.calm()
            there = account.read(target)
            assert between(there.document if there else None, change.before, wanted)
            if there is not None and change.before is None:
                change = replace(change, version=there.version)
            account.write(change)
        bench.calm()
        assert account.read(target).document == wanted  # type: ignore[union-attr]
    assert len(bench.state()) == 2


def test_a_short_fault_is_not_even_noticed(bench: Bench) -> None:
    account = bench.account()
    for operation in ("list_budgets", "create_budget"):
        bench.strike("throttle", operation)
        bench.strike("fail", operation)
    make(account, "shop", bench.wanted("shop"))
    assert held(account) == {"shop": bench.wanted("shop")}


def test_a_lost_answer_makes_nothing_twice(bench: Bench) -> None:
    account = bench.account()
    for operation in ("create_budget", "update_budget"):
        bench.strike("cut", operation)
    make(account, "shop", bench.wanted("shop"))
    make(account, "shop", bench.wanted("shop", "7"))
    assert held(account) == {"shop": bench.wanted("shop", "7")}
    assert len(bench.state()) == 1


@pytest.mark.parametrize("meddling", ["meddle", "meddle_with_rules"])
def test_what_somebody_changed_since_it_was_planned_is_left(bench: Bench, meddling: str) -> None:
    account = bench.account()
    make(account, "shop", bench.wanted("shop"))
    rules = [bench.rule("ACTUAL", "80")]
    change = change_to(account, "shop", bench.wanted("shop", "1300", rules=rules))
    getattr(bench, meddling)("shop")
    there = bench.state()
    with pytest.raises(Conflict, match="lan again"):
        account.write(replace(change, after=bench.wanted("shop", rules=rules)))
    if meddling == "meddle":
        with pytest.raises(Conflict, match="lan again"):
            account.write(change)
        assert bench.state() == there
    make(account, "shop", change.after)
    assert held(account) == {"shop": change.after}


def test_what_somebody_touched_is_no_longer_of_the_version_that_was_planned(bench: Bench) -> None:
    account = bench.account()
    make(account, "shop", bench.wanted("shop"))
    changes = [change_to(account, "shop", bench.wanted("shop", "7"))]
    changes.append(change_to(account, "shop", None))
    bench.touch("shop")
    there = bench.state()
    for change in changes:
        with pytest.raises(Conflict, match="lan again"):
            account.write(change)
    assert bench.state() == there
    make(account, "shop", bench.wanted("shop", "7"))
    assert held(account) == {"shop": bench.wanted("shop", "7")}


def test_what_was_deleted_by_hand_is_not_made_by_an_update(bench: Bench) -> None:
    account = bench.account()
    make(account, "shop", bench.wanted("shop"))
    update = change_to(account, "shop", bench.wanted("shop", "1300"))
    retire = change_to(account, "shop", None)
    bench.delete("shop")
    with pytest.raises(Conflict, match="lan again"):
        account.write(update)
    account.write(retire)
    assert bench.state() == []
    for _ in range(3):
        make(account, "shop", bench.wanted("shop"))
        assert held(account) == {"shop": bench.wanted("shop")}
        bench.delete("shop")
    assert bench.state() == []


def test_a_rule_may_come_and_go_and_come_again(bench: Bench) -> None:
    account = bench.account()
    one, two = [bench.rule("ACTUAL", "70")], [bench.rule("ACTUAL", "70"), bench.rule("ACTUAL", "9")]
    two.sort(key=lambda rule: float(rule["percent"]))
    for rules in (one, two, one, two, one, two):
        make(account, "shop", bench.wanted("shop", rules=rules))
        assert held(account) == {"shop": bench.wanted("shop", rules=rules)}


def test_the_quota_leaves_what_was_there(bench: Bench) -> None:
    account = bench.account()
    make(account, "shop", bench.wanted("shop"))
    bench.limit(1)
    there = bench.state()
    with pytest.raises(QuotaReached):
        make(account, "web", bench.wanted("web"))
    assert bench.state() == there
    bench.limit(2)
    make(account, "web", bench.wanted("web"))
    assert sorted(held(account)) == ["shop", "web"]


def test_a_refused_credential_is_told_with_what_it_needs(bench: Bench) -> None:
    needs = {"oci": "usage-budgets in tenancy", "aws": "budgets:ViewBudget"}[bench.kind]
    with pytest.raises(NotAllowed, match=needs):
        bench.account(stranger=True).list()


@pytest.mark.parametrize("operation", ["create_budget", "update_budget", "delete_budget"])
def test_a_missing_right_is_named_and_changes_nothing(bench: Bench, operation: str) -> None:
    account = bench.account()
    if operation != "create_budget":
        make(account, "shop", bench.wanted("shop"))
    after = None if operation == "delete_budget" else bench.wanted("shop", "77")
    change = change_to(account, "shop", after)
    there = bench.state()
    bench.strike("deny", operation, times=9)
    needs = {"oci": "manage usage-budgets in tenancy", "aws": "budgets:ModifyBudget"}[bench.kind]
    with pytest.raises(NotAllowed, match=needs):
        account.write(change)
    bench.calm()
    assert bench.state() == there


def test_many_budgets_come_in_pages(bench: Bench) -> None:
    account = bench.account()
    names = [f"b{number}" for number in range(5)]
    for name in names:
        make(account, name, bench.wanted(name))
    assert sorted(held(account)) == names


def test_every_body_that_is_sent_has_what_the_sdk_requires_and_nothing_it_does_not_know(
    bench: Bench,
) -> None:
    bench.plant("theirs")
    account = bench.account(adopt=["theirs"])
    rules = [bench.rule("ACTUAL", "70", ["a@b.c"]), bench.rule("FORECAST", "100.5")]
    make(account, "theirs", bench.wanted("theirs"))
    for after in (
        bench.wanted("shop"),
        bench.wanted("shop", "1500", rules=rules),
        bench.wanted("shop", "9", rules=rules[:1]),
        bench.wanted("shop", rules=[*rules, bench.rule("FORECAST", "110")]),
        None,
    ):
        make(account, "shop", after)
    sent = bench.sent()
    assert [(operation, bench.wrong(operation, body)) for operation, body in sent] == [
        (operation, "") for operation, _ in sent
    ]
    writes = {operation for operation, _ in sent}
    assert writes >= {"create_budget", "update_budget", "create_rule", "update_rule"}
    for operation, body in sent:
        assert bench.wrong(operation, body | {"surprise": 1})
        if operation == "create_budget":
            assert all(bench.wrong(operation, _without(body, name)) for name in bench.required)


def _without(body: Document, name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def test_what_is_planned_from_the_settings_is_held_and_planned_no_more(bench: Bench) -> None:
    scopes = {
        "oci": [
            {"kind": "total"},
            {"kind": "compartment", "value": "ocid1.compartment.oc1..shop"},
            {"kind": "tag", "key": "cc", "cloud_key": "finops.cc", "value": "CC-1"},
        ],
        "aws": [
            {"kind": "total"},
            {"kind": "account", "value": "210987654321"},
            {"kind": "service", "value": "Amazon Simple Storage Service"},
            {"kind": "tag", "key": "cc", "value": "CC-1"},
        ],
    }[bench.kind]
    topics = ["arn:aws:sns:eu-central-1:1:finops"] if bench.kind == "aws" else []
    settings = Governance.model_validate(
        {
            "accounts": [
                {
                    "name": "prod",
                    "kind": bench.kind,
                    "conn_id": "any",
                    "account_id": "any",
                    "currency": "EUR",
                }
            ],
            "budget_defaults": {"owners": ["z@b.c", "a@b.c", "a@b.c"]},
            "budgets": [
                {"name": f"b{place}", "account": "prod", "scope": scope, "topics": topics}
                for place, scope in enumerate(scopes)
            ],
        }
    )
    account = bench.account()

    def plan(upper: str) -> list[Change]:
        outlook = Outlook(date(2026, 11, 1), Decimal(upper), Decimal(upper), "a forecast")
        return plan_budgets(
            settings.account("prod"),
            settings.budgets,
            {one.name: outlook for one in settings.budgets},
            account.list(),
            {},
            settings.budget_defaults,
        )

    for upper, action in (("1234.56", Action.CREATE), ("2000", Action.UPDATE)):
        changes = plan(upper)
        assert {change.action for change in changes} == {action}
        for change in changes:
            assert apply(account, change, begin=lambda: None).state is State.VERIFIED
        assert {change.action for change in plan(upper)} == {Action.UNCHANGED}
    settings = settings.model_copy(update={"budgets": settings.budgets[:1]})
    actions = {change.target: change.action for change in plan("2000")}
    assert actions.pop("b0") is Action.UNCHANGED
    assert set(actions.values()) == {Action.RETIRE}
