"""What ``make demo`` and ``make down`` do, step by step."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudledger import exact
from localcloud.demo import (
    airflow,
    capacity,
    clouds,
    governance,
    insights,
    knowledge,
    places,
    processes,
)
from localcloud.demo.api import Api
from localcloud.demo.follow import follow
from localcloud.samples import Manifest

DAG_ID = "cost_ingest"
USAGE_DAG_ID = "usage_collect"
INSIGHTS_DAG_ID = "cost_insights"
CAPACITY_DAG_ID = "capacity_plan"
USAGE_DAYS = 90
Say = Callable[[str], None]


class AlreadyRunning(Exception):
    """Another ``make demo`` or ``make down`` is at work."""


def up(*, headless: bool) -> int:
    """Start what does not run yet, run its DAGs once over the samples, tell the result.

    Returns 0 when all runs were green, the ledger holds what was generated, every planted anomaly
    was found with its cause and its runbook, units are planned for each load, and the budgets are
    made, or wait for approval. Headless, everything is stopped again, however it ended.
    """
    say = _clock()
    with _alone():
        finished = False
        try:
            # A headless run brings its own settings, and everything is stopped after it anyway.
            address = None if headless else _running()
            fresh = address is None
            address = address or _start(say, governance.BY_POLICY if headless else {})
            states = {
                DAG_ID: _run(address, say, fresh=fresh),
                USAGE_DAG_ID: _run_usage(address, say, fresh=fresh),
            }
            at = _delivered(Manifest.read(places.SAMPLES))
            api = _api(address, knowledge.DAG_ID, say, fresh=fresh)
            released = knowledge.run_knowledge(api, at, say)
            states |= {
                INSIGHTS_DAG_ID: _run_insights(address, say, fresh=fresh),
            }
            states[CAPACITY_DAG_ID], plans = _run_capacity(address, say, fresh=fresh)
            api = _api(address, governance.DAG_ID, say, fresh=fresh)
            governed = governance.run_budgets(api, at, say, headless=headless)
            equal = _told_summary()
            found = insights.told_anomalies(Manifest.read(places.SAMPLES))
            planned = capacity.told_plans(plans)
            answered = knowledge.told_answers(Manifest.read(places.SAMPLES))
            finished = True
        finally:
            if headless or not finished:
                _stopped(say)
    red = {dag_id: state for dag_id, state in states.items() if state != "success"}
    for dag_id, state in red.items():
        logs = places.shown(places.AIRFLOW_HOME / "logs")
        say(f"the run of {dag_id} ended {state}: its logs are in {logs}")
    if not headless:
        _tell_where(address)
    good = equal and found and planned and governed and released and answered
    return 0 if good and not red else 1


def down() -> int:
    """Stop what :func:`up` started, and nothing else."""
    say = _clock()
    with _alone():
        if not _stopped(say):
            say("nothing of the demo is running")
    return 0


def _running() -> str | None:
    """Airflow's address, when everything runs and is healthy."""
    found = {process.name: process for process in processes.recorded(places.PROCESSES)}
    wanted = {"localcloud-oci", "localcloud-aws", *airflow.COMPONENTS}
    if not wanted <= found.keys() or not all(found[name].is_running() for name in wanted):
        return None
    address = found[airflow.API_SERVER].address
    return address if airflow.is_healthy(address) else None


def _start(say: Say, settings: Mapping[str, str]) -> str:
    _stopped(say)
    manifest = clouds.sample_reports()
    say(
        f"sample reports: {len(manifest.deliveries)} deliveries, "
        f"{sum(each.lines for each in manifest.deliveries):,} lines, "
        f"{manifest.start} to {manifest.end - timedelta(days=1)}"
    )
    env = airflow.clean_environment()
    planted = clouds.plant_oci(manifest)
    oci, aws = clouds.start(env)
    planted += clouds.plant_aws(manifest, aws.address)
    say(f"local clouds: OCI at {oci.address}, AWS at {aws.address}, {planted} deliveries planted")
    say("Airflow: starting (half a minute to two)")
    started = airflow.start({**env, **clouds.connections(oci, aws), **settings})
    address = next(process.address for process in started if process.address)
    say(f"Airflow: healthy at {address}")
    return address


def _run(address: str, say: Say, *, fresh: bool) -> str:
    """The state that one run over every delivery ended in; ``fresh``: Airflow just came up."""
    manifest = Manifest.read(places.SAMPLES)
    start, end = _midnight(manifest.start), _delivered(manifest)
    api = _api(address, DAG_ID, say, fresh=fresh)
    run_id = api.trigger(DAG_ID, start, end)
    return _ended(api, DAG_ID, run_id, say, f"what was delivered from {start:%F} to {end:%F}")


def _run_usage(address: str, say: Say, *, fresh: bool) -> str:
    """The state that one question to the usage APIs ended in, asked when all was delivered."""
    manifest = Manifest.read(places.SAMPLES)
    end = _midnight(manifest.end)
    start = end - timedelta(days=USAGE_DAYS)
    api = _api(address, USAGE_DAG_ID, say, fresh=fresh)
    run_id = api.trigger(USAGE_DAG_ID, start, end, at=_delivered(manifest))
    return _ended(api, USAGE_DAG_ID, run_id, say, f"usage from {start:%F} to {end:%F}")


def _run_insights(address: str, say: Say, *, fresh: bool) -> str:
    """The state that the run ended in that forecasts and finds anomalies, asked at the end."""
    at = _delivered(Manifest.read(places.SAMPLES))
    api = _api(address, INSIGHTS_DAG_ID, say, fresh=fresh)
    run_id = api.trigger(INSIGHTS_DAG_ID, at=at)
    return _ended(api, INSIGHTS_DAG_ID, run_id, say, f"what was known at {at:%F %R}")


def _run_capacity(address: str, say: Say, *, fresh: bool) -> tuple[str, list[Mapping[str, Any]]]:
    """The state that the run ended in that plans units for the loads at the samples' end, and
    what each of its tasks told.
    """
    day = _midnight(Manifest.read(places.SAMPLES).end)
    start, end = day - timedelta(days=1), day + timedelta(hours=1)  # a day's file comes after it
    api = _api(address, CAPACITY_DAG_ID, say, fresh=fresh)
    run_id = api.trigger(CAPACITY_DAG_ID, start, end, at=end)
    state = _ended(api, CAPACITY_DAG_ID, run_id, say, f"loads up to {end:%F %R}")
    return state, api.results(CAPACITY_DAG_ID, run_id)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _delivered(manifest: Manifest) -> datetime:
    return max(each.delivered_at for each in manifest.deliveries) + timedelta(seconds=1)


def _api(address: str, dag_id: str, say: Say, *, fresh: bool) -> Api:
    api = Api(address, airflow.USER, airflow.password())
    api.make_pool("warehouse", 1, "one writer at a time")
    api.wait_for(dag_id)
    if fresh and (left := api.end_runs(dag_id)):
        say(f"ended what was left unfinished: {', '.join(left)}")
    return api


def _ended(api: Api, dag_id: str, run_id: str, say: Say, what: str) -> str:
    api.unpause(dag_id)
    say(f"run {run_id} of {dag_id}: {what}")
    state = follow(api, dag_id, run_id, lambda line: say(f"  {line}"))
    say(f"run {run_id}: {state}")
    return state


def _told_summary() -> bool:
    """Print ``cloudledger summary`` and what differs from the usage APIs; whether the ledger
    reconciles and holds what was generated.
    """
    print(flush=True)
    command = [sys.executable, "-m", "cloudledger.cli"]
    env = airflow.clean_environment()
    summary = subprocess.run([*command, "summary"], env=env, check=False)
    subprocess.run([*command, "usage", "--limit", "10"], env=env, check=False)
    cost = [*command, "cost", "--by", "currency", "--json"]
    told = subprocess.run(cost, env=env, check=True, stdout=subprocess.PIPE, text=True)
    held = {
        row["currency"]: Decimal(row["billed_cost"]) for row in json.loads(told.stdout)["totals"]
    }
    generated: dict[str, Decimal] = {}
    for (_, currency), amount in Manifest.read(places.SAMPLES).totals().items():
        generated[currency] = exact.add(generated.get(currency, Decimal(0)), amount)
    if held == generated:
        print("equal to what the sample reports were made to hold, to the last digit", flush=True)
    else:
        print(f"the sample reports were made to hold something else: {generated}", flush=True)
    return summary.returncode == 0 and held == generated


def _tell_where(address: str) -> None:
    config = places.shown(places.CONFIG)
    print(
        f"\nAirflow   {address}   user {airflow.USER}, password {airflow.password()} "
        f"(kept in {places.shown(places.PASSWORDS)})"
        f"\nTerminal  CLOUDLEDGER_CONFIG={config} .venv/bin/cloudledger cost --by provider,service"
        "\nStop      make down",
        flush=True,
    )


def _stopped(say: Say) -> list[str]:
    names = processes.stop_all(places.PROCESSES)
    if names:
        say(f"stopped {', '.join(names)}")
    return names


@contextmanager
def _alone() -> Iterator[None]:
    places.HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
    with places.LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(
                f"another `make demo` or `make down` holds {places.shown(places.LOCK)}: "
                "wait for it, or interrupt it"
            ) from error
        yield


def _clock() -> Say:
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {line}", flush=True)

    return say
