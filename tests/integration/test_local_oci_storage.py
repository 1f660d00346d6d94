"""Object Storage of the local OCI, as the SDK sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oci
import pytest

from localcloud.oci.cloud import Cloud
from localcloud.oci.identity import TENANCY
from localcloud.oci.server import serve
from tests.support.local_oci import FIRST, assert_whole, refused, sdk


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serve(tmp_path_factory.mktemp("oci")) as cloud:
        yield cloud


@pytest.fixture
def storage(cloud: Cloud) -> Any:
    return sdk(oci.object_storage.ObjectStorageClient, cloud)


@pytest.fixture
def bucket(cloud: Cloud, request: pytest.FixtureRequest) -> str:
    name = re.sub(r"\W", "-", request.node.name)
    cloud.objects.make_bucket("local", name)
    return name


def test_objects_are_put_read_in_ranges_and_deleted(storage: Any, bucket: str) -> None:
    put = storage.put_object("local", bucket, "a/b c", b"0123456789", content_type="text/plain")
    got = storage.get_object("local", bucket, "a/b c")
    assert got.data.content == b"0123456789"
    assert got.headers["etag"] == put.headers["etag"]
    assert got.headers["content-type"] == "text/plain"
    for asked, expected in [("2-4", b"234"), ("7-", b"789"), ("-2", b"89"), ("8-99", b"89")]:
        part = storage.get_object("local", bucket, "a/b c", range=f"bytes={asked}")
        assert (part.status, part.data.content) == (206, expected)
    refused(416, "InvalidRange", storage.get_object, "local", bucket, "a/b c", range="bytes=10-")
    head = storage.head_object("local", bucket, "a/b c")
    assert head.headers["content-length"] == "10"
    storage.delete_object("local", bucket, "a/b c")
    refused(404, "ObjectNotFound", storage.get_object, "local", bucket, "a/b c")
    refused(404, "ObjectNotFound", storage.delete_object, "local", bucket, "a/b c")
    refused(404, "BucketNotFound", storage.get_object, "local", bucket + "x", "a/b c")


def test_etags_guard_reads_and_writes(storage: Any, bucket: str) -> None:
    old = storage.put_object("local", bucket, "k", b"1").headers["etag"]
    new = storage.put_object("local", bucket, "k", b"2", if_match=old).headers["etag"]
    assert new != old
    refused(412, "IfMatchFailed", storage.get_object, "local", bucket, "k", if_match=old)
    refused(412, "IfMatchFailed", storage.put_object, "local", bucket, "k", b"3", if_match=old)
    refused(412, "IfMatchFailed", storage.delete_object, "local", bucket, "k", if_match=old)
    refused(
        412, "IfNoneMatchFailed", storage.put_object, "local", bucket, "k", b"3", if_none_match="*"
    )
    assert storage.get_object("local", bucket, "k", if_match=new).data.content == b"2"
    assert storage.get_object("local", bucket, "k").data.content == b"2"


def test_a_body_that_is_not_what_its_md5_says_is_refused(storage: Any, bucket: str) -> None:
    wrong = "AAAAAAAAAAAAAAAAAAAAAA=="
    refused(
        400,
        "UnmatchedContentMD5",
        storage.put_object,
        "local",
        bucket,
        "k",
        b"1",
        content_md5=wrong,
    )


def test_lists_in_pages_with_only_the_fields_asked_for(
    cloud: Cloud, storage: Any, bucket: str
) -> None:
    names = [f"r/{n:03}" for n in range(7)] + ["r/ä", "s/0"]
    for name in reversed(names):
        cloud.put_object("local", bucket, name, b"x", FIRST)
    found, start, pages = [], None, 0
    while pages == 0 or start:
        options: dict[str, str] = {"start": start} if start else {}
        page = storage.list_objects("local", bucket, prefix="r/", limit=3, **options).data
        found += page.objects
        start, pages = page.next_start_with, pages + 1
    assert [o.name for o in found] == names[:-1]
    assert pages == 3
    assert {o.size for o in found} == {None}
    (full,) = storage.list_objects(
        "local", bucket, start="s", fields="size,timeModified"
    ).data.objects
    assert (full.size, full.time_modified, full.etag) == (1, FIRST, None)
    folded = storage.list_objects("local", bucket, delimiter="/").data
    assert (folded.prefixes, folded.objects) == (["r/", "s/"], [])
    refused(400, "InvalidParameter", storage.list_objects, "local", bucket, fields="nme")
    refused(400, "InvalidParameter", storage.list_objects, "local", bucket, limit=0)


def test_the_sdks_upload_manager_uploads_in_parts(
    storage: Any, bucket: str, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 10_000
    (tmp_path / "big").write_bytes(data)
    manager = oci.object_storage.UploadManager(storage, allow_parallel_uploads=True)
    manager.upload_file("local", bucket, "big", str(tmp_path / "big"), part_size=1_000_000)
    assert storage.get_object("local", bucket, "big").data.content == data


def test_an_upload_is_listed_checked_and_aborted(storage: Any, bucket: str) -> None:
    models = oci.object_storage.models
    details = models.CreateMultipartUploadDetails(object="k")
    upload = storage.create_multipart_upload("local", bucket, details).data.upload_id
    etag = storage.upload_part("local", bucket, "k", upload, 1, b"one").headers["etag"]
    (part,) = storage.list_multipart_upload_parts("local", bucket, "k", upload).data
    assert (part.part_number, part.size, part.etag) == (1, 3, etag)
    wrong = models.CommitMultipartUploadDetails(
        parts_to_commit=[models.CommitMultipartUploadPartDetails(part_num=1, etag="other")]
    )
    commit = storage.commit_multipart_upload
    refused(400, "InvalidUploadPart", commit, "local", bucket, "k", upload, wrong)
    storage.abort_multipart_upload("local", bucket, "k", upload)
    refused(404, "NoSuchUpload", storage.upload_part, "local", bucket, "k", upload, 1, b"one")
    refused(404, "ObjectNotFound", storage.get_object, "local", bucket, "k")


def test_buckets_are_told_and_denied(cloud: Cloud, storage: Any, bucket: str) -> None:
    assert storage.get_namespace().data == "local"
    told = storage.get_bucket("local", bucket).data
    assert_whole(told)
    assert told.compartment_id == TENANCY
    found = oci.pagination.list_call_get_all_results(
        storage.list_buckets, "local", TENANCY, limit=2
    ).data
    assert bucket in [b.name for b in found]
    cloud.deny("local", bucket, 403)
    refused(403, "NotAuthorized", storage.list_objects, "local", bucket)
    cloud.deny("local", bucket)
    refused(404, "BucketNotFound", storage.list_objects, "local", bucket)
    cloud.allow("local", bucket)
    assert storage.list_objects("local", bucket).data.objects == []


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    with serve(tmp_path) as first:
        etag = first.put_object("bling", "b", "k", b"kept", FIRST)
        topic = first.make_topic("t")
        config = first.config
    with serve(tmp_path) as second:
        assert second.config == config
        client = sdk(oci.object_storage.ObjectStorageClient, second)
        (kept,) = client.list_objects("bling", "b", fields="etag,timeModified").data.objects
        assert (kept.etag, kept.time_modified) == (etag, FIRST)
        assert client.get_object("bling", "b", "k").data.content == b"kept"
        assert second.make_topic("t") == topic
