"""The compartments of an OCI tenancy, as a tree by their OCIDs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudledger.clouds.oci.clients import every
from cloudledger.clouds.oci.told import told
from cloudledger.governance.remediation.compartment import Compartment

INSPECT = "allow group <group> to inspect compartments in tenancy"


def compartments(client: Any, tenancy: str, *, page_size: int = 1000) -> dict[str, Compartment]:
    """By OCID the active compartments of a tenancy, but its root.

    :param client: an ``oci.identity.IdentityClient`` that retries.
    :raises NotAllowed: naming the right that is missing.
    :raises AccountUnavailable: throttled or down.
    """
    with told(f"compartments of {tenancy}", INSPECT):
        listed = every(
            client.list_compartments,
            tenancy,
            compartment_id_in_subtree=True,
            access_level="ANY",
            lifecycle_state="ACTIVE",
            limit=page_size,
        )
    held = {one.id: one for one in listed}
    above = {id_: tuple(_above(id_, held, tenancy)) for id_ in held}
    below: dict[str, list[str]] = {id_: [] for id_ in held}
    for id_, holders in above.items():
        for holder in holders:
            below[holder].append(id_)
    return {
        id_: Compartment(
            ":".join([*(held[holder].name for holder in reversed(above[id_])), one.name]),
            _tags(one),
            above[id_],
            tuple(sorted(below[id_])),
        )
        for id_, one in held.items()
        if _is_whole(id_, above[id_], held, tenancy)
    }


def _above(id_: str, held: Mapping[str, Any], tenancy: str) -> Iterator[str]:
    """From the parent upwards."""
    while (id_ := held[id_].compartment_id) != tenancy and id_ in held:
        yield id_


def _is_whole(id_: str, above: tuple[str, ...], held: Mapping[str, Any], tenancy: str) -> bool:
    """Whether the way up to the root is known: else it has no path."""
    return bool(held[(id_, *above)[-1]].compartment_id == tenancy)


def _tags(compartment: Any) -> dict[str, str]:
    tags = dict(compartment.freeform_tags or {})
    for space, defined in (compartment.defined_tags or {}).items():
        tags |= {f"{space}.{key}": str(value) for key, value in defined.items()}
    return tags
