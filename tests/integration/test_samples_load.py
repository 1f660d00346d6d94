"""Planted sample reports come back from the local clouds through the real SDKs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import boto3
import oci
import pytest

from localcloud.aws.cloud import Cloud as Aws
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.cloud import Cloud as Oci
from localcloud.oci.server import serve as serve_oci
from localcloud.samples import Delivery, Manifest, generate, load
from localcloud.samples.__main__ import main


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return generate(tmp_path_factory.mktemp("samples"), days=14)


@pytest.fixture
def aws() -> Iterator[Aws]:
    with serve_aws() as cloud:
        yield cloud


@pytest.fixture
def oci_cloud(tmp_path: Path) -> Iterator[Oci]:
    with serve_oci(tmp_path / "oci") as cloud:
        yield cloud


def oci_listing(cloud: Oci, bucket: str) -> dict[str, tuple[str, datetime]]:
    """MD5 and modification time by key, as the SDK lists them."""
    client = oci.object_storage.ObjectStorageClient(cloud.config, service_endpoint=cloud.endpoint)
    found = oci.pagination.list_call_get_all_results(
        client.list_objects, "bling", bucket, fields="name,size,md5,timeModified"
    ).data.objects
    return {one.name: (one.md5, one.time_modified) for one in found}


def aws_listing(cloud: Aws, bucket: str) -> dict[str, tuple[str, datetime]]:
    """MD5 and modification time by key, as boto3 lists them."""
    client = boto3.client(
        "s3",
        endpoint_url=cloud.endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        region_name="us-east-1",
    )
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {
        one["Key"]: (one["ETag"].strip('"'), one["LastModified"])
        for page in pages
        for one in page["Contents"]
    }


def standing(manifest: Manifest, source: str, until: datetime | None) -> dict[str, Delivery]:
    return {each.key: each for each in manifest.current(until) if each.source == source}


@pytest.mark.parametrize("back", [None, timedelta(days=5), timedelta(days=8)])
def test_both_clouds_hold_what_had_been_delivered(
    manifest: Manifest, oci_cloud: Oci, aws: Aws, back: timedelta | None
) -> None:
    last = manifest.deliveries[-1].delivered_at
    until = None if back is None else last - back
    assert load(manifest, oci=oci_cloud, aws=aws, until=until) == len(
        list(manifest.delivered(until))
    )
    for source in manifest.sources:
        expected = standing(manifest, source.name, until)
        on_aws = source.kind == "aws_export"
        listed = (
            aws_listing(aws, source.bucket) if on_aws else oci_listing(oci_cloud, source.bucket)
        )
        assert listed.keys() == expected.keys()
        assert all(key.startswith(source.prefix) for key in listed)
        for key, (digest, modified) in listed.items():
            data = (manifest.root / expected[key].path).read_bytes()
            md5 = hashlib.md5(data)
            assert digest in (md5.hexdigest(), _base64(md5.digest()))
            assert abs(modified - expected[key].delivered_at) < timedelta(seconds=1)


def test_a_cloud_that_is_left_out_gets_nothing(manifest: Manifest, aws: Aws) -> None:
    on_aws = [delivery for delivery in manifest.deliveries if delivery.cloud == "aws"]
    assert load(manifest, aws=aws) == len(on_aws)
    assert load(manifest) == 0


def test_the_days_can_pass_one_by_one(manifest: Manifest, oci_cloud: Oci) -> None:
    noon = manifest.deliveries[len(manifest.deliveries) // 2].delivered_at
    first = load(manifest, oci=oci_cloud, until=noon)
    rest = load(manifest, oci=oci_cloud, since=noon)
    assert first + rest == sum(delivery.cloud == "oci" for delivery in manifest.deliveries)
    for source in manifest.sources[:2]:
        assert (
            oci_listing(oci_cloud, source.bucket).keys()
            == standing(manifest, source.name, None).keys()
        )


def test_the_command_plants_in_running_clouds(
    oci_cloud: Oci, aws: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "samples"
    asked = ["--to", str(folder), "--days", "14", "--aws", aws.endpoint]
    assert main([*asked, "--oci-root", str(oci_cloud.state.root)]) == 0
    manifest = Manifest.read(folder)
    said = capsys.readouterr().out
    assert f"{len(manifest.deliveries)} planted" in said
    assert f"aws  USD {manifest.totals()['aws', 'USD']:f}" in said
    for source in manifest.sources[:2]:
        assert oci_listing(oci_cloud, source.bucket)


def _base64(digest: bytes) -> str:
    import base64

    return base64.b64encode(digest).decode()
