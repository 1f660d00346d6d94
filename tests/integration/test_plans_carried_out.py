"""An approved plan ends in exactly what was planned, wherever it breaks off on its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.governance.apply import State
from cloudledger.governance.carry_out import carry_out
from cloudledger.governance.change import (
    AccountError,
    AccountUnavailable,
    Change,
    Conflict,
    Found,
    NotAllowed,
    QuotaReached,
    between,
)
from cloudledger.governance.plan import Plan, plan_of
from cloudledger.governance.plan_store import (
    UnknownPlan,
    decide,
    last_verified,
    propose,
    steps,
    unfinished,
)
from cloudledger.warehouse.port import Warehouse
from tests.support.empty_warehouse import migrated

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Killed(BaseException):
    """The process ends here."""


class Shelf:
    """An account whose things take a call for the thing and one for each of its rules."""

    def __init__(self, held: Mapping[str, dict[str, Any]] | None = None) -> None:
        self.held = {name: dict(one) for name, one in (held or {}).items()}
        self.breaks: list[BaseException | None] = []
        self.calls = 0

    def list(self) -> dict[str, Found]:
        return {name: Found(one) for name, one in self.held.items()}

    def read(self, target: str) -> Found | None:
        self._call()
        one = self.held.get(target)
        return Found(dict(one), "v") if one is not None else None

    def write(self, change: Change) -> None:
        if change.after is None:
            self._call()
            self.held.pop(change.target, None)
            return
        self._call()
        there = self.held.setdefault(change.target, {"rules": []})
        there.update({name: v for name, v in change.after.items() if name != "rules"})
        for rule in [each for each in there["rules"] if each not in change.after["rules"]]:
            self._call()
            there["rules"].remove(rule)
        for rule in change.after["rules"]:
            if rule not in there["rules"]:
                self._call()
                there["rules"].append(rule)
        there["rules"].sort()

    def _call(self) -> None:
        self.calls += 1
        error = self.breaks.pop(0) if self.breaks else None
        if error is not None:
            raise error


@pytest.fixture
def warehouse(tmp_path) -> Iterator[Warehouse]:
    with migrated(tmp_path / "warehouse.duckdb") as opened:
        yield opened


def thing(amount: str, *rules: int) -> dict[str, Any]:
    return {"amount": amount, "rules": list(rules)}


HELD = {"kept": thing("5", 70), "changed": thing("1", 70, 90), "retired": thing("9")}
CHANGES = [
    Change("main", "kept", HELD["kept"], HELD["kept"]),
    Change("main", "changed", HELD["changed"], thing("2", 80, 90, 100), "v", ("more",)),
    Change("main", "retired", HELD["retired"], None, "v"),
    Change("main", "made", None, thing("3", 70, 90, 100)),
]
WANTED = {
    "kept": thing("5", 70),
    "changed": thing("2", 80, 90, 100),
    "made": thing("3", 70, 90, 100),
}


def approved(warehouse: Warehouse, *changes: Change, run_id: str = "run") -> Plan:
    plan = plan_of("budget", run_id, changes)
    with warehouse.transaction() as session:
        propose(session, plan, run_id=run_id, as_of=AT, dry_run=False)
        decide(session, plan.plan_id, approved=True, how="person", by="ada", at=AT)
    return plan


def carried(warehouse: Warehouse, plan: Plan, shelf: Shelf) -> list[State]:
    ended = carry_out(warehouse, plan.plan_id, lambda _: shelf, lambda: AT)
    return [step.state for step in ended]


@settings(max_examples=60, deadline=None)
@given(
    breaks=st.lists(
        st.sampled_from(["", "", "killed", "throttled"]).map(
            lambda what: {
                "killed": Killed(),
                "throttled": AccountUnavailable("main", "429", "Wait"),
            }.get(what)
        ),
        max_size=40,
    )
)
def test_wherever_it_breaks_off_it_ends_in_what_was_planned(
    breaks: list[BaseException | None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    shelf = Shelf(HELD)
    shelf.breaks = list(breaks)
    with migrated(tmp_path_factory.mktemp("w") / "warehouse.duckdb") as warehouse:
        plan = approved(warehouse, *CHANGES)
        for _ in range(len(breaks) + 1):
            try:
                states = carried(warehouse, plan, shelf)
                break
            except (Killed, AccountUnavailable):
                with warehouse.transaction() as session:
                    assert unfinished(session, "budget") == [plan.plan_id]
        with warehouse.transaction() as session:
            assert unfinished(session, "budget") == []
    assert shelf.held == WANTED
    assert set(states) == {State.VERIFIED}


@settings(max_examples=60, deadline=None)
@given(
    nth=st.integers(0, 16),
    stops=st.lists(st.sampled_from([Killed, AccountUnavailable]), max_size=3),
    refused=st.sampled_from([AccountError, Conflict, QuotaReached]),
)
def test_what_cannot_be_made_is_put_back(
    nth: int,
    stops: list[type[BaseException]],
    refused: type[AccountError],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    shelf = Shelf(HELD)
    shelf.breaks = [None] * nth + [refused("main", "400", "Correct it")]
    for stop in stops:
        shelf.breaks += [None, stop("main", "429", "Wait")]
    with migrated(tmp_path_factory.mktemp("w") / "warehouse.duckdb") as warehouse:
        plan = approved(warehouse, *CHANGES)
        for _ in range(len(stops) + 1):
            try:
                carried(warehouse, plan, shelf)
                break
            except (Killed, AccountUnavailable):
                continue
        with warehouse.transaction() as session:
            ended = steps(session, plan.plan_id)
            assert unfinished(session, "budget") == []
    for step in ended:
        side = step.change.after if step.state is State.VERIFIED else step.change.before
        assert shelf.held.get(step.change.target) == side, step


def test_a_second_time_asks_for_nothing(warehouse: Warehouse) -> None:
    shelf = Shelf(HELD)
    plan = approved(warehouse, *CHANGES)
    carried(warehouse, plan, shelf)
    asked = shelf.calls
    assert set(carried(warehouse, plan, shelf)) == {State.VERIFIED}
    assert shelf.calls == asked


def test_what_somebody_else_changed_meanwhile_is_left_as_it_is(warehouse: Warehouse) -> None:
    shelf = Shelf(HELD | {"changed": thing("777", 70, 90)})
    plan = approved(warehouse, *CHANGES)
    states = {
        step.change.target: step.state
        for step in carry_out(warehouse, plan.plan_id, lambda _: shelf, lambda: AT)
    }
    assert states["changed"] is State.REFUSED
    assert shelf.held == WANTED | {"changed": thing("777", 70, 90)}
    with warehouse.transaction() as session:
        told = {step.change.target: step.told for step in steps(session, plan.plan_id)}
    assert "777" in told["changed"]


def test_a_conflict_is_recorded_and_the_rest_goes_on(warehouse: Warehouse) -> None:
    shelf = Shelf(HELD)
    shelf.breaks = [None, Conflict("main", "412", "Plan again")]
    assert carried(warehouse, approved(warehouse, *CHANGES), shelf).count(State.REFUSED) == 1
    assert set(shelf.held) == set(WANTED)


def test_a_missing_right_stops_everything_and_is_recorded(warehouse: Warehouse) -> None:
    shelf = Shelf(HELD)
    shelf.breaks = [None, NotAllowed("main", "404", "Grant manage usage-budgets")]
    plan = approved(warehouse, *CHANGES)
    with pytest.raises(NotAllowed, match="manage usage-budgets"):
        carried(warehouse, plan, shelf)
    assert shelf.held == HELD
    with warehouse.transaction() as session:
        assert unfinished(session, "budget") == [plan.plan_id]


def test_a_thing_that_does_not_take_what_it_was_told_is_a_failure(warehouse: Warehouse) -> None:
    class Deaf(Shelf):
        def write(self, change: Change) -> None:
            """Says yes, and does nothing."""

    plan = approved(warehouse, CHANGES[1])
    assert carried(warehouse, plan, Deaf(HELD)) == [State.FAILED]


def test_only_an_open_plan_can_be_decided_on(warehouse: Warehouse) -> None:
    plan = approved(warehouse, *CHANGES)
    with warehouse.transaction() as session, pytest.raises(UnknownPlan, match="not open"):
        decide(session, plan.plan_id, approved=False, how="person", by="bob", at=AT)


@pytest.mark.parametrize("fate", ["proposed", "rejected", "superseded"])
def test_what_nobody_approved_is_not_made(warehouse: Warehouse, fate: str) -> None:
    plan, newer = (plan_of("budget", run_id, CHANGES) for run_id in ("one", "two"))
    with warehouse.transaction() as session:
        propose(session, plan, run_id="one", as_of=AT, dry_run=False)
        if fate == "rejected":
            decide(session, plan.plan_id, approved=False, how="person", by="bob", at=AT)
        if fate == "superseded":
            propose(session, newer, run_id="two", as_of=AT, dry_run=False)
    shelf = Shelf(HELD)
    with pytest.raises(UnknownPlan, match=f"is {fate}, not approved"):
        carried(warehouse, plan, shelf)
    assert (shelf.held, shelf.calls) == (HELD, 0)


def test_plans_of_different_areas_do_not_disturb_each_other(warehouse: Warehouse) -> None:
    ours = approved(warehouse, *CHANGES)
    theirs = plan_of("remediation", "run", [Change("main", "made", None, thing("9"))])
    with warehouse.transaction() as session:
        propose(session, theirs, run_id="run", as_of=AT, dry_run=False)
        assert unfinished(session, "remediation") == []
        newer = plan_of("budget", "later", CHANGES)
        propose(session, newer, run_id="later", as_of=AT, dry_run=False)
        decide(session, theirs.plan_id, approved=True, how="person", by="ada", at=AT)
        assert unfinished(session, "budget") == [ours.plan_id]
    carried(warehouse, ours, Shelf(HELD))
    with warehouse.transaction() as session:
        assert unfinished(session, "remediation") == [theirs.plan_id]
        assert last_verified(session, "remediation", "main") == {}


def test_what_was_planned_for_an_account_that_is_configured_no_more_is_refused(
    warehouse: Warehouse,
) -> None:
    shelf = Shelf(HELD)
    plan = approved(warehouse, *CHANGES, Change("gone", "made", None, thing("3")))
    ended = carry_out(warehouse, plan.plan_id, {"main": shelf}.__getitem__, lambda: AT)
    assert [step.change.account for step in ended if step.state is State.REFUSED] == ["gone"]
    assert shelf.held == WANTED
    with warehouse.transaction() as session:
        assert unfinished(session, "budget") == []


def test_a_change_is_not_begun_before_it_is_written(warehouse: Warehouse) -> None:
    shelf = Shelf(HELD)
    shelf.breaks = [AccountUnavailable("main", "429", "Wait")]
    plan = approved(warehouse, *CHANGES)
    with pytest.raises(AccountUnavailable):
        carried(warehouse, plan, shelf)
    with warehouse.transaction() as session:
        first, *_ = [s for s in steps(session, plan.plan_id) if s.state is not State.VERIFIED]
    assert first.state is State.PLANNED
    assert "429" in first.told


def test_a_newer_plan_takes_the_place_of_one_nobody_decided_on(warehouse: Warehouse) -> None:
    old, new = (plan_of("budget", run_id, CHANGES) for run_id in ("one", "two"))
    with warehouse.transaction() as session:
        for plan in (old, new):
            propose(session, plan, run_id="run", as_of=AT, dry_run=False)
        with pytest.raises(UnknownPlan):
            decide(session, old.plan_id, approved=True, how="person", by="ada", at=AT)
        decide(session, new.plan_id, approved=True, how="person", by="ada", at=AT)


def test_a_task_tried_again_keeps_the_decision_on_its_plan(warehouse: Warehouse) -> None:
    plan = approved(warehouse, *CHANGES)
    with warehouse.transaction() as session:
        assert not propose(session, plan, run_id="run", as_of=AT, dry_run=False)
        assert unfinished(session, "budget") == [plan.plan_id]


def test_what_was_read_back_last_is_remembered(warehouse: Warehouse) -> None:
    carried(warehouse, approved(warehouse, *CHANGES), Shelf(HELD))
    with warehouse.transaction() as session:
        assert last_verified(session, "budget", "main") == {
            "changed": WANTED["changed"],
            "made": WANTED["made"],
        }


@pytest.mark.parametrize(
    ("found", "is_between"),
    [
        (None, True),
        (thing("1", 70, 90), True),
        (thing("2", 70, 100), True),
        (thing("2"), True),
        (thing("3", 70), False),
        (thing("2", 75), False),
        (thing("1") | {"new": 1}, False),
    ],
)
def test_half_done_is_told_from_changed_by_somebody_else(
    found: dict[str, Any] | None, is_between: bool
) -> None:
    assert between(found, thing("1", 70, 90), thing("2", 90, 100)) is is_between
