"""A run as lines of progress: one for each task that ended, and for each step of a mapped one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from localcloud.demo.api import ENDED, Api

POLL_SECONDS = 2
DONE = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


def follow(api: Api, dag_id: str, run_id: str, say: Callable[[str], None]) -> str:
    """Tell how the run goes until it ends; its state."""
    told: dict[str, str] = {}
    while True:
        state = api.run_state(dag_id, run_id)
        for task_id, line in progress(api.task_instances(dag_id, run_id)).items():
            if told.get(task_id) != line:
                told[task_id] = line
                say(f"{task_id}: {line}")
        if state in ENDED:
            return state
        time.sleep(POLL_SECONDS)


def progress(instances: Iterable[dict[str, Any]]) -> dict[str, str]:
    """By task, in the order of their ends: what there is to tell; nothing before one has ended."""
    states: dict[str, Counter[str]] = {}
    for instance in sorted(instances, key=lambda one: one["end_date"] or "9"):
        states.setdefault(instance["task_id"], Counter())[str(instance["state"])] += 1
    lines: dict[str, str] = {}
    for task_id, counted in states.items():
        ended = sum(count for state, count in counted.items() if state in DONE)
        of = counted.total()
        if not ended:
            continue
        if of == 1:
            lines[task_id] = next(iter(counted))
        else:
            parts = [f"{counted[state]} {state}" for state in sorted(DONE & counted.keys())]
            lines[task_id] = f"{ended} of {of} ({', '.join(parts)})"
    return lines
