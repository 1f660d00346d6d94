"""Runs of cost_ingest against the local clouds, and what they left in the ledger."""

import json
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.aws.server import serve as serve_aws
from localcloud.oci.server import serve as serve_oci
from localcloud.samples.load import load

CLOUD = {"oracle": "oci", "aws": "aws"}


@dataclass(frozen=True)
class Clouds:
    """Both local clouds, and the environment by which Airflow finds them."""

    oci: Any
    aws: Any
    environment: dict[str, str]

    def load(self, manifest, **span):
        load(manifest, oci=self.oci, aws=self.aws, **span)


@contextmanager
def local_clouds(folder: Path, manifest):
    """Empty clouds, connections to them, settings that name the samples' sources, a ledger."""
    with serve_oci(folder / "oci") as oci, serve_aws() as aws:
        config = folder / "cloudledger.yaml"
        config.write_text(_config(manifest))
        yield Clouds(
            oci,
            aws,
            {
                "CLOUDLEDGER_CONFIG": str(config),
                "CLOUDLEDGER_HOME": str(folder / "ledger"),
                "AIRFLOW_CONN_OCI_LOCAL": json.dumps(oci_connection(oci)),
                "AIRFLOW_CONN_AWS_LOCAL": json.dumps(aws_connection(aws)),
            },
        )


def _config(manifest):
    return json.dumps({"sources": [_settings(each) for each in manifest.sources]})


def _settings(source):
    on_oci = source.kind == "oci_reports"
    place = {"namespace": source.namespace} if on_oci else {}
    return place | {
        "name": source.name,
        "kind": source.kind,
        "conn_id": "oci_local" if on_oci else "aws_local",
        "bucket": source.bucket,
        "prefix": source.prefix,
    }


def oci_connection(oci, **changes):
    extra = {name: oci.config[name] for name in ("tenancy", "region", "fingerprint", "key_content")}
    extra |= {"auth": "api_key", "service_endpoint": oci.endpoint} | changes
    return {"conn_type": "oci", "login": oci.config["user"], "extra": extra}


def aws_connection(aws):
    extra = {"endpoint_url": aws.endpoint, "region_name": "eu-central-1"}
    return {"conn_type": "aws", "login": "AKIALOCAL", "password": "local", "extra": extra}


def cost_ingest(root):
    """The DAG, without retries: they would wait for minutes, and have tests of their own."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(root / "dags").dags["cost_ingest"]
    for task in dag.tasks:
        if task.is_mapped:
            task.partial_kwargs["retries"] = 0
        else:
            task.retries = 0
    return dag


def fill(home, manifest, root):
    """Take all that lies in the clouds into a ledger there, whatever else a test has set."""
    with pytest.MonkeyPatch.context() as patch:
        home.mkdir(parents=True)
        config = home.with_suffix(".yaml")
        config.write_text(_config(manifest))
        patch.setenv("CLOUDLEDGER_CONFIG", str(config))
        patch.setenv("CLOUDLEDGER_HOME", str(home))
        patch.delenv("CLOUDLEDGER_GOVERNANCE_FILE", raising=False)
        run = cost_ingest(root).test(logical_date=None)
        assert run.state == "success", states(run)


def run_day(dag, end):
    """The run whose interval is the day before ``end``."""
    run = dag.test(logical_date=end)
    assert run.state == "success", states(run)
    return run


def run_period(dag, begin, end, **params):
    """A manual run without an interval, its period given as params."""
    conf = {"from": begin.isoformat(), "to": end.isoformat()} | params
    return dag.test(logical_date=None, run_conf=conf)


def task_context(begin=None, end=None, run_type="manual", states=None, **params):
    """What Airflow hands to a task, for an operator that is used alone."""
    pushed: dict[str, Any] = {}
    begin = begin or datetime(2026, 3, 1, tzinfo=UTC)
    run = SimpleNamespace(
        run_id="alone",
        run_type=run_type,
        run_after=datetime(2026, 3, 20, tzinfo=UTC),
        data_interval_start=begin,
        data_interval_end=end or begin + timedelta(days=30),
        partition_key=None,
    )
    ti = SimpleNamespace(
        dag_id="any",
        run_id="alone",
        xcom_push=pushed.__setitem__,
        get_task_states=lambda **_: {"alone": states or {}},
    )
    return {
        "dag_run": run,
        "ti": ti,
        "params": params,
        "pushed": pushed,
        "outlet_events": defaultdict(lambda: SimpleNamespace(extra={})),
    }


@contextmanager
def warehouse():
    from cloudledger.settings import Settings
    from cloudledger.warehouse.duckdb import open_copy

    copy = open_copy(Settings().warehouse)
    try:
        with copy.transaction() as session:
            yield session
    finally:
        copy.close()


def tables():
    """What must not depend on the order of runs: the roll-up, its tags, the objects' state."""
    with warehouse() as session:
        return {
            "daily_cost": session.query("SELECT * FROM daily_cost ORDER BY grain_key").to_pylist(),
            "tag_set_value": session.query(
                "SELECT * FROM tag_set_value ORDER BY tag_set_id, tag_key"
            ).to_pylist(),
            "source_object": session.query(
                "SELECT object_id, source, uri, etag, bytes, delivered_at, state, format, sha256, "
                "records, lines_kept, lines_set_aside FROM source_object ORDER BY uri"
            ).to_pylist(),
            "open_object": session.query("SELECT * FROM open_object ORDER BY uri").to_pylist(),
        }


def published():
    """Billed cost and lines by cloud, charge day and currency."""
    with warehouse() as session:
        rows = session.query(
            "SELECT provider, charge_day, billing_currency, SUM(billed_cost) AS billed_cost, "
            "CAST(SUM(line_count) AS BIGINT) AS lines FROM daily_cost "
            "GROUP BY provider, charge_day, billing_currency"
        ).to_pylist()
    return {
        (CLOUD[row["provider"]], row["charge_day"], row["billing_currency"]): (
            row["billed_cost"],
            row["lines"],
        )
        for row in rows
    }


def expected(manifest, since, until, without=()):
    """The same, as the samples' manifest tells it, for what was delivered in [since, until)."""
    sums = defaultdict(lambda: (Decimal(0), 0))
    for delivery in manifest.current(until):
        if delivery.delivered_at < since or delivery.key in without:
            continue
        for held in delivery.days:
            cost, lines = sums[delivery.cloud, held.day, held.currency]
            sums[delivery.cloud, held.day, held.currency] = (
                cost + held.billed_cost,
                lines + held.lines,
            )
    return dict(sums)


def uris(deliveries):
    """The reports among the deliveries (a manifest is none)."""
    return sorted(uri(each) for each in deliveries if each.lines)


def uri(delivery):
    if delivery.cloud == "oci":
        return f"oci://{delivery.namespace}/{delivery.bucket}/{delivery.key}"
    return f"s3://{delivery.bucket}/{delivery.key}"


def results(run):
    """The results of a run's tasks, of mapped ones in order."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    found = defaultdict(list)
    with create_session() as session:
        query = XComModel.get_many(key="return_value", run_id=run.run_id, dag_ids=run.dag_id)
        for row in session.scalars(query):
            found[row.task_id].append(XComModel.deserialize_value(row))
    return found


def listed(run):
    """The objects that the run took upon itself."""
    return object_uris(
        batches
        for task, values in results(run).items()
        if task.endswith(".list")
        for batches in values
    )


def object_uris(lists):
    """The objects in the results of list tasks: each is a list of batches of deliveries."""
    return sorted(
        item["uri"]
        for batches in lists
        for batch in batches
        for delivery in batch
        for item in delivery["objects"]
    )


def states(run):
    return {
        f"{ti.task_id}[{ti.map_index}]" if ti.map_index >= 0 else ti.task_id: ti.state
        for ti in run.get_task_instances()
    }


@contextmanager
def answering(dag, option, why):
    """A person answers the run's question as Airflow's API does it."""
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
    from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
    from airflow.models import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    def answer():
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with create_session() as session:
                waiting = session.scalar(
                    select(TaskInstance).where(TaskInstance.state == "awaiting_input")
                )
                if waiting is not None:
                    update_hitl_detail(
                        dag_id=dag.dag_id,
                        dag_run_id=waiting.run_id,
                        task_id=waiting.task_id,
                        update_hitl_detail_payload=UpdateHITLDetailPayload(
                            chosen_options=[option], params_input={"why": why}
                        ),
                        user=SimpleAuthManagerUser(username="ada", role="admin"),
                        session=session,
                    )
                    return
            time.sleep(0.2)

    person = threading.Thread(target=answer)
    person.start()
    try:
        yield
    finally:
        person.join()
