"""A run as lines of progress: one for each task that ended, four for a mapped one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from localcloud.demo.api import AWAITS, ENDED, Api

POLL_SECONDS = 2
DONE = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a task's instances have ended, by their state."""

    of: int
    ended: Counter[str]

    @property
    def quarters(self) -> int:
        """How many quarters of them have ended; 4 when all have."""
        return self.ended.total() * 4 // self.of

    def __str__(self) -> str:
        """``success`` for a single instance, ``12 of 32, 12 success`` for mapped ones."""
        if self.of == 1:
            return next(iter(self.ended), "waiting")
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.ended.items()))
        return f"{self.ended.total()} of {self.of}, {states}"


def follow(api: Api, dag_id: str, run_id: str, say: Callable[[str], None]) -> str:
    """Tell how the run goes until it ends, or waits for a person; its state then."""
    told: dict[str, int] = {}
    while True:
        state = api.run_state(dag_id, run_id)
        instances = list(api.task_instances(dag_id, run_id))
        for task_id, found in progress(instances).items():
            if found.quarters > told.get(task_id, 0):
                told[task_id] = found.quarters
                say(f"{task_id}: {found}")
        if state in ENDED:
            return state
        if any(one["state"] == AWAITS for one in instances):
            return AWAITS
        time.sleep(POLL_SECONDS)


def progress(instances: Iterable[dict[str, Any]]) -> dict[str, Progress]:
    """By task, in the order of their ends."""
    states: dict[str, Counter[str]] = {}
    for instance in sorted(instances, key=lambda one: one["end_date"] or "9"):
        states.setdefault(instance["task_id"], Counter())[str(instance["state"])] += 1
    return {
        task_id: Progress(counted.total(), Counter({s: counted[s] for s in DONE & counted.keys()}))
        for task_id, counted in states.items()
    }
