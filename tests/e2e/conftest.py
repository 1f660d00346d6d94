"""Airflow's own API server over a small ledger, and a browser to look at it with."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from cloudledger.governance.chargeback.config import Chargeback
from cloudledger.quality.expectations import ExpectationResult, Severity
from cloudledger.quality.results import save
from tests.support.books import Books
from tests.support.chargeback_books import charge
from tests.support.planted_governance import plant_governance
from tests.support.planted_insights import plant_page
from tests.support.planted_knowledge import QUOTA, RESTART, plant_knowledge, plant_set_aside
from tests.support.reports import gzipped, oci_cost

ROOT = Path(__file__).resolve().parents[2]
APP = "airflow.api_fastapi.main:app"
STARTS_WITHIN = 120
HOSTILE = "<img src=x onerror=document.title='taken'>"
CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)


@dataclass(frozen=True)
class Site:
    """A running API server and the one account it knows, which may only look; ``plan`` is the id
    of a plan in the ledger."""

    address: str
    user: str
    password: str
    plan: str


def _books(home: Path) -> tuple[Path, str]:
    """The warehouse, and the id of a plan in it."""
    books = Books(home)
    lines = [{"cost/myCost": f"{number}.000000000000000000000001"} for number in range(60)]
    books.deliver("march.csv.gz", gzipped(oci_cost(*lines, {"cost/myCost": HOSTILE})))
    books.deliver("broken.csv.gz", b"\x1f\x8b broken", at="2026-03-02T05:00:00+00:00")
    books.run()
    found = ExpectationResult(
        "taken_in", "ServiceName is filled", "ServiceName", Severity.WARNING, False, "1 of 60", 1
    )
    centers = [{"code": code, "name": code, "owner": "web"} for code in ("CC-101", "CC-102")]
    rest = {"name": HOSTILE, "select": {"services": ["COMPUTE"]}, "split": {"by": "even"}}
    for pools, close in ([], True), ([rest], False):
        rules = Chargeback.model_validate({"centers": centers, "pools": pools})
        charge(books, rules, date(2026, 3, 1), close=close)
    with books.warehouse() as warehouse:
        with warehouse.transaction() as session:
            save(session, [found], run_id="run", at=datetime(2026, 3, 2, tzinfo=UTC))
            plant_page(session, HOSTILE)
            plan = plant_governance(session, HOSTILE)
            plant_knowledge(session, [RESTART, QUOTA], HOSTILE)
            plant_set_aside(session, f"s3://docs/{HOSTILE}.pdf")
        warehouse.publish_copy()
    return home / "warehouse.duckdb", plan


def _environment(home: Path, warehouse: Path, password: str) -> dict[str, str]:
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps({"keeper": password}))
    (home / "dags").mkdir()
    return {name: value for name, value in os.environ.items() if "AIRFLOW" not in name} | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "keeper:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW_CONN_CLOUDLEDGER_WAREHOUSE": json.dumps(
            {"conn_type": "duckdb", "host": str(warehouse)}
        ),
    }


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{address}/api/v2/version", timeout=5):
                return
        except URLError:
            time.sleep(0.5)
    pytest.fail(f"the API server did not start:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    password = secrets.token_hex(8)
    warehouse, plan = _books(home / "books")
    environment = _environment(home, warehouse, password)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = "from airflow.utils.db import initdb; initdb()"
    subprocess.run([sys.executable, "-c", made], env=environment, cwd=home, check=True)
    log = home / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", APP, "--host", "127.0.0.1", "--port", str(port)],
            env=environment,
            cwd=home,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://127.0.0.1:{port}", server, log)
            yield Site(f"http://127.0.0.1:{port}", "keeper", password, plan)
        finally:
            server.terminate()
            server.wait(timeout=30)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    """Headless Chromium with a profile of its own."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*CHROMIUM, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    window = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    window.implicitly_wait(20)
    yield window
    window.quit()
