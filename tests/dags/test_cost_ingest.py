"""The DAG against the local clouds, over HTTP, by the real SDKs."""

import json
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from localcloud.aws.server import serve as serve_aws
from localcloud.oci.identity import new_key
from localcloud.oci.server import serve as serve_oci
from localcloud.samples.generate import generate
from localcloud.samples.load import load

CLOUD = {"oracle": "oci", "aws": "aws"}
DAYS = tuple(datetime(2026, 3, day, 2, tzinfo=UTC) for day in range(7, 10))
"""The ends of three daily intervals: [6 March 02:00, 9 March 02:00) in all."""
FIRST = DAYS[0] - timedelta(days=1)

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("samples"), days=14, end=date(2026, 3, 15))


@pytest.fixture
def clouds(tmp_path, manifest, monkeypatch):
    """Both clouds, empty, the connections to them, and a ledger of its own."""
    with serve_oci(tmp_path / "oci") as oci, serve_aws() as aws:
        sources = [
            {
                "name": source.name,
                "kind": source.kind,
                "conn_id": "oci_local" if source.kind == "oci_reports" else "aws_local",
                "bucket": source.bucket,
                "prefix": source.prefix,
            }
            | ({"namespace": source.namespace} if source.namespace else {})
            for source in manifest.sources
        ]
        config = tmp_path / "cloudledger.yaml"
        config.write_text(json.dumps({"sources": sources}))
        monkeypatch.setenv("CLOUDLEDGER_CONFIG", str(config))
        monkeypatch.setenv("AIRFLOW_CONN_OCI_LOCAL", json.dumps(oci_connection(oci)))
        monkeypatch.setenv("AIRFLOW_CONN_AWS_LOCAL", json.dumps(aws_connection(aws)))
        new_ledger(monkeypatch, tmp_path / "ledger")
        yield Clouds(oci, aws)


class Clouds:
    def __init__(self, oci, aws):
        self.oci = oci
        self.aws = aws

    def load(self, manifest, **span):
        load(manifest, oci=self.oci, aws=self.aws, **span)


def oci_connection(oci, **changes):
    extra = {name: oci.config[name] for name in ("tenancy", "region", "fingerprint", "key_content")}
    extra |= {"auth": "api_key", "service_endpoint": oci.endpoint} | changes
    return {"conn_type": "oci", "login": oci.config["user"], "extra": extra}


def aws_connection(aws):
    extra = {"endpoint_url": aws.endpoint, "region_name": "eu-central-1"}
    return {"conn_type": "aws", "login": "AKIALOCAL", "password": "local", "extra": extra}


def new_ledger(monkeypatch, home):
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(home))


@pytest.fixture
def dag(clouds, root):
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(root / "dags").dags["cost_ingest"]
    for task in dag.tasks:
        # A retry would wait for minutes; which failures are tried again has tests of its own.
        if task.is_mapped:
            task.partial_kwargs["retries"] = 0
        else:
            task.retries = 0
    return dag


@contextmanager
def warehouse():
    from cloudledger.settings import Settings
    from cloudledger.warehouse.duckdb import open_copy

    copy = open_copy(Settings().warehouse)
    try:
        with copy.transaction() as session:
            yield session
    finally:
        copy.close()


def tables():
    """What must not depend on the order of runs: the roll-up, its tags, the objects' state."""
    with warehouse() as session:
        return {
            "daily_cost": session.query("SELECT * FROM daily_cost ORDER BY grain_key").to_pylist(),
            "tag_set_value": session.query(
                "SELECT * FROM tag_set_value ORDER BY tag_set_id, tag_key"
            ).to_pylist(),
            "source_object": session.query(
                "SELECT object_id, source, uri, etag, bytes, delivered_at, state, format, sha256, "
                "records, lines_kept, lines_set_aside FROM source_object ORDER BY uri"
            ).to_pylist(),
            "open_object": session.query("SELECT * FROM open_object ORDER BY uri").to_pylist(),
        }


def published():
    """Billed cost and lines by cloud, charge day and currency."""
    with warehouse() as session:
        rows = session.query(
            "SELECT provider, charge_day, billing_currency, SUM(billed_cost) AS billed_cost, "
            "CAST(SUM(line_count) AS BIGINT) AS lines FROM daily_cost "
            "GROUP BY provider, charge_day, billing_currency"
        ).to_pylist()
    return {
        (CLOUD[row["provider"]], row["charge_day"], row["billing_currency"]): (
            row["billed_cost"],
            row["lines"],
        )
        for row in rows
    }


def expected(manifest, since, until, without=()):
    sums = defaultdict(lambda: (Decimal(0), 0))
    for delivery in manifest.current(until):
        if delivery.delivered_at < since or delivery.key in without:
            continue
        for held in delivery.days:
            cost, lines = sums[delivery.cloud, held.day, held.currency]
            sums[delivery.cloud, held.day, held.currency] = (
                cost + held.billed_cost,
                lines + held.lines,
            )
    return dict(sums)


def uris(deliveries):
    return sorted(
        f"oci://{each.namespace}/{each.bucket}/{each.key}"
        if each.cloud == "oci"
        else f"s3://{each.bucket}/{each.key}"
        for each in deliveries
        if each.days or each.bad_lines
    )


def results(run, key="return_value"):
    """The XComs of a run by task, of mapped tasks in order."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    found = defaultdict(list)
    with create_session() as session:
        query = XComModel.get_many(key=key, run_id=run.run_id, dag_ids=run.dag_id)
        for row in session.scalars(query):
            found[row.task_id].append(XComModel.deserialize_value(row))
    return found


def listed(run):
    return sorted(
        item["uri"]
        for task, values in results(run).items()
        if task.endswith(".list")
        for batches in values
        for batch in batches
        for item in batch
    )


def states(run):
    return {
        f"{ti.task_id}[{ti.map_index}]" if ti.map_index >= 0 else ti.task_id: ti.state
        for ti in run.get_task_instances()
    }


def run_day(dag, end):
    run = dag.test(logical_date=end)
    assert run.state == "success", states(run)
    return run


def run_period(dag, begin, end, **params):
    conf = {"from": begin.isoformat(), "to": end.isoformat()} | params
    return dag.test(logical_date=None, run_conf=conf)


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

    new_ledger(monkeypatch, tmp_path / "reverse")
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
    (uri,) = uris([broken])
    assert f"1 of {len(listed(run))} objects are not in the ledger:\n{uri}: " in told
    assert published() == expected(manifest, begin, end, without={broken.key})

    again = dag.test(logical_date=end)
    assert listed(again) == []
    clouds.oci.put_object(*place, whole, broken.delivered_at)
    mended = run_period(dag, begin, end)
    assert (mended.state, listed(mended)) == ("success", [uri])
    assert published() == expected(manifest, begin, end)


def test_lines_set_aside_are_told_and_the_run_stays_green(clouds, dag, manifest, capfd):
    flawed = next(each for each in manifest.deliveries if each.feature == "bad_lines")
    end = flawed.delivered_at.replace(hour=2, minute=0) + timedelta(days=1)
    clouds.load(manifest, until=end)
    run = run_day(dag, end)
    (uri,) = uris([flawed])
    assert f"{uri}: {len(flawed.bad_lines)} lines set aside" in capfd.readouterr().out
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
    batches = [ti.rendered_map_index for ti in run.get_task_instances() if ti.map_index >= 0]
    assert all("1 objects" in name or "objects, " in name for name in batches)
    assert len(batches) == len(listed(run))


def test_a_run_without_a_period_says_what_to_pass(clouds, dag, manifest, capfd):
    clouds.load(manifest, until=DAYS[0])
    run = dag.test(logical_date=None)
    assert run.state == "failed"
    assert "pass its period as params" in capfd.readouterr().out
