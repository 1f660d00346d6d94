"""tag_governance over a ledger that cost_ingest has filled: coverage, findings, files."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from local_runs import results, states, warehouse

END = datetime(2026, 3, 16, 7, 30, tzinfo=UTC)
"""The end of the interval of a run that knows most of the samples."""
EARLY = datetime(2026, 3, 10, 7, 30, tzinfo=UTC)
TABLES = ("tag_coverage", "tag_scope_coverage", "tag_finding")
KEYS = [
    {"key": "cost_center", "pattern": r"CC-\d{4}"},
    {"key": "environment", "values": ["prod", "staging", "dev"], "goal_percent": 99},
]

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture
def governed(tmp_path, monkeypatch):
    """Writes which tags are asked for."""
    file = tmp_path / "governance.yaml"
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_FILE", str(file))

    def say(keys):
        file.write_text(json.dumps({"tags": {"keys": keys}}))

    say(KEYS)
    return say


def run_of(root, **how):
    """A run of the DAG without retries: they would wait for minutes. Params of a run stay in it."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(root / "dags").dags["tag_governance"]
    for task in dag.tasks:
        task.retries = 0
    return dag.test(**how)


def told(root, end):
    """What the run of the interval that ends then told, as the scheduler would make it."""
    run = run_of(root, logical_date=end, run_after=end)
    assert run.state == "success", states(run)
    return results(run)["coverage"][0]


def kept():
    with warehouse() as session:
        return {
            name: session.query(f"SELECT * EXCLUDE run_id FROM {name} ORDER BY ALL").to_pylist()
            for name in TABLES
        }


def test_a_month_is_told_and_neither_a_second_run_nor_a_backfill_changes_it(
    take_in, root, governed, capfd
):
    take_in()
    found = told(root, END)
    assert found["as_of"] == END.isoformat()
    assert found["kept"]
    percents = {
        (one["tag_key"], one["currency"]): one["percent"]
        for one in found["coverage"]
        if one["provider_name"] == "Oracle"
    }
    assert Decimal(percents["cost_center", "EUR"]) > 99
    # shared is none of the environments that are asked for, and nothing is near to it.
    assert Decimal(percents["environment", "EUR"]) < 99
    assert "goal 99 %" in capfd.readouterr().out
    folder = Path(found["files"])
    assert folder.name == "2026-03-15"
    assert {path.parent.name for path in folder.glob("*/tags.tf")} == {"oci_local", "oci_lab"} | (
        {"aws"} if (folder / "aws").exists() else set()
    )

    before = kept()
    assert {row["state"] for row in before["tag_finding"]} == {"untagged", "wrong"}
    assert {row["charge_day"] for row in before["tag_coverage"]} >= {
        date(2026, 3, day) for day in range(1, 15)
    }
    again = told(root, END)
    assert kept() == before
    assert again == found

    # A backfill of an earlier day tells what was known then, and changes nothing that stands.
    assert not told(root, EARLY)["kept"]
    assert kept() == before
    assert (folder.parent / "2026-03-09/README.md").is_file()


@pytest.mark.slow
def test_a_run_by_hand_stands_for_the_instant_that_it_is_given(take_in, root, governed):
    take_in()
    run = run_of(root, logical_date=None, run_after=END, run_conf={"as_of": "2026-03-05T00:00"})
    assert run.state == "success", states(run)
    assert results(run)["coverage"][0]["as_of"] == "2026-03-05T00:00:00+00:00"
    assert max(row["charge_day"] for row in kept()["tag_coverage"]) == date(2026, 3, 4)


def test_without_lines_nothing_is_told_and_without_keys_the_task_is_skipped(
    clouds, root, governed, capfd
):
    found = told(root, END)
    assert (found["coverage"], found["findings"]) == ([], 0)
    assert "there is no usage cost in the days" in capfd.readouterr().out
    governed([])
    assert states(run_of(root, logical_date=END, run_after=END)) == {"coverage": "skipped"}
