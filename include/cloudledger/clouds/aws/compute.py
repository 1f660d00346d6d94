"""The EC2 instances of an account and a region, governed: powered, resized and tagged.

EC2 has no conditional update: an instance is read again just before it is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import WaiterError

from cloudledger.clouds.aws.instance_calls import code_of, power, resize, tag, tags_of
from cloudledger.clouds.aws.restart import RESIZING, restart
from cloudledger.clouds.aws.told import told
from cloudledger.governance.change import AccountError, Change, Conflict, Found, Unfinished
from cloudledger.governance.remediation.instance import (
    RUNNING,
    STOPPED,
    instance_document,
    is_restart,
    is_restarting,
    tag_steps,
    to_change,
)

DESCRIBE = "ec2:DescribeInstances"

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
        """Tag the instance; then resize it, or begin to stop or start it.

        One that runs, and is to run, is stopped, resized and started again, each waited for.

        :raises Unfinished: it takes longer; called again, it goes on from there.
        """
        where = f"{self._where}: {change.target}"
        found = self._settled(change.target)
        if found is None or change.after is None:
            raise Conflict(where, "it is gone", "Plan again")
        now, after = self._document(found), change.after
        differing = to_change(where, now, change)
        if "tags" in differing:
            put, removed = tag_steps(now["tags"], after["tags"])
            old = {key: now["tags"][key] for key in removed}
            tag(self._client, where, change.target, put, old)
        if is_restart(now, after) or (is_restarting(now) and after["state"] == RUNNING):
            restart(
                self._client, where, found, after["shape"], lambda: self._settled(change.target)
            )
            return
        if "shape" in differing:
            if now.get("state") != STOPPED:
                raise Conflict(where, "EC2 resizes only what is stopped", "Plan again")
            resize(self._client, where, change.target, after["shape"])
        if "state" in differing:
            power(self._client, where, change.target, starts=after["state"] == RUNNING)

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
            if code_of(error) == NOT_FOUND:
                return None
            raise
        return found[0] if found else None

    def _described(self, **asked: Any) -> Iterator[dict[str, Any]]:
        for page in self._client.get_paginator("describe_instances").paginate(**asked):
            for reservation in page["Reservations"]:
                if reservation["OwnerId"] == self._owner:
                    yield from reservation["Instances"]

    def _document(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        tags = tags_of(instance)
        return instance_document(
            name=tags.get("Name", ""),
            shape=instance["InstanceType"],
            sub_account=self._owner,
            state=None if RESIZING in tags else STATES[instance["State"]["Name"]],
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
