"""Each operator used alone, against the local clouds."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from local_runs import expected, object_uris, published, task_context, uri

from cloudledger.clouds.aws.exports import UnreadableExport
from cloudledger_airflow.assets import DAILY_COST
from cloudledger_airflow.exceptions import RunIncomplete
from cloudledger_airflow.operators.aws import S3ListExportOperator
from cloudledger_airflow.operators.ledger import CostPublishOperator, CostReportIngestOperator
from cloudledger_airflow.operators.oci import OciListReportsOperator
from cloudledger_airflow.operators.verdict import CostVerdictOperator
from cloudledger_airflow.stores import object_store
from tests.support.cur import cur

END = datetime(2026, 3, 8, 2, tzinfo=UTC)
BUCKET = "exports"
FOLDER = "finops/focus"


def list_oci(manifest, **changes):
    source = manifest.sources[0]
    arguments = {
        "task_id": "list",
        "source": source.name,
        "namespace": source.namespace,
        "bucket": source.bucket,
        "prefix": source.prefix,
        "oci_conn_id": "oci_local",
    }
    return OciListReportsOperator(**arguments | changes)


def take_in(batches, conn_id):
    return [
        outcome
        for batch in batches
        for outcome in CostReportIngestOperator(
            task_id="ingest", batch=batch, conn_id=conn_id
        ).execute(task_context())
    ]


def found(batches):
    return object_uris([batches])


def test_reports_are_listed_taken_in_and_published(clouds, manifest):
    clouds.load(manifest, until=END)
    begin = END - timedelta(days=1)
    context = task_context(begin, END)
    batches = list_oci(manifest, at_most=2, batch_bytes=1).execute(context)
    assert len(batches) == 2
    assert context["pushed"]["discovery"]["objects"] == len(found(batches))
    outcomes = take_in(batches, "oci_local")
    assert {outcome["state"] for outcome in outcomes} == {"taken_in"}
    publish = CostPublishOperator(task_id="publish", outlets=[DAILY_COST])
    published_now = publish.execute(context)
    assert context["outlet_events"][DAILY_COST].extra == {
        "days": published_now["days"],
        "ledger_version": len(outcomes),
    }
    by_day = expected(manifest, begin, END, without=_not_of("oci_main", manifest))
    assert published() == by_day
    assert published_now["days"] == sorted({day.isoformat() for _, day, _ in by_day})

    with pytest.raises(AirflowSkipException, match="no day is pending"):
        publish.execute(task_context(begin, END))


def test_small_reports_share_a_task(clouds, manifest):
    clouds.load(manifest, until=END)
    size = sum(
        (manifest.root / each.path).stat().st_size
        for each in manifest.current(END)
        if each.source == "oci_main"
    )
    whole = task_context(END - timedelta(days=30), END)
    assert len(list_oci(manifest).execute(whole)) == 1
    assert len(list_oci(manifest, batch_bytes=size // 3).execute(whole)) == 4
    assert len(list_oci(manifest, batch_bytes=1).execute(whole)) == len(
        [each for each in manifest.current(END) if each.source == "oci_main"]
    )


def _not_of(source, manifest):
    return {each.key for each in manifest.deliveries if each.source != source}


def test_a_scheduled_run_covers_the_days_that_a_stopped_scheduler_left_out(clouds, manifest):
    clouds.load(manifest, until=END)
    days = [END - timedelta(days=back) for back in (3, 2, 1, 0)]
    first = list_oci(manifest).execute(task_context(days[0], days[1], "scheduled"))
    later = list_oci(manifest).execute(task_context(days[2], days[3], "scheduled"))
    delivered = {
        uri(each)
        for each in manifest.current(END)
        if each.source == "oci_main" and days[1] <= each.delivered_at < days[3]
    }
    assert found(first)
    assert delivered <= set(found(later))

    manual = list_oci(manifest, source="another").execute(task_context(days[2], days[3]))
    assert len(found(manual)) < len(delivered)


def deliver(clouds, manifest, execution, at, names):
    """An export of the create-new kind: data files of one execution, then its manifest."""
    month = "BILLING_PERIOD=2026-03"
    content = next(each for each in manifest.deliveries if each.cloud == "aws" and each.lines)
    keys = [f"{FOLDER}/data/{month}/{execution}/{name}" for name in names]
    for key in keys:
        clouds.aws.put_object(BUCKET, key, (manifest.root / content.path).read_bytes(), at)
    told = json.dumps({"dataFiles": [f"s3://{BUCKET}/{key}" for key in keys]}).encode()
    path = f"{FOLDER}/metadata/{month}/{execution}/focus-Manifest.json"
    clouds.aws.put_object(BUCKET, path, told, at)
    return [f"s3://{BUCKET}/{key}" for key in keys]


def list_aws():
    return S3ListExportOperator(
        task_id="list", source="aws", bucket=BUCKET, prefix=FOLDER, aws_conn_id="aws_local"
    )


def test_a_newer_delivery_of_an_export_supersedes_the_older_one(clouds, manifest):
    first = datetime(2026, 3, 6, 9, tzinfo=UTC)
    old = deliver(clouds, manifest, "20260306T090000Z-a", first, ["focus-00001.csv.gz"])
    batches = list_aws().execute(task_context())
    assert found(batches) == old
    take_in(batches, "aws_local")
    CostPublishOperator(task_id="publish").execute(task_context())
    once = published()

    new = deliver(
        clouds, manifest, "20260307T090000Z-b", first + timedelta(days=1), ["focus-00001.csv.gz"]
    )
    batches = list_aws().execute(task_context())
    assert found(batches) == new
    take_in(batches, "aws_local")
    CostPublishOperator(task_id="publish").execute(task_context())
    assert published() == once

    assert list_aws().execute(task_context()) == []


def test_a_cost_and_usage_report_is_listed_by_the_same_operator(clouds):
    at = datetime(2026, 3, 6, 9, tzinfo=UTC)
    period = f"{FOLDER}/20260301-20260401"
    key = f"{period}/16e57707/focus-1.csv"
    clouds.aws.put_object(BUCKET, key, cur({}, legacy=True), at)
    told = json.dumps({"assemblyId": "16e57707", "reportKeys": [f"/{key}"]}).encode()
    for place in (period, f"{period}/16e57707"):
        clouds.aws.put_object(BUCKET, f"{place}/focus-Manifest.json", told, at)
    batches = list_aws().execute(task_context())
    assert found(batches) == [f"s3://{BUCKET}/{key}"]
    (outcome,) = take_in(batches, "aws_local")
    assert (outcome["state"], outcome["lines_kept"]) == ("taken_in", 1)


def test_one_broken_file_of_an_execution_ends_the_run_red_and_the_month_stays(clouds, manifest):
    first = datetime(2026, 3, 6, 9, tzinfo=UTC)
    deliver(clouds, manifest, "20260306T090000Z-a", first, ["focus-00001.csv.gz"])
    take_in(list_aws().execute(task_context()), "aws_local")
    CostPublishOperator(task_id="publish").execute(task_context())
    once = published()

    names = ["focus-00001.csv.gz", "focus-00002.csv.gz"]
    second = first + timedelta(days=1)
    whole, broken = deliver(clouds, manifest, "20260307T090000Z-b", second, names)
    clouds.aws.put_object(BUCKET, broken.removeprefix(f"s3://{BUCKET}/"), b"x", second)
    batches = list_aws().execute(task_context())
    outcomes = take_in(batches, "aws_local")
    operator = CostVerdictOperator(task_id="verdict", listed=[batches], outcomes=[[outcomes]])
    with pytest.raises(RunIncomplete) as caught:
        operator.execute(task_context())
    told = str(caught.value)
    assert "2 of 2 objects are not in the ledger:" in told
    assert f"{whole}: waits for {broken}" in told
    with pytest.raises(AirflowSkipException):
        CostPublishOperator(task_id="publish").execute(task_context())
    assert published() == once


def test_an_export_that_is_not_there_says_so(clouds, manifest):
    clouds.aws.put_object(BUCKET, "other", b"x", END)
    with pytest.raises(UnreadableExport, match="no manifest"):
        list_aws().execute(task_context())


def test_an_object_that_vanished_is_an_outcome_and_the_next_run_takes_it_in(clouds, manifest):
    clouds.load(manifest, until=END)
    batches = list_oci(manifest).execute(task_context(END - timedelta(days=1), END))
    gone = batches[0][0]["objects"][0]
    namespace, bucket, key = gone["uri"].removeprefix("oci://").split("/", 2)
    clouds.oci.delete_object(namespace, bucket, key)
    outcomes = {each["uri"]: each for each in take_in(batches, "oci_local")}
    assert outcomes[gone["uri"]]["state"] == "failed"
    assert "404" in outcomes[gone["uri"]]["error"]
    assert {each["state"] for each in outcomes.values()} == {"failed", "taken_in"}

    CostPublishOperator(task_id="publish").execute(task_context())
    content = next(each for each in manifest.current(END) if uri(each) == gone["uri"])
    data = (manifest.root / content.path).read_bytes()
    clouds.oci.put_object(namespace, bucket, key, data, END + timedelta(hours=1))
    again = list_oci(manifest).execute(task_context(END, END + timedelta(days=1)))
    assert found(again) == [gone["uri"]]
    assert [each["state"] for each in take_in(again, "oci_local")] == ["taken_in"]


def outcome(name, state="taken_in", set_aside=0, error=None):
    return {
        "object_id": name,
        "uri": name,
        "state": state,
        "lines_kept": 5,
        "lines_set_aside": set_aside,
        "error": error,
    }


def verdict(outcomes, states=None, **changes):
    both, one = {"objects": [{"uri": "a"}, {"uri": "b"}]}, {"objects": [{"uri": "c"}]}
    listed = [[[both], [one]], None]
    operator = CostVerdictOperator(
        task_id="verdict", listed=listed, outcomes=[outcomes, []], **changes
    )
    return operator.execute(task_context(states=states))


def test_the_verdict_sums_up_a_good_run():
    told = verdict([[outcome("a"), outcome("b", "unchanged")], [outcome("c", set_aside=2)]])
    assert told == {"objects": 3, "lines_kept": 15, "lines_set_aside": 2}


def test_the_verdict_names_every_object_that_is_missing_and_every_failed_task():
    with pytest.raises(RunIncomplete) as caught:
        verdict(
            [[outcome("a", "failed", error="a: cut off"), outcome("b")], None],
            {"oci.ingest_1": "failed", "publish": "success", "aws.list": "upstream_failed"},
        )
    assert str(caught.value).splitlines() == [
        "2 of 3 objects are not in the ledger:",
        "a: cut off",
        "c: its task ended without an outcome; its log says why",
        "tasks failed:",
        "oci.ingest_1",
    ]


def test_lines_set_aside_fail_the_run_when_settings_say_so():
    good = [[outcome("a"), outcome("b")], [outcome("c", set_aside=2)]]
    with pytest.raises(RunIncomplete, match="lines were set aside:\nc: 2 lines set aside"):
        verdict(good, fail_on_set_aside=True)


def test_a_stalled_source_fails_the_run_unless_settings_say_otherwise_and_drift_never_does():
    good = [[outcome("a"), outcome("b")], [outcome("c")]]
    arrived = {"stalled": ["oci: no object for 30 h"], "drift": ["oci: new column x"]}
    with pytest.raises(RunIncomplete) as caught:
        verdict(good, completeness=arrived)
    assert str(caught.value) == "no object arrives any more:\noci: no object for 30 h"
    assert verdict(good, completeness=arrived, fail_on_stall=False)["objects"] == 3
    assert verdict(good, completeness=arrived | {"stalled": []})["objects"] == 3


def test_an_object_of_no_known_store_is_refused():
    with pytest.raises(ValueError, match="oci:// and s3:// only"):
        object_store("gs://bucket/key", "any", "any")


def test_a_first_run_over_five_thousand_objects_is_thirty_two_batches(clouds, manifest):
    source = manifest.sources[0]
    sizes = [1 + 7919 * number % 100_000 for number in range(5000)]
    for number, size in enumerate(sizes):
        key = f"{source.prefix}{number:04}.csv.gz"
        clouds.oci.put_object(source.namespace, source.bucket, key, bytes(size), END)
    batches = list_oci(manifest).execute(task_context(END, END + timedelta(days=1)))
    assert len(batches) == 32
    assert len(set(found(batches))) == 5000
    loads = [
        sum(item["bytes"] for delivery in batch for item in delivery["objects"])
        for batch in batches
    ]
    assert sum(loads) == sum(sizes)
    assert max(loads) - min(loads) <= max(sizes)
    later = task_context(END + timedelta(days=1), END + timedelta(days=2))
    assert list_oci(manifest).execute(later) == batches
