"""``python -m bench.knowledge_refresh``: what it takes to bring a knowledge base up to date.

A table for each size: the tasks of `knowledge_refresh` one after the other in one process, over
made-up documents, first with an empty home and then again with nothing changed. Seconds are the
clock's and the processors' (all processes together); memory is the peak of the proportional set
size of the process and its forked ones, Airflow and a loaded model included. ``no model``: vectors
at random in place of the model's, so that what is measured is everything around it. Each size runs
in a process of its own.

Then how many chunks a changed paragraph of a long document without headings has embedded anew.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from bench.knowledge import Spent, passages, watched
from bench.knowledge_edits import show_edits
from bench.no_model import NoModel

SIZES, QUICK = ("model 2000", "model 8000", "none 100000"), ("model 500", "none 5000")
SECTIONS = 10
SEED = 23
WANTED_SHARE, WANTED_MB = 0.05, 1_500
AT = datetime(2026, 11, 7, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    """What a task took."""

    name: str
    seconds: float
    cpu: float
    peak_mb: float


@dataclass(frozen=True)
class Refresh:
    """A run of all tasks; ``embedded``: how many texts."""

    chunks: int
    embedded: int
    steps: list[Step]

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    @property
    def cpu(self) -> float:
        return sum(step.cpu for step in self.steps)

    @property
    def peak_mb(self) -> float:
        return max(step.peak_mb for step in self.steps)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.knowledge_refresh", description=__doc__)
    parser.add_argument("--sizes", nargs="+", metavar="'model|none CHUNKS'")
    parser.add_argument("--quick", action="store_true", help="small sizes, for a busy machine")
    parser.add_argument("--line", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.line:
        print(json.dumps([asdict(one) for one in twice(asked.line)]))
        return 0
    short = False
    for size in asked.sizes or (QUICK if asked.quick else SIZES):
        short |= show_refreshes(size)
    return int(short | show_edits())


def show_refreshes(size: str) -> bool:
    """Print a table; whether a figure is not reached."""
    first, again = _line(size)
    print(f"{size}: {first.chunks} chunks, {first.embedded} texts embedded")
    print(f"{'':10}" + "".join(f"{name:>12}" for name in ("s", "cpu s", "MB") * 2))
    for one, other in zip([*first.steps, first], [*again.steps, again], strict=True):
        name = one.name if isinstance(one, Step) else "all"
        print(f"{name:10}" + "".join(_shown(step) for step in (one, other)))
    share, by_cpu = again.seconds / first.seconds, again.cpu / first.cpu
    print(
        f"again with nothing changed: {again.embedded} embedded, {share:.1%} of the seconds, "
        f"{by_cpu:.1%} of the cpu seconds"
    )
    print(f"wanted: 0, {WANTED_SHARE:.0%} where a model embeds; at most {WANTED_MB} MB\n")
    slow = size.startswith("model") and share > WANTED_SHARE
    return bool(again.embedded) or slow or max(first.peak_mb, again.peak_mb) > WANTED_MB


def twice(size: str) -> list[Refresh]:
    """Refresh a home that is empty, and the same one again, in this process."""
    kind, chunks = size.split()
    with TemporaryDirectory(prefix="cloudledger-bench-") as name:
        folder = Path(name)
        write_documents(folder / "documents", int(chunks))
        source = {"name": "docs", "uri": (folder / "documents").as_uri() + "/"}
        # What is measured here is not refused for the machine's being busy.
        knowledge = {"sources": [source], "gate": {"p95_ms": 600_000}}
        (folder / "cloudledger.yaml").write_text(json.dumps({"knowledge": knowledge}))
        os.environ |= {
            "AIRFLOW_HOME": str(folder / "airflow"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "AIRFLOW_CONN_CLOUDLEDGER_WAREHOUSE": '{"conn_type": "duckdb"}',
            "CLOUDLEDGER_CONFIG": str(folder / "cloudledger.yaml"),
            "CLOUDLEDGER_HOME": str(folder / "ledger"),
        }
        if kind == "model":
            return [refresh("first"), refresh("again")]
        from cloudledger.knowledge.embedding import model

        with (
            patch.object(model, "open_encoder", lambda _: NoModel()),
            patch.object(model, "open_encoder_of", lambda *_: NoModel()),
        ):
            return [refresh("first"), refresh("again")]


def refresh(run_id: str) -> Refresh:
    """Run the DAG's tasks, each by its operator."""
    from airflow.sdk.exceptions import AirflowSkipException

    from cloudledger_airflow.operators import documents
    from cloudledger_airflow.operators import release as of_release

    pushed: dict[str, Any] = {}
    told: dict[str, Any] = {}
    steps = []
    context: Any = {
        "params": {},
        "dag_run": SimpleNamespace(run_id=run_id, run_after=AT, run_type="manual"),
        "ti": SimpleNamespace(xcom_push=pushed.__setitem__),
        "outlet_events": defaultdict(lambda: SimpleNamespace(extra={})),
    }

    def run(name: str, operator: Callable[..., Any], **asked: Any) -> None:
        def act() -> None:
            with suppress(AirflowSkipException):
                told[name] = operator(task_id=name, **asked).execute(context)

        spent = Spent()
        with watched() as seen:
            spent.add(act)
        steps.append(Step(name, spent.seconds, spent.cpu, max(seen) / 1e6))

    run("read", documents.DocumentReadOperator)
    run("begin", documents.ReleaseBeginOperator, listing=told["read"])
    release = pushed["release_id"]
    run("embed", documents.EmbedDocumentsOperator, release=release)
    run("write", of_release.VectorWriteOperator, release=release)
    run("index", of_release.VectorIndexBuildOperator, release=release)
    run("gate", of_release.VectorIndexGateOperator, release=release)
    run("release", of_release.VectorReleaseOperator, release=release)
    return Refresh(told["begin"]["chunks"], told["embed"]["texts"], steps)


def write_documents(folder: Path, chunks: int) -> None:
    """Markdown whose sections are a chunk each, ten to a document."""
    folder.mkdir()
    texts = passages(chunks, SEED)
    for number, begin in enumerate(range(0, chunks, SECTIONS)):
        sections = [
            f"## Section {place}\n\n{next(texts)}\n"
            for place in range(begin, min(begin + SECTIONS, chunks))
        ]
        written = "\n".join([f"# Document {number}\n", *sections])
        (folder / f"{number}.md").write_text(written, encoding="utf-8")


def _shown(one: Step | Refresh) -> str:
    return f"{one.seconds:>12.1f}{one.cpu:>12.1f}{one.peak_mb:>12.0f}"


def _line(size: str) -> list[Refresh]:
    told = subprocess.run(
        [sys.executable, "-m", "bench.knowledge_refresh", "--line", size],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return [
        Refresh(**one | {"steps": [Step(**step) for step in one["steps"]]})
        for one in json.loads(told.stdout.splitlines()[-1])
    ]


if __name__ == "__main__":
    sys.exit(main())
