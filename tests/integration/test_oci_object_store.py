"""OciObjectStore over the real SDK against the local cloud."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import oci
import pytest

from cloudledger.clouds.object_store import (
    AccessDenied,
    ObjectChanged,
    ObjectVanished,
    SourceObject,
    StoreUnavailable,
)
from cloudledger.clouds.oci.auth import OciAuth
from cloudledger.clouds.oci.clients import client
from cloudledger.clouds.oci.object_storage import OciObjectStore
from localcloud.oci.cloud import Cloud
from localcloud.oci.identity import new_key
from localcloud.oci.server import serve
from tests.support.local_oci import QUICK

BUCKET = "ocid1.tenancy.oc1..local"
FIRST = datetime(2026, 10, 1, 6, tzinfo=UTC)
REPORT = "reports/cost-csv/0001000000123456.csv.gz"
BYTES = random.Random(7).randbytes(3_000_000)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with serve(tmp_path / "cloud") as cloud:
        yield cloud


@pytest.fixture
def store(cloud: Cloud) -> OciObjectStore:
    return store_of(cloud, auth_of(cloud))


def auth_of(cloud: Cloud, **other: str) -> OciAuth:
    return OciAuth("api_key", **{k: v for k, v in cloud.config.items() if k != "key_file"} | other)


def store_of(cloud: Cloud, auth: OciAuth) -> OciObjectStore:
    sdk = client(
        oci.object_storage.ObjectStorageClient,
        auth,
        cloud.endpoint,
        retry_strategy=QUICK,
        timeout=(1.0, 5.0),
    )
    return OciObjectStore(sdk, "bling", BUCKET, "oci_cost", page_size=3)


def listed(cloud: Cloud, store: OciObjectStore, data: bytes = BYTES) -> SourceObject:
    cloud.put_object("bling", BUCKET, REPORT, data, FIRST)
    (found,) = store.list("reports/")
    return found


def test_lists_every_page_in_key_order_with_the_delivery_instants(
    cloud: Cloud, store: OciObjectStore
) -> None:
    keys = [f"reports/cost-csv/{n:016}.csv.gz" for n in range(8)]
    for n, key in enumerate(reversed(keys)):
        cloud.put_object("bling", BUCKET, key, b"x" * n, FIRST + timedelta(hours=n))
    cloud.put_object("bling", BUCKET, "reports/usage-csv/1.csv.gz", b"", FIRST)

    found = list(store.list("reports/cost-csv/"))

    assert [f.uri for f in found] == [f"oci://bling/{BUCKET}/{key}" for key in keys]
    assert [f.bytes for f in found] == [7, 6, 5, 4, 3, 2, 1, 0]
    assert [f.delivered_at for f in found] == [FIRST + timedelta(hours=7 - n) for n in range(8)]
    assert len({f.etag for f in found}) == 8
    assert {f.source for f in found} == {"oci_cost"}
    assert len(cloud.calls.matching("/o$", "GET")) == 3


def test_a_prefix_with_spaces_and_slashes_is_listed_and_read(
    cloud: Cloud, store: OciObjectStore, tmp_path: Path
) -> None:
    key = "FOCUS Reports/2026/10/01/a+b%2F&c=ä.csv.gz"
    cloud.put_object("bling", BUCKET, key, b"lines", FIRST)
    (found,) = store.list("FOCUS Reports/2026/")
    store.download(found, tmp_path / "report")
    assert (tmp_path / "report").read_bytes() == store.read(key) == b"lines"


def test_an_empty_bucket_lists_nothing(cloud: Cloud, store: OciObjectStore) -> None:
    cloud.put_object("bling", BUCKET, "other", b"", FIRST)
    assert list(store.list("reports/")) == []


def test_downloads_the_stored_bytes_even_when_marked_as_gzip(
    cloud: Cloud, store: OciObjectStore, tmp_path: Path
) -> None:
    packed = gzip.compress(b"a,b\n1,2\n")
    sdk = oci.object_storage.ObjectStorageClient(cloud.config, service_endpoint=cloud.endpoint)
    cloud.objects.make_bucket("bling", BUCKET)
    sdk.put_object("bling", BUCKET, REPORT, packed, content_encoding="gzip")
    (found,) = store.list("reports/")
    store.download(found, tmp_path / "report")
    assert (tmp_path / "report").read_bytes() == packed == store.read(REPORT)


def test_a_cut_download_goes_on_where_it_broke(
    cloud: Cloud, store: OciObjectStore, tmp_path: Path
) -> None:
    found = listed(cloud, store)
    cloud.faults.cut(2, path="/o/", after=1_200_000)
    store.download(found, tmp_path / "report")
    assert (tmp_path / "report").read_bytes() == BYTES
    assert [c.status for c in cloud.calls.matching("/o/")] == [200, 206, 206]


def test_a_download_that_is_always_cut_is_given_up_and_leaves_nothing(
    cloud: Cloud, store: OciObjectStore, tmp_path: Path
) -> None:
    found = listed(cloud, store)
    cloud.faults.cut(100, path="/o/", after=10)
    with pytest.raises(StoreUnavailable, match=r"the connection failed"):
        store.download(found, tmp_path / "report")
    assert [p.name for p in tmp_path.iterdir()] == ["cloud"]


def test_a_cut_listing_and_a_cut_read_are_tried_again(cloud: Cloud, store: OciObjectStore) -> None:
    cloud.faults.cut(path="/o$")
    found = listed(cloud, store, b"manifest")
    cloud.faults.cut(path="/o/")
    assert store.read(REPORT) == b"manifest"
    assert found.bytes == 8


def test_throttling_and_server_errors_are_tried_again(
    cloud: Cloud, store: OciObjectStore, tmp_path: Path
) -> None:
    cloud.faults.throttle(2, path="/o$")
    found = listed(cloud, store)
    cloud.faults.fail(path="/o/", status=500)
    cloud.faults.fail(path="/o/", status=503)
    store.download(found, tmp_path / "report")
    assert (tmp_path / "report").read_bytes() == BYTES
    assert [c.status for c in cloud.calls.matching("/o$")] == [429, 429, 200]
    assert [c.status for c in cloud.calls.matching("/o/")] == [500, 503, 200]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_no_retry_heals_is_unavailable(
    cloud: Cloud, store: OciObjectStore, tmp_path: Path, status: int
) -> None:
    found = listed(cloud, store)
    if status == 429:
        cloud.faults.throttle(3, path="/o/")
    else:
        cloud.faults.fail(3, path="/o/", status=status)
    with pytest.raises(StoreUnavailable, match=rf"{status} .* run it again later"):
        store.download(found, tmp_path / "report")


def test_a_refused_connection_is_unavailable(tmp_path: Path) -> None:
    with serve(tmp_path / "cloud") as cloud:
        store = store_of(cloud, auth_of(cloud))
    with pytest.raises(StoreUnavailable, match=r"Check the network"):
        list(store.list(""))


def test_vanished_between_list_and_read(
    cloud: Cloud, store: OciObjectStore, tmp_path: Path
) -> None:
    found = listed(cloud, store)
    cloud.delete_object("bling", BUCKET, REPORT)
    with pytest.raises(ObjectVanished, match=r"deleted after it was listed"):
        store.download(found, tmp_path / "report")
    with pytest.raises(ObjectVanished, match=r"404 ObjectNotFound \(opc-request-id [0-9A-F]{32}\)"):
        store.read(REPORT)


def test_overwritten_between_list_and_read(
    cloud: Cloud, store: OciObjectStore, tmp_path: Path
) -> None:
    found = listed(cloud, store)
    cloud.put_object("bling", BUCKET, REPORT, BYTES, FIRST + timedelta(hours=6))
    with pytest.raises(ObjectChanged, match=r"list it again"):
        store.download(found, tmp_path / "report")
    assert [p.name for p in tmp_path.iterdir()] == ["cloud"]


def test_overwritten_in_the_middle_of_a_cut_download(
    cloud: Cloud, store: OciObjectStore, tmp_path: Path
) -> None:
    found = listed(cloud, store)
    cloud.faults.cut(
        path="/o/",
        after=1_200_000,
        then=lambda: cloud.put_object("bling", BUCKET, REPORT, BYTES[::-1], FIRST),
    )
    with pytest.raises(ObjectChanged):
        store.download(found, tmp_path / "report")
    assert [c.status for c in cloud.calls.matching("/o/")] == [200, 412]
    assert [p.name for p in tmp_path.iterdir()] == ["cloud"]


def test_a_listed_size_that_is_not_the_stored_one_is_refused(
    cloud: Cloud, store: OciObjectStore, tmp_path: Path
) -> None:
    found = listed(cloud, store)
    with pytest.raises(StoreUnavailable, match=r"sent 3000000 bytes of the listed 3000001"):
        store.download(replace(found, bytes=len(BYTES) + 1), tmp_path / "report")


@pytest.mark.parametrize(
    ("status", "error"), [(404, ObjectVanished), (403, AccessDenied), (401, AccessDenied)]
)
def test_a_denied_bucket(
    cloud: Cloud,
    store: OciObjectStore,
    tmp_path: Path,
    status: int,
    error: type[Exception],
) -> None:
    found = listed(cloud, store)
    cloud.deny("bling", BUCKET, status)
    with pytest.raises(error, match=r"polic"):
        list(store.list(""))
    with pytest.raises(error):
        store.download(found, tmp_path / "report")
    cloud.allow("bling", BUCKET)
    store.download(found, tmp_path / "report")


def test_a_key_that_is_not_registered_is_denied(cloud: Cloud) -> None:
    stranger = store_of(cloud, auth_of(cloud, key_content=new_key()))
    with pytest.raises(AccessDenied, match=r"401 NotAuthenticated"):
        list(stranger.list(""))


def test_an_object_of_another_bucket_is_a_programming_error(
    store: OciObjectStore, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"is not in oci://bling/"):
        store.download(SourceObject("oci://bling/other/x", "e", 1, FIRST, "s"), tmp_path / "x")
