"""The tasks of knowledge_refresh, one after the other in this process, for a test that kills it.

``python -m tests.support.run_refresh RUN_ID`` prints a line once all is imported, and one as each
task begins. The model is the fake one, and slow, so that there is a middle to be killed in.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cloudledger.knowledge.config import Knowledge
from cloudledger.knowledge.embedding import model
from cloudledger.knowledge.embedding.encoder import Vectors
from tests.support.encoders import FakeEncoder

PAUSE = 0.05


@dataclass
class SlowEncoder(FakeEncoder):
    """Takes its time for each batch."""

    def documents(self, texts: Sequence[str]) -> Vectors:
        time.sleep(PAUSE)
        return super().documents(texts)


def opened(knowledge: Knowledge) -> SlowEncoder:
    return SlowEncoder(model=knowledge.model)


def main(run_id: str, begins: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """What each task returned; None for one that was skipped."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "dags"))
    from airflow.sdk.exceptions import AirflowSkipException
    from local_runs import task_context

    from cloudledger_airflow.operators import documents
    from cloudledger_airflow.operators import release as of_release

    context = task_context()
    context["dag_run"].run_id = run_id
    begins("ready")
    told: dict[str, Any] = {}

    def run(name: str, operator: Any, **asked: Any) -> None:
        begins(name)
        told[name] = None
        with suppress(AirflowSkipException):
            told[name] = operator(task_id=name, **asked).execute(context)

    with (
        patch.object(model, "open_encoder", opened),
        patch.object(model, "open_encoder_of", lambda _, knowledge: opened(knowledge)),
    ):
        run("read", documents.DocumentReadOperator)
        run("begin", documents.ReleaseBeginOperator, listing=told["read"])
        release = context["pushed"]["release_id"]
        run("embed", documents.EmbedDocumentsOperator, release=release)
        run("write", of_release.VectorWriteOperator, release=release)
        run("index", of_release.VectorIndexBuildOperator, release=release)
        run("gate", of_release.VectorIndexGateOperator, release=release)
        run("release", of_release.VectorReleaseOperator, release=release)
    return told


if __name__ == "__main__":
    main(sys.argv[1], partial(print, flush=True))
