"""What Auto Scaling refuses and moto does not.

Source: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html
and https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends
from moto.core.models import DEFAULT_ACCOUNT_ID

from localcloud.aws.errors import ServiceError

KINDS = {
    "TargetTrackingScaling": "TargetTrackingConfiguration",
    "StepScaling": "StepAdjustments",
    "SimpleScaling": "ScalingAdjustment",
    "PredictiveScaling": "PredictiveScalingConfiguration",
}
"""By type of a policy what it has to have, and what the others may not."""


def update_auto_scaling_group(parameters: dict[str, Any], region: str) -> None:
    """:raises ServiceError: ValidationError, for bounds that do not hold together."""
    group = _group(parameters, region)
    low: Any = parameters.get("MinSize", group.min_size)
    high: Any = parameters.get("MaxSize", group.max_size)
    if low < 0 or high < low:
        raise _invalid(f"Max bound, {high}, must be greater than or equal to min bound, {low}")
    desired = parameters.get("DesiredCapacity")
    if desired is not None and not low <= desired <= high:
        raise _invalid(
            f"Desired capacity:{desired} must be between the specified min size:{low} and max "
            f"size:{high}"
        )


def put_scaling_policy(parameters: dict[str, Any], region: str) -> None:
    """:raises ServiceError: ValidationError, for a policy that is not of its type; moto's policies
    are by name alone, so that a second group's of the same name is refused, too.
    """
    group, kind = _group(parameters, region), parameters.get("PolicyType", "SimpleScaling")
    for each, part in KINDS.items():
        if (each == kind) != (part in parameters):
            raise _invalid(f"{part} has to be given for the policy type {each} and no other")
    tracked = parameters.get("TargetTrackingConfiguration")
    if tracked is not None and tracked["TargetValue"] <= 0:
        raise _invalid("the target value has to be above zero")
    held = autoscaling_backends[DEFAULT_ACCOUNT_ID][region].policies.get(parameters["PolicyName"])
    if held is not None and held.auto_scaling_group_name != group.name:
        raise _invalid(f"the local cloud has a policy {held.name} of another group already")


def _group(parameters: dict[str, Any], region: str) -> FakeAutoScalingGroup:
    groups = autoscaling_backends[DEFAULT_ACCOUNT_ID][region].autoscaling_groups
    if parameters["AutoScalingGroupName"] not in groups:
        raise _invalid("AutoScalingGroup name not found - null")
    return groups[parameters["AutoScalingGroupName"]]


def _invalid(told: str) -> ServiceError:
    return ServiceError("ValidationError", told)


CHECKS: dict[tuple[str, str], Callable[[dict[str, Any], str], None]] = {
    ("autoscaling", "UpdateAutoScalingGroup"): update_auto_scaling_group,
    ("autoscaling", "PutScalingPolicy"): put_scaling_policy,
}
"""By service and operation; what they do not refuse is moto's to answer."""
