"""The sample company's documents: released once, searched, and found beside each anomaly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from localcloud.demo import airflow
from localcloud.demo.api import Api
from localcloud.demo.follow import follow
from localcloud.samples import Manifest
from localcloud.samples.manifest import Anomaly

DAG_ID = "knowledge_refresh"
QUESTION = "who has to approve 5,000 euros a month"
ANSWER = "policies/spending-approval.md"
CLOUDLEDGER = [sys.executable, "-m", "cloudledger.cli"]
RUNBOOKS = {
    "spike": {"data-transfer-out.md", "nat-gateway-processing.md"},
    "burst": {"batch-job-retries.md"},
    "ramp": {"log-storage-grows.md"},
    "level_shift": {"database-cost-steps-up.md"},
    "drop": {"cost-drops.md"},
    "new_spend": {"gpu-in-sandbox.md"},
}
"""By the kind of an event, the runbooks that were written for it."""

Say = Callable[[str], None]


def run_knowledge(api: Api, at: datetime, say: Say) -> bool:
    """Read, embed, prove and release the documents; whether that went well."""
    run_id = api.trigger(DAG_ID, at=at)
    api.unpause(DAG_ID)
    say(f"run {run_id} of {DAG_ID}: runbooks, policies, contracts and this project's own pages")
    state = follow(api, DAG_ID, run_id, lambda line: say(f"  {line}"))
    say(f"run {run_id}: {state}")
    told = [one for one in api.results(DAG_ID, run_id) if "chunks" in one]
    if told:
        say(f"{told[0].get('documents', '')} documents in {told[0]['chunks']} chunks")
    return state == "success"


def told_answers(manifest: Manifest) -> bool:
    """Ask a question, and look for each planted anomaly's runbook; whether all were found."""
    env = airflow.clean_environment()
    asked = [*CLOUDLEDGER, "search", QUESTION, "--where", "category=policy", "--k", "2"]
    print(f"\ncloudledger search {QUESTION!r} --where category=policy", flush=True)
    subprocess.run(asked, env=env, check=False)
    found = _json([*asked, "--json"], env)["found"]
    wrong = [] if found and found[0]["uri"].endswith(ANSWER) else [f"{ANSWER} is not found first"]
    events = _json([*CLOUDLEDGER, "anomalies", "--days", "100000", "--json"], env)["events"]
    wrong += [line for one in manifest.anomalies if (line := without_runbook(one, events))]
    for line in wrong:
        print(line, flush=True)
    if not wrong:
        print("each planted anomaly stands beside its runbook", flush=True)
    return not wrong


def without_runbook(anomaly: Anomaly, events: list[Mapping[str, Any]]) -> str:
    """What is wrong; empty when the anomaly's event has a runbook that was written for it first."""
    for event in events:
        causes = event["causes"]
        if causes and causes[0]["dimension_values"].get("resource_id") == anomaly.resource_id:
            beside = [one["uri"].rpartition("/")[2] for one in event["runbooks"]]
            if beside and beside[0] in RUNBOOKS[event["kind"]]:
                return ""
            return f"{anomaly.id} stands beside {beside or 'no runbook'}"
    return f"{anomaly.id} has no event"


def _json(command: list[str], env: Mapping[str, str]) -> dict[str, Any]:
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told
