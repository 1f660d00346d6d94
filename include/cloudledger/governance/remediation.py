"""Which instances are to be stopped, started or tagged, and why.

A policy wishes; what is protected, outside of the allow-list or cannot be stopped is left alone,
whatever it wishes. It changes an instance at most once for an occasion, such as an evening: what a
person changed back since, or rejected, or took back, stays so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cloudledger.governance.change import Change, Document, Found, same
from cloudledger.governance.instance_document import RUNNING, SETTLED, STOPPED
from cloudledger.governance.remediation_config import (
    UNDO,
    AfterHours,
    CriticalAnomaly,
    Idle,
    OverBudget,
    Policy,
    Remediation,
    Scope,
)
from cloudledger.governance.remediation_hours import hours_at

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Past:
    """What was done to an instance, or was rejected.

    :param policy: the name of the policy, or :data:`UNDO`.
    :param stopped: whether it was stopped (or started); None when that was not changed.
    """

    policy: str
    at: datetime
    verified: bool
    stopped: bool | None


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why a policy is triggered for an instance, and since when."""

    since: datetime
    told: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What policies go by, besides the instances.

    :param past: by instance, the oldest first.
    :param used: by instance the CPU's daily means in percent, one for each day that has any.
    :param triggered: by policy, then by instance. A policy of which nothing is known is missing.
    """

    past: Mapping[str, Sequence[Past]] = field(default_factory=dict)
    used: Mapping[str, Sequence[float]] = field(default_factory=dict)
    triggered: Mapping[str, Mapping[str, Occasion]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Wish:
    state: str | None
    tags: Mapping[str, str | None]
    since: datetime
    told: str


def in_scope(scope: Scope, document: Document) -> bool:
    """Whether an instance is of a scope of the allow-list."""
    if scope.compartments and document["sub_account"] not in scope.compartments:
        return False
    if scope.sub_account and document["sub_account"] != scope.sub_account:
        return False
    tags = document["tags"]
    return all(tags.get(key) in values for key, values in scope.tags.items())


def allowed(
    settings: Remediation, found: Mapping[str, Mapping[str, Found]]
) -> dict[str, dict[str, Found]]:
    """By scope the instances that policies may change; one of two scopes is the first one's.

    :param found: by scope's name what its account holds.
    """
    taken: set[str] = set()
    kept: dict[str, dict[str, Found]] = {}
    for scope in settings.scopes:
        ours = {
            target: one
            for target, one in found.get(scope.name, {}).items()
            if target not in taken and in_scope(scope, one.document)
        }
        taken |= ours.keys()
        kept[scope.name] = {
            target: one
            for target, one in ours.items()
            if settings.protects(one.document["tags"]) is None
        }
    return kept


def plan_remediation(
    settings: Remediation,
    found: Mapping[str, Mapping[str, Found]],
    seen: Seen,
    at: datetime,
    *,
    at_most: int,
) -> tuple[list[Change], list[str]]:
    """The changes that the policies want now, and what a person should know besides.

    :param found: by scope's name what its account holds.
    :param at_most: how many changes may be planned.
    """
    changes: dict[str, Change] = {}
    problems: list[str] = []
    instances = allowed(settings, found)
    for policy in settings.policies:
        left: dict[str, list[str]] = {}
        for scope in policy.scopes:
            for target, there in sorted(instances[scope].items()):
                wish, why_not = _wish(policy, settings, target, there.document, seen, at)
                if wish is None:
                    if why_not:
                        left.setdefault(why_not, []).append(there.document["name"] or target)
                    continue
                if _had_its_turn(policy, seen.past.get(target, ()), wish.since):
                    continue
                made = changes.get(target) or Change(
                    scope, target, there.document, there.document, there.version
                )
                changes[target] = _with(made, policy, wish)
        problems += [f"{policy.name}: {_named(names)}: {why}" for why, names in left.items()]
    wanted = [one for one in changes.values() if not same(one.before, one.after)]
    if len(wanted) > at_most:
        problems.append(
            f"{len(wanted) - at_most} more instances wait: {settings.limits.per_run} are changed "
            f"in a run and {settings.limits.per_hour} in an hour at most"
        )
    return wanted[:at_most], problems


def _wish(
    policy: Policy,
    settings: Remediation,
    target: str,
    document: Document,
    seen: Seen,
    at: datetime,
) -> tuple[_Wish | None, str]:
    """What a policy wants of an instance; or why it wants nothing, where that is worth telling."""
    wish, why_not = None, ""
    match policy:
        case AfterHours():
            wish = _by_hours(policy, document, seen.past.get(target, ()), at)
        case Idle():
            wish, why_not = _by_use(policy, document, seen.used.get(target, ()), at)
        case OverBudget() | CriticalAnomaly():
            wish = _by_trigger(policy, settings, target, document, seen, at)
    if wish and wish.state and document.get("fixed"):
        why_not = str(document["fixed"])
        tagged = _Wish(None, wish.tags, wish.since, wish.told)
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
) -> _Wish | None:
    working, since = hours_at(policy, at)
    told = f"{', '.join(policy.days)} {policy.begin:%H:%M} to {policy.end:%H:%M} {policy.timezone}"
    if not working and document["state"] == RUNNING:
        return _Wish(STOPPED, {}, since, f"it is outside of working hours ({told})")
    moved = [one for one in past if one.verified and one.stopped is not None]
    ours = bool(moved) and moved[-1].stopped is True and moved[-1].policy == policy.name
    if working and policy.start and ours and document["state"] == STOPPED:
        return _Wish(RUNNING, {}, since, f"working hours have begun ({told})")
    return None


def _by_use(
    policy: Idle, document: Document, used: Sequence[float], at: datetime
) -> tuple[_Wish | None, str]:
    if document["state"] != RUNNING:
        return None, ""
    if len(used) < policy.days:
        return None, f"no utilisation of each of the last {policy.days} days, not taken for idle"
    if max(used) >= policy.below_percent:
        return None, ""
    told = (
        f"its CPU was used {max(used):.1f} % at most, by the day's mean, on each of the last "
        f"{policy.days} days; idle is below {policy.below_percent:g} %"
    )
    return _Wish(STOPPED, {}, at.replace(hour=0, minute=0, second=0, microsecond=0), told), ""


def _by_trigger(
    policy: OverBudget | CriticalAnomaly,
    settings: Remediation,
    target: str,
    document: Document,
    seen: Seen,
    at: datetime,
) -> _Wish | None:
    known = seen.triggered.get(policy.name)
    if known is None:
        return None
    key = settings.alert_tag
    occasion = known.get(target)
    if occasion is None:
        if document["tags"].get(key) != policy.name:
            return None
        return _Wish(None, {key: None}, at, "what it was tagged for is over")
    stops = policy.stop and document["state"] == RUNNING
    tags = {} if key in document["tags"] else {key: policy.name}
    if not stops and not tags:
        return None
    return _Wish(STOPPED if stops else None, tags, occasion.since, occasion.told)


def _had_its_turn(policy: Policy, past: Sequence[Past], since: datetime) -> bool:
    return any(one.at >= since and one.policy in (policy.name, UNDO) for one in past)


def _with(change: Change, policy: Policy, wish: _Wish) -> Change:
    """The change with a further wish; of two states the first policy's is planned."""
    before, after = change.before or {}, dict(change.after or {})
    told = []
    if wish.state and after["state"] == before["state"] and before["state"] in SETTLED:
        after["state"] = wish.state
        told.append("start" if wish.state == RUNNING else "stop")
    tags = dict(after["tags"])
    for key, value in wish.tags.items():
        if value is None:
            tags.pop(key, None)
            told.append(f"take the tag {key} off")
        elif key not in tags:
            tags[key] = value
            told.append(f"tag {key}={value}")
    if not told:
        return change
    after["tags"] = tags
    name = before["name"] or change.target
    reason = f"{policy.name}: {' and '.join(told)} {name}: {wish.told} ({policy.justification})"
    return Change(
        change.account,
        change.target,
        change.before,
        after,
        change.version,
        (*change.reasons, " ".join(reason.split())),
    )


def policy_of(reason: str) -> str:
    """The name that a change's reason begins with."""
    return reason.partition(":")[0]


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def undone(
    plan_id: str, steps: Sequence[Change], found: Mapping[str, Found]
) -> Iterator[Change | str]:
    """What takes carried-out changes back; a sentence where that cannot be.

    :param steps: the changes that were read back.
    :param found: by target what is there now.
    """
    for step in steps:
        before, after = step.before or {}, step.after or {}
        there = found.get(step.target)
        name = after.get("name") or step.target
        if there is None:
            yield f"{name} is gone, out of its scope, or protected: it is left alone"
            continue
        changed = [part for part in ("state", "tags") if before.get(part) != after.get(part)]
        if any(there.document[part] != after[part] for part in changed):
            yield f"{name} was changed since: it is left alone"
            continue
        back = dict(there.document) | {part: before[part] for part in changed}
        reason = " ".join(f"{UNDO}: plan {plan_id} is taken back for {name}".split())
        yield Change(step.account, step.target, there.document, back, there.version, (reason,))
