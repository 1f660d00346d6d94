"""The DAG against the local clouds, over HTTP, by the real SDKs."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from local_runs import (
    cost_ingest,
    expected,
    listed,
    oci_connection,
    published,
    results,
    run_day,
    run_period,
    states,
    tables,
    uri,
    uris,
)

from localcloud.oci.identity import new_key

DAYS = tuple(datetime(2026, 3, day, 2, tzinfo=UTC) for day in range(7, 10))
"""The ends of three daily intervals: [6 March 02:00, 9 March 02:00) in all."""
FIRST = DAYS[0] - timedelta(days=1)

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture
def dag(clouds, root):
    return cost_ingest(root)


# Nine runs; the tests of the ledger hold that order and repetition do not matter.
@pytest.mark.slow
def test_daily_runs_give_the_same_tables_in_order_repeated_and_in_reverse(
    clouds, dag, manifest, monkeypatch, tmp_path
):
    clouds.load(manifest, until=FIRST)
    for end in DAYS:
        begin = end - timedelta(days=1)
        clouds.load(manifest, since=begin, until=end)
        run = run_day(dag, end)
        delivered = [each for each in manifest.current(end) if each.delivered_at >= begin]
        assert listed(run) == uris(delivered)
    in_order = tables()
    assert published() == expected(manifest, FIRST, DAYS[-1])

    for end in DAYS:
        assert listed(run_day(dag, end)) == []
    assert tables() == in_order

    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "reverse"))
    for end in reversed(DAYS):
        begin = end - timedelta(days=1)
        run = run_day(dag, end)
        standing = [each for each in manifest.current(DAYS[-1]) if begin <= each.delivered_at < end]
        assert listed(run) == uris(standing)
    assert tables() == in_order


def test_one_broken_object_ends_the_run_red_and_the_others_are_published(
    clouds, dag, manifest, capfd
):
    begin, end = DAYS[1] - timedelta(days=1), DAYS[1]
    clouds.load(manifest, until=end)
    broken = next(
        each
        for each in manifest.current(end)
        if each.source == "oci_main" and begin <= each.delivered_at < end and each.days
    )
    whole = (manifest.root / broken.path).read_bytes()
    place = (broken.namespace, broken.bucket, broken.key)
    clouds.oci.put_object(*place, whole[: len(whole) // 2], broken.delivered_at)

    run = dag.test(logical_date=end)
    assert run.state == "failed"
    by_task = states(run)
    assert {name for name, state in by_task.items() if state == "failed"} == {"verdict"}
    told = capfd.readouterr().out
    assert f"1 of {len(listed(run))} objects are not in the ledger:\n{uri(broken)}: " in told
    assert published() == expected(manifest, begin, end, without={broken.key})

    again = dag.test(logical_date=end)
    assert listed(again) == []
    clouds.oci.put_object(*place, whole, broken.delivered_at)
    mended = run_period(dag, begin, end)
    assert (mended.state, listed(mended)) == ("success", [uri(broken)])
    assert published() == expected(manifest, begin, end)


def test_lines_set_aside_are_told_and_the_run_stays_green(clouds, dag, manifest, capfd):
    flawed = next(each for each in manifest.deliveries if each.feature == "bad_lines")
    end = flawed.delivered_at.replace(hour=2, minute=0) + timedelta(days=1)
    clouds.load(manifest, until=end)
    run = run_day(dag, end)
    assert f"{uri(flawed)}: {len(flawed.bad_lines)} lines set aside" in capfd.readouterr().out
    (verdict,) = results(run)["verdict"]
    assert verdict["lines_set_aside"] == len(flawed.bad_lines)
    assert published() == expected(manifest, end - timedelta(days=1), end)


def test_a_refused_key_fails_at_once_and_the_other_cloud_is_published(
    clouds, dag, manifest, monkeypatch, capfd
):
    begin, end = DAYS[0] - timedelta(days=1), DAYS[0]
    clouds.load(manifest, until=end)
    refused = oci_connection(clouds.oci, key_content=new_key())
    monkeypatch.setenv("AIRFLOW_CONN_OCI_LOCAL", json.dumps(refused))
    run = dag.test(logical_date=end)
    assert run.state == "failed"
    told = capfd.readouterr().out
    assert "401" in told
    assert "tasks failed:\noci_lab.delivery\noci_main.delivery" in told
    in_aws = {key: held for key, held in expected(manifest, begin, end).items() if key[0] == "aws"}
    assert published() == in_aws
    assert in_aws


def test_a_manual_run_takes_in_the_period_it_is_given(clouds, dag, manifest):
    begin, end = DAYS[0] - timedelta(days=1), DAYS[-1]
    clouds.load(manifest, until=end)
    run = run_period(dag, begin, end)
    assert run.state == "success", states(run)
    assert published() == expected(manifest, begin, end)
    assert {run.data_interval_start, run.data_interval_end} == {None}
    named = {
        ti.task_id: ti.rendered_map_index
        for ti in run.get_task_instances()
        if ti.task_id.endswith(".ingest")
    }
    taken = [each for each in manifest.current(end) if begin <= each.delivered_at]
    first = min(taken, key=lambda each: (each.source != "oci_main", each.delivered_at, each.key))
    count = sum(each.source == first.source for each in taken)
    name = first.key.rpartition("/")[2]
    assert named["oci_main.ingest"] == f"oci_main: {name}, {count} objects"


# test_chargeback_runs has such a run's ledger, and holds it to the last digit.
@pytest.mark.slow
def test_a_manual_run_without_a_period_takes_in_all_there_is(clouds, root, manifest, monkeypatch):
    """By the clock, which such a run goes by, the samples' sources stopped long ago."""
    monkeypatch.setenv("CLOUDLEDGER_FAIL_ON_STALL", "false")
    dag = cost_ingest(root)
    clouds.load(manifest, until=DAYS[0])
    run = dag.test(logical_date=None)
    assert run.state == "success", states(run)
    assert listed(run) == uris(manifest.current(DAYS[0]))
    assert published() == expected(manifest, datetime.min.replace(tzinfo=UTC), DAYS[0])
    assert listed(dag.test(logical_date=None)) == []
