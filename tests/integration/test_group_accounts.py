"""Groups that scale by themselves, of both clouds: bounded, put back; and when it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cloudledger.clouds.aws.autoscaling import AwsScalingGroups
from cloudledger.governance.apply import Outcome, State, apply
from cloudledger.governance.change import (
    Account,
    AccountUnavailable,
    Change,
    Document,
    NotAllowed,
    between,
)
from cloudledger.governance.remediation.planning import undone
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.server import serve as serve_oci
from tests.support.group_accounts import BOUNDS, AwsGroups, Bench, OciGroups
from tests.support.instance_accounts import AWS_ACCOUNT, GOVERNS, REGION, SHOP
from tests.support.local_oci import assert_whole, raw, refused


@pytest.fixture
def on_aws() -> Iterator[AwsGroups]:
    with serve_aws() as cloud:
        yield AwsGroups(cloud)


@pytest.fixture
def on_oci(tmp_path: Any) -> Iterator[OciGroups]:
    with serve_oci(tmp_path) as cloud:
        yield OciGroups(cloud)


@pytest.fixture(params=["on_oci", "on_aws"])
def bench(request: pytest.FixtureRequest) -> Bench:
    found: Bench = request.getfixturevalue(request.param)
    return found


def document(account: Account, target: str) -> Document:
    return account.list()[target].document


def bounded(account: Account, id_: str, /, **bounds: Any) -> Change:
    found = account.list()[id_]
    return Change("dev", id_, found.document, {**found.document, **bounds}, found.version)


def told(account: Account, change: Change) -> Outcome:
    return apply(account, change, begin=lambda: None)


def made(account: Account, change: Change) -> State:
    return told(account, change).state


def test_groups_are_listed_with_their_bounds_and_the_tags_that_count(bench: Bench) -> None:
    fixed = [bench.plant(f"g{n}", environment="dev", colour="red") for n in range(3)]
    tracks = bench.plant("web", target=50, environment="prod")
    found = bench.account().list()
    assert found.keys() == {*fixed, tracks}
    one = found[fixed[0]].document
    assert (one["kind"], one["name"], one["tags"]) == (
        "scaling_group",
        "g0",
        {"environment": "dev"},
    )
    assert {name: one[name] for name in BOUNDS} == BOUNDS
    assert found[tracks].document["target"] == "50"
    for target, listed in found.items():
        read = bench.account().read(target)
        assert read is not None
        assert read.document == listed.document
        assert {name: listed.document[name] for name in bench.held(target)} == bench.held(target)


def test_bounds_are_set_once_and_put_back_by_the_record(bench: Bench) -> None:
    target, account = bench.plant("web", target=50), bench.account()
    was = bench.held(target)
    change = bounded(account, target, max=3, target="70")
    assert made(account, change) is State.VERIFIED
    set_once = len(bench.writes())
    assert made(account, change) is State.VERIFIED
    assert len(bench.writes()) == set_once
    assert bench.held(target) == was | {"max": 3, "target": "70"}
    (back,) = undone("p1", [change], account.list())
    assert isinstance(back, Change)
    assert made(account, back) is State.VERIFIED
    assert bench.held(target) == was


def test_a_smaller_group_has_fewer_instances(bench: Bench) -> None:
    target, account = bench.plant("web"), bench.account()
    assert made(account, bounded(account, target, min=0, max=1, desired=1)) is State.VERIFIED
    assert {name: bench.held(target)[name] for name in BOUNDS} == {"min": 0, "max": 1, "desired": 1}


@pytest.mark.parametrize("lost", [True, False])
def test_a_change_that_broke_off_is_finished_by_the_next_try(bench: Bench, lost: bool) -> None:
    account = bench.account()
    for nth in range(1, bench.calls + 1):
        target = bench.plant(f"web{nth}", target=50)
        change = bounded(account, target, max=3, target="70")
        with pytest.raises(AccountUnavailable):
            made(bench.breaking(nth, lost=lost), change)
        found = account.read(target)
        assert found is not None
        assert between(found.document, change.before, change.after)
        assert made(account, change) is State.VERIFIED
        assert bench.held(target)["max"] == 3
        assert bench.held(target)["target"] == "70"


@pytest.mark.parametrize("how", ["throttle", "fail"])
@pytest.mark.parametrize("operation", ["bounds", "target", "list", "policies"])
def test_a_cloud_that_fails_twice_is_asked_again_and_one_that_fails_on_is_told(
    bench: Bench, how: str, operation: str
) -> None:
    target, account = bench.plant("web", target=50), bench.account()
    change = bounded(account, target, max=3, target="70")
    bench.strike(how, operation, 3)
    with pytest.raises(AccountUnavailable):
        made(account, change)
    bench.strike(how, operation, 2)
    assert made(account, change) is State.VERIFIED


@pytest.mark.parametrize("operation", ["bounds", "target", "list", "policies"])
def test_a_missing_right_is_named(bench: Bench, operation: str) -> None:
    target, account = bench.plant("web", target=50), bench.account()
    change = bounded(account, target, max=3, target="70")
    bench.strike("deny", operation, 3)
    with pytest.raises(NotAllowed, match=bench.rights[operation]):
        made(account, change)


def test_what_somebody_else_changed_is_left_alone(bench: Bench) -> None:
    target, account = bench.plant("web"), bench.account()
    change = bounded(account, target, max=3)
    bench.set(target, 1, 6)
    assert made(account, change) is State.REFUSED
    assert bench.held(target)["max"] == 6
    bench.set(target, 1, 8)
    bench.tag(target, protected="true")
    assert made(account, change) is State.REFUSED
    assert bench.held(target)["max"] == 8


def test_one_that_is_gone_is_refused_also_when_it_was_made_anew(bench: Bench) -> None:
    target, account = bench.plant("web"), bench.account()
    change = bounded(account, target, max=3)
    bench.delete(target)
    assert account.read(target) is None
    assert made(account, change) is State.REFUSED
    again = bench.plant("web")
    assert again != target
    assert made(account, change) is State.REFUSED
    assert bench.held(again)["max"] == 8


def test_what_the_cloud_refuses_is_put_back_and_told(bench: Bench) -> None:
    target, account = bench.plant("web", target=50), bench.account()
    was = bench.held(target)
    bench.refuses("target")
    outcome = told(account, bounded(account, target, max=3, target="70"))
    assert outcome.state is State.FAILED
    assert bench.refusal in outcome.told
    assert bench.held(target) == was


def test_bounds_that_do_not_hold_together_are_refused_by_the_cloud(bench: Bench) -> None:
    target, account = bench.plant("web"), bench.account()
    outcome = told(account, bounded(account, target, min=5, max=3, desired=3))
    assert outcome.state is State.FAILED
    assert {name: bench.held(target)[name] for name in BOUNDS} == BOUNDS


def test_of_aws_the_policy_is_put_as_it_was_but_for_its_target(on_aws: AwsGroups) -> None:
    target = on_aws.plant("web", target=50)
    (was,) = on_aws.bodies()
    assert made(on_aws.account(), bounded(on_aws.account(), target, max=3, target="70.5")) is (
        State.VERIFIED
    )
    _, bounds, policy = on_aws.bodies()
    assert bounds == {"AutoScalingGroupName": "web", "MaxSize": 3}
    tracked = was["TargetTrackingConfiguration"] | {"TargetValue": 70.5}
    assert policy == was | {"TargetTrackingConfiguration": tracked}


def test_of_aws_a_group_that_scales_has_no_desired_size_and_one_of_eks_is_left_alone(
    on_aws: AwsGroups,
) -> None:
    scales, nodes = on_aws.plant("web", target=50), on_aws.plant("n", **{"eks:nodegroup-name": "a"})
    found = on_aws.account().list()
    assert "desired" not in found[scales].document
    assert "node group a of EKS" in found[nodes].document["fixed"]
    on_aws.client.put_scaling_policy(
        AutoScalingGroupName="web",
        PolicyName="web-net",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageNetworkOut"},
            "TargetValue": 1e9,
        },
    )
    assert "target" not in on_aws.account().list()[scales].document, "there are two of them"


def test_the_local_aws_refuses_a_policy_that_is_not_of_its_type(on_aws: AwsGroups) -> None:
    on_aws.plant("web")
    asked = {"AutoScalingGroupName": "web", "PolicyName": "p"}
    for wrong in ("TargetTrackingScaling", "SimpleScaling"):
        with pytest.raises(ClientError, match="ValidationError"):
            on_aws.client.put_scaling_policy(**asked, PolicyType=wrong)


def test_of_oci_capacity_and_rules_are_put_whole_and_only_with_the_etag(on_oci: OciGroups) -> None:
    target, account = on_oci.plant("web", target=60), on_oci.account()
    assert made(account, bounded(account, target, max=3)) is State.VERIFIED
    assert made(account, bounded(account, target, target="75")) is State.VERIFIED
    first, second = on_oci.bodies()
    capacity = {"min": 1, "max": 3, "initial": 2}
    assert first == {"policyType": "threshold", "capacity": capacity}
    assert second["capacity"] == capacity
    out, down = second["rules"]
    assert (out["action"]["value"], out["metric"]["threshold"]["value"]) == (1, 75)
    assert (down["action"]["value"], down["metric"]["threshold"]["value"]) == (-1, 20)
    update = on_oci.client.update_auto_scaling_policy

    def late(*asked: Any, **options: Any) -> Any:
        on_oci.client.update_auto_scaling_policy = update
        on_oci.set(target, 1, 6)
        return update(*asked, **options)

    change = bounded(account, target, max=2)
    on_oci.client.update_auto_scaling_policy = late
    assert made(account, change) is State.REFUSED
    assert on_oci.held(target)["max"] == 6


def test_of_oci_a_threshold_that_it_refuses_leaves_all_as_it_was(on_oci: OciGroups) -> None:
    target, account = on_oci.plant("web", target=60), on_oci.account()
    was = on_oci.held(target)
    outcome = told(account, bounded(account, target, max=3, target="15"))
    assert outcome.state is State.FAILED
    assert "400" in outcome.told
    assert on_oci.held(target) == was


def test_of_oci_schedules_have_no_bounds_and_what_is_off_is_left_alone(on_oci: OciGroups) -> None:
    plant = on_oci.cloud.scaling.plant
    capacity = {"min": 1, "max": 8, "initial": 2}
    schedule = {"type": "cron", "expression": "0 0 7 ? * MON-FRI *", "timezone": "UTC"}
    policy = {"policyType": "scheduled", "executionSchedule": schedule, "rules": None}
    plant("nightly", SHOP, capacity=capacity, policy=policy)
    off = plant("off", SHOP, capacity=capacity, isEnabled=False)
    elsewhere = plant("else", "ocid1.compartment.oc1..other", capacity=capacity)
    found = on_oci.account().list()
    assert found.keys() == {off}
    assert "not enabled" in found[off].document["fixed"]
    assert "target" not in found[off].document
    assert on_oci.account().read(elsewhere) is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"capacity": {"max": 3}}, "MissingParameter"),
        ({"policyType": "threshold", "capacity": {"most": 3}}, "InvalidParameter"),
        ({"policyType": "threshold", "capacity": {"min": 4, "initial": 2}}, "InvalidParameter"),
        ({"policyType": "scheduled"}, "InvalidParameter"),
        ({"policyType": "threshold", "rules": [{"displayName": "out"}]}, "MissingParameter"),
    ],
)
def test_the_local_oci_refuses_what_the_sdk_does_not_know(
    on_oci: OciGroups, body: Any, code: str
) -> None:
    target = on_oci.plant("web")
    (policy,) = on_oci.client.get_auto_scaling_configuration(target).data.policies
    path = f"/autoScalingConfigurations/{target}/policies/{policy.id}"
    refused(400, code, raw, on_oci.client, "PUT", path, body)


def test_what_the_local_oci_answers_is_whole(on_oci: OciGroups) -> None:
    target = on_oci.plant("web", target=60)
    answer = on_oci.client.get_auto_scaling_configuration(target).data
    assert_whole(answer)
    assert_whole(answer.policies[0])
    assert_whole(answer.policies[0].rules[0])
    (summary,) = on_oci.client.list_auto_scaling_configurations(SHOP).data
    assert_whole(summary)


def test_of_aws_a_policy_that_is_off_scales_nothing_and_a_group_on_its_way_out_is_none(
    on_aws: AwsGroups,
) -> None:
    target = on_aws.plant("web", target=50)
    leaving = on_aws.plant("old")
    (policy,) = on_aws.client.describe_policies()["ScalingPolicies"]
    groups = on_aws.client.describe_auto_scaling_groups()["AutoScalingGroups"]
    for group in groups:
        if group["AutoScalingGroupARN"] == leaving:
            group["Status"] = "Delete in progress"
    stubbed = boto3.client(
        "autoscaling", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
    )
    with Stubber(stubbed) as stubber:
        stubber.add_response("describe_auto_scaling_groups", {"AutoScalingGroups": groups})
        del policy["PredictiveScalingConfiguration"]  # empty, as only moto has it
        off = {"ScalingPolicies": [policy | {"Enabled": False}]}
        stubber.add_response("describe_policies", off)
        found = AwsScalingGroups(stubbed, "dev", AWS_ACCOUNT, GOVERNS).list()
    assert found.keys() == {target}
    assert found[target].document["desired"] == BOUNDS["desired"]
    assert "target" not in found[target].document
