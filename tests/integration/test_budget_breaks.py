"""Changes to budgets that break off at any call; and what OCI and AWS each have of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import oci
import pytest
from botocore.config import Config
from oci.budget import models

from cloudledger.clouds.aws.budgets import AwsBudgets
from cloudledger.clouds.oci.budgets import OciBudgets
from cloudledger.governance.apply import State, apply
from cloudledger.governance.change import (
    Account,
    AccountError,
    AccountUnavailable,
    Change,
    Conflict,
    Document,
    NotAllowed,
    between,
)
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.identity import TENANCY
from localcloud.oci.server import serve as serve_oci
from tests.support.budget_accounts import AWS_ACCOUNT, AwsBench, Bench, OciBench
from tests.support.local_oci import ONCE, sdk

MOST_CALLS = 20
SLOW = pytest.mark.slow  # the same loop over other actions: the dearest of these tests


@pytest.fixture
def on_oci(tmp_path: Path) -> Iterator[OciBench]:
    with serve_oci(tmp_path) as cloud:
        yield OciBench(cloud)


@pytest.fixture
def on_aws() -> Iterator[AwsBench]:
    with serve_aws() as cloud:
        yield AwsBench(cloud)


def change_to(account: Account, target: str, after: Document | None) -> Change:
    found = account.read(target)
    before, version = (found.document, found.version) if found else (None, None)
    return Change("prod", target, before, after, version)


def make(account: Account, target: str, after: Document | None) -> None:
    account.write(change_to(account, target, after))


def others(bench: Bench, name: str) -> dict[str, Any]:
    """Another amount, and every way in which rules may differ."""
    rules = [
        bench.rule("ACTUAL", "70", ["b@b.c"]),
        bench.rule("ACTUAL", "95", ["a@b.c", "b@b.c", "c@b.c"]),
        bench.rule("FORECAST", "100"),
        bench.rule("FORECAST", "120"),
    ]
    return bench.wanted(name, "1500", rules=rules)


@pytest.mark.parametrize(
    ("action", "lost"),
    [
        ("create", True),
        ("update", False),
        ("retire", True),
        pytest.param("create", False, marks=SLOW),
        pytest.param("update", True, marks=SLOW),
        pytest.param("retire", False, marks=SLOW),
        *(
            pytest.param(action, lost, marks=SLOW)
            for action in ("shrink", "adopt")
            for lost in (False, True)
        ),
    ],
)
@pytest.mark.parametrize("kind", ["oci", "aws"])
def test_wherever_a_change_breaks_off_it_is_half_done_at_most_and_can_be_finished(
    request: pytest.FixtureRequest, kind: str, action: str, lost: bool
) -> None:
    bench: Bench = request.getfixturevalue(f"on_{kind}")
    for nth in range(1, MOST_CALLS):
        name = f"shop-{nth}"
        account = bench.account(adopt=[name])
        if action == "adopt":
            bench.plant(name)
        elif action == "shrink":
            make(account, name, others(bench, name))
        elif action != "create":
            make(account, name, bench.wanted(name))
        after = None if action == "retire" else others(bench, name)
        if action == "shrink":
            after = bench.wanted(name, rules=[bench.rule("FORECAST", "90", ["z@b.c"])])
        change = change_to(account, name, after)
        try:
            bench.breaking(nth, lost=lost, adopt=[name]).write(change)
        except AccountUnavailable:
            found = account.read(name)
            assert between(found.document if found else None, change.before, after)
            outcome = apply(account, change, begin=lambda: None)
            assert outcome.state is State.VERIFIED, outcome.told
        else:
            break
    assert nth > 1, "it broke off at least once"
    assert nth < MOST_CALLS - 1, "and at every call"
    there = account.read(name)
    assert (there.document if there else None) == after
    assert len(bench.state()) == (0 if action == "retire" else nth)


@pytest.mark.parametrize(
    "action",
    [
        "create",
        "shrink",
        *(pytest.param(action, marks=SLOW) for action in ("update", "adopt", "retire")),
    ],
)
@pytest.mark.parametrize("kind", ["oci", "aws"])
def test_whichever_call_is_refused_for_good_the_account_holds_what_it_held(
    request: pytest.FixtureRequest, kind: str, action: str
) -> None:
    bench: Bench = request.getfixturevalue(f"on_{kind}")
    for nth in range(1, MOST_CALLS):
        name = f"shop-{nth}"
        account = bench.account(adopt=[name])
        if action == "adopt":
            bench.plant(name)
        elif action == "shrink":
            make(account, name, others(bench, name))
        elif action != "create":
            make(account, name, bench.wanted(name))
        after = None if action == "retire" else others(bench, name)
        if action == "adopt":
            scope = account.list()[name].document["scope"]
            after = bench.wanted(name, "1500", scope=scope)
        if action == "shrink":
            after = bench.wanted(name, rules=[bench.rule("FORECAST", "90", ["z@b.c"])])
        change = change_to(account, name, after)
        refusing = bench.breaking(nth, lost=False, adopt=[name], refused=True)
        outcome = apply(refusing, change, begin=lambda: None)
        there = account.read(name)
        if outcome.state is State.VERIFIED:
            break
        assert outcome.state is State.FAILED
        assert (there.document if there else None) == change.before, outcome.told
    assert 1 < nth < MOST_CALLS - 1, "each call was refused once"
    assert (there.document if there else None) == after


def test_two_that_create_the_same_at_once_make_one(on_oci: OciBench) -> None:
    class Stale:
        """A client that lists what was there before anybody made anything."""

        def __getattr__(self, name: str) -> Any:
            return (lambda *_, **__: nothing) if name == "list_budgets" else getattr(client, name)

    client = sdk(oci.budget.BudgetClient, on_oci.cloud, retry_strategy=ONCE)
    nothing = client.list_budgets(TENANCY)
    change = Change("prod", "shop", None, on_oci.wanted("shop"))
    for _ in range(2):
        OciBudgets(Stale(), "prod", TENANCY).write(change)
    (made,) = on_oci.state()
    assert len(made["rules"]) == len(on_oci.wanted("shop")["rules"])


def test_of_two_that_are_ours_the_later_one_can_be_retired(on_oci: OciBench) -> None:
    for ours in (True, False, True):
        on_oci.plant("shop", ours=ours)
    account = on_oci.account(adopt=["shop"])
    first, second = sorted(account.list())
    oldest, theirs, latest = (one["budget"]["id"] for one in on_oci.state())
    assert (first, second) == ("shop", f"shop [{latest}]")
    make(account, "shop", on_oci.wanted("shop", "777"))
    make(account, second, None)
    left = {one["budget"]["id"]: one["budget"]["amount"] for one in on_oci.state()}
    assert left == {oldest: 777, theirs: 500}
    assert list(account.list()) == ["shop"]


def test_a_name_that_two_have_is_not_adopted(on_oci: OciBench) -> None:
    on_oci.plant("shop")
    on_oci.plant("shop")
    there = on_oci.state()
    account = on_oci.account(adopt=["shop"])
    assert account.list() == {}
    with pytest.raises(AccountError, match="not ours"):
        make(account, "shop", on_oci.wanted("shop"))
    assert on_oci.state() == there


def test_oci_takes_whole_amounts_and_plain_names_and_one_target_for_good(
    on_oci: OciBench,
) -> None:
    account = on_oci.account()
    for name, wrong, told in (
        ("shop", {"amount": "0.5"}, "no whole amount"),
        ("shop", {"amount": "0"}, "no whole amount"),
        ("shop prod", {}, "letters, digits"),
        ("1shop", {}, "letters, digits"),
    ):
        with pytest.raises(AccountError, match=told):
            make(account, name, on_oci.wanted(name) | wrong)
    assert on_oci.state() == []
    make(account, "shop", on_oci.wanted("shop"))
    there = on_oci.state()
    with pytest.raises(AccountError, match="cannot change what a budget is of"):
        make(account, "shop", on_oci.wanted("shop", scope={"kind": "total"}))
    assert on_oci.state() == there


def test_what_oci_refuses_is_told_from_what_is_gone(on_oci: OciBench) -> None:
    """Both are a 404."""
    account = on_oci.account()
    make(account, "shop", on_oci.wanted("shop"))
    change = change_to(account, "shop", on_oci.wanted("shop", "7"))
    client = sdk(oci.budget.BudgetClient, on_oci.cloud, retry_strategy=ONCE)

    class Meanwhile:
        """Somebody deletes the budget just before it is updated."""

        def __getattr__(self, name: str) -> Any:
            if name == "update_budget":
                on_oci.delete("shop")
            return getattr(client, name)

    on_oci.cloud.faults.deny(path=r"/budgets/[^/]+$", method="GET")
    with pytest.raises(NotAllowed, match="read usage-budgets"):
        account.list()
    with pytest.raises(Conflict, match="gone"):
        OciBudgets(Meanwhile(), "prod", TENANCY).write(change)
    assert account.read("shop") is None


def test_an_absolute_rule_is_shown_and_becomes_a_percentage(on_oci: OciBench) -> None:
    account = on_oci.account()
    make(account, "shop", on_oci.wanted("shop", rules=[]))
    on_oci.meddle_with_rules("shop")
    ((rule,),) = (found.document["rules"] for found in account.list().values())
    assert (rule["percent"], rule["absolute"]) == ("0.42", "5")
    make(account, "shop", on_oci.wanted("shop"))
    assert account.read("shop").document == on_oci.wanted("shop")  # type: ignore[union-attr]


def test_a_budget_for_a_single_use_is_not_adopted(on_oci: OciBench) -> None:
    on_oci.plant(
        "shop",
        processing_period_type="SINGLE_USE",
        start_date="2026-10-01T00:00:00Z",
        end_date="2026-12-01T00:00:00Z",
    )
    assert on_oci.account(adopt=["shop"]).list() == {}


@pytest.mark.parametrize("other", [{"TimeUnit": "ANNUALLY"}, {"BudgetType": "USAGE"}])
def test_what_is_no_monthly_cost_budget_is_not_adopted(
    on_aws: AwsBench, other: dict[str, str]
) -> None:
    on_aws.plant("shop", **other)
    there = on_aws.state()
    account = on_aws.account(adopt=["shop"])
    assert account.list() == {}
    with pytest.raises(AccountError, match="monthly cost budget"):
        make(account, "shop", on_aws.wanted("shop"))
    assert on_aws.state() == there


def test_aws_is_not_asked_for_more_than_it_takes(on_aws: AwsBench) -> None:
    account = on_aws.account()
    emails = [f"{number}@b.c" for number in range(11)]
    topics = [f"arn:aws:sns:eu-central-1:1:{number}" for number in range(2)]
    for rules, told in (
        ([on_aws.rule("ACTUAL", str(percent)) for percent in range(1, 7)], "5 alert rules"),
        ([on_aws.rule("ACTUAL", "70", emails)], "10 addresses"),
        ([on_aws.rule("ACTUAL", "70") | {"topics": topics}], "1 topic"),
        ([on_aws.rule("ACTUAL", "70", []) | {"topics": []}], "one at least"),
    ):
        with pytest.raises(AccountError, match=told):
            make(account, "shop", on_aws.wanted("shop", rules=rules))
    assert on_aws.state() == []


@pytest.mark.parametrize(
    ("held", "scope"),
    [
        ({"CostFilters": {"LinkedAccount": ["210987654321"]}}, ("account", "210987654321")),
        ({"CostFilters": {"TagKeyValue": ["user:team$a$b"]}}, ("tag", "a$b")),
        ({"CostFilters": {"Service": ["S3", "EC2"]}}, ("several", "Service S3, Service EC2")),
        ({"CostFilters": {"Region": ["eu-central-1"]}}, ("several", "Region eu-central-1")),
        (
            {"FilterExpression": {"Tags": {"Key": "team", "Values": ["shop"]}}, "Metrics": []},
            ("tag", "shop"),
        ),
        (
            {"FilterExpression": {"Not": {"Tags": {"Key": "team", "Values": ["shop"]}}}},
            ("several", "FilterExpression {'Not': {'Tags': {'Key': 'team', 'Values': ['shop']}}}"),
        ),
    ],
)
def test_whatever_an_aws_budget_is_of_is_read_and_changed_to_what_is_wanted(
    on_aws: AwsBench, held: dict[str, Any], scope: tuple[str, str]
) -> None:
    on_aws.plant("shop")
    definition = {
        "BudgetName": "shop",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "500", "Unit": "USD"},
        "BillingViewArn": f"arn:aws:billing::{AWS_ACCOUNT}:billingview/primary",
    }
    on_aws.client.update_budget(AccountId=AWS_ACCOUNT, NewBudget=definition | held)
    account = on_aws.account(adopt=["shop"])
    found = account.read("shop")
    assert found is not None
    assert (found.document["scope"]["kind"], found.document["scope"]["value"]) == scope
    kept = {name: on_aws.state()[0][0][name] for name in ("TimePeriod", "BillingViewArn")}
    make(account, "shop", on_aws.wanted("shop"))
    assert account.read("shop").document == on_aws.wanted("shop")  # type: ignore[union-attr]
    budget = on_aws.state()[0][0]
    assert {name: budget[name] for name in kept} == kept
    assert "FilterExpression" not in budget
    assert budget["CostTypes"]["UseAmortized"]


def test_a_rule_of_oci_is_not_changed_over_somebody_elses_head(on_oci: OciBench) -> None:
    account = on_oci.account()
    make(account, "shop", on_oci.wanted("shop"))
    after = on_oci.wanted("shop", rules=[on_oci.rule("ACTUAL", "70", ["a@b.c"])])
    change = change_to(account, "shop", after)
    budget = on_oci.state()[0]
    rule = budget["rules"][0]["id"]
    on_oci.client.update_alert_rule(
        budget["budget"]["id"], rule, models.UpdateAlertRuleDetails(threshold=71)
    )
    there = on_oci.state()
    with pytest.raises(Conflict, match="somebody made the alert rule"):
        account.write(change)
    assert on_oci.state() == there


def test_a_cloud_out_of_reach_is_unavailable_and_one_without_credentials_refuses(
    on_oci: OciBench, on_aws: AwsBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "http://127.0.0.1:9"
    client = sdk(oci.budget.BudgetClient, on_oci.cloud, retry_strategy=ONCE)
    client.base_client.endpoint = nowhere
    with pytest.raises(AccountUnavailable, match="Check the network"):
        OciBudgets(client, "prod", TENANCY).list()

    def budgets(**config: Any) -> AwsBudgets:
        once = Config(retries={"total_max_attempts": 1}, connect_timeout=2)
        client = boto3.client("budgets", region_name="us-east-1", config=once, **config)
        return AwsBudgets(client, "prod", AWS_ACCOUNT)

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    with pytest.raises(AccountUnavailable, match="Check the network"):
        budgets(endpoint_url=nowhere, **keys).list()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    with pytest.raises(NotAllowed, match="budgets:ViewBudget"):
        budgets(endpoint_url=on_aws.cloud.endpoint).list()
    with pytest.raises(AccountError, match="InvalidParameterException"):
        AwsBudgets(on_aws.client, "prod", "100000000900x").list()
