"""usage_collect by Airflow's own backfill, under a real scheduler, against daily runs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from local_airflow import Airflow
from local_runs import local_clouds
from test_usage_collect import collect, dag_with_usage_apis, usage_tables

from localcloud.samples.generate import generate
from localcloud.samples.usage_apis import load_usage_apis

FIRST = datetime(2026, 3, 15, 5, tzinfo=UTC)
BEGINS = [FIRST, FIRST + timedelta(days=1)]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("airflow_db")
def test_a_backfill_backwards_gives_what_daily_runs_give(tmp_path, root, monkeypatch):
    manifest = generate(tmp_path / "samples", days=14, end=date(2026, 3, 15))
    with local_clouds(tmp_path, manifest) as clouds:
        for name, value in clouds.environment.items():
            monkeypatch.setenv(name, value)
        load_usage_apis(manifest, oci=clouds.oci.usage, aws=clouds.aws)
        dag = dag_with_usage_apis(clouds, root)
        airflow = Airflow(tmp_path / "airflow", clouds.environment)
        assert airflow.backfill("usage_collect", BEGINS, "--run-backwards") == {"success"}
        backwards = usage_tables()
        assert {row["as_of"] for row in backwards["usage_collected"]} == {
            begin + timedelta(days=1) for begin in BEGINS
        }

        monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "daily"))
        for begin in BEGINS:
            collect(dag, begin + timedelta(days=1))
        assert usage_tables() == backwards
