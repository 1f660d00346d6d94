"""A plan of instances that is killed at any call is finished by the next run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cloudledger.clouds.oci.compute import OciInstances
from cloudledger.governance.apply import State
from cloudledger.governance.carry_out import carry_out
from cloudledger.governance.change import Account, Change, Unfinished
from cloudledger.governance.plan import plan_of
from cloudledger.governance.plan_store import decide, propose, unfinished
from cloudledger.governance.remediation.store import (
    AREA,
    carried_out,
    changes_left,
    past_changes,
)
from cloudledger.warehouse.port import Warehouse
from localcloud.oci.server import serve
from tests.support.empty_warehouse import migrated
from tests.support.instance_accounts import GOVERNS, SHOP, Breaking, OciBench

AT = datetime(2026, 3, 2, 20, tzinfo=UTC)
MUTATIONS = 6
"""Three instances, a tag and a stop each."""


class Killed(BaseException):
    """The process ends here."""


STOPPED_AND_TAGGED = {"state": "STOPPED", "tags": {"cost_alerted": "over"}}


def approved(
    warehouse: Warehouse, account: Account, wanted: dict[str, Any] = STOPPED_AND_TAGGED
) -> str:
    changes = []
    for target, found in account.list().items():
        after = {**found.document, **wanted}
        reasons = ("over: stop and tag it", "nights: stop it")
        changes.append(Change("dev", target, found.document, after, None, reasons))
    plan = plan_of(AREA, "run", changes)
    with warehouse.transaction() as session:
        propose(session, plan, run_id="run", as_of=AT, dry_run=False)
        decide(session, plan.plan_id, approved=True, how="policy", by="test", at=AT)
    return plan.plan_id


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("nth", range(1, MUTATIONS + 1))
def test_it_is_finished_wherever_it_was_killed(tmp_path: Path, nth: int, lost: bool) -> None:
    with serve(tmp_path / "oci") as cloud, migrated(tmp_path / "w.duckdb") as warehouse:
        bench = OciBench(cloud)
        targets = [bench.plant(f"shop{n}") for n in range(3)]
        account = bench.account()
        plan_id = approved(warehouse, account)
        dies: Any = Breaking(bench.client, nth, Killed(), lost=lost)  # type: ignore[arg-type]
        dying = OciInstances(dies, "dev", [SHOP], GOVERNS)
        with pytest.raises(Killed):
            carry_out(warehouse, plan_id, lambda _: dying, lambda: AT)
        with warehouse.transaction() as session:
            assert unfinished(session, AREA) == [plan_id]
        ended = carry_out(warehouse, plan_id, lambda _: account, lambda: AT)
        assert [step.state for step in ended] == [State.VERIFIED] * 3
        for target in targets:
            state, tags = bench.state(target)
            assert state == "STOPPED"
            assert tags["cost_alerted"] == "over"
        assert len(bench.changes()) == MUTATIONS, "each call took effect once"
        with warehouse.transaction() as session:
            assert unfinished(session, AREA) == []
            assert len(carried_out(session, plan_id)) == 3
            assert changes_left(session, AT, per_run=10, per_hour=4) == 1
            past = past_changes(session, AT)
        assert [(one.policy, one.stopped) for one in past[targets[0]]] == [
            ("over", True),
            ("nights", True),
        ]


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_sizes_are_finished_wherever_it_was_killed(tmp_path: Path, nth: int, lost: bool) -> None:
    with serve(tmp_path / "oci") as cloud, migrated(tmp_path / "w.duckdb") as warehouse:
        bench = OciBench(cloud)
        targets = [bench.plant(f"shop{n}", state) for n, state in enumerate(["STOPPED", "RUNNING"])]
        targets.append(bench.plant("shop2"))
        before = [bench.state(target) for target in targets]
        account = bench.account()
        plan_id = approved(warehouse, account, dict(bench.smaller()))
        dies: Any = Breaking(bench.client, nth, Killed(), lost=lost)  # type: ignore[arg-type]
        dying = OciInstances(dies, "dev", [SHOP], GOVERNS)
        with pytest.raises(Killed):
            carry_out(warehouse, plan_id, lambda _: dying, lambda: AT)
        ended = carry_out(warehouse, plan_id, lambda _: account, lambda: AT)
        assert [step.state for step in ended] == [State.VERIFIED] * 3
        assert [bench.size(target) for target in targets] == [bench.smaller()] * 3
        assert [bench.state(target) for target in targets] == before
        assert len(bench.changes()) == 3, "none is rebooted twice"
        with warehouse.transaction() as session:
            past = past_changes(session, AT)
        assert {one.stopped for one in past[targets[0]]} == {None}


def test_one_that_takes_long_keeps_no_other_waiting(tmp_path: Path) -> None:
    with serve(tmp_path / "oci") as cloud, migrated(tmp_path / "w.duckdb") as warehouse:
        bench = OciBench(cloud)
        targets = [bench.plant(f"shop{n}") for n in range(3)]
        account = bench.account(wait_seconds=0)
        plan_id = approved(warehouse, account)
        bench.slow()
        with pytest.raises(Unfinished):
            carry_out(warehouse, plan_id, lambda _: account, lambda: AT)
        assert {bench.state(target)[0] for target in targets} == {"STOPPING"}
        for target in targets:
            bench.settle(target)
        ended = carry_out(warehouse, plan_id, lambda _: account, lambda: AT)
        assert [step.state for step in ended] == [State.VERIFIED] * 3
        assert len(bench.changes()) == MUTATIONS
