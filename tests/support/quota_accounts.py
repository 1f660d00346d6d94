"""The quotas of the local OCI, set up and looked at by the SDK alone."""

from __future__ import annotations

import json
from typing import Any

import oci
from oci.limits import models

from cloudledger.clouds.oci.quotas import OciQuotas
from cloudledger.governance.change import Account
from cloudledger.governance.remediation.quota import quota_document, quota_name
from localcloud.oci.cloud import Cloud
from localcloud.oci.definitions import checked
from localcloud.oci.errors import ApiError
from localcloud.oci.identity import TENANCY, new_key
from tests.support.local_oci import QUICK, sdk

PATHS = {
    "list": ("GET", r"/quotas$"),
    "read": ("GET", r"/quotas/[^/]+$"),
    "create": ("POST", r"/quotas$"),
    "update": ("PUT", r"/quotas/[^/]+$"),
    "delete": ("DELETE", r"/quotas/[^/]+$"),
}
BODIES = {"POST": models.CreateQuotaDetails, "PUT": models.UpdateQuotaDetails}
LIMITS = ("zero compute-core quotas", "zero compute-memory quotas")


class Breaking:
    """A client whose next call that changes something fails, its answer lost or itself."""

    def __init__(self, client: Any, error: BaseException, *, lost: bool) -> None:
        self._client = client
        self._error = error
        self._lost = lost

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not name.startswith(("create_", "update_", "delete_")):
            return found

        def call(*args: Any, **options: Any) -> Any:
            if self._lost:
                found(*args, **options)
            raise self._error

        return call


class Bench:
    """A tenancy with the compartment ``shop`` and, below it, ``web``."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.shop = cloud.compartments.plant("shop")
        self.web = cloud.compartments.plant("web", self.shop)
        self.target = quota_name(self.web)
        self.client = sdk(oci.limits.QuotasClient, cloud, retry_strategy=QUICK)

    def account(self, *, stranger: bool = False) -> Account:
        client = self.client
        if stranger:
            client = sdk(oci.limits.QuotasClient, self.cloud, key_content=new_key(), key_file="")
        return OciQuotas(client, "prod", TENANCY, page_size=1)

    def breaking(self, error: BaseException, *, lost: bool) -> Account:
        return OciQuotas(Breaking(self.client, error, lost=lost), "prod", TENANCY)

    def wanted(self, *limits: str, why: str = "emergency: it costs too much") -> dict[str, Any]:
        return quota_document(self.web, "shop:web", limits or LIMITS, why)

    def plant(self, name: str, **tags: str) -> str:
        made = self.client.create_quota(
            models.CreateQuotaDetails(
                compartment_id=TENANCY,
                name=name,
                description="theirs",
                statements=["zero vcn quotas in compartment shop"],
                freeform_tags=tags,
            )
        )
        return str(made.data.id)

    def state(self) -> dict[str, tuple[str, list[str], dict[str, str]]]:
        """By name everything that is there."""
        listed = oci.pagination.list_call_get_all_results(self.client.list_quotas, TENANCY).data
        held = [self.client.get_quota(one.id).data for one in listed]
        return {one.name: (one.description, one.statements, one.freeform_tags) for one in held}

    def id_of(self, name: str) -> str:
        (found,) = self.client.list_quotas(TENANCY, name=name).data
        return str(found.id)

    def meddle(self, name: str) -> None:
        """Somebody gives it other statements."""
        details = models.UpdateQuotaDetails(statements=["zero vcn quotas in compartment shop"])
        self.client.update_quota(self.id_of(name), details)

    def touch(self, name: str) -> None:
        """Another etag, and nothing else."""
        self.client.update_quota(self.id_of(name), models.UpdateQuotaDetails())

    def strike(self, how: str, operation: str, times: int = 1) -> None:
        method, path = PATHS[operation]
        getattr(self.cloud.faults, how)(times, path=path, method=method)

    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        """The bodies by method, as they crossed the wire."""
        return [
            (call.method, json.loads(call.body))
            for call in self.cloud.calls.matching(r"/quotas")
            if call.method in BODIES
        ]

    def wrong(self, method: str, body: dict[str, Any]) -> str:
        try:
            checked(BODIES[method], body)
        except ApiError as error:
            return error.message
        return ""
