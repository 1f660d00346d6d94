"""An instance as a document: what is governed of it, and what keeps it from being stopped.

``{"kind": "instance", "name": ..., "shape": ..., "sub_account": ..., "state": ..., "tags": ...}``,
``size`` (``{"ocpus": ..., "memory_gb": ...}``) where OCI's shape is a flexible one, and ``fixed``
where a stop would do harm or is impossible: why. ``state`` is RUNNING, STOPPED, or one in
transition; it is missing while an instance is restarted for its size, also where that broke off.
``tags`` are those that policies look at, defined ones as ``namespace.key``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from cloudledger.governance.change import Change, Conflict, Document, written

KIND = "instance"
RUNNING, STOPPED = "RUNNING", "STOPPED"
SETTLED = (RUNNING, STOPPED)
CHANGED = ("tags", "shape", "size", "state")
"""What a change may be of, in the order in which it is made."""


def is_restarting(document: Document) -> bool:
    """Whether an instance was stopped by this project for its size, and is to be started again."""
    return document.get("kind") == KIND and "state" not in document


def is_restart(now: Document, after: Document) -> bool:
    """Whether a change is made of an instance that runs, and only of one that is stopped."""
    return now.get("shape") != after.get("shape") and (
        now.get("state") == after.get("state") == RUNNING
    )


def instance_document(
    *,
    name: str,
    shape: str,
    sub_account: str,
    state: str | None,
    tags: Mapping[str, str],
    governs: Callable[[str], bool],
    size: Mapping[str, str] | None = None,
    fixed: str = "",
) -> dict[str, Any]:
    """The document of an instance with these tags; without a state while it is restarted."""
    document: dict[str, Any] = {
        "kind": KIND,
        "name": name,
        "shape": shape,
        "sub_account": sub_account,
        "tags": {key: tags[key] for key in sorted(tags) if governs(key)},
    }
    if state is not None:
        document["state"] = state
    if size:
        document["size"] = dict(size)
    return document | {"fixed": fixed} if fixed else document


def size_of(ocpus: Decimal, memory_gb: Decimal) -> dict[str, str]:
    """The size of a flexible shape, as documents have it: OCPUs, and GB of memory."""
    return {"ocpus": f"{ocpus.normalize():f}", "memory_gb": f"{memory_gb.normalize():f}"}


def to_change(where: str, now: Document, change: Change) -> list[str]:
    """Which of :data:`CHANGED` differ from what is wanted.

    :raises Conflict: one of them is neither as it was planned nor as it is wanted; or something is
        asked for that is no change of an instance.
    """
    before, after = change.before or {}, change.after or {}
    if after.get("kind") != KIND:
        raise Conflict(where, "instances are neither made nor deleted here", "Do it yourself")
    differing = [name for name in CHANGED if now.get(name) != after.get(name)]
    begun = ("state",) if is_restarting(now) else ()
    if any(now.get(name) != before.get(name) for name in differing if name not in begun):
        raise Conflict(where, f"it is not as it was any more: {written(now)}", "Plan again")
    return differing


def tag_steps(now: Mapping[str, str], after: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The tags to put on, and the keys to take off."""
    put = {key: value for key, value in after.items() if now.get(key) != value}
    return put, sorted(now.keys() - after.keys())
