"""What a policy of bounds wants of a group that scales by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cloudledger.governance.change import Document
from cloudledger.governance.remediation.hours import hours_at
from cloudledger.governance.remediation.policies import (
    Always,
    AutoscalingBounds,
    OnceOverBudget,
    OutsideHours,
)
from cloudledger.governance.remediation.scaling_group import is_smaller, smaller
from cloudledger.governance.remediation.wishes import Past, Seen, Wish


def bounds_wish(
    policy: AutoscalingBounds, target: str, document: Document, seen: Seen, at: datetime
) -> tuple[Wish | None, str]:
    """What the policy wants of a group; or why it wants nothing, where that is worth telling."""
    past = seen.past.get(target, ())
    match policy.when:
        case Always():
            since = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            told = "it is larger than agreed"
        case OutsideHours() as hours:
            working, since = hours_at(hours, at)
            if working:
                return _put_back(policy, document, past, since, "working hours have begun"), ""
            told = "it is outside of working hours"
        case OnceOverBudget():
            known = seen.triggered.get(policy.name)
            if known is None:
                return None, ""
            if target not in known:
                told = "the budget that it was made smaller for is not spent any more"
                return _put_back(policy, document, past, at, told), ""
            since, told = known[target].since, known[target].told
    wanted, why_not = smaller(document, policy.asked)
    if wanted and document.get("fixed"):
        return None, str(document["fixed"])
    return (Wish(None, {}, since, told, wanted) if wanted else None), why_not


def wants_bounds_now(
    policy: AutoscalingBounds, before: Document, after: Document, at: datetime
) -> bool:
    """Whether a policy that wanted other bounds when it was planned still does."""
    if not isinstance(policy.when, OutsideHours):
        return True
    working, _ = hours_at(policy.when, at)
    return is_smaller(before, after) is not working


def _put_back(
    policy: AutoscalingBounds,
    document: Document,
    past: Sequence[Past],
    since: datetime,
    told: str,
) -> Wish | None:
    """The bounds before the policy made it smaller, if that was the last change and stands."""
    moved = [one for one in past if one.verified and one.bounds]
    if not moved or moved[-1].policy != policy.name:
        return None
    before, after = moved[-1].bounds
    if not is_smaller(before, after):
        return None
    changed = [name for name in after if after[name] != before.get(name)]
    if any(document.get(name) != after[name] for name in changed):
        return None
    return Wish(None, {}, since, told, {name: before[name] for name in changed})
