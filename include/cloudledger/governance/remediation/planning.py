"""Which instances are to be stopped, started, resized or tagged, which groups bounded, and why.

A policy wishes; what is protected, outside of the allow-list or cannot be stopped is left alone,
whatever it wishes. It changes an instance at most once for an occasion, such as an evening: what a
person changed back since, or rejected, or took back, stays so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cloudledger.governance.change import Change, Document, Found, same
from cloudledger.governance.remediation.config import UNDO, Remediation, Scope
from cloudledger.governance.remediation.group_wishes import bounds_wish
from cloudledger.governance.remediation.instance import KIND, RUNNING, SETTLED, STOPPED, is_restart
from cloudledger.governance.remediation.policies import AutoscalingBounds, Policy, QuotaFreeze
from cloudledger.governance.remediation.quota import KIND as QUOTA
from cloudledger.governance.remediation.scaling_group import BOUNDS, bounds_of
from cloudledger.governance.remediation.scaling_group import KIND as GROUP
from cloudledger.governance.remediation.wishes import Past, Seen, Wish, wish_of

MOVED = ("shape", "size", "state", *BOUNDS)
"""Parts of a document of which a plan changes one."""

MOST_NAMED = 5
MOST_TOLD_BYTES = 3500
"""Of what is told beside a plan's changes: more would not be kept."""


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
                if there.document["kind"] != kind_of(policy):
                    continue
                if isinstance(policy, AutoscalingBounds):
                    wish, why_not = bounds_wish(policy, target, there.document, seen, at)
                else:
                    wish, why_not = wish_of(policy, settings, target, there.document, seen, at)
                if why_not:
                    left.setdefault(why_not, []).append(there.document["name"] or target)
                past = seen.past.get(target, ())
                if wish is None or _had_its_turn(policy, past, wish.since):
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


def kind_of(policy: Policy) -> str:
    """What a policy is of: instances, groups of them, or the quotas of their compartments."""
    if isinstance(policy, QuotaFreeze):
        return QUOTA
    return GROUP if isinstance(policy, AutoscalingBounds) else KIND


def kinds_asked(settings: Remediation) -> dict[str, tuple[str, ...]]:
    """By scope of the policies what kinds of things they are of; quotas are of no scope."""
    asked: dict[str, set[str]] = {}
    for policy in settings.policies:
        for scope in () if kind_of(policy) == QUOTA else policy.scopes:
            asked.setdefault(scope, set()).add(kind_of(policy))
    return {scope: tuple(sorted(kinds)) for scope, kinds in sorted(asked.items())}


def _had_its_turn(policy: Policy, past: Sequence[Past], since: datetime) -> bool:
    return any(one.at >= since and one.policy in (policy.name, UNDO) for one in past)


def _with(change: Change, policy: Policy, wish: Wish) -> Change:
    """The change with a further wish; of two states or sizes the first policy's is planned."""
    before, after = change.before or {}, dict(change.after or {})
    told = []
    moved = any(after.get(part) != before.get(part) for part in MOVED)
    if wish.resized and not moved:
        after |= wish.resized
        told.append(_resized(before, after))
    if wish.state and not moved and before.get("state") in (*SETTLED, None):
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


def shortened(problems: Sequence[str]) -> list[str]:
    """As many as can be kept with a plan, and how many more there are."""
    kept: list[str] = []
    left = MOST_TOLD_BYTES
    for problem in problems:
        left -= len(problem.encode()) + 1
        if left < 0:
            return [*kept, f"and {len(problems) - len(kept)} more"]
        kept.append(problem)
    return kept


def _resized(before: Document, after: Document) -> str:
    """What is made of a size, or of bounds, in words."""
    if not (bounds := bounds_of(after)):
        return f"make {_figures(before)} {_figures(after)} of"
    changed = [
        f"{name} from {before[name]} to {value}"
        for name, value in bounds.items()
        if before[name] != value
    ]
    return f"set {' and '.join(changed)} of"


def _figures(document: Document) -> str:
    """An instance's size, in words."""
    size = document.get("size")
    return f"{size['ocpus']} OCPUs and {size['memory_gb']} GB" if size else str(document["shape"])


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(name[:60] for name in names[:MOST_NAMED]) + (
        f" and {more} more" if more > 0 else ""
    )


def undone(
    plan_id: str, steps: Sequence[Change], found: Mapping[str, Found], because: str = ""
) -> Iterator[Change | str]:
    """What takes carried-out changes back; a sentence where that cannot be.

    :param steps: the changes that were read back.
    :param found: by target what is there now.
    :param because: why, where somebody said so.
    """
    for step in steps:
        before, after = step.before or {}, step.after or {}
        there = found.get(step.target)
        name = after.get("name") or step.target
        if there is None:
            yield f"{name} is gone, out of its scope, or protected: it is left alone"
            continue
        changed = [part for part in (*MOVED, "tags") if before.get(part) != after.get(part)]
        if any(there.document.get(part) != after.get(part) for part in changed):
            yield f"{name} was changed since: it is left alone"
            continue
        if any(part not in before for part in changed if part != "size"):
            yield f"{name} was half done before: it is left alone"
            continue
        stopped = there.document.get("state") == STOPPED
        if "shape" in changed and not stopped and not is_restart(before, after):
            yield f"{name} runs, and EC2 resizes only what is stopped: take it back once it is"
            continue
        back = dict(there.document) | {part: before[part] for part in changed}
        why = f": {because}" if because else ""
        reason = " ".join(f"{UNDO}: plan {plan_id} is taken back for {name}{why}".split())
        yield Change(step.account, step.target, there.document, back, there.version, (reason,))
