"""What each policy of remediation wants of an instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudledger.governance.change import Document
from cloudledger.governance.remediation.config import Remediation
from cloudledger.governance.remediation.hours import hours_at
from cloudledger.governance.remediation.instance import (
    RUNNING,
    SETTLED,
    STOPPED,
    is_restarting,
    size_of,
)
from cloudledger.governance.remediation.policies import (
    AfterHours,
    CriticalAnomaly,
    Idle,
    OverBudget,
    Policy,
    Resize,
)


@dataclass(frozen=True, slots=True)
class Past:
    """What was done to an instance, or was rejected.

    :param policy: the name of the policy, or :data:`UNDO`.
    :param stopped: whether it was stopped (or started); None when that was not changed.
    :param bounds: of a group those before and after; empty when they were not changed.
    """

    policy: str
    at: datetime
    verified: bool
    stopped: bool | None
    bounds: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a policy is triggered for an instance, and since when."""

    since: datetime
    told: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What policies go by, besides the instances.

    :param past: by instance, the oldest first.
    :param used: by policy, then by instance the CPU's daily means in percent, one for each of the
        days that the policy looks back on which has any.
    :param triggered: by policy, then by instance. A policy of which nothing is known is missing.
    """

    past: Mapping[str, Sequence[Past]] = field(default_factory=dict)
    used: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    triggered: Mapping[str, Mapping[str, Occasion]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wish:
    """A state (None: as it is), tags (None: off), the occasion's beginning, and why; ``resized``
    is the part of the document that is the wanted size, or bounds (empty: as it is).
    """

    state: str | None
    tags: Mapping[str, str | None]
    since: datetime
    told: str
    resized: Mapping[str, Any] = field(default_factory=dict)


def wish_of(
    policy: Policy,
    settings: Remediation,
    target: str,
    document: Document,
    seen: Seen,
    at: datetime,
) -> tuple[Wish | None, str]:
    """What a policy wants of an instance; or why it wants nothing, where that is worth telling."""
    wish, why_not = None, ""
    match policy:
        case AfterHours():
            wish = _by_hours(policy, document, seen.past.get(target, ()), at)
        case Idle():
            wish, why_not = _by_use(
                policy, document, seen.used.get(policy.name, {}).get(target, ()), at
            )
        case Resize():
            wish, why_not = _by_size(
                policy, document, seen.used.get(policy.name, {}).get(target, ()), at
            )
        case OverBudget() | CriticalAnomaly():
            wish = _by_trigger(policy, settings, target, document, seen, at)
    if wish and (wish.state or wish.resized) and document.get("fixed"):
        why_not = str(document["fixed"])
        tagged = replace(wish, state=None, resized={})
        return (tagged if wish.tags else None), why_not
    return wish, why_not


def wants_now(policy: Policy, state: str, at: datetime) -> bool:
    """Whether a policy that wanted a state when it was planned still does."""
    if not isinstance(policy, AfterHours):
        return True
    working, _ = hours_at(policy, at)
    return state == (RUNNING if working else STOPPED)


def _by_hours(
    policy: AfterHours, document: Document, past: Sequence[Past], at: datetime
) -> Wish | None:
    working, since = hours_at(policy, at)
    told = f"{', '.join(policy.days)} {policy.begin:%H:%M} to {policy.end:%H:%M} {policy.timezone}"
    if not working and document.get("state") == RUNNING:
        return Wish(STOPPED, {}, since, f"it is outside of working hours ({told})")
    moved = [one for one in past if one.verified and one.stopped is not None]
    ours = bool(moved) and moved[-1].stopped is True and moved[-1].policy == policy.name
    if working and policy.start and ours and document.get("state") == STOPPED:
        return Wish(RUNNING, {}, since, f"working hours have begun ({told})")
    return None


def _by_use(
    policy: Idle, document: Document, used: Sequence[float], at: datetime
) -> tuple[Wish | None, str]:
    if document.get("state") != RUNNING:
        return None, ""
    told, why_not = _little_used(policy, used)
    # Days are counted anew from when somebody started it again.
    since = at - timedelta(days=policy.days)
    return (Wish(STOPPED, {}, since, told) if told else None), why_not


def _by_size(
    policy: Resize, document: Document, used: Sequence[float], at: datetime
) -> tuple[Wish | None, str]:
    state = document.get("state")
    if is_restarting(document) and policy.cloud == "aws":
        told = "it was stopped for its size, and could not be started"
        return Wish(RUNNING, {}, at - timedelta(days=policy.days), told), ""
    resized = _smaller(policy, document)
    if not resized or state not in SETTLED:
        return None, ""
    told, why_not = _little_used(policy, used)
    if not told:
        return None, why_not
    if "shape" in resized and state == RUNNING:
        if policy.restart != "allowed":
            return None, "EC2 resizes only what is stopped, and it runs: `restart` is not allowed"
        told += "; it is stopped and started again for it"
    elif state == RUNNING:
        told += "; OCI reboots it"
    return Wish(None, {}, at - timedelta(days=policy.days), told, resized), ""


def _smaller(policy: Resize, document: Document) -> dict[str, Any]:
    """The part of the document that the policy wants; empty where that would not be smaller."""
    if policy.ocpus is None or policy.memory_gb is None:
        return {"shape": policy.instance_type} if document["shape"] in policy.from_types else {}
    size = document.get("size")
    if size is None:
        return {}
    ocpus, memory_gb = Decimal(size["ocpus"]), Decimal(size["memory_gb"])
    if policy.ocpus > ocpus or policy.memory_gb > memory_gb:
        return {}
    wanted = size_of(policy.ocpus, policy.memory_gb)
    return {} if wanted == size else {"size": wanted}


def _little_used(policy: Idle | Resize, used: Sequence[float]) -> tuple[str, str]:
    """That it was, in words; or why that is not known."""
    if len(used) < policy.days:
        return "", f"no utilisation of each of the last {policy.days} days, not taken for idle"
    if max(used) >= policy.below_percent:
        return "", ""
    return (
        f"its CPU was used {max(used):.1f} % at most, by the day's mean, on each of the last "
        f"{policy.days} days; idle is below {policy.below_percent:g} %"
    ), ""


def _by_trigger(
    policy: OverBudget | CriticalAnomaly,
    settings: Remediation,
    target: str,
    document: Document,
    seen: Seen,
    at: datetime,
) -> Wish | None:
    known = seen.triggered.get(policy.name)
    if known is None:
        return None
    key = settings.alert_tag
    occasion = known.get(target)
    if occasion is None:
        if document["tags"].get(key) != policy.name:
            return None
        return Wish(None, {key: None}, at, "what it was tagged for is over")
    stops = policy.stop and document.get("state") == RUNNING
    tags = {} if key in document["tags"] else {key: policy.name}
    if not stops and not tags:
        return None
    return Wish(STOPPED if stops else None, tags, occasion.since, occasion.told)
