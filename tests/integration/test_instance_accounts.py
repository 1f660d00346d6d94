"""Instances of both clouds behave alike: stopped, started, tagged; and when it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cloudledger.governance.apply import State, apply
from cloudledger.governance.change import (
    Account,
    AccountUnavailable,
    Change,
    NotAllowed,
    Unfinished,
    between,
)
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.server import serve as serve_oci
from tests.support.instance_accounts import AwsBench, Bench, OciBench


@pytest.fixture(params=["oci", "aws"])
def bench(
    request: pytest.FixtureRequest, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    if request.param == "oci":
        with serve_oci(tmp_path) as oci:
            yield OciBench(oci)
    else:
        with serve_aws() as aws:
            yield AwsBench(aws, monkeypatch)


def change_to(
    account: Account, target: str, state: str | None = None, **tags: str | None
) -> Change:
    """As a plan has it; a tag that is None is taken off."""
    found = account.list()[target]
    after = dict(found.document)
    after["state"] = state or after["state"]
    after["tags"] = {
        key: value for key, value in {**after["tags"], **tags}.items() if value is not None
    }
    return Change("dev", target, found.document, after, found.version)


def made(account: Account, change: Change) -> State:
    return apply(account, change, begin=lambda: None).state


def test_instances_are_listed_with_the_tags_that_count(bench: Bench) -> None:
    targets = {bench.plant(f"shop{n}", environment="dev", colour="red") for n in range(5)}
    targets |= {bench.plant("data", "STOPPED", environment="prod")}
    found = bench.account().list()
    assert found.keys() == targets
    by_name = {one.document["name"]: one.document for one in found.values()}
    assert by_name["shop0"]["tags"] == {"environment": "dev"}
    assert by_name["shop0"]["state"] == "RUNNING"
    assert by_name["data"]["state"] == "STOPPED"
    for target, one in found.items():
        read = bench.account().read(target)
        assert read is not None
        assert read.document == one.document


def test_one_is_stopped_and_started_again_and_the_same_change_twice_is_made_once(
    bench: Bench,
) -> None:
    target, account = bench.plant("shop"), bench.account()
    stop = change_to(account, target, "STOPPED")
    assert made(account, stop) is State.VERIFIED
    assert bench.state(target)[0] == "STOPPED"
    assert made(account, stop) is State.VERIFIED
    assert len(bench.changes()) == 1
    assert made(account, change_to(account, target, "RUNNING")) is State.VERIFIED
    assert made(account, change_to(account, target, "STOPPED")) is State.VERIFIED
    assert bench.state(target)[0] == "STOPPED", "a day's token does not stand for the next day's"
    assert len(bench.changes()) == 3


def test_a_tag_is_put_on_and_taken_off_beside_others(bench: Bench) -> None:
    target, account = bench.plant("shop", environment="dev"), bench.account()
    assert made(account, change_to(account, target, cost_alerted="over")) is State.VERIFIED
    assert bench.state(target)[1] == {
        "team": "shop",
        "environment": "dev",
        "cost_alerted": "over",
    } | ({"Name": "shop"} if bench.kind == "aws" else {})
    assert made(account, change_to(account, target, cost_alerted=None)) is State.VERIFIED
    assert "cost_alerted" not in bench.state(target)[1]
    assert bench.state(target)[0] == "RUNNING"
    assert bench.wrong() == []


def test_one_in_transition_is_waited_for_and_is_unfinished_not_wrong(bench: Bench) -> None:
    bench.slow()
    target, account = bench.plant("shop"), bench.account(wait_seconds=1)
    stop = change_to(account, target, "STOPPED")
    with pytest.raises(Unfinished, match="transition"):
        made(account, stop)
    assert account.list()[target].document["state"] == "STOPPING"
    with pytest.raises(Unfinished):
        made(account, stop)
    bench.settle(target)
    assert made(account, stop) is State.VERIFIED
    assert len(bench.changes()) == 1, "it is asked for once"


def test_what_somebody_else_changed_is_left_alone(bench: Bench) -> None:
    target, account = bench.plant("shop", environment="dev"), bench.account()
    stop = change_to(account, target, "STOPPED")
    bench.tag(target, protected="true")
    assert made(account, stop) is State.REFUSED
    assert bench.state(target)[0] == "RUNNING"


def test_one_that_is_gone_is_refused(bench: Bench) -> None:
    target, account = bench.plant("shop"), bench.account()
    stop = change_to(account, target, "STOPPED")
    bench.delete(target)
    assert account.read(target) is None
    assert made(account, stop) is State.REFUSED
    assert target not in account.list()


@pytest.mark.parametrize("how", ["throttle", "fail"])
@pytest.mark.parametrize("operation", ["power", "tag", "read"])
def test_a_cloud_that_fails_twice_is_asked_again_and_one_that_fails_on_is_told(
    bench: Bench, how: str, operation: str
) -> None:
    target, account = bench.plant("shop"), bench.account()
    bench.strike(how, operation, 2)
    change = change_to(account, target, "STOPPED", cost_alerted="over")
    assert made(account, change) is State.VERIFIED
    back = change_to(account, target, "RUNNING", cost_alerted=None)
    bench.strike(how, operation, 3)
    with pytest.raises(AccountUnavailable):
        made(account, back)
    found = account.read(target)
    assert found is not None
    assert between(found.document, back.before, back.after)
    assert made(account, back) is State.VERIFIED


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_change_that_broke_off_is_finished_by_the_next_try(
    bench: Bench, nth: int, lost: bool
) -> None:
    target, account = bench.plant("shop", environment="dev"), bench.account()
    change = change_to(account, target, "STOPPED", cost_alerted="over")
    with pytest.raises(AccountUnavailable):
        made(bench.breaking(nth, lost=lost), change)
    found = account.read(target)
    assert found is not None
    assert between(found.document, change.before, change.after)
    assert made(account, change) is State.VERIFIED
    assert bench.state(target)[0] == "STOPPED"
    assert bench.state(target)[1]["cost_alerted"] == "over"


@pytest.mark.parametrize(
    ("operation", "right"),
    [("list", "read"), ("read", "read"), ("power", "power"), ("tag", "tag")],
)
def test_a_missing_right_is_named(bench: Bench, operation: str, right: str) -> None:
    target, account = bench.plant("shop"), bench.account()
    change = change_to(account, target, "STOPPED", cost_alerted="over")
    bench.strike("deny", operation, 2)
    named = {
        "oci": {"read": "read instances", "power": "use instances", "tag": "use instances"},
        "aws": {
            "read": "ec2:DescribeInstances",
            "power": "ec2:StopInstances",
            "tag": "ec2:CreateTags",
        },
    }[bench.kind][right]
    with pytest.raises(NotAllowed, match=named):
        made(account, change) if operation != "list" else account.list()


def test_a_stranger_may_nothing(bench: Bench) -> None:
    with pytest.raises(NotAllowed):
        bench.account(stranger=True).list()


def test_one_of_a_pool_says_so(bench: Bench) -> None:
    target = bench.pooled("worker")
    assert bench.account().list()[target].document["fixed"]


def test_one_that_is_protected_between_the_look_and_the_stop_is_not_stopped(tmp_path: Any) -> None:
    with serve_oci(tmp_path) as cloud:
        bench = OciBench(cloud)
        target = bench.plant("shop")
        stop = change_to(bench.account(), target, "STOPPED")
        action = bench.client.instance_action

        def late(*args: Any, **options: Any) -> Any:
            bench.tag(target, protected="true")
            return action(*args, **options)

        bench.client.instance_action = late
        assert made(bench.account(), stop) is State.REFUSED, "the etag is of what was looked at"
        assert bench.state(target)[0] == "RUNNING"
