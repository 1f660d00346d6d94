"""Compartments and quotas of the local OCI, as the SDK sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import oci
import pytest
from oci.limits import models

from localcloud.oci.cloud import Cloud
from localcloud.oci.identity import TENANCY
from localcloud.oci.server import serve
from tests.support.local_oci import assert_whole, raw, refused, sdk


@pytest.fixture
def cloud(tmp_path: Any) -> Iterator[Cloud]:
    with serve(tmp_path) as cloud:
        yield cloud


@pytest.fixture
def quotas(cloud: Cloud) -> Any:
    return sdk(oci.limits.QuotasClient, cloud)


def quota(name: str, *statements: str, **other: Any) -> Any:
    values = {
        "compartment_id": TENANCY,
        "name": name,
        "description": "why",
        "statements": list(statements or ("zero compute-core quotas in tenancy",)),
    }
    return models.CreateQuotaDetails(**values | other)


def test_compartments_are_listed_by_parent_and_as_a_tree(cloud: Cloud) -> None:
    client = sdk(oci.identity.IdentityClient, cloud)
    shop = cloud.compartments.plant("shop", freeform_tags={"team": "shop"})
    web = cloud.compartments.plant("web", shop)
    gone = cloud.compartments.plant("gone", state="DELETED")
    assert [one.id for one in client.list_compartments(TENANCY).data] == [shop, gone]
    assert [one.id for one in client.list_compartments(shop).data] == [web]
    found = oci.pagination.list_call_get_all_results(
        client.list_compartments,
        TENANCY,
        compartment_id_in_subtree=True,
        access_level="ANY",
        lifecycle_state="ACTIVE",
        limit=1,
    ).data
    assert [one.id for one in found] == [shop, web]
    assert_whole(found[0])
    assert client.get_compartment(shop).data.freeform_tags == {"team": "shop"}
    assert cloud.compartments.paths() == {shop: "shop", web: "shop:web"}
    refused(404, "NotAuthorizedOrNotFound", client.get_compartment, "ocid1.compartment.oc1..no")
    refused(
        400,
        "InvalidParameter",
        client.list_compartments,
        shop,
        compartment_id_in_subtree=True,
    )


def test_quotas_are_made_once_listed_changed_and_deleted(cloud: Cloud, quotas: Any) -> None:
    web = cloud.compartments.plant("web", cloud.compartments.plant("shop"))
    statement = "Zero compute-core quotas in compartment shop:web"
    made = quotas.create_quota(quota("q1", statement), opc_retry_token="t")
    again = quotas.create_quota(quota("q1", statement), opc_retry_token="t")
    assert again.data.id == made.data.id
    refused(409, "InvalidatedRetryToken", quotas.create_quota, quota("q2"), opc_retry_token="t")
    refused(409, "IncorrectState", quotas.create_quota, quota("q1"))
    (listed,) = quotas.list_quotas(TENANCY, name="q1").data
    assert listed.id == made.data.id
    assert quotas.list_quotas(TENANCY, name="other").data == []
    assert quotas.list_quotas(web).data == []
    for answer in (made.data, quotas.get_quota(made.data.id).data, listed):
        assert_whole(answer)
    change = models.UpdateQuotaDetails(statements=["unset compute-core quotas in tenancy"])
    changed = quotas.update_quota(made.data.id, change, if_match=made.headers["etag"])
    assert (changed.data.name, changed.data.description) == ("q1", "why")
    for call, details in ((quotas.update_quota, [change]), (quotas.delete_quota, [])):
        etag = made.headers["etag"]
        refused(412, "NoEtagMatch", call, made.data.id, *details, if_match=etag)
    quotas.delete_quota(made.data.id, if_match=changed.headers["etag"])
    refused(404, "NotAuthorizedOrNotFound", quotas.get_quota, made.data.id)


@pytest.mark.parametrize(
    "statement",
    [
        "set compute-core quota standard-e4-core-count to 4 in compartment shop",
        "set database quota /*exadata*/ to 1 in tenancy",
        "unset compute-core quota standard-e4-core-count in compartment shop",
        "zero vcn quotas in compartment shop where request.region = us-phoenix-1",
    ],
)
def test_a_statement_of_the_language_is_taken(cloud: Cloud, quotas: Any, statement: str) -> None:
    cloud.compartments.plant("shop")
    assert quotas.create_quota(quota("q", statement)).data.statements == [statement]


@pytest.mark.parametrize(
    "statement",
    [
        "zero compute-core in compartment shop",
        "zero compute-core quotas",
        "zero compute-core quotas to 3 in compartment shop",
        "set compute-core quota standard-e4-core-count in compartment shop",
        "freeze compute-core quotas in compartment shop",
        "zero compute-core quotas in compartment other",
        "zero compute-core quotas in compartment shop:web",
        "zero compute core quotas in compartment shop",
    ],
)
def test_what_is_no_statement_is_refused(cloud: Cloud, quotas: Any, statement: str) -> None:
    cloud.compartments.plant("shop")
    refused(400, "InvalidParameter", quotas.create_quota, quota("q", statement))
    assert quotas.list_quotas(TENANCY).data == []


def test_what_the_model_does_not_have_or_lacks_is_refused(cloud: Cloud, quotas: Any) -> None:
    made = quotas.create_quota(quota("q")).data.id
    body = {"name": "other"}
    refused(400, "InvalidParameter", raw, quotas, "PUT", f"/20181025/quotas/{made}", body)
    body = {"compartmentId": TENANCY, "name": "r", "statements": ["zero vcn quotas in tenancy"]}
    refused(400, "MissingParameter", raw, quotas, "POST", "/20181025/quotas", body)
    refused(400, "InvalidParameter", quotas.create_quota, quota("r", statements=[]))


def test_the_limit_is_kept(cloud: Cloud, quotas: Any) -> None:
    cloud.limits.quotas = 1
    quotas.create_quota(quota("q1"))
    refused(400, "LimitExceeded", quotas.create_quota, quota("q2"))
