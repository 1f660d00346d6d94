"""cost_insights under a real scheduler: made by events of daily_cost, and by a backfill."""

import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from local_airflow import Airflow
from local_runs import cost_ingest
from test_cost_insights import insights, insights_tables, tell

END = datetime(2026, 3, 11, 6, tzinfo=UTC)
RUN_SECONDS = 600
FIRST, SECOND, THIRD = ["2026-03-01"], ["2026-03-02", "2026-03-03"], ["2026-03-03", "2026-03-05"]
RAISE = """
import json, sys
from airflow.assets.manager import asset_manager
from airflow.models.asset import AssetModel
from airflow.utils.session import create_session
from sqlalchemy import select

with create_session() as session:
    asset = session.scalar(select(AssetModel).where(AssetModel.name == "daily_cost"))
    for days in json.loads(sys.argv[1]):
        asset_manager.register_asset_change(asset=asset, extra={"days": days}, session=session)
"""
RESULTS = """
SELECT xcom.value
FROM xcom JOIN dag_run ON dag_run.id = xcom.dag_run_id
WHERE xcom.key = 'return_value' AND xcom.task_id = 'anomalies'
AND dag_run.run_type = 'asset_triggered'
ORDER BY dag_run.id
"""


pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("airflow_db"),
]


def test_a_backfill_knows_what_was_known_at_the_end_of_its_interval(
    clouds, manifest, root, tmp_path, monkeypatch
):
    home, then = Path(clouds.environment["CLOUDLEDGER_HOME"]), tmp_path / "then"
    ingest = cost_ingest(root)
    clouds.load(manifest, until=END)
    assert ingest.test(logical_date=None).state == "success"
    shutil.copytree(home, then)
    clouds.load(manifest, since=END)
    assert ingest.test(logical_date=None).state == "success"

    airflow = Airflow(tmp_path / "airflow", clouds.environment)
    assert airflow.backfill("cost_insights", [END - timedelta(days=1)]) == {"success"}
    backfilled = insights_tables()
    assert {row["as_of"] for row in backfilled["cost_forecast"]} == {END}
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(then))
    tell(insights(root), END)
    assert insights_tables() == backfilled


def test_a_run_takes_the_union_of_its_events_days(clouds, take_in, tmp_path):
    take_in()
    airflow = Airflow(tmp_path / "airflow", clouds.environment)
    airflow.environment["AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE"] = "True"
    for dag_id in ("capacity_plan", "chargeback", "cost_ingest", "usage_collect"):
        airflow.command("dags", "pause", dag_id)
    # Airflow makes a run of the first event; one that comes before that run is left to the next.
    publish(airflow, FIRST, SECOND)
    with airflow.components():
        (first,) = results_of_events(airflow, 1)
        publish(airflow, THIRD)
        _, second = results_of_events(airflow, 2)
    assert first["days"] == ["2026-03-01"]
    assert second["days"] == ["2026-03-02", "2026-03-03", "2026-03-05"]
    assert second["series"] > 0


def publish(airflow, *days):
    """Events of daily_cost, as cost_ingest raises them."""
    raised = [sys.executable, "-c", RAISE, json.dumps(days)]
    subprocess.run(raised, env=airflow.environment, check=True)


def results_of_events(airflow, count):
    """What the task that finds anomalies gave in the runs that events made, in order."""
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        with airflow.database() as db:
            found = [json.loads(value) for (value,) in db.execute(RESULTS)]
        if len(found) == count:
            return [json.loads(one) if isinstance(one, str) else one for one in found]
        time.sleep(2)
    raise AssertionError(f"{len(found)} runs of events were done after {RUN_SECONDS} s")
