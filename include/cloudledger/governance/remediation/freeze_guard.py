"""The last look before a compartment is frozen: by the settings and the tags as they are now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cloudledger.governance.change import Account, Change, Conflict, Found
from cloudledger.governance.remediation.compartment import Compartment, kept_free
from cloudledger.governance.remediation.config import UNDO, Remediation, Scope
from cloudledger.governance.remediation.planning import policy_of
from cloudledger.governance.remediation.quota import paths_of, quota_name


class GuardedQuotas:
    """An account of quotas in which no compartment is frozen that must not be any more: an
    :class:`~cloudledger.governance.change.Account`.

    :param compartments: by OCID those of the tenancy, as they are when it is called.
    """

    def __init__(
        self,
        account: Account,
        settings: Remediation,
        scope: Scope,
        compartments: Callable[[], Mapping[str, Compartment]],
    ) -> None:
        self._account = account
        self._settings = settings
        self._scope = scope
        self._compartments = compartments

    def list(self) -> Mapping[str, Found]:
        """Those of the scope's compartments."""
        ours = self._by_name()
        return {name: one for name, one in self._account.list().items() if name in ours}

    def read(self, target: str) -> Found | None:
        """One of the scope's compartments."""
        return self._account.read(target) if target in self._by_name() else None

    def write(self, change: Change) -> None:
        """Change it, unless that must not be any more.

        :raises Conflict: and why not.
        """
        why_not = self._is_over(change) or self._is_kept_free(change)
        if why_not:
            where = f"quotas of {self._scope.name}: {change.target}"
            raise Conflict(where, why_not, "The next run plans anew")
        self._account.write(change)

    def _by_name(self) -> dict[str, str]:
        return {quota_name(one): one for one in self._scope.compartments}

    def _is_over(self, change: Change) -> str | None:
        asked = {policy_of(reason) for reason in change.reasons}
        if asked == {UNDO}:
            return None
        if not self._settings.enabled:
            return "remediation was turned off"
        policies = {one.name: one for one in self._settings.policies}
        for name in asked:
            if name not in policies or self._scope.name not in policies[name].scopes:
                return f"the policy {name} is not one of the scope any more"
        return None

    def _is_kept_free(self, change: Change) -> str | None:
        """Lifting a freeze is never refused."""
        compartment_id = self._by_name().get(change.target)
        if compartment_id is None:
            return "its compartment is not of the scope any more"
        if change.after is None:
            return None
        known = self._compartments()
        if why_not := kept_free(self._settings, compartment_id, known):
            return why_not
        path = known[compartment_id].path
        if paths_of(change.after) != [path]:
            return f"the compartment is {path} by now"
        return None
