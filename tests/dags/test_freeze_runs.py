"""The DAG remediation freezes compartments of the local OCI, and takes back what is asked."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from local_runs import answering, results, states, warehouse

from tests.support.alerts import alert
from tests.support.quota_accounts import Bench

pytestmark = pytest.mark.usefixtures("airflow_db")

TENANCY = "ocid1.tenancy.oc1..local"
FREEZE = {
    "name": "freeze",
    "kind": "quota_freeze",
    "scopes": ["dev"],
    "justification": "agreed for emergencies",
    "percent": 120,
}
WHY = "miners run in the shop"


def now():
    return datetime.now(UTC)


class File:
    """The governance file; the rest of the section is what a test changes."""

    def __init__(self, path, compartment):
        self.path = path
        self.scope = {"name": "dev", "account": "oci_main", "compartments": [compartment]}

    def want(self, *policies, **other):
        account = {
            "name": "oci_main",
            "kind": "oci",
            "conn_id": "oci_local",
            "account_id": TENANCY,
            "currency": "EUR",
        }
        section = {"enabled": True, "scopes": [self.scope], "policies": policies or [FREEZE]}
        file = {
            "accounts": [account],
            "budgets": [{"name": "all", "account": "oci_main", "scope": {"kind": "total"}}],
            "remediation": section | other,
        }
        self.path.write_text(json.dumps(file))


@pytest.fixture
def bench(clouds):
    return Bench(clouds.oci)


@pytest.fixture
def file(bench, tmp_path):
    file = File(tmp_path / "governance.yaml", bench.web)
    file.want()
    return file


@pytest.fixture
def dag(root, file, monkeypatch):
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_FILE", str(file.path))
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_DRY_RUN", "false")
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "policy")
    dag = DagBag(root / "dags").dags["remediation"]
    for task in dag.tasks:
        task.retries = 0
    return dag


def run(dag, **params):
    # dag.test keeps a run's params for the next one.
    conf = {"as_of": now().isoformat(), "undo": None, "freeze": None, "because": None}
    return dag.test(logical_date=None, run_conf=conf | params)


def by_hand(dag, **params):
    return run(dag, **{"freeze": "freeze", "because": WHY} | params)


def plan_ids():
    with warehouse() as session:
        rows = session.query("SELECT plan_id FROM change_plan ORDER BY as_of").to_pylist()
    return [row["plan_id"] for row in rows]


def ask(plan_id):
    from typer.testing import CliRunner

    from cloudledger.cli import app

    asked = ["plans", plan_id, "--undo", "--because", "the miners are gone"]
    shown = CliRunner().invoke(app, asked)
    assert shown.exit_code == 0, shown.output


def test_by_hand_a_compartment_is_frozen_and_taken_back(dag, bench):
    done = by_hand(dag)
    assert done.state == "success", states(done)
    ((description, statements, tags),) = bench.state().values()
    assert description == f"freeze: by hand: {WHY}"
    assert statements == [
        "zero compute-core quotas in compartment shop:web",
        "zero compute-memory quotas in compartment shop:web",
    ]
    assert tags == {"managed-by": "cloudledger"}
    told = results(done)["plan"][0]["markdown"]
    for part in ("let nothing new be made in shop:web", WHY, "agreed for emergencies"):
        assert part in told
    assert results(run(dag))["plan"][0]["changes"] == 0, "a person's freeze is not lifted by policy"
    back = run(dag, undo=plan_ids()[0], because="the miners are gone")
    assert back.state == "success", states(back)
    assert bench.state() == {}
    assert "the miners are gone" in results(back)["plan"][0]["markdown"]


@pytest.mark.parametrize(
    "params",
    [{"because": None}, {"because": "too short"}, {"freeze": "nights"}, {"undo": "0123"}],
)
def test_a_freeze_that_is_not_asked_for_properly_is_refused(dag, bench, params):
    assert states(by_hand(dag, **params))["plan"] == "failed"
    assert bench.state() == {}


def test_what_is_off_is_not_frozen_by_hand_either(dag, bench, file):
    file.want(enabled=False)
    assert states(by_hand(dag))["plan"] == "skipped"
    assert bench.state() == {}


def test_what_is_protected_is_not_frozen(dag, bench):
    bench.cloud.compartments.change(bench.shop, freeformTags={"environment": "prod"})
    done = by_hand(dag)
    assert "of shop protects it" in results(done)["plan"][0]["markdown"]
    assert bench.state() == {}


@pytest.mark.slow
@pytest.mark.parametrize("why", ["the owners agreed to it", None])
def test_a_person_approves_and_has_to_say_why(dag, bench, monkeypatch, why):
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "person")
    with answering(dag, "Approve", why):
        done = by_hand(dag)
    assert states(done)["apply"] == ("success" if why else "skipped")
    assert len(bench.state()) == (1 if why else 0)


def test_what_is_over_budget_is_frozen_once_and_lifted_when_that_is_over(dag, bench, clouds):
    first = run(dag)
    assert "freeze: nothing was looked at" in results(first)["plan"][0]["markdown"]
    spent("130")
    done = run(dag)
    assert done.state == "success", states(done)
    ((description, _, _),) = bench.state().values()
    assert description == "freeze: agreed for emergencies"
    assert results(run(dag))["plan"][0]["changes"] == 0
    spent("20")
    assert results(run(dag))["plan"][0]["changes"] == 0, "not on the day that it was made"
    long_ago()
    over = run(dag)
    assert over.state == "success", states(over)
    assert bench.state() == {}


@pytest.mark.slow
def test_a_critical_anomaly_of_the_compartment_freezes_it_and_one_of_a_resource_does_not(
    dag, bench, file
):
    policy = {name: value for name, value in FREEZE.items() if name != "percent"}
    file.want(policy | {"anomalies": True})
    unusual(sub_account=bench.web, resource="ocid1.instance.oc1..a")
    assert results(run(dag))["plan"][0]["changes"] == 0
    unusual(sub_account=bench.shop)
    assert results(run(dag))["plan"][0]["changes"] == 0
    unusual(sub_account=bench.web)
    done = run(dag)
    assert done.state == "success", states(done)
    assert len(bench.state()) == 1
    assert "costs ten times as much" in results(done)["plan"][0]["markdown"]


# test_quota_plans and test_plans_carried_out hold the same without Airflow.
@pytest.mark.slow
def test_an_interrupted_freeze_is_finished_by_the_next_run(dag, bench, clouds):
    bench.strike("deny", "create", times=9)
    first = by_hand(dag)
    assert states(first)["apply"] == "failed"
    clouds.oci.faults.clear()
    second = run(dag)
    assert results(second)["finish"][0]["verified"] == 1
    assert len(bench.state()) == 1


# test_quota_plans and test_plans_carried_out hold the same without Airflow.
@pytest.mark.slow
def test_what_was_protected_since_it_was_approved_is_refused(dag, bench, clouds):
    bench.strike("deny", "create", times=9)
    by_hand(dag)
    clouds.oci.faults.clear()
    bench.cloud.compartments.change(bench.web, freeformTags={"protected": "true"})
    run(dag)
    assert bench.state() == {}
    with warehouse() as session:
        (row,) = session.query("SELECT state, told FROM account_change").to_pylist()
    assert (row["state"], "of shop:web protects it" in row["told"]) == ("refused", True)


# test_compartment_freezes holds what is planned of scopes.
@pytest.mark.slow
def test_a_scope_that_left_the_file_is_left_alone(dag, bench, file):
    by_hand(dag)
    there = bench.state()
    file.want(FREEZE | {"scopes": ["other"]}, scopes=[file.scope | {"name": "other"}])
    back = run(dag, undo=plan_ids()[0])
    assert "dev/quotas is not configured any more" in results(back)["plan"][0]["markdown"]
    assert bench.state() == there


def test_what_the_terminal_asks_is_planned_by_the_next_run_and_by_no_other(dag, bench, monkeypatch):
    by_hand(dag)
    there = bench.state()
    ask(plan_ids()[0])
    assert bench.state() == there, "the terminal changes nothing"
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_DRY_RUN", "true")
    assert results(run(dag))["plan"][0]["changes"] == 0
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_DRY_RUN", "false")
    back = run(dag)
    assert back.state == "success", states(back)
    told = results(back)["plan"][0]["markdown"]
    assert f"undo: plan {plan_ids()[0]} is taken back for shop:web: the miners are gone" in told
    assert bench.state() == {}
    assert results(run(dag))["plan"][0]["changes"] == 0


def unusual(**dimensions):
    """One critical anomaly stands, as budget_monitoring leaves it."""
    from cloudledger.alerting.alert_store import keep
    from cloudledger.alerting.turns import look
    from cloudledger.settings import Settings
    from cloudledger.warehouse.duckdb import open_duckdb

    one = alert(
        kind="anomaly",
        severity="critical",
        dimensions={"provider": "Oracle", "service": "Compute", **dimensions},
        first_seen=now(),
        as_of=now(),
        text="it costs ten times as much",
    )
    with open_duckdb(Settings().warehouse) as opened:
        opened.migrate()
        with opened.transaction() as session:
            session.execute("DELETE FROM alert")
            keep(session, look([], [one], now()), "monitoring")


def spent(percent):
    """The status of the tenancy's budget, as budget_monitoring leaves it."""
    import pyarrow as pa

    from cloudledger.settings import Settings
    from cloudledger.warehouse.arrow import INSTANT, MONEY
    from cloudledger.warehouse.duckdb import open_duckdb

    at, day = now(), now().date()
    row = {
        "budget_id": "b",
        "as_of_day": day,
        "month_day": day.replace(day=1),
        "account": "oci_main",
        "budget_name": "all",
        "billing_currency": "EUR",
        "amount": Decimal(100),
        "actual_cost": Decimal(percent),
        "actual_percent": Decimal(percent),
        "days_left": 3,
        "severity": "critical",
        "as_of": at,
        "run_id": "monitoring",
    }
    kinds = {"as_of": INSTANT}
    fields = [
        (name, kinds.get(name) or (MONEY if isinstance(each, Decimal) else pa.scalar(each).type))
        for name, each in row.items()
    ]
    with open_duckdb(Settings().warehouse) as opened, opened.transaction() as session:
        session.execute("DELETE FROM budget_status")
        session.insert("budget_status", pa.Table.from_pylist([row], schema=pa.schema(fields)))


def long_ago():
    """What was done counts as done two days ago."""
    from cloudledger.settings import Settings
    from cloudledger.warehouse.duckdb import open_duckdb

    with open_duckdb(Settings().warehouse) as opened, opened.transaction() as session:
        session.execute("UPDATE account_change SET changed_at = changed_at - INTERVAL 2 DAY")
