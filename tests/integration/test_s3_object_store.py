"""S3ObjectStore over real boto3 and HTTP, against the local AWS."""

import re
import socket
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config

from cloudledger.clouds.aws.exports import exports
from cloudledger.clouds.aws.s3 import S3ObjectStore
from cloudledger.clouds.object_store import (
    AccessDenied,
    ObjectChanged,
    ObjectStoreError,
    ObjectVanished,
    StoreUnavailable,
)
from localcloud.aws.server import serve

NIGHT = datetime(2026, 10, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def running():
    with serve() as cloud:
        yield cloud


@pytest.fixture
def bucket(running, request):
    running.faults.clear()
    return re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")


@pytest.fixture
def client(running):
    return boto3.client(
        "s3",
        endpoint_url=running.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )


@pytest.fixture
def store(client, bucket):
    return S3ObjectStore(client, bucket, "aws_focus", page_size=2)


def test_lists_every_page_in_key_order_with_what_was_planted(running, store, bucket):
    for number in (3, 1, 2, 5, 4):
        at = NIGHT + timedelta(hours=number)
        running.put_object(bucket, f"in/{number}.csv", b"x" * number, at)
    running.put_object(bucket, "out/6.csv", b"", NIGHT)
    listed = list(store.list("in/"))
    assert [item.uri for item in listed] == [f"s3://{bucket}/in/{n}.csv" for n in range(1, 6)]
    assert [item.bytes for item in listed] == [1, 2, 3, 4, 5]
    assert [item.delivered_at for item in listed] == [
        NIGHT + timedelta(hours=n) for n in range(1, 6)
    ]
    assert all(item.delivered_at.utcoffset() == timedelta(0) for item in listed)
    assert listed[0].etag == "9dd4e461268c8034f5c8564e155c67a6"
    assert {item.source for item in listed} == {"aws_focus"}


def test_downloads_keys_that_need_escaping(running, store, bucket, tmp_path):
    key = "BILLING_PERIOD=2026-10/a b+c/ü#?%41.csv"
    running.put_object(bucket, key, b"1,2\n", NIGHT)
    (item,) = store.list("")
    store.download(item, tmp_path / "object")
    assert (tmp_path / "object").read_bytes() == b"1,2\n"
    assert store.read(key) == b"1,2\n"


def test_vanished_between_list_and_read(running, store, bucket, tmp_path):
    running.put_object(bucket, "a.csv", b"1", NIGHT)
    (item,) = store.list("")
    running.delete_object(bucket, "a.csv")
    with pytest.raises(ObjectVanished, match=f"s3://{bucket}/a.csv: S3 answered 404 NoSuchKey"):
        store.download(item, tmp_path / "object")
    with pytest.raises(ObjectVanished):
        store.read("a.csv")
    assert not (tmp_path / "object").exists()


def test_changed_between_list_and_read(running, store, bucket, tmp_path):
    running.put_object(bucket, "a.csv", b"1", NIGHT)
    (item,) = store.list("")
    running.put_object(bucket, "a.csv", b"2", NIGHT)
    with pytest.raises(ObjectChanged, match="412"):
        store.download(item, tmp_path / "object")
    assert not (tmp_path / "object").exists()


def test_a_throttled_request_is_retried(running, store, bucket):
    running.put_object(bucket, "a.csv", b"1", NIGHT)
    running.faults.throttle(service="s3", operation="ListObjectsV2")
    assert len(list(store.list(""))) == 1
    assert running.faults.waiting() == []


@pytest.mark.parametrize("fault", ["throttle", "fail", "cut"])
def test_a_fault_that_outlasts_the_retries(running, store, bucket, tmp_path, fault):
    running.put_object(bucket, "a.csv", b"1", NIGHT)
    (item,) = store.list("")
    getattr(running.faults, fault)(times=9, service="s3", operation="GetObject")
    with pytest.raises(StoreUnavailable, match=r"a\.csv"):
        store.download(item, tmp_path / "object")
    with pytest.raises(StoreUnavailable):
        store.read("a.csv")
    assert not (tmp_path / "object").exists()


def test_a_body_cut_half_way_is_read_again(running, store, bucket, tmp_path):
    content = bytes(range(256)) * 4000
    running.put_object(bucket, "a.csv", content, NIGHT)
    (item,) = store.list("")
    running.faults.cut(times=2, after_bytes=500_000, operation="GetObject", path="a.csv")
    store.download(item, tmp_path / "object")
    assert (tmp_path / "object").read_bytes() == content
    running.faults.cut(times=1, after_bytes=500_000, operation="GetObject")
    assert store.read("a.csv") == content
    running.faults.cut(times=3, after_bytes=500_000, operation="GetObject")
    with pytest.raises(StoreUnavailable):
        store.download(item, tmp_path / "object")
    assert not (tmp_path / "object").exists()


def test_access_denied_says_what_to_allow(running, store, bucket):
    running.put_object(bucket, "a.csv", b"1", NIGHT)
    running.faults.deny(service="s3")
    with pytest.raises(AccessDenied, match="Allow s3:ListBucket"):
        list(store.list(""))


def test_a_bucket_that_is_not_there(running, store):
    with pytest.raises(ObjectStoreError, match=r"NoSuchBucket.*bucket name in the settings"):
        list(store.list(""))


def test_a_name_that_no_bucket_can_have_is_not_called_unavailable(client):
    with pytest.raises(ObjectStoreError, match="Invalid bucket name") as raised:
        list(S3ObjectStore(client, "no/bucket", "aws").list(""))
    assert not isinstance(raised.value, StoreUnavailable)


def test_missing_credentials_are_named(running, bucket, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    client = boto3.session.Session().client(
        "s3", endpoint_url=running.endpoint, region_name="us-east-1"
    )
    with pytest.raises(AccessDenied, match="Unable to locate credentials"):
        list(S3ObjectStore(client, bucket, "aws").list(""))


def test_no_server_at_all(bucket):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{held.getsockname()[1]}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
        )
        with pytest.raises(StoreUnavailable, match="Could not connect"):
            list(S3ObjectStore(client, bucket, "aws").list(""))


def test_an_export_is_read_through_its_manifest(running, store, bucket, tmp_path):
    folder = "billing/daily"
    data = f"{folder}/data/BILLING_PERIOD=2026-10/daily-00001.csv.gz"
    running.put_object(bucket, data, b"one", NIGHT)
    running.put_object(bucket, data.replace("00001", "00002"), b"stale", NIGHT)
    manifest = f'{{"dataFiles": ["s3://{bucket}/{data}"]}}'.encode()
    key = f"{folder}/metadata/BILLING_PERIOD=2026-10/daily-Manifest.json"
    running.put_object(bucket, key, manifest, NIGHT + timedelta(seconds=9))
    (export,) = exports(store, folder)
    assert export.delivery is not None
    (item,) = export.delivery.objects
    store.download(item, tmp_path / "object")
    assert (tmp_path / "object").read_bytes() == b"one"
    running.delete_object(bucket, data)
    (export,) = exports(store, folder)
    assert export.delivery is None
    assert export.incomplete == f"s3://{bucket}/{key} names s3://{bucket}/{data}, " + (
        "which is not there"
    )
