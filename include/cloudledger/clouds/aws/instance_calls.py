"""What is asked of EC2 to change one instance; each call may be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudledger.clouds.aws.told import told
from cloudledger.governance.change import AccountError

START = "ec2:StartInstances"
STOP = "ec2:StopInstances"
TAG = "ec2:CreateTags"
UNTAG = "ec2:DeleteTags"
RESIZE = "ec2:ModifyInstanceAttribute"
ALLOWED = "DryRunOperation"
"""The code of EC2's answer to a dry run of what would be allowed."""


def power(client: Any, where: str, target: str, *, starts: bool) -> None:
    """Begin to start it, or to stop it."""
    act = client.start_instances if starts else client.stop_instances
    with told(where, START if starts else STOP):
        act(InstanceIds=[target])


def resize(client: Any, where: str, target: str, shape: str) -> None:
    """Give it another type; it has to be stopped."""
    with told(where, RESIZE):
        client.modify_instance_attribute(InstanceId=target, InstanceType={"Value": shape})


def tag(
    client: Any, where: str, target: str, put: Mapping[str, str], removed: Mapping[str, str]
) -> None:
    """Put tags on it, and take others off."""
    if put:
        with told(where, TAG):
            client.create_tags(Resources=[target], Tags=_pairs(put))
    if removed:
        with told(where, UNTAG):
            client.delete_tags(Resources=[target], Tags=_pairs(removed))


def check_rights(client: Any, where: str, target: str, shape: str) -> None:
    """Ask whether it may be resized and started, before it is stopped for that.

    :raises NotAllowed: naming the right; nothing was done.
    """
    asked: Mapping[str, Any] = {"InstanceId": target, "InstanceType": {"Value": shape}}
    for permission, call, options in (
        (RESIZE, client.modify_instance_attribute, asked),
        (START, client.start_instances, {"InstanceIds": [target]}),
    ):
        try:
            with told(where, permission):
                call(**options, DryRun=True)
        except AccountError as error:
            if code_of(error) != ALLOWED:
                raise


def tags_of(instance: Mapping[str, Any]) -> dict[str, str]:
    """The tags of an instance as boto3 has it."""
    return {tag["Key"]: tag["Value"] for tag in instance.get("Tags", ())}


def code_of(error: AccountError) -> str | None:
    """The code that AWS answered with."""
    code = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code")
    return None if code is None else str(code)


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
