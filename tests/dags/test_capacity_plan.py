"""capacity_plan against the local clouds: metrics of both, plans as of an instant."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from local_runs import results, states, warehouse

from localcloud.samples.token_load import hourly_load, write_bedrock, write_oci

END = datetime(2026, 3, 17, 9, tzinfo=UTC)
DAYS = 40
MODEL = "anthropic.claude-sonnet"
CLUSTER = "ocid1.generativeaidedicatedaicluster.oc1..local"

SOURCES = [
    {
        "name": "bedrock_chat",
        "conn_id": "aws_local",
        "uri": "s3://metrics/bedrock/",
        "layout": "bedrock",
        "where": {"ModelId": MODEL},
        "capacity_per_unit": 400_000,
        "units": 3,
        "min_units": 2,
        "max_units": 9,
        "limit": 100_000_000,
    },
    {
        "name": "oci_cluster",
        "conn_id": "oci_local",
        "uri": "oci://tenancy/metrics/genai/",
        "layout": "oci_generative_ai",
        "capacity_per_unit": 500_000,
    },
]

pytestmark = pytest.mark.usefixtures("airflow_db")


def put_days(clouds, folder, until=END, first=0):
    """A file of each day, delivered five minutes after its end."""
    chat = hourly_load("office", 3, DAYS * 24, END)
    cluster = hourly_load("consumer", 4, DAYS * 24, END)
    for day in range(first, DAYS):
        hours = slice(day * 24, (day + 1) * 24)
        delivered = chat["timestamp"].iloc[hours].max() + timedelta(hours=1, minutes=-5)
        if delivered >= until:
            break
        file = write_bedrock(chat.iloc[hours], MODEL, folder / f"{day}.csv")
        clouds.aws.put_object("metrics", f"bedrock/{day}.csv", file.read_bytes(), delivered)
        file = write_oci(cluster.iloc[hours], CLUSTER, folder / f"{day}.parquet")
        clouds.oci.put_object(
            "tenancy", "metrics", f"genai/{day}.parquet", file.read_bytes(), delivered
        )


@pytest.fixture
def capacity_plan(clouds, root):
    return dag_of(clouds, root, SOURCES)


def dag_of(clouds, root, sources):
    """The DAG over these sources, without retries."""
    from airflow.dag_processing.dagbag import DagBag

    file = Path(clouds.environment["CLOUDLEDGER_CONFIG"])
    file.write_text(json.dumps(json.loads(file.read_text()) | {"load_sources": sources}))
    dag = DagBag(root / "dags").dags["capacity_plan"]
    for task in dag.tasks:
        task.retries = 0
    return dag


def planned(dag, end=END):
    """The run of the interval that ends then, as the scheduler would make it."""
    run = dag.test(logical_date=end, run_after=end)
    assert run.state == "success", states(run)
    return run


def rows(table):
    order = {"load_series": "series, load_hour", "capacity_plan": "series, plan_hour"}
    with warehouse() as session:
        return session.query(
            f"SELECT * EXCLUDE run_id FROM {table} ORDER BY {order.get(table, 'series')}"
        ).to_pylist()


def tables():
    return {name: rows(name) for name in ("load_series", "capacity_plan", "capacity_metric")}


def test_both_clouds_loads_have_a_plan_and_a_row_for_an_autoscaler(clouds, capacity_plan, tmp_path):
    put_days(clouds, tmp_path / "files")
    run = planned(capacity_plan)
    chat, cluster = rows("capacity_metric")
    assert (chat["series"], cluster["series"]) == ("bedrock_chat", "oci_cluster")
    assert chat["current_units"] == 3
    assert 2 <= chat["desired_units"] <= 9
    assert chat["as_of"] == END
    assert chat["valid_until"] == END + timedelta(hours=2)
    assert chat["limit_day"] is None
    assert chat["outlook"]
    assert chat["reason"] is None
    assert cluster["max_units"] is None
    hours = [row for row in rows("capacity_plan") if row["series"] == "bedrock_chat"]
    assert [row["plan_hour"] for row in hours[:2]] == [END, END + timedelta(hours=1)]
    assert len(hours) == 168
    assert hours[0]["desired_units"] == chat["desired_units"]
    loads = [row for row in rows("load_series") if row["series"] == "oci_cluster"]
    assert len(loads) == DAYS * 24
    by_task = results(run)
    assert by_task["bedrock_chat"][0]["desired_units"] == chat["desired_units"]
    assert by_task["oci_cluster"][0]["kept"] is True


def test_a_plan_knows_neither_later_data_nor_later_arrivals(
    clouds, capacity_plan, tmp_path, monkeypatch
):
    at = END - timedelta(days=3)
    put_days(clouds, tmp_path / "files", until=at)
    planned(capacity_plan, at)
    then = tables()
    put_days(clouds, tmp_path / "files", first=DAYS - 4)
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "again"))
    planned(capacity_plan, at)
    assert tables() == then


# Three runs; test_capacity_store holds what a run replaces.
@pytest.mark.slow
def test_an_earlier_run_leaves_the_later_one_s_rows_and_twice_is_once(
    clouds, capacity_plan, tmp_path
):
    put_days(clouds, tmp_path / "files")
    planned(capacity_plan, END - timedelta(hours=1))
    before = {row["series"]: row["desired_units"] for row in rows("capacity_metric")}
    planned(capacity_plan)
    found = tables()
    assert {row["series"]: row["current_units"] for row in found["capacity_metric"]} == before
    planned(capacity_plan, END - timedelta(hours=1))
    assert tables() == found
    planned(capacity_plan)
    assert tables() == found


def test_a_load_that_tells_nothing_keeps_its_units_and_a_wrong_file_stops_no_other(
    clouds, root, tmp_path, capfd
):
    broken = SOURCES[1] | {"name": "broken", "timestamp": "moment"}
    silent = SOURCES[0] | {"name": "silent", "uri": "s3://metrics/nothing/", "units": 4}
    dag = dag_of(clouds, root, [broken, silent, SOURCES[0]])
    put_days(clouds, tmp_path / "files")
    run = dag.test(logical_date=END, run_after=END)
    assert states(run) == {"broken": "failed", "silent": "success", "bedrock_chat": "success"}
    assert "no column moment" in capfd.readouterr().out
    by_series = {row["series"]: row for row in rows("capacity_metric")}
    assert by_series.keys() == {"silent", "bedrock_chat"}
    assert by_series["silent"]["desired_units"] == 4
    assert "no hour of the history has a load" in by_series["silent"]["reason"]
    assert "no object below s3://metrics/nothing/" in by_series["silent"]["problems"]
