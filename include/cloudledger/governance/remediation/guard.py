"""The last look before an instance or a group is changed: by the settings as they are now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from cloudledger.governance.change import Account, Change, Conflict, Document, Found
from cloudledger.governance.remediation.config import UNDO, Remediation, Scope
from cloudledger.governance.remediation.group_wishes import wants_bounds_now
from cloudledger.governance.remediation.instance import is_restart, is_restarting
from cloudledger.governance.remediation.planning import in_scope, policy_of
from cloudledger.governance.remediation.policies import AutoscalingBounds, Policy, Resize
from cloudledger.governance.remediation.wishes import wants_now


class Guarded:
    """An account of instances, or groups of them, in which only those of a scope are seen, and none
    that is protected is changed: an :class:`~cloudledger.governance.change.Account`.

    What was approved may be carried out much later: what has become protected since, or of which
    the hours are over, is refused.

    :param now: the time of day.
    """

    def __init__(
        self, account: Account, settings: Remediation, scope: Scope, now: Callable[[], datetime]
    ) -> None:
        self._account = account
        self._settings = settings
        self._scope = scope
        self._now = now

    def list(self) -> Mapping[str, Found]:
        """Those of the scope."""
        found = self._account.list()
        return {target: one for target, one in found.items() if in_scope(self._scope, one.document)}

    def read(self, target: str) -> Found | None:
        """One of the scope."""
        found = self._account.read(target)
        return found if found and in_scope(self._scope, found.document) else None

    def write(self, change: Change) -> None:
        """Change it, unless it must not be any more.

        :raises Conflict: and why not.
        """
        there = self.read(change.target)
        why_not = "it is gone, or not of the scope any more" if there is None else None
        if there is not None:
            tag = self._settings.protects(there.document["tags"])
            why_not = f"the tag {tag} protects it" if tag else self._is_over(change, there)
        if why_not:
            where = f"{self._scope.name}: {change.target}"
            raise Conflict(where, why_not, "The next run plans anew")
        self._account.write(change)

    def _is_over(self, change: Change, there: Found) -> str | None:
        asked = {policy_of(reason) for reason in change.reasons}
        # What was stopped for its size is not left so, whatever the file says by now.
        if asked == {UNDO} or is_restarting(there.document):
            return None
        if not self._settings.enabled:
            return "remediation was turned off"
        policies = {one.name: one for one in self._settings.policies}
        for name in asked:
            if name not in policies or self._scope.name not in policies[name].scopes:
                return f"the policy {name} is not one of the scope any more"
            if is_restart(there.document, change.after or {}) and not _restarts(policies[name]):
                return f"the policy {name} does not allow a restart"
            if not self._wants(policies[name], change, there.document):
                return f"the working hours of {name} have changed over since it was planned"
        return None

    def _wants(self, policy: Policy, change: Change, there: Document) -> bool:
        after = change.after or {}
        if isinstance(policy, AutoscalingBounds):
            return wants_bounds_now(policy, change.before or {}, after, self._now())
        state = after.get("state", "")
        return state == there.get("state") or wants_now(policy, state, self._now())


def _restarts(policy: Policy) -> bool:
    return isinstance(policy, Resize) and policy.restart == "allowed"
