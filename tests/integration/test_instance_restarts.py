"""EC2 instances that run are restarted for their size, and none is left stopped half way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudledger.clouds.aws.compute import AwsInstances
from cloudledger.clouds.aws.restart import RESIZING
from cloudledger.governance.apply import Outcome, State, apply
from cloudledger.governance.carry_out import carry_out
from cloudledger.governance.change import (
    Account,
    AccountUnavailable,
    Change,
    Conflict,
    NotAllowed,
    Unfinished,
)
from cloudledger.governance.plan import plan_of
from cloudledger.governance.plan_store import decide, propose, unfinished
from cloudledger.governance.remediation.config import Remediation
from cloudledger.governance.remediation.guard import Guarded
from cloudledger.governance.remediation.planning import plan_remediation, undone
from cloudledger.governance.remediation.store import AREA
from cloudledger.governance.remediation.wishes import Seen
from localcloud.aws.server import serve
from tests.support.empty_warehouse import migrated
from tests.support.instance_accounts import AWS_ACCOUNT, GOVERNS, AwsBench, Breaking

AT = datetime(2026, 3, 2, 20, tzinfo=UTC)
SMALL = {"shape": "t3.small"}
LARGE = {"shape": "m1.small"}
"""What the local AWS launches."""

FLEX = {
    "name": "flex",
    "kind": "resize",
    "scopes": ["dev"],
    "justification": "agreed with the owners",
    "days": 2,
    "below_percent": 5,
    "instance_type": SMALL["shape"],
    "from_types": [LARGE["shape"]],
    "restart": "allowed",
}


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsBench]:
    with serve() as cloud:
        yield AwsBench(cloud, monkeypatch)


def settings(**other: Any) -> Remediation:
    scopes = [{"name": "dev", "account": "aws_main"}]
    return Remediation.model_validate(
        {"enabled": True, "scopes": scopes, "policies": [FLEX | other]}
    )


def resize(bench: AwsBench, target: str, **other: Any) -> Change:
    found = bench.account().list()[target]
    after = {**found.document, **SMALL, **other}
    return Change("dev", target, found.document, after, None, ("flex: make it smaller",))


def told(account: Account, change: Change) -> Outcome:
    return apply(account, change, begin=lambda: None)


def runs(bench: AwsBench, target: str, size: dict[str, str]) -> bool:
    """Whether it runs, of that size, and nothing is left of a restart."""
    state, tags = bench.state(target)
    return state == "RUNNING" and bench.size(target) == size and RESIZING not in tags


def asked(bench: AwsBench) -> list[str]:
    """What changed an instance; dry runs did not."""
    return [
        call["operation"]
        for call in bench.cloud.calls("ec2")
        if call["operation"].startswith(("Stop", "Start", "Modify"))
        and "DryRun" not in call["body"]
    ]


def test_one_that_runs_is_resized_and_runs_again_and_is_taken_back_so(bench: AwsBench) -> None:
    target, account = bench.plant("shop"), bench.account()
    change = resize(bench, target)
    assert told(account, change) == Outcome(State.VERIFIED)
    assert runs(bench, target, SMALL)
    assert asked(bench) == ["StopInstances", "ModifyInstanceAttribute", "StartInstances"]
    assert told(account, change).state is State.VERIFIED
    assert len(asked(bench)) == 3
    (back,) = undone("p1", [change], account.list())
    assert isinstance(back, Change)
    assert told(account, back).state is State.VERIFIED
    assert runs(bench, target, LARGE)


STEPS = ("may it", "may it", "mark", "stop", "resize", "start", "unmark")


KILLS = [(nth, lost) for nth in range(1, len(STEPS) + 1) for lost in (False, True)[: 1 + (nth > 2)]]
"""Which call it is killed at, and whether only the answer is lost; a dry run does nothing."""


@pytest.mark.parametrize(
    ("nth", "lost", "guarded"),
    [(*one, "as it was") for one in KILLS]
    + [(2, False, "turned off"), (5, False, "turned off"), (6, False, "not allowed any more")],
)
def test_it_is_finished_wherever_it_was_killed(
    bench: AwsBench, tmp_path: Path, nth: int, lost: bool, guarded: str
) -> None:
    target, account = bench.plant("shop"), bench.account()
    change = resize(bench, target)
    plan = plan_of(AREA, "run", [change])
    client: Any = Breaking(bench.client, nth, Killed(), lost=lost)  # type: ignore[arg-type]
    dying = AwsInstances(client, "dev", AWS_ACCOUNT, GOVERNS)
    now = {
        "as it was": settings(),
        "turned off": settings().model_copy(update={"enabled": False}),
        "not allowed any more": settings(restart="never"),
    }[guarded]
    later = Guarded(account, now, now.scope("dev"), lambda: AT)
    with migrated(tmp_path / "w.duckdb") as warehouse:
        with warehouse.transaction() as session:
            propose(session, plan, run_id="run", as_of=AT, dry_run=False)
            decide(session, plan.plan_id, approved=True, how="policy", by="test", at=AT)
        with pytest.raises(Killed):
            carry_out(warehouse, plan.plan_id, lambda _: dying, lambda: AT)
        with warehouse.transaction() as session:
            assert unfinished(session, AREA) == [plan.plan_id]
        marked = RESIZING in bench.state(target)[1]
        (step,) = carry_out(warehouse, plan.plan_id, lambda _: later, lambda: AT)
    if marked or guarded == "as it was" or nth == len(STEPS):
        assert step.state is State.VERIFIED
        assert runs(bench, target, SMALL)
        assert sorted(asked(bench)) == sorted(
            ["StopInstances", "ModifyInstanceAttribute", "StartInstances"]
        ), "each took effect once"
    else:
        assert step.state is State.REFUSED
        assert runs(bench, target, LARGE)
        assert asked(bench) == []


def test_one_that_stops_slowly_is_gone_on_with(bench: AwsBench) -> None:
    target, account = bench.plant("shop"), bench.account(wait_seconds=1)
    change = resize(bench, target)
    bench.slow()
    with pytest.raises(Unfinished, match="transition"):
        told(account, change)
    with pytest.raises(Unfinished):
        told(account, change)
    bench.settle(target)
    assert told(account, change).state is State.VERIFIED
    assert runs(bench, target, SMALL)
    assert asked(bench).count("StopInstances") == 1


def test_one_that_cannot_be_of_the_type_is_put_back_and_runs(bench: AwsBench) -> None:
    target = bench.plant("shop")
    outcome = told(bench.account(), resize(bench, target, shape="t3.none"))
    assert outcome.state is State.FAILED
    assert "InvalidInstanceAttributeValue" in outcome.told
    assert "was put back" in outcome.told
    assert runs(bench, target, LARGE)


def without_room(bench: AwsBench, target: str, shapes: tuple[str, ...]) -> Callable[..., Any]:
    """A start that AWS has no room for while the instance is of one of the types."""
    start = bench.client.start_instances

    def act(**options: Any) -> Any:
        if not options.get("DryRun") and bench.size(target)["shape"] in shapes:
            error = {"Code": "InsufficientInstanceCapacity", "Message": "no room"}
            answer: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 500}}
            raise ClientError(answer, "StartInstances")
        return start(**options)

    return act


def test_one_that_aws_has_no_room_for_is_put_back_and_runs(bench: AwsBench) -> None:
    target = bench.plant("shop")
    change = resize(bench, target)
    bench.client.start_instances = without_room(bench, target, (SMALL["shape"],))
    outcome = told(bench.account(), change)
    assert outcome.state is State.FAILED
    assert "InsufficientInstanceCapacity" in outcome.told
    assert runs(bench, target, LARGE)


def test_one_that_cannot_be_started_at_all_is_started_by_a_later_plan(bench: AwsBench) -> None:
    target, account, asking = bench.plant("shop"), bench.account(), settings()
    change = resize(bench, target)
    start = bench.client.start_instances
    bench.client.start_instances = without_room(bench, target, (SMALL["shape"], LARGE["shape"]))
    outcome = told(account, change)
    assert outcome.state is State.FAILED
    assert "nor can it be put back" in outcome.told
    assert bench.state(target)[0] == "STOPPED"
    bench.client.start_instances = start
    found = {"dev": account.list()}
    ((again,), _) = plan_remediation(asking, found, Seen(), AT, at_most=9)
    assert "could not be started" in again.reasons[0]
    assert told(Guarded(account, asking, asking.scope("dev"), lambda: AT), again).state is (
        State.VERIFIED
    )
    assert runs(bench, target, LARGE)
    (left,) = undone("p1", [again], account.list())
    assert "left alone" in str(left)


@pytest.mark.parametrize(
    ("operation", "right"),
    [
        ("ModifyInstanceAttribute", "ec2:ModifyInstanceAttribute"),
        ("StartInstances", "ec2:StartInstances"),
        ("CreateTags", "ec2:CreateTags"),
        ("StopInstances", "ec2:StopInstances"),
    ],
)
def test_a_right_that_is_missing_is_named_and_it_runs_on(
    bench: AwsBench, operation: str, right: str
) -> None:
    target, account = bench.plant("shop"), bench.account()
    change = resize(bench, target)
    bench.cloud.faults.deny(service="ec2", operation=operation)
    with pytest.raises(NotAllowed, match=right):
        told(account, change)
    assert bench.state(target)[0] == "RUNNING"
    assert asked(bench) in ([], ["StopInstances"])
    assert told(account, change).state is State.VERIFIED, "once it is granted"
    assert runs(bench, target, SMALL)


@pytest.mark.parametrize(
    ("operation", "how"), [("StopInstances", "throttle"), ("StartInstances", "fail")]
)
def test_a_cloud_that_fails_on_is_told_and_the_next_try_ends_it(
    bench: AwsBench, operation: str, how: str
) -> None:
    target, account = bench.plant("shop"), bench.account()
    change = resize(bench, target)
    getattr(bench.cloud.faults, how)(3, service="ec2", operation=operation)
    with pytest.raises(AccountUnavailable):
        told(account, change)
    assert told(account, change).state is State.VERIFIED
    assert runs(bench, target, SMALL)


def test_one_that_a_person_stopped_is_not_started(bench: AwsBench) -> None:
    target, account = bench.plant("shop"), bench.account()
    change = resize(bench, target)
    bench.client.stop_instances(InstanceIds=[target])
    assert told(account, change).state is State.REFUSED
    assert bench.state(target)[0] == "STOPPED"
    assert bench.size(target) == LARGE


def test_one_that_is_protected_or_may_not_be_restarted_runs_on(bench: AwsBench) -> None:
    target, account = bench.plant("shop"), bench.account()
    change = resize(bench, target)
    never = settings(restart="never")
    with pytest.raises(Conflict, match="does not allow a restart"):
        Guarded(account, never, never.scope("dev"), lambda: AT).write(change)
    bench.tag(target, protected="true")
    found = account.read(target)
    assert found is not None
    allowed = settings()
    with pytest.raises(Conflict, match="protects it"):
        Guarded(account, allowed, allowed.scope("dev"), lambda: AT).write(
            replace(change, before=found.document)
        )
    assert runs(bench, target, LARGE)
    assert asked(bench) == []


@pytest.mark.parametrize(
    "policy",
    [
        {"restart": "maybe"},
        {"instance_type": "", "from_types": [], "ocpus": 1, "memory_gb": 8},
    ],
)
def test_what_restart_cannot_mean_is_refused(policy: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="restart"):
        settings(**policy)
