"""Identifiers of an OCI tenancy, made up from names."""

from __future__ import annotations

from localcloud.samples.fleet import Account, Resource, Source
from localcloud.samples.text import identifier

NAMESPACE = "bling"
"""Where Oracle keeps every tenancy's reports."""


def compartment(source: Source, account: Account) -> str:
    """The compartment's OCID: the tenancy's own for the root compartment."""
    if account.name == source.name:
        return source.ocid
    return f"ocid1.compartment.oc1..aaaaaaaa{identifier('compartment', account.path, length=52)}"


def resource_id(source: Source, resource: Resource) -> str:
    """The resource's OCID."""
    kind = resource.uses[0].sku.type
    made = identifier(source.name, resource.name, length=52)
    return f"ocid1.{kind}.oc1.{resource.region}.{made}"


def availability_domain(source: Source, resource: Resource) -> str:
    """Such as ``wxyz:EU-FRANKFURT-1-AD-2``; empty for what is regional."""
    if not resource.zone:
        return ""
    prefix = identifier("domain", source.name, length=4)
    return f"{prefix}:{resource.region.upper()}-AD-{resource.zone}"
