"""The demo's load in the local S3, and the plan that is made of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from cloudledger.clouds.aws.s3 import S3ObjectStore
from cloudledger.insights.capacity import plan
from cloudledger.insights.load import read_load
from cloudledger.project import PROJECT
from cloudledger.settings import Settings
from localcloud.aws.cloud import Cloud
from localcloud.aws.server import serve
from localcloud.samples import token_load

END = datetime(2026, 11, 1, tzinfo=UTC)


def _client(aws: Cloud) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=aws.endpoint,
        region_name="eu-central-1",
        aws_access_key_id="AKIALOCAL",
        aws_secret_access_key="local",
    )


def test_the_demo_s_load_has_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDLEDGER_CONFIG", str(PROJECT / "config" / "demo.yaml"))
    (source,) = Settings().load_sources
    with serve() as aws:
        assert token_load.plant(aws, END, days=30) == 30
        store = S3ObjectStore(_client(aws), token_load.BUCKET, source.name)
        objects = list(store.list(source.prefix))
        for item in objects:
            store.download(item, tmp_path / item.uri.rpartition("/")[-1])
    assert [item.delivered_at for item in objects] == [
        END - timedelta(days=day, minutes=-10) for day in range(29, -1, -1)
    ]
    history, problems = read_load(sorted(tmp_path.iterdir()), source.columns)
    assert problems == ()
    found = plan(history, source.capacity_per_unit, source.units, policy=source.policy, gaps="zero")
    assert found.as_of == END
    assert found.problems == ()
    assert found.reason == ""
    assert 2 <= found.desired_units <= 16
