"""usage_collect against the local clouds, beside reports that cost_ingest has taken in."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from local_runs import oci_connection, run_period, states, warehouse

from localcloud.oci.identity import new_key
from localcloud.samples.usage_apis import load_usage_apis

END = datetime(2026, 3, 17, 5, tzinfo=UTC)
"""Two days after the samples' last charge day, when all of their reports are delivered."""

PARTS = ("late", "correction", "credit", "rounding", "unknown")

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture
def usage_collect(clouds, root):
    return dag_with_usage_apis(clouds, root)


def dag_with_usage_apis(clouds, root):
    """The DAG over the sources that have a usage API, without retries."""
    from airflow.dag_processing.dagbag import DagBag

    file = Path(clouds.environment["CLOUDLEDGER_CONFIG"])
    config = json.loads(file.read_text())
    config["sources"] = [
        source | {"usage_api": True, "usage_tags": ["cost_center"]}
        for source in config["sources"]
        if source["name"] in ("oci_main", "aws_main")
    ]
    file.write_text(json.dumps(config))
    dag = DagBag(root / "dags").dags["usage_collect"]
    for task in dag.tasks:
        if task.is_mapped:
            task.partial_kwargs["retries"] = 0
        else:
            task.retries = 0
    return dag


def collect(dag, end=END):
    """The run of the interval that ends then, as the scheduler would make it."""
    return dag.test(logical_date=end, run_after=end)


def rows(query):
    with warehouse() as session:
        return session.query(query).to_pylist()


def usage_tables():
    return {
        "usage_api_cost": rows("SELECT * EXCLUDE run_id FROM usage_api_cost ORDER BY usage_key"),
        "usage_collected": rows(
            "SELECT * EXCLUDE run_id FROM usage_collected ORDER BY source, query, charge_day"
        ),
        "usage_difference": rows(
            "SELECT * EXCLUDE run_id FROM usage_difference "
            "ORDER BY source, charge_day, service_name, billing_currency, measure"
        ),
    }


def test_every_planted_difference_is_found_and_explained(
    clouds, usage_collect, manifest, take_in, capfd
):
    take_in()
    planted = load_usage_apis(manifest, oci=clouds.oci.usage, aws=clouds.aws)
    assert {each.cause for each in planted} == {"late", "correction", "credit", "unknown"}
    run = collect(usage_collect)
    assert run.state == "success", states(run)

    found = rows("SELECT * FROM usage_difference WHERE measure = 'BilledCost'")
    by_cause = {
        (row["source"], cause, row["charge_day"], row["service_name"], row["billing_currency"]): (
            row[f"{cause}_cost"]
        )
        for row in found
        for cause in PARTS
        if row[f"{cause}_cost"] and cause != "rounding"
    }
    assert by_cause.keys() == {
        (each.source, each.cause, each.day, each.service, each.currency) for each in planted
    }
    for each in planted:
        key = (each.source, each.cause, each.day, each.service, each.currency)
        assert by_cause[key] == pytest.approx(each.amount, abs=Decimal("1E-9"))
    rounded = [row for row in found if row["rounding_cost"]]
    assert {row["source"] for row in rounded} == {"oci_main", "aws_main"}
    assert max(abs(row["rounding_cost"]) for row in rounded) < Decimal("1E-9")

    told = capfd.readouterr().out
    (unknown,) = (each for each in planted if each.cause == "unknown")
    assert f"oci_main {unknown.day} {unknown.service} BilledCost: the reports say " in told
    assert told.count("is unexplained") == 1


# test_usage_ledger holds order and repetition without Airflow.
@pytest.mark.slow
def test_two_days_end_in_the_same_tables_in_any_order_and_however_often(
    clouds, usage_collect, manifest, monkeypatch, tmp_path
):
    load_usage_apis(manifest, oci=clouds.oci.usage, aws=clouds.aws)
    ends = [END - timedelta(days=1), END]
    for end in ends:
        run = collect(usage_collect, end)
        assert run.state == "success", states(run)
    in_order = usage_tables()
    assert in_order["usage_api_cost"]
    assert {row["as_of"] for row in in_order["usage_collected"]} == set(ends)
    collect(usage_collect, END)
    assert usage_tables() == in_order

    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "reverse"))
    for end in reversed(ends):
        collect(usage_collect, end)
    assert usage_tables() == in_order


def test_a_refused_key_names_the_policy_and_the_other_cloud_is_compared(
    clouds, usage_collect, manifest, monkeypatch, capfd
):
    load_usage_apis(manifest, oci=clouds.oci.usage, aws=clouds.aws)
    refused = oci_connection(clouds.oci, key_content=new_key())
    monkeypatch.setenv("AIRFLOW_CONN_OCI_LOCAL", json.dumps(refused))
    run = collect(usage_collect)
    assert run.state == "failed"
    by_task = states(run)
    assert {name for name, state in by_task.items() if state != "success"} == {
        "oci_main.collect[0]",
        "oci_main.collect[1]",
        "oci_main.compare",
    }
    assert "read usage-report in tenancy" in capfd.readouterr().out
    assert {row["source"] for row in usage_tables()["usage_difference"]} == {"aws_main"}


def test_a_manual_run_asks_for_the_days_it_is_given(clouds, usage_collect, manifest):
    load_usage_apis(manifest, oci=clouds.oci.usage, aws=clouds.aws)
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    run = run_period(usage_collect, begin, begin + timedelta(days=2))
    assert run.state == "success", states(run)
    collected = usage_tables()["usage_collected"]
    assert {row["charge_day"].day for row in collected} == {2, 3}
    assert {row["query"] for row in collected} == {"resource", "account", "tag:cost_center"}
    assert {row["as_of"] for row in collected} == {run.run_after}
