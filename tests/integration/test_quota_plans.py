"""A plan that freezes a compartment, killed at its one call, is finished by the next run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudledger.governance.apply import State
from cloudledger.governance.carry_out import carry_out
from cloudledger.governance.change import Account, Change, Document
from cloudledger.governance.plan import plan_of
from cloudledger.governance.plan_store import decide, propose, unfinished
from cloudledger.governance.remediation.freezes import unfrozen
from cloudledger.governance.remediation.store import AREA, carried_out, changes_left, past_changes
from cloudledger.warehouse.port import Warehouse
from localcloud.oci.server import serve
from tests.support.empty_warehouse import migrated
from tests.support.quota_accounts import Bench

AT = datetime(2026, 3, 2, 20, tzinfo=UTC)


class Killed(BaseException):
    """The process ends here."""


def approved(warehouse: Warehouse, account: Account, target: str, after: Document | None) -> str:
    found = account.read(target)
    before, version = (found.document, found.version) if found else (None, None)
    reason = "freeze: let nothing new be made in shop:web"
    plan = plan_of(AREA, "run", [Change("dev/quotas", target, before, after, version, (reason,))])
    with warehouse.transaction() as session:
        propose(session, plan, run_id="run", as_of=AT, dry_run=False)
        decide(session, plan.plan_id, approved=True, how="policy", by="test", at=AT)
    return plan.plan_id


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("operation", ["create", "update", "delete"])
def test_it_is_finished_wherever_it_was_killed(tmp_path: Path, operation: str, lost: bool) -> None:
    with serve(tmp_path / "oci") as cloud, migrated(tmp_path / "w.duckdb") as warehouse:
        bench = Bench(cloud)
        account = bench.account()
        after: Document | None = bench.wanted()
        if operation != "create":
            account.write(Change("dev/quotas", bench.target, None, after))
            after = None if operation == "delete" else bench.wanted(why="another reason")
        plan_id = approved(warehouse, account, bench.target, after)
        dying = bench.breaking(Killed(), lost=lost)
        with pytest.raises(Killed):
            carry_out(warehouse, plan_id, lambda _: dying, lambda: AT)
        with warehouse.transaction() as session:
            assert unfinished(session, AREA) == [plan_id]
        (ended,) = carry_out(warehouse, plan_id, lambda _: account, lambda: AT)
        assert ended.state is State.VERIFIED
        found = account.read(bench.target)
        assert (found.document if found else None) == after
        assert len(bench.state()) == (0 if after is None else 1)
        with warehouse.transaction() as session:
            assert unfinished(session, AREA) == []
            assert changes_left(session, AT, per_run=10, per_hour=4) == 3
            (past,) = past_changes(session, AT)[bench.target]
        assert (past.policy, past.verified, past.stopped) == ("freeze", True, None)


def test_what_was_carried_out_is_taken_back_from_its_record(tmp_path: Path) -> None:
    with serve(tmp_path / "oci") as cloud, migrated(tmp_path / "w.duckdb") as warehouse:
        bench = Bench(cloud)
        account = bench.account()
        plan_id = approved(warehouse, account, bench.target, bench.wanted())
        carry_out(warehouse, plan_id, lambda _: account, lambda: AT)
        for there in (0, 1):
            with warehouse.transaction() as session:
                done = carried_out(session, plan_id)
                (back,) = unfrozen(plan_id, done, account.list())
                assert isinstance(back, Change)
                plan = plan_of(AREA, plan_id, [back])
                propose(session, plan, run_id=plan_id, as_of=AT, dry_run=False)
                decide(session, plan.plan_id, approved=True, how="policy", by="test", at=AT)
            plan_id = plan.plan_id
            (ended,) = carry_out(warehouse, plan_id, lambda _: account, lambda: AT)
            assert (ended.state, len(bench.state())) == (State.VERIFIED, there)
        assert bench.state()[bench.target][0] == bench.wanted()["description"]
