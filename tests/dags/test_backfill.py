"""Sixty days by Airflow's own backfill, under a real scheduler, against daily runs."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import chain

import pytest
from local_airflow import BACKFILL_SECONDS, Airflow
from local_runs import (
    cost_ingest,
    expected,
    local_clouds,
    object_uris,
    published,
    run_day,
    tables,
    uris,
)

from localcloud.samples.generate import generate

DAYS = 60
END = date(2026, 3, 2)
LAST = datetime(END.year, END.month, END.day, 2, tzinfo=UTC) + timedelta(days=1)
"""The end of the last interval in which every source delivered, so that no sensor waits."""
FIRST = LAST - timedelta(days=DAYS)
BEGINS = [FIRST + timedelta(days=day) for day in range(DAYS)]
LISTS = """
SELECT data_interval_start, data_interval_end, xcom.task_id, value
FROM xcom JOIN dag_run ON dag_run.id = xcom.dag_run_id
WHERE xcom.key = 'return_value' AND xcom.task_id LIKE '%.list'
"""


def listed(airflow):
    """The objects that each run took upon itself, by its interval and the source."""
    with airflow.database() as db:
        return {
            (instant(begin), instant(end), task.removesuffix(".list")): object_uris(
                [json.loads(value)]
            )
            for begin, end, task, value in db.execute(LISTS)
        }


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def delivered(manifest):
    """What the clouds hold at the end, by the interval it was delivered in and the source."""
    spans = [(begin, begin + timedelta(days=1)) for begin in BEGINS]
    held = manifest.current(LAST)
    return {
        (begin, end, source.name): uris(
            each for each in held if each.source == source.name and begin <= each.delivered_at < end
        )
        for begin, end in spans
        for source in manifest.sources
    }


@pytest.mark.slow
@pytest.mark.timeout(2 * BACKFILL_SECONDS)
@pytest.mark.usefixtures("airflow_db")
def test_a_backfill_in_any_order_gives_what_daily_runs_give(tmp_path, root, monkeypatch):
    manifest = generate(tmp_path / "samples", days=DAYS, end=END)
    with local_clouds(tmp_path, manifest) as clouds:
        for name, value in clouds.environment.items():
            monkeypatch.setenv(name, value)
        clouds.load(manifest, until=LAST)
        airflow = Airflow(tmp_path / "airflow", clouds.environment)
        # One at a time: a run also lists what an earlier day's run has found and not yet taken in.
        one_by_one = ("--run-backwards", "--max-active-runs", "1")
        assert airflow.backfill("cost_ingest", BEGINS, *one_by_one) == {"success"}
        backwards = tables()
        taken = listed(airflow)
        assert taken == delivered(manifest)
        assert sorted(chain.from_iterable(taken.values())) == [
            each["uri"] for each in backwards["source_object"]
        ]
        assert published() == expected(manifest, FIRST, LAST)
        again = ("--reprocess-behavior", "completed", "--max-active-runs", "3")
        assert airflow.backfill("cost_ingest", BEGINS, *again) == {"success"}
        assert listed(airflow) == {run: [] for run in taken}
        assert tables() == backwards

        monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "daily"))
        dag = cost_ingest(root)
        for begin in BEGINS:
            run_day(dag, begin + timedelta(days=1))
        assert tables() == backwards
