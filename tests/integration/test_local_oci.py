"""The local OCI is strict and true to the SDK: routes, signatures, faults."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import oci
import pytest
import requests

from localcloud.oci.app import routes
from localcloud.oci.cloud import Cloud
from localcloud.oci.identity import TENANCY, new_key
from localcloud.oci.server import serve
from localcloud.oci.state import utc_now
from tests.support.local_oci import QUICK, refused, sdk

SDK = {
    "/n": oci.object_storage.ObjectStorageClient,
    "/20200107": oci.usage_api.UsageapiClient,
    "/20190111": oci.budget.BudgetClient,
    "/20180401": oci.monitoring.MonitoringClient,
    "/20181201": oci.ons.NotificationControlPlaneClient,
    "/20160918": oci.core.ComputeClient,
    "/20181001": oci.autoscaling.AutoScalingClient,
    "/20181025": oci.limits.QuotasClient,
}
BESIDE = {
    "publish_message": oci.ons.NotificationDataPlaneClient,
    "get_compartment": oci.identity.IdentityClient,
    "list_compartments": oci.identity.IdentityClient,
}
"""Operations of another client than others of their version."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serve(tmp_path_factory.mktemp("oci")) as cloud:
        yield cloud


@pytest.fixture(autouse=True)
def _no_fault_outlives_its_test(cloud: Cloud) -> Iterator[None]:
    yield
    cloud.faults.clear()


@pytest.fixture
def storage(cloud: Cloud) -> Any:
    return sdk(oci.object_storage.ObjectStorageClient, cloud)


def test_every_route_is_an_operation_of_the_sdk(cloud: Cloud) -> None:
    checked = set()
    for route in routes(cloud):
        base = "/n" if route.path.startswith("/n") else "/" + route.path.split("/")[1]
        if base == "/_localcloud":
            continue
        name = route.endpoint.__name__
        source = inspect.getsource(getattr(BESIDE.get(name, SDK[base]), name))
        resource = re.search(r'resource_path = "(.*)"', source)
        method = re.search(r'method = "(.*)"', source)
        assert resource is not None
        assert method is not None
        path = resource[1] if resource[1].startswith(base) else base + resource[1]
        assert re.sub(r"{.*?}", "{}", route.path) == re.sub(r"{.*?}", "{}", path), name
        assert method[1] in (route.methods or ()), name
        checked.add(name)
    assert len(checked) == 45


def test_what_is_not_emulated_says_so(storage: Any) -> None:
    error = refused(404, "NotFound", storage.list_retention_rules, "local", "b")
    assert "GET /n/local/b/b/retentionRules" in error.message


def test_a_foreign_key_is_not_authenticated(cloud: Cloud) -> None:
    stranger = sdk(oci.object_storage.ObjectStorageClient, cloud, key_content=new_key())
    error = refused(401, "NotAuthenticated", stranger.get_namespace)
    assert "the signature does not match the request" in error.message
    assert re.fullmatch(r"[0-9A-F]{32}", error.request_id)


def test_an_unknown_user_is_not_authenticated(cloud: Cloud) -> None:
    stranger = sdk(oci.object_storage.ObjectStorageClient, cloud, user="ocid1.user.oc1..other")
    assert "no such key" in refused(401, "NotAuthenticated", stranger.get_namespace).message


def signed(cloud: Cloud, method: str, path: str, **options: Any) -> requests.PreparedRequest:
    config = cloud.config
    signer = oci.signer.Signer(
        *(config["tenancy"], config["user"], config["fingerprint"], None),
        private_key_content=config["key_content"],
    )
    return requests.Request(method, cloud.endpoint + path, auth=signer, **options).prepare()


def send(request: requests.PreparedRequest) -> requests.Response:
    return requests.Session().send(request, timeout=5)


def test_a_tampered_body_is_not_authenticated(cloud: Cloud) -> None:
    topic = cloud.make_topic("signatures")
    path = f"/20181201/topics/{topic}/messages"
    request = signed(cloud, "POST", path, json={"body": "pay 100"})
    assert send(request).status_code == 202
    assert isinstance(request.body, bytes)
    request.body = request.body.replace(b"100", b"999")
    answer = send(request)
    assert answer.status_code == 401
    assert answer.json()["code"] == "NotAuthenticated"
    assert "x-content-sha256" in answer.json()["message"]
    assert [m.body for m in cloud.notifications.messages(topic)] == ["pay 100"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"date": None}, "the signed header date was not sent|not an HTTP date"),
        ({"date": "Thu, 01 Oct 2026 00:00:00 GMT"}, "five minutes"),
        ({"x-content-sha256": "AAAA"}, "does not match the request"),
        ({"authorization": "Bearer 1"}, "no Signature"),
        ({"authorization": None}, "no Signature"),
    ],
)
def test_changed_headers_are_not_authenticated(
    cloud: Cloud, change: dict[str, str | None], reason: str
) -> None:
    request = signed(cloud, "POST", "/20190111/budgets", json={})
    for name, value in change.items():
        if value is None:
            del request.headers[name]
        else:
            request.headers[name] = value
    answer = send(request)
    assert answer.status_code == 401
    assert re.search(reason, answer.json()["message"])


def test_another_target_than_the_signed_one_is_not_authenticated(cloud: Cloud) -> None:
    request = signed(cloud, "GET", "/n/local/b?compartmentId=a")
    request.url = f"{cloud.endpoint}/n/local/b?compartmentId=b"
    assert send(request).status_code == 401


def test_a_signature_must_cover_the_body(cloud: Cloud) -> None:
    config = cloud.config
    signer = oci.signer.Signer(
        *(config["tenancy"], config["user"], config["fingerprint"], None),
        private_key_content=config["key_content"],
    )
    request = requests.Request(
        "POST",
        cloud.endpoint + "/20190111/budgets",
        data=b"{}",
        auth=signer.without_content_headers,
    ).prepare()
    answer = send(request)
    assert answer.status_code == 401
    assert "does not cover content-length" in answer.json()["message"]


def test_a_clock_ten_minutes_off_is_not_authenticated(tmp_path: Path) -> None:
    with serve(tmp_path, clock=lambda: utc_now() + timedelta(minutes=10)) as late:
        client = sdk(oci.object_storage.ObjectStorageClient, late)
        assert "five minutes" in refused(401, "NotAuthenticated", client.get_namespace).message


def test_faults_meet_the_next_matching_requests_only(cloud: Cloud, storage: Any) -> None:
    cloud.faults.throttle(2, path="^/n$")
    cloud.faults.fail(path="/budgets", status=503)
    assert refused(429, "TooManyRequests", storage.get_namespace).request_id
    patient = sdk(oci.object_storage.ObjectStorageClient, cloud, retry_strategy=QUICK)
    assert patient.get_namespace().data == "local"
    budgets = sdk(oci.budget.BudgetClient, cloud)
    refused(503, "ServiceUnavailable", budgets.list_budgets, TENANCY)
    cloud.faults.cut(path="^/n$")
    with pytest.raises(oci.exceptions.RequestException):
        storage.get_namespace()
    assert storage.get_namespace().data == "local"


def test_faults_are_set_from_another_process_too(cloud: Cloud, storage: Any) -> None:
    door = cloud.endpoint + "/_localcloud/faults"
    fault: Any = {"kind": "fail", "count": 1, "path": "^/n$", "method": "GET", "status": 500}
    assert requests.post(door, json=fault, timeout=5).status_code == 204
    refused(500, "InternalServerError", storage.get_namespace)
    assert requests.post(door, json=fault, timeout=5).status_code == 204
    assert requests.delete(door, timeout=5).status_code == 204
    assert storage.get_namespace().data == "local"
    calls = requests.get(cloud.endpoint + "/_localcloud/calls?path=^/n$", timeout=5).json()
    assert [c["status"] for c in calls[-2:]] == [500, 200]
    wrongs: list[Any] = [{"kind": "melt"}, {"kind": "cut", "status": 1}, fault | {"count": 0}, []]
    for wrong in wrongs:
        assert requests.post(door, json=wrong, timeout=5).status_code == 400


def test_runs_as_a_process_that_writes_its_config(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "localcloud.oci", "--root", str(tmp_path / "cloud")]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "OCI answers at http://127.0.0.1:" in process.stdout.readline()
        path = tmp_path / "cloud" / "config"
        config = oci.config.from_file(str(path))
        client = oci.object_storage.ObjectStorageClient(config, service_endpoint=config["endpoint"])
        assert client.get_namespace().data == "local"
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "cloud" / "key.pem").stat().st_mode & 0o777 == 0o600
