"""A group of instances that scales by itself, as a document: an Auto Scaling group of AWS, or an
autoscaling configuration of an instance pool of OCI.

``{"kind": "scaling_group", "name": ..., "sub_account": ..., "tags": ..., "min": 1, "max": 8}``;
``desired`` (instances) where nothing but a person sets it: of AWS a group without scaling policies,
of OCI the initial size; ``target`` (a text of a decimal) where there is one figure that it scales
by: of AWS the target of its only target tracking policy, of OCI the threshold above which its only
scale-out rule adds instances; and ``fixed`` where its bounds are somebody else's: why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from cloudledger.governance.change import Change, Conflict, Document, written

KIND = "scaling_group"
COUNTS = ("min", "max", "desired")
BOUNDS = (*COUNTS, "target")
"""What a change may be of."""


def group_document(
    *,
    name: str,
    sub_account: str,
    tags: Mapping[str, str],
    governs: Callable[[str], bool],
    bounds: Mapping[str, Any],
    fixed: str = "",
) -> dict[str, Any]:
    """The document of a group with these tags and these of :data:`BOUNDS`."""
    document: dict[str, Any] = {
        "kind": KIND,
        "name": name,
        "sub_account": sub_account,
        "tags": {key: tags[key] for key in sorted(tags) if governs(key)},
        **bounds,
    }
    return document | {"fixed": fixed} if fixed else document


def target_of(value: float) -> str:
    """A target, as documents have it."""
    return f"{Decimal(str(value)).normalize():f}"


def bounds_to_change(where: str, now: Document, change: Change) -> list[str]:
    """Which of :data:`BOUNDS` differ from what is wanted.

    :raises Conflict: one of them is neither as it was planned nor as it is wanted; or something is
        asked for that is no change of bounds.
    """
    before, after = change.before or {}, change.after or {}
    if after.get("kind") != KIND:
        raise Conflict(where, "groups are neither made nor deleted here", "Do it yourself")
    differing = [name for name in BOUNDS if now.get(name) != after.get(name)]
    if any(now.get(name) != before.get(name) or name not in after for name in differing):
        raise Conflict(where, f"it is not as it was any more: {written(now)}", "Plan again")
    return differing


def bounds_of(document: Document) -> dict[str, Any]:
    """The part of a document that a change may be of; empty for other things than groups."""
    if document.get("kind") != KIND:
        return {}
    return {name: document[name] for name in BOUNDS if name in document}


def smaller(document: Document, asked: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The bounds that change when none is to be larger than asked; or why they cannot be so.

    Fewer instances are smaller, and so is a higher target. A desired size is kept within the
    bounds.

    :param asked: some of :data:`BOUNDS`, the target as a decimal.
    """
    held = bounds_of(document)
    wanted = dict(held)
    for name in COUNTS:
        if name in asked and name in held:
            wanted[name] = min(held[name], asked[name])
    if "target" in asked and "target" in held:
        wanted["target"] = target_of(max(Decimal(held["target"]), asked["target"]))
    if wanted["min"] > wanted["max"]:
        return {}, f"its min {wanted['min']} would be above its max {wanted['max']}"
    if "desired" in wanted:
        wanted["desired"] = max(wanted["min"], min(wanted["desired"], wanted["max"]))
    changed = {name: value for name, value in wanted.items() if value != held[name]}
    without = [name for name in ("desired", "target") if name in asked and name not in held]
    return changed, f"it has no {' and no '.join(without)} of its own to set" if without else ""


def is_smaller(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a change of bounds made a group smaller, and did not put it back.

    :param before: a document, or the bounds of one.
    """
    changed = [name for name in BOUNDS if name in before and before[name] != after.get(name)]
    return bool(changed) and all(
        Decimal(after[name]) > Decimal(before[name])
        if name == "target"
        else after[name] < before[name]
        for name in changed
    )
