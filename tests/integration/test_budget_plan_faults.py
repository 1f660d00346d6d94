"""What goes wrong while an approved plan of budgets is carried out: the account holds each change
whole or what was there before, and the record says which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudledger.governance import guards
from cloudledger.governance.apply import State
from cloudledger.governance.budgets.document import threshold
from cloudledger.governance.budgets.store import save_budgets
from cloudledger.governance.carry_out import carry_out
from cloudledger.governance.change import (
    Account,
    AccountUnavailable,
    Change,
    Document,
    Found,
    NotAllowed,
    between,
)
from cloudledger.governance.config import AccountSettings
from cloudledger.governance.plan import Plan, plan_of
from cloudledger.governance.plan_store import decide, plan_state, propose, steps, unfinished
from cloudledger.warehouse.port import Session, Warehouse
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.server import serve as serve_oci
from tests.support.budget_accounts import AwsBench, Bench, OciBench
from tests.support.empty_warehouse import migrated

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MANY = 99


@dataclass
class Governed:
    """An account with two budgets of ours, and a plan to make one, change one and retire one."""

    bench: Bench
    warehouse: Warehouse
    held: dict[str, Document] = field(init=False)
    wanted: dict[str, Document] = field(init=False)

    def __post_init__(self) -> None:
        bench = self.bench
        self.held = {"changed": bench.wanted("changed"), "retired": bench.wanted("retired")}
        rules = [bench.rule("ACTUAL", "70"), bench.rule("ACTUAL", "90", ["a@b.c"])]
        rules.append(bench.rule("FORECAST", "100"))
        self.wanted = {
            "changed": bench.wanted("changed", "1500", rules=rules),
            "made": bench.wanted("made"),
        }
        account = bench.account()
        for name, document in self.held.items():
            account.write(Change("prod", name, None, document))

    def approved(self, run_id: str = "run", why: str = "planned") -> Plan:
        """What the account lacks of what is wanted, approved."""
        found = self.bench.account().list()
        changes = []
        for name in sorted({*found, *self.wanted}):
            there = found.get(name) or Found({})
            before = there.document or None
            after = self.wanted.get(name)
            changes.append(Change("prod", name, before, after, there.version, (why,)))
        plan = plan_of("budget", run_id, changes)
        with self.warehouse.transaction() as session:
            propose(session, plan, run_id=run_id, as_of=AT, dry_run=False)
            decide(session, plan.plan_id, approved=True, how="policy", by="it", at=AT)
        return plan

    def carried_out(self, plan: Plan, account: Account | None = None) -> dict[str, State]:
        used = account or self.bench.account()
        ended = carry_out(self.warehouse, plan.plan_id, lambda _: used, lambda: AT)
        return {step.change.target: step.state for step in ended}

    def now(self) -> dict[str, Document]:
        return {name: one.document for name, one in self.bench.account().list().items()}

    def told(self, plan: Plan) -> dict[str, tuple[State, str]]:
        with self.warehouse.transaction() as session:
            return {
                step.change.target: (step.state, step.told) for step in steps(session, plan.plan_id)
            }

    def state(self, plan: Plan) -> str:
        with self.warehouse.transaction() as session:
            return plan_state(session, plan.plan_id)

    def open(self) -> list[str]:
        with self.warehouse.transaction() as session:
            return unfinished(session, "budget")


@pytest.fixture(params=["oci", "aws"])
def governed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Governed]:
    with migrated(tmp_path / "warehouse.duckdb") as warehouse:
        if request.param == "oci":
            with serve_oci(tmp_path / "oci") as oci:
                yield Governed(OciBench(oci), warehouse)
        else:
            with serve_aws() as aws:
                yield Governed(AwsBench(aws), warehouse)


class Meanwhile:
    """An account in which something happens just before the first write to a target."""

    def __init__(self, account: Account, target: str, happens: Callable[[str], object]) -> None:
        self._account = account
        self._target = target
        self._happens: Callable[[str], object] | None = happens

    def list(self) -> Mapping[str, Found]:
        return self._account.list()

    def read(self, target: str) -> Found | None:
        return self._account.read(target)

    def write(self, change: Change) -> None:
        if change.target == self._target and self._happens:
            happens, self._happens = self._happens, None
            happens(change.target)
        self._account.write(change)


@pytest.mark.parametrize(
    ("operation", "how"),
    [
        ("update_budget", "fail"),
        ("create_budget", "throttle"),
        ("update_rule", "throttle"),
        # The same of the other answer.
        pytest.param("update_budget", "throttle", marks=pytest.mark.slow),
        pytest.param("create_budget", "fail", marks=pytest.mark.slow),
        pytest.param("update_rule", "fail", marks=pytest.mark.slow),
    ],
)
def test_what_no_retry_heals_is_finished_by_the_next_run(
    governed: Governed, operation: str, how: str
) -> None:
    plan = governed.approved()
    if governed.bench.kind == "aws" and operation == "update_rule":
        operation = "create_rule"  # an address is changed by itself there
    governed.bench.strike(how, operation, times=MANY)
    with pytest.raises(AccountUnavailable):
        governed.carried_out(plan)
    assert governed.open() == [plan.plan_id]
    stopped = [target for target, (_, why) in governed.told(plan).items() if why]
    assert len(stopped) == 1
    for change in plan.changes:
        state, now = governed.told(plan)[change.target][0], governed.now().get(change.target)
        if state is State.BEGUN:
            assert between(now, change.before, change.after)
        else:
            assert now == (change.after if state is State.VERIFIED else change.before)
    governed.bench.calm()
    assert set(governed.carried_out(plan).values()) == {State.VERIFIED}
    assert governed.now() == governed.wanted
    assert governed.state(plan) == "applied"


@pytest.mark.parametrize("target", ["changed", "retired"])
@pytest.mark.parametrize("meddling", ["touch", "meddle"])
def test_who_comes_in_between_keeps_what_they_made(
    governed: Governed, target: str, meddling: str
) -> None:
    """Between the look and the write: the etag of OCI, the time of the last update of AWS."""
    plan = governed.approved()
    happens = getattr(governed.bench, meddling)
    account = Meanwhile(governed.bench.account(), target, happens)
    states = governed.carried_out(plan, account)
    assert states.pop(target) is State.REFUSED
    assert set(states.values()) == {State.VERIFIED}
    theirs = governed.now().pop(target)
    assert theirs["amount"] == {"touch": "1200", "meddle": "1"}[meddling]
    if meddling == "touch":
        assert theirs == governed.held[target]
    others = {name: one for name, one in governed.wanted.items() if name != target}
    assert {name: one for name, one in governed.now().items() if name != target} == others
    assert (governed.state(plan), governed.open()) == ("failed", [])
    again = governed.approved("next")
    assert set(governed.carried_out(again).values()) == {State.VERIFIED}
    assert governed.now() == governed.wanted


def test_what_was_deleted_by_hand_is_not_made_anew_by_an_update(governed: Governed) -> None:
    plan = governed.approved()
    governed.bench.delete("changed")
    governed.bench.delete("retired")
    states = governed.carried_out(plan)
    assert states == {
        "changed": State.REFUSED,
        "made": State.VERIFIED,
        "retired": State.VERIFIED,
    }
    assert "gone" in governed.told(plan)["changed"][1]
    assert governed.now() == {"made": governed.wanted["made"]}


def test_an_old_plan_does_not_undo_what_somebody_changed_since(governed: Governed) -> None:
    plan = governed.approved()
    governed.bench.strike("throttle", "update_budget", times=MANY)
    with pytest.raises(AccountUnavailable):
        governed.carried_out(plan)
    governed.bench.calm()
    governed.bench.meddle("changed")
    governed.bench.meddle_with_rules("retired")
    theirs = governed.now()
    states = governed.carried_out(plan)
    assert (states["changed"], states["retired"]) == (State.REFUSED, State.REFUSED)
    assert governed.now() == theirs | {"made": governed.wanted["made"]}
    for target in ("changed", "retired"):
        assert "not as it was planned any more" in governed.told(plan)[target][1]


def test_a_foreign_budget_of_the_same_name_is_left_alone(governed: Governed) -> None:
    plan = governed.approved()
    governed.bench.plant("made")
    states = governed.carried_out(plan)
    assert states["made"] is State.FAILED
    assert "not ours" in governed.told(plan)["made"][1]
    assert governed.now() == {"changed": governed.wanted["changed"]}
    assert governed.bench.tags("made") == {"team": "shop"}


def test_a_quota_stops_what_is_new_and_nothing_else(governed: Governed) -> None:
    plan = governed.approved()
    governed.bench.limit(2)
    states = governed.carried_out(plan)
    assert states.pop("made") is State.FAILED
    assert set(states.values()) == {State.VERIFIED}
    assert "raise the service" in governed.told(plan)["made"][1]
    assert governed.now() == {"changed": governed.wanted["changed"]}
    assert set(governed.carried_out(governed.approved("next")).values()) == {State.VERIFIED}
    assert governed.now() == governed.wanted


@pytest.mark.parametrize("operation", ["update_budget", "create_budget", "delete_budget"])
def test_a_missing_right_is_named_and_what_was_approved_waits_for_it(
    governed: Governed, operation: str
) -> None:
    plan = governed.approved()
    governed.bench.strike("deny", operation, times=MANY)
    needs = {"oci": "manage usage-budgets in tenancy", "aws": "budgets:ModifyBudget"}
    with pytest.raises(NotAllowed, match=needs[governed.bench.kind]):
        governed.carried_out(plan)
    governed.bench.calm()
    for change in plan.changes:
        done = governed.told(plan)[change.target][0] is State.VERIFIED
        assert governed.now().get(change.target) == (change.after if done else change.before)
    assert governed.open() == [plan.plan_id]
    assert set(governed.carried_out(plan).values()) == {State.VERIFIED}
    assert governed.now() == governed.wanted


@pytest.mark.parametrize(
    "meddled",
    [
        {"percent": "0.01", "absolute": "0.0000001"},
        {"percent": "0"},
        {"emails": ["nobody", "a b@c.d", "z@b.c"]},
    ],
)
def test_what_the_tables_do_not_hold_keeps_nobody_from_planning_it_away(
    governed: Governed, meddled: dict[str, Any]
) -> None:
    held: Any = governed.bench.account().list()
    rules = held["changed"].document["rules"]
    found = {
        **held,
        "changed": Found(
            {**held["changed"].document, "rules": [{**rules[0], **meddled}, rules[1]]}
        ),
        "retired": Found(held["retired"].document | {"rules": [rules[0] | {"percent": "0"}]}),
    }
    settings = AccountSettings(
        name="prod", kind="aws", conn_id="any", account_id="any", currency="USD"
    )
    with governed.warehouse.transaction() as session:
        silent = save_budgets(session, settings, found, read_at=AT, run_id="run")
        guards.require(session, guards.BUDGETS)
        rules_kept = session.query("SELECT percent FROM budget_alert_rule").num_rows
        told = session.query("SELECT DISTINCT email FROM budget_alert_email").to_pylist()
    assert silent == ["retired"]
    assert rules_kept == (1 if meddled.get("percent") == "0" else 2)
    assert "nobody" not in [row["email"] for row in told]


def test_an_absolute_threshold_is_some_percent_however_small() -> None:
    told = threshold(0.01, Decimal(2_000_000), absolute=True)
    assert told == {"percent": "0.01", "absolute": "0.01"}


class Lost(Exception):
    """The warehouse is out of reach."""


class Failing:
    """A warehouse whose nth transaction is rolled back when it is to be committed."""

    def __init__(self, warehouse: Warehouse, nth: int) -> None:
        self._warehouse = warehouse
        self._left = nth

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    def transaction(self) -> AbstractContextManager[Session]:
        @contextmanager
        def open_() -> Iterator[Session]:
            with self._warehouse.transaction() as session:
                yield session
                self._left -= 1
                if not self._left:
                    raise Lost

        return open_()


def test_what_was_made_but_not_recorded_is_recorded_by_the_next_run(governed: Governed) -> None:
    for nth in range(1, MANY):
        failing: Any = Failing(governed.warehouse, nth)
        plan = governed.approved(f"run {nth}")
        try:
            carry_out(failing, plan.plan_id, lambda _: governed.bench.account(), lambda: AT)
        except Lost:
            assert governed.open() == [plan.plan_id]
            assert set(governed.carried_out(plan).values()) == {State.VERIFIED}
        else:
            break
        assert governed.now() == governed.wanted
        governed.wanted, governed.held = governed.held, governed.wanted
    assert nth == 1 + 1 + 2 * 3 + 1, (
        "after each transaction: the plan's, two of each change, the end"
    )
    assert governed.open() == []
    assert governed.now() == governed.wanted
