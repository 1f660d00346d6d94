"""Instances of the local OCI, as the SDK sees them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import oci
import pytest

from localcloud.oci.cloud import Cloud
from localcloud.oci.server import serve
from tests.support.local_oci import assert_whole, raw, refused, sdk

HOME = "ocid1.compartment.oc1..home"


class Clock:
    """A clock that is put forward by hand; signatures are dated by the machine's, minutes apart."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cloud(tmp_path: Any, clock: Clock) -> Iterator[Cloud]:
    with serve(tmp_path, clock=clock) as cloud:
        yield cloud


@pytest.fixture
def compute(cloud: Cloud) -> Any:
    return sdk(oci.core.ComputeClient, cloud)


def test_instances_are_listed_by_compartment_and_state_a_page_at_a_time(
    cloud: Cloud, compute: Any
) -> None:
    made = [cloud.instances.plant(f"i{n}", HOME) for n in range(3)]
    off = cloud.instances.plant("off", HOME, state="STOPPED")
    cloud.instances.plant("other", "ocid1.compartment.oc1..other")
    found = oci.pagination.list_call_get_all_results(compute.list_instances, HOME, limit=2).data
    assert [one.id for one in found] == [*made, off]
    assert_whole(found[0])
    stopped = compute.list_instances(HOME, lifecycle_state="STOPPED").data
    assert [one.id for one in stopped] == [off]
    assert [one.id for one in compute.list_instances(HOME, display_name="i1").data] == [made[1]]
    assert_whole(compute.get_instance(off).data)
    refused(404, "NotAuthorizedOrNotFound", compute.get_instance, "ocid1.instance.oc1..none")


def test_a_stop_takes_its_time(cloud: Cloud, compute: Any, clock: Clock) -> None:
    cloud.instances.takes = timedelta(minutes=2)
    target = cloud.instances.plant("web", HOME)
    before = compute.get_instance(target)
    begun = compute.instance_action(target, "SOFTSTOP", if_match=before.headers["etag"])
    assert begun.data.lifecycle_state == "STOPPING"
    assert begun.headers["etag"] != before.headers["etag"]
    refused(409, "IncorrectState", compute.instance_action, target, "START")
    clock.ahead = timedelta(minutes=2, seconds=1)
    over = compute.get_instance(target)
    assert over.data.lifecycle_state == "STOPPED"
    assert over.headers["etag"] != begun.headers["etag"]
    refused(409, "IncorrectState", compute.instance_action, target, "STOP")
    assert compute.instance_action(target, "START").data.lifecycle_state == "STARTING"


def test_the_same_token_begins_one_action_and_no_other(cloud: Cloud, compute: Any) -> None:
    target, other = cloud.instances.plant("web", HOME), cloud.instances.plant("db", HOME)
    for _ in range(2):
        compute.instance_action(target, "SOFTSTOP", opc_retry_token="t")
    assert compute.get_instance(target).data.lifecycle_state == "STOPPED"
    refused(
        409,
        "InvalidatedRetryToken",
        compute.instance_action,
        other,
        "SOFTSTOP",
        opc_retry_token="t",
    )
    assert compute.get_instance(other).data.lifecycle_state == "RUNNING"


def test_an_old_etag_changes_nothing(cloud: Cloud, compute: Any) -> None:
    target = cloud.instances.plant("web", HOME, freeform_tags={"a": "1"})
    old = compute.get_instance(target).headers["etag"]
    tags = oci.core.models.UpdateInstanceDetails(freeform_tags={"b": "2"})
    assert compute.update_instance(target, tags, if_match=old).data.freeform_tags == {"b": "2"}
    refused(412, "NoEtagMatch", compute.update_instance, target, tags, if_match=old)
    refused(412, "NoEtagMatch", compute.instance_action, target, "STOP", if_match=old)
    assert compute.get_instance(target).data.lifecycle_state == "RUNNING"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"freeformTag": {}}, "freeformTag is not a field"),
        ({"freeformTags": ["a"]}, "must be an object"),
        ({"shape": "VM.Standard.E5.Flex"}, "the local cloud updates"),
    ],
)
def test_what_the_model_does_not_have_is_refused(
    cloud: Cloud, compute: Any, body: Any, told: str
) -> None:
    target = cloud.instances.plant("web", HOME)
    error = refused(400, "InvalidParameter", raw, compute, "PUT", f"/instances/{target}", body)
    assert told in error.message


def test_an_action_that_is_not_emulated_is_refused(cloud: Cloud, compute: Any) -> None:
    target = cloud.instances.plant("web", HOME)
    refused(400, "InvalidParameter", compute.instance_action, target, "RESET")
