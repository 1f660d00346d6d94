"""An instance that runs is stopped, given another type, and started again.

A tag marks it from before it is stopped until it runs again, so that whoever finds it stopped knows
that it is to be started, also when the process ended in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cloudledger.clouds.aws.instance_calls import check_rights, power, resize, tag, tags_of
from cloudledger.governance.change import AccountError, Conflict

RESIZING = "cloudledger-resizing"
"""The tag's key; its value is the type before."""

_Instance = Mapping[str, Any]


def restart(
    client: Any,
    where: str,
    found: _Instance,
    shape: str,
    settled: Callable[[], _Instance | None],
) -> None:
    """Do whatever is not done yet of it.

    :param found: the instance, out of transition.
    :param settled: looks again, once it is out of transition.
    :raises Unfinished: as ``settled`` does; called again, it goes on from there.
    :raises AccountError: it cannot be of the type, or not be started so; put it back.
    """
    target = found["InstanceId"]
    if RESIZING not in tags_of(found):
        check_rights(client, where, target, shape)
        tag(client, where, target, {RESIZING: found["InstanceType"]}, {})
    if found["InstanceType"] != shape:
        if _state(found) == "running":
            power(client, where, target, starts=False)
            found = _there(where, settled())
        resize(client, where, target, shape)
    if _state(found) == "stopped":
        power(client, where, target, starts=True)
        found = _there(where, settled())
        if _state(found) != "running":
            why = found.get("StateReason", {}).get("Message", "no reason is told")
            raise AccountError(where, f"it did not start as {shape}", f"EC2 says: {why}")
    tag(client, where, target, {}, {RESIZING: tags_of(found)[RESIZING]})


def _state(found: _Instance) -> str:
    return str(found["State"]["Name"])


def _there(where: str, found: _Instance | None) -> _Instance:
    if found is None:
        raise Conflict(where, "it is gone", "Plan again")
    return found
