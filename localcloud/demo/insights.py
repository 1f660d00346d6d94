"""Whether cost_insights found what was planted in the samples, and little else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from localcloud.demo import airflow
from localcloud.samples import Manifest
from localcloud.samples.manifest import Anomaly

OTHERS = 2
"""Events beside the planted ones that are borne."""

Event = Mapping[str, Any]


def told_anomalies(manifest: Manifest) -> bool:
    """Print the events and hold them against those that were planted; whether all are found.

    What the next hours will cost is printed before.
    """
    cloudledger = [sys.executable, "-m", "cloudledger.cli"]
    command = [*cloudledger, "anomalies", "--days", "100000"]
    env = airflow.clean_environment()
    for told in ([*cloudledger, "forecast", "--hourly"], command):
        print(flush=True)
        subprocess.run(told, env=env, check=False)
    found = subprocess.run(
        [*command, "--json"], env=env, check=True, stdout=subprocess.PIPE, text=True
    )
    events = json.loads(found.stdout)["events"]
    wrong = differences(manifest.anomalies, events)
    for line in wrong:
        print(line, flush=True)
    if not wrong:
        others = len(events) - len(manifest.anomalies)
        print(
            f"each of the {len(manifest.anomalies)} planted anomalies is found with its cause "
            f"first, and {others} other events",
            flush=True,
        )
    return not wrong


def differences(planted: Sequence[Anomaly], events: Sequence[Event]) -> list[str]:
    """What is wrong with the events: planted ones that are missing or explained by something else,
    and more than two others."""
    wrong = []
    others = list(events)
    for anomaly in planted:
        same = [event for event in events if _shows(event, anomaly)]
        others = [event for event in others if event not in same]
        if not same:
            wrong.append(f"{anomaly.id} is not found: {anomaly.cause}")
        elif not any(_names(event, anomaly) for event in same):
            wrong.append(f"{anomaly.id} is found, and its cause is not named first")
    if len(others) > OTHERS:
        named = ", ".join(str(event["event_id"]) for event in others)
        wrong.append(f"{len(others)} other events, more than {OTHERS}: {named}")
    return wrong


def _shows(event: Event, anomaly: Anomaly) -> bool:
    """Whether an event is of the anomaly's currency, direction and days, and of its service and
    account where it is of one."""
    account = event["sub_account_id"] in (None, anomaly.account_id)
    return (
        event["billing_currency"] == anomaly.currency
        and (float(event["excess_cost"]) > 0) == (anomaly.excess > 0)
        and date.fromisoformat(event["start_day"]) <= anomaly.last_day
        and date.fromisoformat(event["end_day"]) >= anomaly.first_day
        and event["service_name"] in (None, anomaly.service)
        and account
    )


def _names(event: Event, anomaly: Anomaly) -> bool:
    causes = event["causes"]
    return bool(causes) and causes[0]["dimension_values"].get("resource_id") == anomaly.resource_id
