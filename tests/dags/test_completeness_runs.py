"""A source that stops, and a column that comes: what a run of the DAG says of them."""

import csv
import gzip
import io
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from local_runs import (
    cost_ingest,
    expected,
    listed,
    local_clouds,
    published,
    results,
    run_period,
    states,
    uri,
    warehouse,
)

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture(scope="module")
def last(manifest):
    """Noon of the tenth day: by then both OCI sources have a rhythm. Of an overwritten export a
    run sees the newest version only, so that it has none yet."""
    noon = manifest.start + timedelta(days=9)
    return next(
        each.delivered_at.replace(hour=12, minute=0, second=0, microsecond=0)
        for each in manifest.deliveries
        if each.delivered_at.date() == noon
    )


@pytest.fixture(scope="module")
def begin(manifest):
    return min(each.delivered_at for each in manifest.deliveries)


@pytest.fixture(scope="module")
def arriving(manifest, root, begin, last, airflow_db, tmp_path_factory):
    """Clouds in which all that was delivered until then is taken in; nobody may change them."""
    folder = tmp_path_factory.mktemp("arriving")
    with local_clouds(folder, manifest) as clouds, pytest.MonkeyPatch.context() as patch:
        for name, value in clouds.environment.items():
            patch.setenv(name, value)
        clouds.load(manifest, until=last)
        run = run_period(cost_ingest(root), begin, last)
        assert run.state == "success", states(run)
        (arrived,) = results(run)["completeness"]
        assert arrived["stalled"] == []
        assert published() == expected(manifest, begin, last)
    return folder


@pytest.fixture
def clouds(arriving, manifest, last, tmp_path, monkeypatch):
    """A copy of those clouds and of their ledger (the local AWS keeps nothing between times)."""
    for part in ("oci", "ledger"):
        shutil.copytree(arriving / part, tmp_path / part)
    in_aws = tuple(each for each in manifest.deliveries if each.cloud == "aws")
    with local_clouds(tmp_path, manifest) as clouds:
        for name, value in clouds.environment.items():
            monkeypatch.setenv(name, value)
        clouds.load(replace(manifest, deliveries=in_aws), until=last)
        yield clouds


def rows(statement):
    with warehouse() as session:
        return session.query(statement).to_pylist()


def test_a_source_that_stopped_ends_the_run_red_and_the_rest_is_published(
    clouds, root, manifest, begin, last, capfd
):
    others = tuple(each for each in manifest.deliveries if each.source != "oci_main")
    clouds.load(replace(manifest, deliveries=others), since=last, until=last + timedelta(days=1))
    capfd.readouterr()
    run = run_period(cost_ingest(root), begin, last + timedelta(days=1))
    by_task = states(run)
    assert {name for name, state in by_task.items() if state == "failed"} == {"verdict"}
    assert by_task["publish"] == "success"
    newest = max(
        each.delivered_at
        for each in manifest.delivered(last)
        if each.source == "oci_main" and each.lines
    )
    told = capfd.readouterr().out
    assert "no object arrives any more:\noci_main: no object for " in told
    assert f"the last one {newest:%Y-%m-%d %H:%M} UTC; usually one comes within 6 h" in told
    assert "oci_lab: no object" not in told
    kept = rows("SELECT source, status, last_arrival_at FROM source_rhythm ORDER BY source")
    assert [(row["source"], row["status"]) for row in kept] == [
        ("aws_main", "unknown"),
        ("oci_lab", "arriving"),
        ("oci_main", "stalled"),
    ]
    assert kept[2]["last_arrival_at"] == newest
    statuses = {
        (row["provider"], row["charge_day"]): row["status"]
        for row in rows("SELECT provider, charge_day, status FROM completeness")
    }
    assert statuses["oracle", last.date()] == "stalled"
    assert statuses["oracle", last.date() - timedelta(days=4)] == "complete"


def test_a_stall_is_red_also_when_nothing_new_came_unless_settings_say_otherwise(
    clouds, root, manifest, begin, last, capfd, monkeypatch
):
    end = last + timedelta(days=3)
    run = run_period(cost_ingest(root), begin, end)
    by_task = states(run)
    assert run.state == "failed"
    assert by_task["publish"] == "skipped"
    assert by_task["completeness"] == "success"
    assert listed(run) == []
    assert sorted(line.split(":")[0] for line in results(run)["completeness"][0]["stalled"]) == [
        "oci_lab",
        "oci_main",
    ]
    capfd.readouterr()
    monkeypatch.setenv("CLOUDLEDGER_FAIL_ON_STALL", "false")
    run = run_period(cost_ingest(root), begin, end)
    assert run.state == "success", states(run)
    assert "oci_main: no object for" in capfd.readouterr().out


def with_column(data, name):
    """The report with one more column, of the same value on every line."""
    lines = list(csv.reader(io.StringIO(gzip.decompress(data).decode())))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*lines[0], name])
    writer.writerows([*line, "kept"] for line in lines[1:])
    return gzip.compress(text.getvalue().encode())


# test_schema_drift holds what is told of columns without Airflow.
@pytest.mark.slow
def test_a_new_column_is_told_by_one_run_and_no_reason_to_be_red(
    clouds, root, manifest, begin, last, capfd
):
    changed = next(
        each
        for each in reversed(manifest.current(last))
        if each.source == "oci_main" and each.lines
    )
    data = with_column((manifest.root / changed.path).read_bytes(), "product/newThing")
    place = (changed.namespace, changed.bucket, changed.key)
    clouds.oci.put_object(*place, data, changed.delivered_at)
    dag = cost_ingest(root)
    run = run_period(dag, begin, last)
    assert run.state == "success", states(run)
    assert listed(run) == [uri(changed)]
    line = (
        "oci_main (oci_cost): new column product/newThing, kept in x_extra; "
        f"first in {uri(changed)}"
    )
    drifted = results(run)["completeness"][0]["drift"]
    assert [each for each in drifted if each.startswith("oci_main")] == [line]
    assert line in capfd.readouterr().out
    run = run_period(dag, begin, last)
    assert results(run)["completeness"][0]["drift"] == []
    assert line not in capfd.readouterr().out
