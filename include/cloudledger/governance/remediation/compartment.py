"""A compartment: where it stands among the others of its tenancy, and what keeps it free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloudledger.governance.remediation.config import Remediation


@dataclass(frozen=True, slots=True)
class Compartment:
    """One that is active.

    :param path: ``parent:child``, from below the tenancy's root.
    :param tags: freeform ones, and defined ones as ``namespace.key``.
    :param above: OCIDs of those that hold it, the root left out.
    :param below: OCIDs of those that it holds, at any depth.
    """

    path: str
    tags: Mapping[str, str]
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


def kept_free(
    settings: Remediation, compartment_id: str, known: Mapping[str, Compartment]
) -> str | None:
    """Why a compartment must not be frozen: a protected tag on it, on one that holds it, or on one
    that it holds, whose quotas it would lower, too.

    :param known: by OCID the compartments of the tenancy.
    """
    one = known.get(compartment_id)
    if one is None:
        return "it is the root, deleted, or not to be seen with this connection"
    for other in (compartment_id, *one.above, *one.below):
        there = known.get(other)
        tag = settings.protects(there.tags) if there else None
        if there and tag:
            return f"the tag {tag} of {there.path} protects it"
    return None
