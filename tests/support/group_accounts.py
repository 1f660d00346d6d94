"""Groups that scale by themselves, of both local clouds, set up and looked at by the SDKs alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

import boto3
import oci
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.session import get_session
from oci.autoscaling import models

from cloudledger.clouds.aws.autoscaling import AwsScalingGroups
from cloudledger.clouds.oci.autoscaling import WIRE, OciScalingGroups
from cloudledger.governance.change import Account
from localcloud.aws.cloud import Cloud as AwsCloud
from localcloud.aws.wire import Form
from localcloud.oci.autoscaling import rule
from localcloud.oci.cloud import Cloud as OciCloud
from localcloud.oci.definitions import checked
from localcloud.oci.gate import Call
from tests.support.instance_accounts import AWS_ACCOUNT, DATA, GOVERNS, REGION, SHOP, Breaking
from tests.support.local_oci import QUICK, sdk

BOUNDS = {"min": 1, "max": 8, "desired": 2}


class Bench(Protocol):
    """One cloud."""

    kind: str
    calls: int
    refusal: str
    rights: Mapping[str, str]

    def account(self) -> Account: ...

    def breaking(self, nth: int, *, lost: bool) -> Account: ...

    def plant(self, name: str, *, target: float | None = None, **tags: str) -> str: ...

    def set(self, target: str, low: int, high: int) -> None: ...

    def tag(self, target: str, **tags: str) -> None: ...

    def delete(self, target: str) -> None: ...

    def held(self, target: str) -> Mapping[str, Any]: ...

    def strike(self, how: str, operation: str, times: int = 1) -> None: ...

    def writes(self) -> list[str]: ...

    def refuses(self, operation: str) -> None: ...


class OciGroups:
    """Autoscaling configurations of the local OCI."""

    kind = "oci"
    calls = 1
    refusal = "400"
    rights: Mapping[str, str] = {
        "list": "read auto-scaling-configurations",
        "policies": "read auto-scaling-configurations",
        "bounds": "manage auto-scaling-configurations",
        "target": "manage instance-pools",
    }
    paths = {
        "list": ("GET", r"/autoScalingConfigurations/[^/]+$"),
        "policies": ("GET", r"/policies/"),
        "bounds": ("PUT", r"/policies/"),
        "target": ("PUT", r"/policies/"),
    }

    def __init__(self, cloud: OciCloud) -> None:
        self.cloud = cloud
        self.client = sdk(oci.autoscaling.AutoScalingClient, cloud, retry_strategy=QUICK)

    def account(self) -> Account:
        return OciScalingGroups(self.client, "dev", [SHOP, DATA], GOVERNS, page_size=2)

    def breaking(self, nth: int, *, lost: bool) -> Account:
        client = Breaking(self.client, nth, oci.exceptions.RequestException("cut"), lost=lost)
        return OciScalingGroups(client, "dev", [SHOP, DATA], GOVERNS)

    def plant(self, name: str, *, target: float | None = None, **tags: str) -> str:
        return self.cloud.scaling.plant(
            name,
            SHOP,
            capacity={WIRE[part]: count for part, count in BOUNDS.items()},
            rules=[rule("out", 1, "GT", int(target or 80)), rule("in", -1, "LT", 20)],
            freeform_tags=tags,
        )

    def set(self, target: str, low: int, high: int) -> None:
        capacity = models.Capacity(min=low, max=high, initial=BOUNDS["desired"])
        self.update(target, models.UpdateThresholdPolicyDetails(capacity=capacity))

    def update(self, target: str, details: Any) -> None:
        (policy,) = self.client.get_auto_scaling_configuration(target).data.policies
        self.client.update_auto_scaling_policy(target, policy.id, details)

    def tag(self, target: str, **tags: str) -> None:
        details = models.UpdateAutoScalingConfigurationDetails(freeform_tags=tags)
        self.client.update_auto_scaling_configuration(target, details)

    def delete(self, target: str) -> None:
        self.cloud.scaling.remove(target)

    def held(self, target: str) -> Mapping[str, Any]:
        (policy,) = self.client.get_auto_scaling_configuration(target).data.policies
        held = {part: getattr(policy.capacity, wire) for part, wire in WIRE.items()}
        (out,) = [one for one in policy.rules if one.action.value > 0]
        return held | {"target": str(out.metric.threshold.value)}

    def strike(self, how: str, operation: str, times: int = 1) -> None:
        method, path = self.paths[operation]
        self.cloud.faults.clear()
        getattr(self.cloud.faults, how)(times, path=path, method=method)

    def writes(self) -> list[str]:
        return [call.path for call in self._written() if call.status < 300]

    def _written(self) -> list[Call]:
        return self.cloud.calls.matching("/policies/", method="PUT")

    def bodies(self) -> list[dict[str, Any]]:
        """What was asked to be written, held to the SDK's model."""
        model = models.UpdateAutoScalingPolicyDetails
        return [checked(model, json.loads(call.body)) for call in self._written()]

    def refuses(self, operation: str) -> None:
        self.cloud.limits.pool_size = 2


class AwsGroups:
    """Auto Scaling groups of the local AWS."""

    kind = "aws"
    calls = 2
    refusal = "ValidationError"
    rights: Mapping[str, str] = {
        "list": "autoscaling:DescribeAutoScalingGroups",
        "policies": "autoscaling:DescribePolicies",
        "bounds": "autoscaling:UpdateAutoScalingGroup",
        "target": "autoscaling:PutScalingPolicy",
    }
    operations = {
        "list": "DescribeAutoScalingGroups",
        "policies": "DescribePolicies",
        "bounds": "UpdateAutoScalingGroup",
        "target": "PutScalingPolicy",
    }

    def __init__(self, cloud: AwsCloud) -> None:
        self.cloud = cloud
        self.client = boto3.client(
            "autoscaling",
            endpoint_url=cloud.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
        )
        self.client.create_launch_configuration(
            LaunchConfigurationName="small", ImageId="ami-12345678", InstanceType="t3.small"
        )

    def account(self) -> Account:
        return AwsScalingGroups(self.client, "dev", AWS_ACCOUNT, GOVERNS, page_size=2)

    def breaking(self, nth: int, *, lost: bool) -> Account:
        error = EndpointConnectionError(endpoint_url=self.cloud.endpoint)
        client = Breaking(self.client, nth, error, lost=lost)
        return AwsScalingGroups(client, "dev", AWS_ACCOUNT, GOVERNS)

    def plant(self, name: str, *, target: float | None = None, **tags: str) -> str:
        self.client.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName="small",
            AvailabilityZones=[f"{REGION}a"],
            MinSize=BOUNDS["min"],
            MaxSize=BOUNDS["max"],
            DesiredCapacity=BOUNDS["desired"],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        if target is not None:
            self.client.put_scaling_policy(
                AutoScalingGroupName=name,
                PolicyName=f"{name}-cpu",
                PolicyType="TargetTrackingScaling",
                EstimatedInstanceWarmup=90,
                TargetTrackingConfiguration={
                    "PredefinedMetricSpecification": {
                        "PredefinedMetricType": "ASGAverageCPUUtilization"
                    },
                    "TargetValue": target,
                    "DisableScaleIn": False,
                },
            )
        (made,) = self.client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
            "AutoScalingGroups"
        ]
        return str(made["AutoScalingGroupARN"])

    def set(self, target: str, low: int, high: int) -> None:
        self.client.update_auto_scaling_group(
            AutoScalingGroupName=_name(target), MinSize=low, MaxSize=high
        )

    def tag(self, target: str, **tags: str) -> None:
        self.client.create_or_update_tags(
            Tags=[
                {
                    "ResourceId": _name(target),
                    "ResourceType": "auto-scaling-group",
                    "Key": key,
                    "Value": value,
                    "PropagateAtLaunch": False,
                }
                for key, value in tags.items()
            ]
        )

    def delete(self, target: str) -> None:
        self.client.delete_auto_scaling_group(AutoScalingGroupName=_name(target), ForceDelete=True)

    def held(self, target: str) -> Mapping[str, Any]:
        (group,) = self.client.describe_auto_scaling_groups(AutoScalingGroupNames=[_name(target)])[
            "AutoScalingGroups"
        ]
        held = {"min": group["MinSize"], "max": group["MaxSize"]}
        policies = self.client.describe_policies(AutoScalingGroupName=_name(target))
        for policy in policies["ScalingPolicies"]:
            held["target"] = f"{policy['TargetTrackingConfiguration']['TargetValue']:g}"
        return held if "target" in held else held | {"desired": group["DesiredCapacity"]}

    def strike(self, how: str, operation: str, times: int = 1) -> None:
        self.cloud.faults.clear()
        getattr(self.cloud.faults, how)(
            times, service="autoscaling", operation=self.operations[operation]
        )

    def writes(self) -> list[str]:
        return [one["operation"] for one in self._written()]

    def _written(self) -> list[dict[str, str]]:
        asked = self.cloud.calls("autoscaling")
        return [one for one in asked if one["operation"].startswith(("Update", "Put"))]

    def bodies(self) -> list[dict[str, Any]]:
        """What was asked to be written, as botocore's model reads it."""
        model = get_session().get_service_model("autoscaling")
        read = []
        for one in self._written():
            form, problems = dict(parse_qsl(one["body"])), []
            shape = model.operation_model(one["operation"]).input_shape
            read.append(Form(form, "query").read(shape, problems))
            assert problems == []
        return read

    def refuses(self, operation: str) -> None:
        # By the command that is sent, as what is refused is what its parameters say.
        put = self.client.put_scaling_policy

        def too_low(**asked: Any) -> Any:
            tracked = asked["TargetTrackingConfiguration"] | {"TargetValue": -1.0}
            return put(**asked | {"TargetTrackingConfiguration": tracked})

        self.client.put_scaling_policy = too_low


def _name(target: str) -> str:
    return target.rpartition("/")[2]
