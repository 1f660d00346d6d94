"""Airflow for the demo: every component on this machine, its API server on 127.0.0.1 only."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from localcloud.demo import places, processes
from localcloud.demo.clouds import free_port

PORT = 8080
USER = "admin"
START_SECONDS = 240
API_SERVER = "airflow-api-server"
COMPONENTS = {
    API_SERVER: ["api-server"],
    "airflow-scheduler": ["scheduler", "--skip-serve-logs"],
    "airflow-dag-processor": ["dag-processor"],
    "airflow-triggerer": ["triggerer", "--skip-serve-logs"],
}
"""Logs are read from the shared folder; the log servers would listen on every interface."""

_OURS = ("AIRFLOW", "CLOUDLEDGER_", "AWS_", "OCI_", "ORACLE_", "GX_", "HF_")


def clean_environment() -> dict[str, str]:
    """The caller's environment without what would reach a real cloud, another Airflow or a hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return kept | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]),
        "PYTHONPATH": str(places.ROOT),
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "CLOUDLEDGER_CONFIG": str(places.CONFIG),
        "GX_ANALYTICS_ENABLED": "false",
        "HF_HUB_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
        "SCARF_ANALYTICS": "false",
    }


def environment(port: int) -> dict[str, str]:
    """Airflow's own settings; what is not named here is Airflow's default."""
    address = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW_HOME": str(places.AIRFLOW_HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(places.ROOT / "dags"),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(places.PASSWORDS),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__INSTANCE_NAME": "Cloudledger",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        # The sample reports are of the past and nothing new arrives: only runs that are asked for.
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def password() -> str:
    """The one user's random password, kept in a file that only its owner reads."""
    if places.PASSWORDS.is_file():
        return str(json.loads(places.PASSWORDS.read_text(encoding="utf-8"))[USER])
    places.AIRFLOW_HOME.mkdir(parents=True, exist_ok=True)
    made = secrets.token_hex(8)
    descriptor = os.open(places.PASSWORDS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({USER: made}, file)
    return made


def migrate(env: Mapping[str, str]) -> None:
    """Bring Airflow's own database up to date.

    :raises NotStarted: with what Airflow said.
    """
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise processes.NotStarted(f"airflow db migrate failed:\n{done.stdout[-4000:]}")


def start(env: Mapping[str, str]) -> list[processes.Process]:
    """Start every component and wait until all of them say that they are healthy."""
    port = free_port(PORT)
    password()
    env = {**env, **environment(port)}
    migrate(env)
    address = f"http://127.0.0.1:{port}"
    started = [
        processes.start(
            places.PROCESSES,
            name,
            [sys.executable, "-m", "airflow", *arguments],
            env,
            address=address if name == API_SERVER else "",
        )
        for name, arguments in COMPONENTS.items()
    ]
    deadline = time.monotonic() + START_SECONDS
    while not is_healthy(address):
        processes.pause(started, deadline, "Airflow")
    return started


def is_healthy(address: str) -> bool:
    """Whether the database and every component are healthy."""
    try:
        answer = httpx.get(f"{address}/api/v2/monitor/health", timeout=5, trust_env=False)
    except httpx.TransportError:
        return False
    if answer.status_code != httpx.codes.OK:
        return False
    parts = ("metadatabase", "scheduler", "dag_processor", "triggerer")
    return all((answer.json().get(part) or {}).get("status") == "healthy" for part in parts)
