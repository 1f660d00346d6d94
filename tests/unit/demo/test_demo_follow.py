from __future__ import annotations

from typing import Any

from localcloud.demo.follow import follow, progress


def instance(task_id: str, state: str | None, ended: str | None = None) -> dict[str, Any]:
    return {"task_id": task_id, "state": state, "end_date": ended}


def test_only_what_has_ended_counts() -> None:
    found = progress(
        [
            instance("ingest", "success", "2026-01-01T00:00:02Z"),
            instance("ingest", "failed", "2026-01-01T00:00:03Z"),
            instance("ingest", "running"),
            instance("ingest", "up_for_retry", "2026-01-01T00:00:01Z"),
            instance("list", "success", "2026-01-01T00:00:00Z"),
            instance("publish", None),
        ]
    )
    assert str(found["ingest"]) == "2 of 4, 1 failed, 1 success"
    assert found["ingest"].quarters == 2
    assert str(found["list"]) == "success"
    assert found["publish"].quarters == 0


class Run:
    """A run that goes one step with each look at it."""

    def __init__(self) -> None:
        self.ended = 0

    def run_state(self, dag_id: str, run_id: str) -> str:
        return "success" if self.ended >= 8 else "running"

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        self.ended += 1
        return [
            instance("ingest", "success" if number < self.ended else "running")
            for number in range(8)
        ]


def test_a_mapped_task_is_told_in_quarters(monkeypatch: Any) -> None:
    monkeypatch.setattr("localcloud.demo.follow.POLL_SECONDS", 0)
    said: list[str] = []
    assert follow(Run(), "dag", "run", said.append) == "success"  # type: ignore[arg-type]
    assert said == [f"ingest: {count} of 8, {count} success" for count in (2, 4, 6, 8)]
