"""The EC2 instances of an account and a region, governed: powered, resized and tagged.

EC2 has no conditional update: an instance is read again just before it is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import WaiterError

from cloudledger.clouds.aws.told import told
from cloudledger.governance.change import AccountError, Change, Conflict, Found, Unfinished
from cloudledger.governance.remediation.instance import (
    RUNNING,
    STOPPED,
    instance_document,
    tag_steps,
    to_change,
)

DESCRIBE = "ec2:DescribeInstances"
START = "ec2:StartInstances"
STOP = "ec2:StopInstances"
TAG = "ec2:CreateTags"
UNTAG = "ec2:DeleteTags"
RESIZE = "ec2:ModifyInstanceAttribute"

STATES = {
    "pending": "STARTING",
    "running": RUNNING,
    "stopping": "STOPPING",
    "stopped": STOPPED,
}
"""Those of an instance that is not terminated, by their names in documents."""

WAITERS = {"pending": "instance_running", "stopping": "instance_stopped"}
POLL_SECONDS = 5
NOT_FOUND = "InvalidInstanceID.NotFound"
GROUP = "aws:autoscaling:groupName"


class AwsInstances:
    """The instances of account ``owner``: an :class:`~cloudledger.governance.change.Account`.

    :param client: a boto3 ``ec2`` client that retries.
    :param scope: the configured name of what these are the instances of.
    :param owner: twelve digits.
    :param governs: whether a tag's key belongs to documents.
    :param wait_seconds: how long an instance in transition is waited for.
    """

    def __init__(
        self,
        client: Any,
        scope: str,
        owner: str,
        governs: Callable[[str], bool],
        *,
        wait_seconds: int = 45,
        page_size: int = 1000,
    ) -> None:
        self._client = client
        self._owner = owner
        self._governs = governs
        self._wait_seconds = wait_seconds
        self._page_size = page_size
        self._where = f"instances of {scope}"

    def list(self) -> Mapping[str, Found]:
        """By id every instance that is not terminated."""
        states = [{"Name": "instance-state-name", "Values": list(STATES)}]
        with told(self._where, DESCRIBE):
            found = list(
                self._described(Filters=states, PaginationConfig={"PageSize": self._page_size})
            )
        return {one["InstanceId"]: Found(self._document(one)) for one in found}

    def read(self, target: str) -> Found | None:
        """One instance, once it is not in transition any more.

        :raises Unfinished: it is in transition still.
        """
        found = self._settled(target)
        return Found(self._document(found)) if found else None

    def write(self, change: Change) -> None:
        """Tag the instance; then resize it, if it is stopped, or begin to stop or start it.

        None is stopped to be resized: had it broken off, nobody could tell an instance that was
        stopped for it from one that somebody stopped.
        """
        where = f"{self._where}: {change.target}"
        found = self._settled(change.target)
        if found is None or change.after is None:
            raise Conflict(where, "it is gone", "Plan again")
        now, after = self._document(found), change.after
        differing = to_change(where, now, change)
        if "tags" in differing:
            self._tag(where, change.target, now["tags"], after["tags"])
        if "shape" in differing:
            if now["state"] != STOPPED:
                raise Conflict(where, "EC2 resizes only what is stopped", "Plan again")
            with told(where, RESIZE):
                self._client.modify_instance_attribute(
                    InstanceId=change.target, InstanceType={"Value": after["shape"]}
                )
        if "state" in differing:
            starts = after["state"] == RUNNING
            act = self._client.start_instances if starts else self._client.stop_instances
            with told(where, START if starts else STOP):
                act(InstanceIds=[change.target])

    def _tag(
        self, where: str, target: str, now: Mapping[str, str], after: Mapping[str, str]
    ) -> None:
        put, removed = tag_steps(now, after)
        if put:
            with told(where, TAG):
                self._client.create_tags(Resources=[target], Tags=_pairs(put))
        if removed:
            with told(where, UNTAG):
                old = {key: now[key] for key in removed}
                self._client.delete_tags(Resources=[target], Tags=_pairs(old))

    def _settled(self, target: str) -> Mapping[str, Any] | None:
        """The instance out of transition; None when there is none, or it is terminated."""
        found = self._instance(target)
        if found is None or found["State"]["Name"] not in WAITERS:
            return found
        delay = max(1, min(POLL_SECONDS, self._wait_seconds))
        with suppress(WaiterError):  # whatever it met, the next answer tells
            self._client.get_waiter(WAITERS[found["State"]["Name"]]).wait(
                InstanceIds=[target],
                WaiterConfig={"Delay": delay, "MaxAttempts": self._wait_seconds // delay + 1},
            )
        found = self._instance(target)
        if found is not None and found["State"]["Name"] in WAITERS:
            raise Unfinished(
                f"{self._where}: {target}",
                f"it is in transition still after {self._wait_seconds} seconds",
                "It is looked at again",
            )
        return found

    def _instance(self, target: str) -> Mapping[str, Any] | None:
        try:
            with told(f"{self._where}: {target}", DESCRIBE):
                found = [
                    one
                    for one in self._described(InstanceIds=[target])
                    if one["State"]["Name"] in STATES
                ]
        except AccountError as error:
            code = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code")
            if code == NOT_FOUND:
                return None
            raise
        return found[0] if found else None

    def _described(self, **asked: Any) -> Iterator[dict[str, Any]]:
        for page in self._client.get_paginator("describe_instances").paginate(**asked):
            for reservation in page["Reservations"]:
                if reservation["OwnerId"] == self._owner:
                    yield from reservation["Instances"]

    def _document(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", ())}
        return instance_document(
            name=tags.get("Name", ""),
            shape=instance["InstanceType"],
            sub_account=self._owner,
            state=STATES[instance["State"]["Name"]],
            tags=tags,
            governs=self._governs,
            fixed=_fixed(instance, tags),
        )


def _fixed(instance: Mapping[str, Any], tags: Mapping[str, str]) -> str:
    """Where a stop is impossible, loses data, or makes another instance start."""
    if GROUP in tags:
        return f"the autoscaling group {tags[GROUP]} would start another one in its place"
    if instance.get("RootDeviceType") == "instance-store":
        return "its root is an instance store, which cannot be stopped"
    if instance.get("InstanceLifecycle"):
        return f"it is a {instance['InstanceLifecycle']} instance, bought as it runs"
    return ""


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
