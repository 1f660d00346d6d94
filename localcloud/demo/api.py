"""What the demo asks of Airflow's REST API."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from localcloud.demo.processes import NotStarted

PAGE = 100
DAG_SECONDS = 120
ENDED = frozenset({"success", "failed"})
AWAITS = "awaiting_input"
"""The state of a task that waits for a person."""


class Refused(Exception):
    """Airflow's API answered with an error."""


class Api:
    """A signed-in client; every method :raises Refused: when Airflow does."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self.address = address
        self._client = httpx.Client(base_url=address, timeout=30, trust_env=False)
        login = {"username": user, "password": password}
        token = self._ask("POST", "/auth/token", json=login)["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """The pool with this many slots, unless it is there."""
        known = self._ask("GET", "/api/v2/pools", params={"limit": PAGE})["pools"]
        if name not in {each["name"] for each in known}:
            pool = {"name": name, "slots": slots, "description": description}
            self._ask("POST", "/api/v2/pools", json=pool)

    def wait_for(self, dag_id: str) -> None:
        """Until Airflow has read the DAG.

        :raises NotStarted: it did not; with the import errors.
        """
        deadline = time.monotonic() + DAG_SECONDS
        while self._client.get(f"/api/v2/dags/{dag_id}").status_code != httpx.codes.OK:
            if time.monotonic() > deadline:
                errors = self._ask("GET", "/api/v2/importErrors")["import_errors"]
                told = "\n".join(f"{one['filename']}:\n{one['stack_trace']}" for one in errors)
                raise NotStarted(f"Airflow has no DAG {dag_id}; its import errors: {told or None}")
            time.sleep(1)

    def unpause(self, dag_id: str) -> None:
        """Let the DAG's runs run."""
        self._ask("PATCH", f"/api/v2/dags/{dag_id}", json={"is_paused": False})

    def end_runs(self, dag_id: str) -> list[str]:
        """Fail what an Airflow that was stopped left unfinished; the ids of those runs."""
        path = f"/api/v2/dags/{dag_id}/dagRuns"
        unfinished = {"state": ["queued", "running"], "limit": PAGE}
        found = self._ask("GET", path, params=unfinished)["dag_runs"]
        for run in found:
            self._ask("PATCH", f"{path}/{run['dag_run_id']}", json={"state": "failed"})
        return [str(run["dag_run_id"]) for run in found]

    def trigger(
        self,
        dag_id: str,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        at: datetime | None = None,
    ) -> str:
        """A run over [start, end), or over none, as of an instant (default: now); its id."""
        conf = {"from": start.isoformat(), "to": end.isoformat()} if start and end else {}
        body: dict[str, Any] = {"logical_date": None, "conf": conf, "note": "make demo"}
        if at:
            # Airflow would name the run by that instant, and have it once only.
            name = f"manual__{datetime.now(UTC).isoformat()}"
            body |= {"run_after": at.isoformat(), "dag_run_id": name}
        run = self._ask("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body)
        return str(run["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """queued, running, success or failed."""
        return str(self._ask("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def task_instances(self, dag_id: str, run_id: str) -> Iterator[dict[str, Any]]:
        """Every task instance of a run, mapped ones one by one."""
        offset = 0
        while True:
            page = self._ask(
                "GET",
                f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances",
                params={"limit": PAGE, "offset": offset},
            )
            yield from page["task_instances"]
            offset += PAGE
            if offset >= page["total_entries"]:
                return

    def results(self, dag_id: str, run_id: str) -> list[Mapping[str, Any]]:
        """What a run's green tasks gave, of tasks that are not mapped and give a mapping."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        return [
            self._ask(
                "GET",
                f"{path}/{one['task_id']}/xcomEntries/return_value",
                params={"stringify": False},
            )["value"]
            for one in self.task_instances(dag_id, run_id)
            if one["state"] == "success"
        ]

    def _ask(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        answer = self._client.request(method, path, **kwargs)
        if answer.is_error:
            raise Refused(f"{method} {answer.url}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json()
        return found
