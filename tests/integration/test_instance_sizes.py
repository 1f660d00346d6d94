"""Instances of both clouds are resized, taken back, and left alone where that is not sound."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import oci
import pytest
from botocore.exceptions import ClientError
from oci.core import models

from cloudledger.governance.apply import State, apply
from cloudledger.governance.change import (
    Account,
    AccountUnavailable,
    Change,
    NotAllowed,
    Unfinished,
    between,
)
from cloudledger.governance.remediation.planning import undone
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.server import serve as serve_oci
from tests.support.instance_accounts import SHOP, AwsBench, Bench, OciBench


@pytest.fixture
def on_oci(tmp_path: Any) -> Iterator[OciBench]:
    with serve_oci(tmp_path) as cloud:
        yield OciBench(cloud)


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsBench]:
    with serve_aws() as cloud:
        yield AwsBench(cloud, monkeypatch)


@pytest.fixture(params=["on_oci", "on_aws"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found: Bench = request.getfixturevalue(request.param)
    return found


def resize(bench: Bench, target: str, **tags: str) -> Change:
    found = bench.account().list()[target]
    after = {**found.document, **bench.smaller(), "tags": {**found.document["tags"], **tags}}
    return Change("dev", target, found.document, after, found.version)


def made(account: Account, change: Change) -> State:
    return apply(account, change, begin=lambda: None).state


def test_one_that_is_stopped_is_resized_once_and_taken_back_by_the_record(bench: Bench) -> None:
    target, account = bench.plant("shop", "STOPPED"), bench.account()
    was, change = bench.size(target), resize(bench, target)
    assert made(account, change) is State.VERIFIED
    assert made(account, change) is State.VERIFIED
    assert bench.size(target) == bench.smaller()
    assert bench.state(target)[0] == "STOPPED"
    (back,) = undone("p1", [change], account.list())
    assert isinstance(back, Change)
    assert made(account, back) is State.VERIFIED
    assert bench.size(target) == was
    assert bench.wrong() == []


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_change_that_broke_off_is_finished_by_the_next_try(
    bench: Bench, nth: int, lost: bool
) -> None:
    target, account = bench.plant("shop", "STOPPED"), bench.account()
    change = resize(bench, target, cost_alerted="over")
    with pytest.raises(AccountUnavailable):
        made(bench.breaking(nth, lost=lost), change)
    found = account.read(target)
    assert found is not None
    assert between(found.document, change.before, change.after)
    assert made(account, change) is State.VERIFIED
    assert bench.size(target) == bench.smaller()
    assert bench.state(target)[1]["cost_alerted"] == "over"


@pytest.mark.parametrize("how", ["throttle", "fail"])
def test_a_cloud_that_fails_twice_is_asked_again_and_one_that_fails_on_is_told(
    bench: Bench, how: str
) -> None:
    target, account = bench.plant("shop", "STOPPED"), bench.account()
    change = resize(bench, target)
    bench.strike(how, "resize", 3)
    with pytest.raises(AccountUnavailable):
        made(account, change)
    bench.strike(how, "resize", 2)
    assert made(account, change) is State.VERIFIED


def test_a_missing_right_is_named(bench: Bench) -> None:
    target, account = bench.plant("shop", "STOPPED"), bench.account()
    bench.strike("deny", "resize", 2)
    named = {"oci": "use instances", "aws": "ec2:ModifyInstanceAttribute"}[bench.kind]
    with pytest.raises(NotAllowed, match=named):
        made(account, resize(bench, target))
    assert bench.size(target) != bench.smaller()


def test_one_that_was_started_or_resized_since_is_left_alone(bench: Bench) -> None:
    target, account = bench.plant("shop", "STOPPED"), bench.account()
    change = resize(bench, target)
    start = {**account.list()[target].document, "state": "RUNNING"}
    assert made(account, Change("dev", target, change.before, start)) is State.VERIFIED
    was = bench.size(target)
    assert made(account, change) is State.REFUSED
    assert bench.size(target) == was


def test_oci_reboots_one_that_runs_and_is_waited_for(on_oci: OciBench) -> None:
    target, account = on_oci.plant("shop"), on_oci.account(wait_seconds=1)
    on_oci.slow()
    change = resize(on_oci, target)
    with pytest.raises(Unfinished, match="transition"):
        made(account, change)
    on_oci.settle(target)
    assert made(account, change) is State.VERIFIED
    assert on_oci.state(target)[0] == "RUNNING"
    assert len(on_oci.changes()) == 1, "it is asked for once"


def test_oci_takes_the_size_with_the_etag_that_was_looked_at(on_oci: OciBench) -> None:
    target = on_oci.plant("shop")
    change = resize(on_oci, target)
    update = on_oci.client.update_instance

    def late(id_: str, details: Any, **options: Any) -> Any:
        on_oci.client.update_instance = update
        on_oci.tag(id_, protected="true")
        return update(id_, details, **options)

    on_oci.client.update_instance = late
    assert made(on_oci.account(), change) is State.REFUSED
    assert on_oci.size(target) != on_oci.smaller()


def test_of_oci_only_a_flexible_shape_has_a_size(on_oci: OciBench) -> None:
    fixed = on_oci.cloud.instances.plant("old", SHOP, shape="VM.Standard2.1")
    burst = {"ocpus": 1.0, "memoryInGBs": 4.0, "baselineOcpuUtilization": "BASELINE_1_8"}
    bursting = on_oci.cloud.instances.plant("burst", SHOP, shapeConfig=burst)
    found = on_oci.account().list()
    assert "size" not in found[fixed].document
    assert "size" not in found[bursting].document
    assert made(on_oci.account(), resize(on_oci, fixed)) is State.FAILED
    details = models.UpdateInstanceDetails(
        shape_config=models.UpdateInstanceShapeConfigDetails(ocpus=1, memory_in_gbs=8)
    )
    with pytest.raises(oci.exceptions.ServiceError, match="not a flexible shape"):
        on_oci.client.update_instance(fixed, details)


def test_the_body_is_the_size_alone_as_the_sdk_has_it(on_oci: OciBench) -> None:
    target = on_oci.plant("shop")
    assert made(on_oci.account(), resize(on_oci, target)) is State.VERIFIED
    (call,) = [one for one in on_oci.cloud.calls.matching("/instances/") if one.method == "PUT"]
    assert json.loads(call.body) == {"shapeConfig": {"ocpus": 0.5, "memoryInGBs": 8.0}}
    assert on_oci.wrong() == []


def test_ec2_resizes_none_that_runs_and_none_that_was_started_since_is_taken_back(
    on_aws: AwsBench,
) -> None:
    target, account = on_aws.plant("shop"), on_aws.account()
    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        on_aws.client.modify_instance_attribute(
            InstanceId=target, InstanceType={"Value": "t3.small"}
        )
    resized = {**account.list()[target].document, "state": "STOPPED"}
    change = Change("dev", target, {**resized, "shape": "t3.large"}, resized)
    (told,) = undone("p1", [change], account.list())
    assert "resizes only what is stopped" in str(told)
