"""Which executions of an AWS export count: manifests decide, half-written ones do not."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from cloudledger.clouds.aws.exports import UnreadableExport, exports
from cloudledger.clouds.delivery import Delivery
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


def files(export):
    return export.delivery.objects


def data(shelf, key, *, hour=0):
    return shelf.put(f"{ROOT}/data/{key}", b"x", hour=hour)


def test_overwrite_mode_takes_what_the_manifest_names_in_its_order(shelf):
    two = data(shelf, f"{OCTOBER}/focus-daily-00002.csv.gz")
    one = data(shelf, f"{OCTOBER}/focus-daily-00001.csv.gz")
    data(shelf, f"{OCTOBER}/focus-daily-00003.csv.gz")
    names = [item.uri.partition("/data/")[2] for item in (two, one, two)]
    shelf.put_manifest(OCTOBER, names, hour=1)
    (export,) = exports(shelf, ROOT)
    assert export.period == "2026-10"
    assert export.incomplete is None
    folder = f"s3://bucket/{ROOT}/data/{OCTOBER}/"
    assert export.delivery == Delivery(
        name=f"{folder} 11aa",
        objects=(two, one),
        delivered_at=START + timedelta(hours=1),
        made_at=START,
        folder=folder,
    )


@pytest.mark.parametrize("prefix", [ROOT, f"{ROOT}/", f"/{ROOT}"])
def test_periods_come_oldest_first_whatever_the_partition_is_spelt_like(shelf, prefix):
    for month in ("2026-11", "2025-12", "2026-10"):
        folder = f"billing_period={month}"
        data(shelf, f"{folder}/focus-daily-00001.csv.gz")
        shelf.put_manifest(folder, [f"{folder}/focus-daily-00001.csv.gz"])
    found = exports(shelf, prefix)
    assert [export.period for export in found] == ["2025-12", "2026-10", "2026-11"]
    assert [len(files(export)) for export in found] == [1, 1, 1]
    assert found[0].delivery.folder == f"s3://bucket/{ROOT}/data/billing_period=2025-12/"


def create_new(shelf, execution, *, hour):
    item = data(shelf, f"{OCTOBER}/{execution}/focus-daily-00001.csv.gz", hour=hour)
    name = item.uri.partition("/data/")[2]
    shelf.put_manifest(f"{OCTOBER}/{execution}", [name], hour=hour)
    shelf.put_manifest(OCTOBER, [name], hour=hour)
    return item


def test_create_new_mode_counts_only_the_newest_execution(shelf):
    create_new(shelf, FIRST, hour=6)
    newest = create_new(shelf, SECOND, hour=30)
    (export,) = exports(shelf, ROOT)
    assert files(export) == (newest,)
    assert export.delivery.folder == f"s3://bucket/{ROOT}/data/{OCTOBER}/"
    assert export.delivery.made_at == datetime(2026, 10, 2, 6, tzinfo=UTC)


def test_the_manifest_of_an_older_execution_delivered_late_changes_nothing(shelf):
    newest = create_new(shelf, SECOND, hour=30)
    create_new(shelf, FIRST, hour=40)
    (export,) = exports(shelf, ROOT)
    assert files(export) == (newest,)


@pytest.mark.parametrize(("hour", "execution"), [(30, FIRST), (31, SECOND)])
def test_an_execution_counts_from_the_instant_that_its_manifest_stands(shelf, hour, execution):
    create_new(shelf, FIRST, hour=6)
    create_new(shelf, SECOND, hour=30)
    (export,) = exports(shelf, ROOT, before=START + timedelta(hours=hour))
    assert execution in files(export)[0].uri
    assert exports(shelf, ROOT, before=START) == ()


def test_executions_that_do_not_count_are_not_even_read(shelf, monkeypatch):
    for number in range(1, 10):
        create_new(shelf, f"2026100{number}T060000Z-{number}", hour=24 * number)
    read, keys = shelf.read, []
    monkeypatch.setattr(shelf, "read", lambda key: keys.append(key) or read(key))
    exports(shelf, ROOT)
    assert keys == [f"{ROOT}/metadata/{OCTOBER}/focus-daily-Manifest.json"]


def test_create_new_mode_stays_with_the_earlier_execution_while_the_newest_is_half_written(shelf):
    earlier = create_new(shelf, FIRST, hour=6)
    newest = create_new(shelf, SECOND, hour=30)
    del shelf.objects[newest.uri.removeprefix("s3://bucket/")]
    (export,) = exports(shelf, ROOT)
    assert files(export) == (earlier,)
    assert export.incomplete == (
        f"s3://bucket/{ROOT}/metadata/{OCTOBER}/focus-daily-Manifest.json names {newest.uri}, "
        "which is not there"
    )


def test_a_half_written_period_yields_nothing(shelf):
    data(shelf, f"{OCTOBER}/focus-daily-00001.csv.gz")
    shelf.put_manifest(OCTOBER, [f"{OCTOBER}/focus-daily-0000{n}.csv.gz" for n in (1, 2)], hour=1)
    november = data(shelf, "BILLING_PERIOD=2026-11/focus-daily-00001.csv.gz")
    shelf.put_manifest("BILLING_PERIOD=2026-11", [november.uri.partition("/data/")[2]], hour=1)
    october, after = exports(shelf, ROOT)
    assert files(after) == (november,)
    assert october.delivery is None
    assert october.incomplete.endswith("focus-daily-00002.csv.gz, which is not there")


def test_an_overwrite_under_way_is_half_written(shelf):
    name = f"{OCTOBER}/focus-daily-00001.csv.gz"
    data(shelf, name, hour=5)
    shelf.put_manifest(OCTOBER, [name], hour=5)
    assert exports(shelf, ROOT)[0].incomplete is None
    data(shelf, name, hour=6)
    (export,) = exports(shelf, ROOT)
    assert export.delivery is None
    assert "a new delivery is under way" in export.incomplete


def test_files_named_by_key_alone_are_in_the_same_bucket(shelf):
    one = data(shelf, f"{OCTOBER}/focus-daily-00001.csv.gz")
    body = json.dumps({"dataFiles": [f"{ROOT}/data/{OCTOBER}/focus-daily-00001.csv.gz"]})
    shelf.put(f"{ROOT}/metadata/{OCTOBER}/focus-daily-Manifest.json", body.encode())
    assert files(exports(shelf, ROOT)[0]) == (one,)


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
    assert len(files(export)) == 1


REPORT = "billing/cur"
AUGUST = "20260801-20260901"


def put_report(shelf, folder, names, *, hour, manifest_hour=None, assembly="16e57707"):
    """A Cost and Usage Report as AWS delivers it: the fields of a real manifest that matter."""
    items = [shelf.put(f"{REPORT}/{folder}/{name}", b"x", hour=hour) for name in names]
    body = {
        "assemblyId": assembly,
        "account": "6568388779672",
        "columns": [{"category": "identity", "name": "LineItemId"}],
        "compression": "GZIP",
        "reportName": "cur",
        "billingPeriod": {"start": "20260801T000000.000Z", "end": "20260901T000000.000Z"},
        "bucket": "",
        "reportKeys": [f"/{REPORT}/{folder}/{name}" for name in names],
    }
    text = json.dumps(body).encode()
    for place in dict.fromkeys((AUGUST, folder)):
        key = f"{REPORT}/{place}/cur-Manifest.json"
        shelf.put(key, text, hour=hour if manifest_hour is None else manifest_hour)
    return items


def test_a_cost_and_usage_report_is_recognised_by_its_periods(shelf):
    items = put_report(shelf, f"{AUGUST}/16e57707", ["cur-1.csv.gz", "cur-2.csv.gz"], hour=6)
    (export,) = exports(shelf, REPORT)
    folder = f"s3://bucket/{REPORT}/{AUGUST}/"
    assert export.period == "2026-08"
    assert export.delivery == Delivery(
        name=f"{folder} 16e57707",
        objects=tuple(items),
        delivered_at=START + timedelta(hours=6),
        made_at=START + timedelta(hours=6),
        folder=folder,
    )


def test_only_the_newest_assembly_of_a_report_counts(shelf):
    put_report(shelf, f"{AUGUST}/aaaa", ["cur-1.csv.gz"], hour=6, assembly="aaaa")
    (newest,) = put_report(shelf, f"{AUGUST}/bbbb", ["cur-1.csv.gz"], hour=30, assembly="bbbb")
    assert files(exports(shelf, REPORT)[0]) == (newest,)
    del shelf.objects[newest.uri.removeprefix("s3://bucket/")]
    (export,) = exports(shelf, REPORT)
    assert "/aaaa/" in files(export)[0].uri
    assert "cur-1.csv.gz, which is not there" in export.incomplete


def test_an_older_assembly_whose_manifests_come_late_does_not_count(shelf):
    put_report(shelf, f"{AUGUST}/bbbb", ["cur-1.csv.gz"], hour=30, assembly="bbbb")
    put_report(shelf, f"{AUGUST}/aaaa", ["cur-1.csv.gz"], hour=6, manifest_hour=40, assembly="aaaa")
    assert "/bbbb/" in files(exports(shelf, REPORT)[0])[0].uri


def test_a_report_that_is_overwritten_lies_in_the_periods_folder(shelf):
    items = put_report(shelf, AUGUST, ["cur-1.csv.gz"], hour=6)
    (export,) = exports(shelf, REPORT)
    assert files(export) == tuple(items)
    shelf.put(f"{REPORT}/{AUGUST}/cur-1.csv.gz", b"y", hour=7)
    assert "a new delivery is under way" in exports(shelf, REPORT)[0].incomplete


def test_the_parquet_of_a_report_lies_in_a_folder_of_the_month(shelf):
    items = put_report(shelf, "cur/year=2026/month=8", ["cur-1.snappy.parquet"], hour=6)
    del shelf.objects[f"{REPORT}/cur/year=2026/month=8/cur-Manifest.json"]
    (export,) = exports(shelf, REPORT)
    assert files(export) == tuple(items)
    assert export.delivery.folder == f"s3://bucket/{REPORT}/cur/year=2026/month=8/"


def test_a_report_of_another_name_is_not_this_one(shelf):
    put_report(shelf, f"{AUGUST}/aaaa", ["cur-1.csv.gz"], hour=6)
    with pytest.raises(UnreadableExport, match="YYYYMMDD-YYYYMMDD"):
        exports(shelf, "billing")
