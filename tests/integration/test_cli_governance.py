"""Budgets and plans of changes in the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cloudledger.cli import app
from cloudledger.governance.apply import Outcome, State
from cloudledger.governance.budgets.store import save_budgets
from cloudledger.governance.change import Change, Found
from cloudledger.governance.config import AccountSettings
from cloudledger.governance.plan import plan_of
from cloudledger.governance.plan_store import decide, mark, propose, steps
from cloudledger.governance.remediation.undo_wish import taken
from cloudledger.warehouse.duckdb import open_duckdb
from tests.support.empty_warehouse import migrated

AT = datetime(2026, 3, 16, 7, tzinfo=UTC)
ACCOUNT = AccountSettings(
    name="oci_main", kind="oci", conn_id="oci", account_id="ocid1.tenancy", currency="EUR"
)
SHOP = {
    "name": "shop",
    "amount": "1200",
    "scope": {"kind": "compartment", "value": "ocid1.c"},
    "rules": [{"type": "ACTUAL", "percent": "70", "emails": ["a@example.com"], "message": "m"}],
    "managed": True,
}
STOP = Change(
    "dev",
    "ocid1.instance.oc1..web",
    {"kind": "instance", "name": "web", "state": "RUNNING", "tags": {}},
    {"kind": "instance", "name": "web", "state": "STOPPED", "tags": {}},
    "etag",
    ("nights: stop web",),
)
STOPPED = plan_of("remediation", "run", [STOP])
PLAN = plan_of(
    "budget",
    "run",
    [
        Change("oci_main", "shop", None, SHOP, None, ("forecast of March",)),
        Change("oci_main", "old", SHOP, None, "v", ("not configured",)),
    ],
    ["lab of oci_main: no forecast"],
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A warehouse with a budget, and a plan of which one change failed."""
    with migrated(tmp_path / "warehouse.duckdb") as warehouse:
        with warehouse.transaction() as session:
            propose(session, PLAN, run_id="run", as_of=AT, dry_run=False)
            decide(session, PLAN.plan_id, approved=True, how="person", by="ada", at=AT)
            old, shop = steps(session, PLAN.plan_id)
            mark(session, PLAN.plan_id, old, Outcome(State.FAILED, "it is locked"), AT)
            mark(session, PLAN.plan_id, shop, Outcome(State.VERIFIED), AT)
            propose(session, STOPPED, run_id="run", as_of=AT, dry_run=False)
            decide(session, STOPPED.plan_id, approved=True, how="person", by="ada", at=AT)
            save_budgets(session, ACCOUNT, {"shop": Found(SHOP)}, read_at=AT, run_id="run")
        warehouse.publish_copy()
    return tmp_path


def ran(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--home", str(home)])


def test_budgets_are_listed_with_their_rules(home: Path) -> None:
    shown = ran(home, "budgets")
    assert shown.exit_code == 0, shown.output
    for told in ("shop", "1,200.00 EUR", "compartment ocid1.c", "ACTUAL 70 %"):
        assert told in shown.output
    (budget,) = json.loads(ran(home, "budgets", "--json").stdout)["budgets"]
    assert budget["amount"] == "1200"
    assert budget["status"] is None


def test_plans_are_listed_with_who_decided_and_how_far_they_came(home: Path) -> None:
    shown = ran(home, "plans")
    for told in (PLAN.plan_id, "person ada", "approved"):
        assert told in shown.output
    rows = json.loads(ran(home, "plans", "--json").stdout)["plans"]
    (row,) = [one for one in rows if one["plan_id"] == PLAN.plan_id]
    assert (row["changes"], row["verified"]) == (2, 1)


def test_a_plan_says_what_why_and_how_it_ended(home: Path) -> None:
    shown = ran(home, "plans", PLAN.plan_id[:6])
    for told in ("create", "retire", "forecast of March", "it is locked", "no forecast"):
        assert told in shown.output
    told = json.loads(ran(home, "plans", PLAN.plan_id, "--json").stdout)
    assert [step["state"] for step in told["steps"]] == ["failed", "verified"]


def test_an_unknown_plan_is_told_with_how_to_find_one(home: Path) -> None:
    shown = ran(home, "plans", "zzz")
    assert shown.exit_code == 1
    assert "no plan begins with zzz: cloudledger plans lists them" in shown.output


def carried_out(home: Path) -> None:
    with open_duckdb(home / "warehouse.duckdb") as warehouse, warehouse.transaction() as session:
        (step,) = steps(session, STOPPED.plan_id)
        mark(session, STOPPED.plan_id, step, Outcome(State.VERIFIED), AT)


def asked(home: Path, *arguments: str) -> Result:
    return ran(home, "plans", STOPPED.plan_id[:8], "--undo", "--because", *arguments)


def test_what_was_carried_out_is_asked_to_be_taken_back_by_the_next_run(home: Path) -> None:
    carried_out(home)
    shown = asked(home, "the shop needs it tonight")
    assert shown.exit_code == 0, shown.output
    for told in ("ocid1.instance.oc1..web of dev", "next run of the DAG remediation", "no account"):
        assert told in shown.output
    (wish,) = json.loads(ran(home, "plans", "--json").stdout)["undo"]
    assert (wish["plan_id"], wish["because"]) == (STOPPED.plan_id, "the shop needs it tonight")
    assert f"plan {STOPPED.plan_id} is to be taken back" in ran(home, "plans").output
    again = asked(home, "the shop still needs it")
    assert again.exit_code == 1
    assert "waits to be taken back already" in again.output
    with open_duckdb(home / "warehouse.duckdb") as warehouse, warehouse.transaction() as session:
        for run_id in ("one", "one"):
            assert taken(session, run_id).because == "the shop needs it tonight"  # type: ignore[union-attr]
        assert taken(session, "two") is None
        (one,) = steps(session, STOPPED.plan_id)
        assert one.change == STOP, "the plan that is taken back stays as it is"


def test_asking_is_told_as_json(home: Path) -> None:
    carried_out(home)
    told = json.loads(asked(home, "the shop needs it tonight", "--json").stdout)
    assert told["plan_id"] == STOPPED.plan_id
    assert [one["target"] for one in told["changes"]] == [STOP.target]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([STOPPED.plan_id, "--undo", "--because", "no reason"], "10 to 500 letters, not 9"),
        ([STOPPED.plan_id, "--undo", "--because", "it was a mistake"], "nothing was carried out"),
        ([PLAN.plan_id, "--undo", "--because", "it was a mistake"], "is of budget"),
        (["zzz", "--undo", "--because", "it was a mistake"], "no plan begins with zzz"),
    ],
)
def test_what_cannot_be_taken_back_is_told(home: Path, arguments: list[str], told: str) -> None:
    shown = ran(home, "plans", *arguments)
    assert (shown.exit_code, told in shown.output) == (1, True)
    assert json.loads(ran(home, "plans", "--json").stdout)["undo"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        [STOPPED.plan_id, "--undo"],
        ["--undo", "--because", "it was a mistake"],
        [STOPPED.plan_id, "--because", "it was a mistake"],
    ],
)
def test_undo_needs_a_plan_and_a_reason(home: Path, arguments: list[str]) -> None:
    assert ran(home, "plans", *arguments).exit_code == 2
