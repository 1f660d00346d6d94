"""Which files of an AWS Data Export count: manifests decide, half-written ones do not."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from cloudledger.clouds.aws.exports import UnreadableExport, exports
from cloudledger.clouds.object_store import SourceObject

ROOT = "billing/focus-daily"
START = datetime(2026, 10, 1, tzinfo=UTC)
OCTOBER = "BILLING_PERIOD=2026-10"
FIRST, SECOND = "20261001T060000Z-11aa", "20261002T060000Z-22bb"


class Shelf:
    """An object store in memory; hours count from the start of October."""

    def __init__(self):
        self.objects = {}

    def put(self, key, content=b"", *, hour=0):
        at = START + timedelta(hours=hour)
        item = SourceObject(f"s3://bucket/{key}", f"etag-{hour}", len(content), at, "aws")
        self.objects[key] = (item, content)
        return item

    def put_manifest(self, folder, keys, *, hour=0):
        uris = [f"s3://bucket/{ROOT}/data/{key}" for key in keys]
        body = {"executionId": "11aa", "columns": [], "dataFiles": uris}
        key = f"{ROOT}/metadata/{folder}/focus-daily-Manifest.json"
        return self.put(key, json.dumps(body).encode(), hour=hour)

    def list(self, prefix):
        return (self.objects[key][0] for key in sorted(self.objects) if key.startswith(prefix))

    def read(self, key):
        return self.objects[key][1]

    def download(self, source_object, to):
        raise NotImplementedError


@pytest.fixture
def shelf():
    return Shelf()


def data(shelf, key, *, hour=0):
    return shelf.put(f"{ROOT}/data/{key}", b"x", hour=hour)


def test_overwrite_mode_takes_what_the_manifest_names_in_its_order(shelf):
    two = data(shelf, f"{OCTOBER}/focus-daily-00002.csv.gz")
    one = data(shelf, f"{OCTOBER}/focus-daily-00001.csv.gz")
    emptied = data(shelf, f"{OCTOBER}/focus-daily-00003.csv.gz")
    names = [item.uri.partition("/data/")[2] for item in (two, one, two)]
    shelf.put_manifest(OCTOBER, names, hour=1)
    (export,) = exports(shelf, ROOT)
    assert export.period == "2026-10"
    assert export.files == (two, one)
    assert export.incomplete is None
    assert export.supersedes(emptied.uri)
    assert not export.supersedes(one.uri)
    assert not export.supersedes(one.uri.replace("2026-10", "2026-09"))


@pytest.mark.parametrize("prefix", [ROOT, f"{ROOT}/", f"/{ROOT}"])
def test_periods_come_oldest_first_whatever_the_partition_is_spelt_like(shelf, prefix):
    for month in ("2026-11", "2025-12", "2026-10"):
        folder = f"billing_period={month}"
        data(shelf, f"{folder}/focus-daily-00001.csv.gz")
        shelf.put_manifest(folder, [f"{folder}/focus-daily-00001.csv.gz"])
    found = exports(shelf, prefix)
    assert [export.period for export in found] == ["2025-12", "2026-10", "2026-11"]
    assert [len(export.files) for export in found] == [1, 1, 1]
    assert found[0].supersedes(f"s3://bucket/{ROOT}/data/billing_period=2025-12/old.csv.gz")


def create_new(shelf, execution, *, hour):
    item = data(shelf, f"{OCTOBER}/{execution}/focus-daily-00001.csv.gz", hour=hour)
    name = item.uri.partition("/data/")[2]
    shelf.put_manifest(f"{OCTOBER}/{execution}", [name], hour=hour)
    shelf.put_manifest(OCTOBER, [name], hour=hour)
    return item


def test_create_new_mode_counts_only_the_newest_execution(shelf):
    earlier = create_new(shelf, FIRST, hour=6)
    newest = create_new(shelf, SECOND, hour=30)
    (export,) = exports(shelf, ROOT)
    assert export.files == (newest,)
    assert export.supersedes(earlier.uri)


def test_create_new_mode_stays_with_the_earlier_execution_while_the_newest_is_half_written(shelf):
    earlier = create_new(shelf, FIRST, hour=6)
    newest = create_new(shelf, SECOND, hour=30)
    del shelf.objects[newest.uri.removeprefix("s3://bucket/")]
    (export,) = exports(shelf, ROOT)
    assert export.files == (earlier,)
    assert export.incomplete == (
        f"s3://bucket/{ROOT}/metadata/{OCTOBER}/focus-daily-Manifest.json names {newest.uri}, "
        "which is not there"
    )


def test_a_half_written_period_yields_nothing_and_supersedes_nothing(shelf):
    one = data(shelf, f"{OCTOBER}/focus-daily-00001.csv.gz")
    shelf.put_manifest(OCTOBER, [f"{OCTOBER}/focus-daily-0000{n}.csv.gz" for n in (1, 2)], hour=1)
    november = data(shelf, "BILLING_PERIOD=2026-11/focus-daily-00001.csv.gz")
    shelf.put_manifest("BILLING_PERIOD=2026-11", [november.uri.partition("/data/")[2]], hour=1)
    october, after = exports(shelf, ROOT)
    assert after.files == (november,)
    assert october.files == ()
    assert october.incomplete.endswith("focus-daily-00002.csv.gz, which is not there")
    assert not october.supersedes(one.uri)


def test_an_overwrite_under_way_is_half_written(shelf):
    name = f"{OCTOBER}/focus-daily-00001.csv.gz"
    data(shelf, name, hour=5)
    shelf.put_manifest(OCTOBER, [name], hour=5)
    assert exports(shelf, ROOT)[0].incomplete is None
    data(shelf, name, hour=6)
    (export,) = exports(shelf, ROOT)
    assert export.files == ()
    assert "a new delivery is under way" in export.incomplete


def test_files_named_by_key_alone_are_in_the_same_bucket(shelf):
    one = data(shelf, f"{OCTOBER}/focus-daily-00001.csv.gz")
    body = json.dumps({"dataFiles": [f"{ROOT}/data/{OCTOBER}/focus-daily-00001.csv.gz"]})
    shelf.put(f"{ROOT}/metadata/{OCTOBER}/focus-daily-Manifest.json", body.encode())
    assert exports(shelf, ROOT)[0].files == (one,)


def test_a_manifest_without_files_is_half_written(shelf):
    shelf.put_manifest(OCTOBER, [])
    assert "names no data file" in exports(shelf, ROOT)[0].incomplete


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'{"dataFiles": ["s3://buck', "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[]", "no list `dataFiles`"),
        (b'{"reportKeys": []}', "no list `dataFiles`"),
        (b'{"dataFiles": [{"key": "a"}]}', "no list `dataFiles`"),
    ],
)
def test_a_broken_manifest_is_an_error_that_names_it(shelf, content, what):
    key = f"{ROOT}/metadata/{OCTOBER}/focus-daily-Manifest.json"
    shelf.put(key, content)
    with pytest.raises(UnreadableExport, match=what) as raised:
        exports(shelf, ROOT)
    assert raised.value.uri == f"s3://bucket/{key}"


@pytest.mark.parametrize(
    "key",
    [
        f"{ROOT}/metadata/{OCTOBER}/other-Manifest.json",
        f"{ROOT}/metadata/{OCTOBER}/a/b/focus-daily-Manifest.json",
        f"{ROOT}/metadata/date=2026-10-01/focus-daily-Manifest.json",
        f"{ROOT}-2/metadata/{OCTOBER}/focus-daily-Manifest.json",
    ],
)
def test_no_manifest_at_all_says_what_prefix_is_wanted(shelf, key):
    shelf.put(key, b"{}")
    with pytest.raises(UnreadableExport, match=r"as <prefix>/<name>"):
        exports(shelf, ROOT)


def test_an_export_at_the_root_of_the_bucket(shelf):
    shelf.put(f"focus-daily/data/{OCTOBER}/f.csv.gz")
    body = json.dumps({"dataFiles": [f"s3://bucket/focus-daily/data/{OCTOBER}/f.csv.gz"]})
    shelf.put(f"focus-daily/metadata/{OCTOBER}/focus-daily-Manifest.json", body.encode())
    (export,) = exports(shelf, "focus-daily")
    assert len(export.files) == 1
