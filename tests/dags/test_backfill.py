"""Sixty days by Airflow's own backfill, under a real scheduler, against daily runs."""

import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import chain

import pytest
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
COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
START_SECONDS = 180
BACKFILL_SECONDS = 3600
LISTS = """
SELECT data_interval_start, data_interval_end, xcom.task_id, value
FROM xcom JOIN dag_run ON dag_run.id = xcom.dag_run_id
WHERE xcom.key = 'return_value' AND xcom.task_id LIKE '%.list'
"""


class Airflow:
    """An Airflow of its own: a metadata database, and components while a backfill runs."""

    def __init__(self, home, environment):
        home.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        self.port = port
        self.home = home
        self.environment = {
            **os.environ,
            **environment,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
            "no_proxy": "127.0.0.1",
        }
        self.command("db", "migrate")
        self.command("dags", "reserialize")
        self.command("pools", "set", "warehouse", "1", "one writer at a time")

    def command(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def backfill(self, *options):
        """Run the whole span; the states that its runs ended in."""
        # Before the components start: SQLite lets one of them write at a time.
        self.command(
            *("backfill", "create", "--dag-id", "cost_ingest"),
            *("--from-date", FIRST.isoformat()),
            *("--to-date", (LAST - timedelta(days=1)).isoformat()),
            *options,
        )
        with self.components():
            return self.ended()

    @contextmanager
    def components(self):
        started = []
        try:
            for component in COMPONENTS:
                started.append(self.start(component))
                if component == "api-server":
                    # Tasks that start before it answers fail, and wait for their retry.
                    self.wait_until_it_answers()
            yield
        finally:
            for process in started:
                os.killpg(process.pid, signal.SIGTERM)
            for process in started:
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def start(self, component):
        with (self.home / f"{component}.log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "airflow", component],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_it_answers(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.5)
        raise AssertionError(f"the API server does not answer after {START_SECONDS} s")

    def ended(self):
        deadline = time.monotonic() + BACKFILL_SECONDS
        while time.monotonic() < deadline:
            with self.database() as db:
                runs = dict(db.execute("SELECT run_id, state FROM dag_run"))
                going_on = list(db.execute("SELECT id FROM backfill WHERE completed_at IS NULL"))
            assert len(runs) == DAYS
            if not going_on:
                return set(runs.values())
            time.sleep(2)
        raise AssertionError(f"the backfill is not done after {BACKFILL_SECONDS} s: {runs}")

    def listed(self):
        """The objects that each run took upon itself, by its interval and the source."""
        with self.database() as db:
            return {
                (instant(begin), instant(end), task.removesuffix(".list")): object_uris(
                    [json.loads(value)]
                )
                for begin, end, task, value in db.execute(LISTS)
            }

    def database(self):
        return closing(sqlite3.connect(f"file:{self.home / 'airflow.db'}?mode=ro", uri=True))


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def delivered(manifest):
    """What the clouds hold at the end, by the interval it was delivered in and the source."""
    begins = [FIRST + timedelta(days=day) for day in range(DAYS)]
    spans = [(begin, begin + timedelta(days=1)) for begin in begins]
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
        assert airflow.backfill(*one_by_one) == {"success"}
        backwards = tables()
        listed = airflow.listed()
        assert listed == delivered(manifest)
        assert sorted(chain.from_iterable(listed.values())) == [
            each["uri"] for each in backwards["source_object"]
        ]
        assert published() == expected(manifest, FIRST, LAST)
        again = ("--reprocess-behavior", "completed", "--max-active-runs", "3")
        assert airflow.backfill(*again) == {"success"}
        assert airflow.listed() == {run: [] for run in listed}
        assert tables() == backwards

        monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "daily"))
        dag = cost_ingest(root)
        for day in range(DAYS):
            run_day(dag, FIRST + timedelta(days=day + 1))
        assert tables() == backwards
