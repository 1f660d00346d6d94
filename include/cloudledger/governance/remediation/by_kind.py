"""What remediation changes in a scope, of whatever kind: told apart by how a target is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cloudledger.governance.change import Account, Change, Found
from cloudledger.governance.remediation.instance import KIND as INSTANCE
from cloudledger.governance.remediation.scaling_group import KIND as GROUP

NAMED = {"ocid1.autoscalingconfiguration.": GROUP, "arn:": GROUP}
"""What the targets of a kind begin with; those of instances begin otherwise."""


def kind_of_target(target: str) -> str:
    """The kind of the document that a target has."""
    return next((kind for begin, kind in NAMED.items() if target.startswith(begin)), INSTANCE)


class ByKind:
    """The things of several kinds of one scope: an
    :class:`~cloudledger.governance.change.Account`.

    :param opened: the account of the things of a kind.
    :param kinds: those that are listed.
    """

    def __init__(self, opened: Callable[[str], Account], kinds: tuple[str, ...]) -> None:
        self._opened = opened
        self._kinds = kinds

    def list(self) -> Mapping[str, Found]:
        """Those of the kinds."""
        return {
            target: one for kind in self._kinds for target, one in self._opened(kind).list().items()
        }

    def read(self, target: str) -> Found | None:
        """One, of any kind."""
        return self._opened(kind_of_target(target)).read(target)

    def write(self, change: Change) -> None:
        """As its kind is written."""
        self._opened(kind_of_target(change.target)).write(change)
