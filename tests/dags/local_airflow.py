"""An Airflow under a real scheduler, for what no test of a single run can show."""

import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
START_SECONDS = 180
BACKFILL_SECONDS = 3600


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

    def backfill(self, dag_id, begins, *options):
        """Run the daily intervals that begin then; the states that the runs ended in."""
        # Before the components start: SQLite lets one of them write at a time.
        self.command(
            *("backfill", "create", "--dag-id", dag_id),
            *("--from-date", begins[0].isoformat()),
            *("--to-date", begins[-1].isoformat()),
            *options,
        )
        with self.components():
            return self.ended(len(begins))

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

    def ended(self, count):
        deadline = time.monotonic() + BACKFILL_SECONDS
        while time.monotonic() < deadline:
            with self.database() as db:
                runs = dict(db.execute("SELECT run_id, state FROM dag_run"))
                going_on = list(db.execute("SELECT id FROM backfill WHERE completed_at IS NULL"))
            assert len(runs) == count
            if not going_on:
                return set(runs.values())
            time.sleep(2)
        raise AssertionError(f"the backfill is not done after {BACKFILL_SECONDS} s: {runs}")

    def database(self):
        return closing(sqlite3.connect(f"file:{self.home / 'airflow.db'}?mode=ro", uri=True))
