"""Budgets declared by a task alone, against both local clouds; a dry run is the default."""

import json

import pytest
from local_runs import task_context

from cloudledger.governance.change import AccountError, NotAllowed
from cloudledger_airflow.exceptions import BudgetNotHeld
from cloudledger_airflow.operators.budgets import (
    AwsBudgetOperator,
    OciAlertRuleOperator,
    OciBudgetOperator,
)
from cloudledger_airflow.retries import ACCOUNT_RETRIES
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.server import serve as serve_oci
from tests.support.budget_accounts import AWS_ACCOUNT, AwsBench, OciBench

SHOP = {"kind": "compartment", "value": "ocid1.compartment.oc1..shop"}
RULES = [
    {"type": "FORECAST", "percent": 100, "topics": ["arn:aws:sns:eu-central-1:1:finops"]},
    {"type": "ACTUAL", "percent": "70", "emails": ["b@b.c", "a@b.c"]},
]


@pytest.fixture
def oci(tmp_path, monkeypatch):
    with serve_oci(tmp_path) as cloud:
        config = cloud.config
        extra = {name: config[name] for name in ("tenancy", "region", "fingerprint", "key_file")}
        extra |= {"auth": "api_key", "service_endpoint": cloud.endpoint}
        connection = {"conn_type": "oci", "login": config["user"], "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_OCI_DEFAULT", json.dumps(connection))
        yield OciBench(cloud)


@pytest.fixture
def aws(monkeypatch):
    with serve_aws() as cloud:
        connection = {
            "conn_type": "aws",
            "login": "local",
            "password": "local",
            "extra": {"region_name": "eu-central-1", "endpoint_url": cloud.endpoint},
        }
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
        yield AwsBench(cloud)


def run(operator, context=None, **kwargs):
    told = {"task_id": "declare", "budget_name": "shop"}
    return operator(**told | kwargs).execute(context or task_context())


def test_a_dry_run_is_the_default_and_a_backfill_is_one(oci, aws):
    backfill = task_context(run_type="backfill")
    for bench, operator, account in (
        (oci, OciBudgetOperator, {}),
        (aws, AwsBudgetOperator, {"account_id": AWS_ACCOUNT}),
    ):
        for more in ({}, {"dry_run": False, "context": backfill}):
            done = run(operator, amount=100, **account, **more)
            assert (done["action"], done["changed"], done["before"]) == ("create", False, None)
            assert done["after"]["amount"] == "100"
        assert bench.state() == []
    assert run(OciAlertRuleOperator, rule_type="ACTUAL", percent=9)["action"] == "unchanged"


def test_an_oci_budget_and_its_rules_are_declared_again_and_again(oci):
    declare = {"scope": SHOP, "dry_run": False}
    rule = {"rule_type": "ACTUAL", "percent": 70, "emails": ["b@b.c", "a@b.c"], "dry_run": False}
    with pytest.raises(BudgetNotHeld, match="declare it with OciBudgetOperator first"):
        run(OciAlertRuleOperator, **rule)
    assert run(OciBudgetOperator, amount=100, **declare)["changed"]
    assert run(OciAlertRuleOperator, **rule)["action"] == "update"
    assert run(OciAlertRuleOperator, **rule | {"percent": "95.50"})["changed"]
    assert run(OciBudgetOperator, amount="250.0", **declare)["changed"]
    there = oci.state()
    done = run(OciBudgetOperator, amount=250, **declare)
    assert (done["action"], done["changed"]) == ("unchanged", False)
    assert [(one["percent"], one["emails"]) for one in done["after"]["rules"]] == [
        ("70", ["a@b.c", "b@b.c"]),
        ("95.5", ["a@b.c", "b@b.c"]),
    ]
    assert not run(OciAlertRuleOperator, **rule)["changed"]
    assert oci.state() == there
    done = run(OciAlertRuleOperator, **rule | {"message": "seventy", "emails": ["a@b.c"]})
    assert done["after"]["rules"][0]["message"] == "seventy"
    left = run(OciAlertRuleOperator, **rule, state="absent")["after"]["rules"]
    assert [one["percent"] for one in left] == ["95.5"]
    assert run(OciBudgetOperator, amount=0, **declare, state="absent")["action"] == "retire"
    assert not run(OciBudgetOperator, amount=0, **declare, state="absent")["changed"]
    assert oci.state() == []


def test_an_aws_budget_is_declared_with_its_notifications(aws):
    declare = {"account_id": AWS_ACCOUNT, "rules": RULES, "dry_run": False}
    done = run(AwsBudgetOperator, amount="99.50", **declare)
    assert (done["after"]["amount"], done["changed"]) == ("99.5", True)
    assert [one["type"] for one in done["after"]["rules"]] == ["ACTUAL", "FORECAST"]
    there = aws.state()
    assert not run(AwsBudgetOperator, amount="99.5", **declare)["changed"]
    assert aws.state() == there
    assert run(AwsBudgetOperator, amount=100, **declare | {"rules": RULES[:1]})["changed"]
    assert run(AwsBudgetOperator, amount=100, **declare, state="absent")["changed"]
    assert aws.state() == []
    own = run(AwsBudgetOperator, amount=7, dry_run=False)
    assert own["changed"], "without an account's number it is the connection's own account"


def test_what_somebody_else_made_is_only_touched_when_it_is_to_be_adopted(oci, aws):
    for bench, operator, more in (
        (oci, OciBudgetOperator, {"scope": SHOP}),
        (aws, AwsBudgetOperator, {"account_id": AWS_ACCOUNT, "rules": RULES}),
    ):
        bench.plant("shop")
        there = bench.state()
        declare = {"amount": 7, "dry_run": False, **more}
        with pytest.raises(AccountError, match="not ours"):
            run(operator, **declare)
        assert not run(operator, **declare, state="absent")["changed"]
        assert bench.state() == there
        done = run(operator, **declare, adopt=True)
        assert (done["before"]["managed"], done["changed"]) == (False, True)
        assert not run(operator, **declare)["changed"]


def test_a_missing_right_fails_at_once(oci):
    oci.strike("deny", "create_budget")
    with pytest.raises(NotAllowed, match="manage usage-budgets") as refused:
        run(OciBudgetOperator, amount=7, dry_run=False)
    policy = OciBudgetOperator(task_id="any", budget_name="any", amount=1).retry_policy
    assert policy is ACCOUNT_RETRIES
    assert policy.evaluate(refused.value, try_number=1, max_tries=9).action.value == "fail"


@pytest.mark.parametrize(
    "operator",
    [
        OciBudgetOperator(task_id="a", budget_name="{{ 'x' }}", amount="{{ 40 + 2 }}"),
        OciAlertRuleOperator(
            task_id="b", budget_name="{{ 'x' }}", rule_type="ACTUAL", percent="{{ 40 + 2 }}"
        ),
        AwsBudgetOperator(task_id="c", budget_name="{{ 'x' }}", amount="{{ 40 + 2 }}"),
    ],
)
def test_fields_are_templates(operator):
    operator.render_template_fields({})
    assert operator.budget_name == "x"
    assert "42" in (getattr(operator, "amount", None), getattr(operator, "percent", None))
    for field in operator.template_fields:
        assert hasattr(operator, field)
