"""The Auto Scaling groups of an account and a region, governed: their bounds.

AWS has no conditional update of them: a group is read again just before it is changed. A target is
named by its ARN, which a group that is made anew by the same name does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from cloudledger.clouds.aws.told import told
from cloudledger.governance.change import Change, Conflict, Found
from cloudledger.governance.remediation.scaling_group import (
    COUNTS,
    bounds_to_change,
    group_document,
    target_of,
)

DESCRIBE = "autoscaling:DescribeAutoScalingGroups"
DESCRIBE_POLICIES = "autoscaling:DescribePolicies"
UPDATE = "autoscaling:UpdateAutoScalingGroup"
PUT_POLICY = "autoscaling:PutScalingPolicy"

WIRE = {"min": "MinSize", "max": "MaxSize", "desired": "DesiredCapacity"}
TRACKING = "TargetTrackingScaling"
KEPT = ("PolicyType", "EstimatedInstanceWarmup", "Enabled")
"""What a target tracking policy is put again with, beside its configuration."""

_Told = Mapping[str, Any]
"""A group or a policy, as boto3 has it."""

NODE_GROUP = "eks:nodegroup-name"


class AwsScalingGroups:
    """The groups of account ``owner``: an :class:`~cloudledger.governance.change.Account`.

    :param client: a boto3 ``autoscaling`` client that retries.
    :param scope: the configured name of what these are the groups of.
    :param owner: twelve digits.
    :param governs: whether a tag's key belongs to documents.
    """

    def __init__(
        self,
        client: Any,
        scope: str,
        owner: str,
        governs: Callable[[str], bool],
        *,
        page_size: int = 100,
    ) -> None:
        self._client = client
        self._owner = owner
        self._governs = governs
        self._page = {"PageSize": page_size}
        self._where = f"scaling groups of {scope}"

    def list(self) -> Mapping[str, Found]:
        """By ARN every group that is not being deleted."""
        groups = self._groups()
        named = sorted(self._policies(), key=lambda one: str(one["AutoScalingGroupName"]))
        policies = {
            name: list(ours) for name, ours in groupby(named, lambda o: o["AutoScalingGroupName"])
        }
        return {
            one["AutoScalingGroupARN"]: Found(
                self._document(one, policies.get(one["AutoScalingGroupName"], []))
            )
            for one in groups
        }

    def read(self, target: str) -> Found | None:
        """One group; None when there is none of this ARN, or it is being deleted."""
        looked_at = self._looked_at(target)
        return Found(self._document(*looked_at)) if looked_at else None

    def write(self, change: Change) -> None:
        """Set its bounds, then the target of its policy, whatever of them is not set yet."""
        where = f"{self._where}: {change.target}"
        looked_at = self._looked_at(change.target)
        if looked_at is None or change.after is None:
            raise Conflict(where, "it is gone", "Plan again")
        (group, policies), after = looked_at, change.after
        differing = bounds_to_change(where, self._document(group, policies), change)
        name = group["AutoScalingGroupName"]
        if counts := {WIRE[part]: after[part] for part in COUNTS if part in differing}:
            with told(where, UPDATE):
                self._client.update_auto_scaling_group(AutoScalingGroupName=name, **counts)
        if "target" in differing:
            (policy,) = _tracking(policies)
            tracked = policy["TargetTrackingConfiguration"] | {
                "TargetValue": float(after["target"])
            }
            with told(where, PUT_POLICY):
                self._client.put_scaling_policy(
                    AutoScalingGroupName=name,
                    PolicyName=policy["PolicyName"],
                    TargetTrackingConfiguration=tracked,
                    **{part: policy[part] for part in KEPT if policy.get(part) is not None},
                )

    def _looked_at(self, target: str) -> tuple[_Told, Sequence[_Told]] | None:
        """A group and its policies."""
        name = target.rpartition("autoScalingGroupName/")[2]
        for group in self._groups(AutoScalingGroupNames=[name]):
            if group["AutoScalingGroupARN"] == target:
                return group, self._policies(AutoScalingGroupName=name)
        return None

    def _groups(self, **asked: Any) -> Sequence[_Told]:
        with told(self._where, DESCRIBE):
            pages = self._client.get_paginator("describe_auto_scaling_groups").paginate(
                **asked, PaginationConfig=self._page
            )
            return [
                one
                for page in pages
                for one in page["AutoScalingGroups"]
                if one["AutoScalingGroupARN"].split(":")[4] == self._owner and not one.get("Status")
            ]

    def _policies(self, **asked: Any) -> Sequence[_Told]:
        """Those that are enabled."""
        with told(self._where, DESCRIBE_POLICIES):
            pages = self._client.get_paginator("describe_policies").paginate(
                **asked, PaginationConfig=self._page
            )
            return [
                one
                for page in pages
                for one in page["ScalingPolicies"]
                if one.get("Enabled") is not False
            ]

    def _document(self, group: _Told, policies: Sequence[_Told]) -> dict[str, Any]:
        tags = {tag["Key"]: tag.get("Value", "") for tag in group.get("Tags", ())}
        bounds: dict[str, Any] = {"min": group["MinSize"], "max": group["MaxSize"]}
        if not policies:
            bounds["desired"] = group["DesiredCapacity"]
        if len(tracking := _tracking(policies)) == 1:
            bounds["target"] = target_of(tracking[0]["TargetTrackingConfiguration"]["TargetValue"])
        return group_document(
            name=group["AutoScalingGroupName"],
            sub_account=self._owner,
            tags=tags,
            governs=self._governs,
            bounds=bounds,
            fixed=f"the node group {tags[NODE_GROUP]} of EKS keeps its bounds"
            if NODE_GROUP in tags
            else "",
        )


def _tracking(policies: Sequence[_Told]) -> Sequence[_Told]:
    return [one for one in policies if one["PolicyType"] == TRACKING]
