"""The DAG remediation against both local clouds: off, planned, approved, made, taken back."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import boto3
import pytest
from local_runs import answering, results, states, warehouse

from tests.support.instance_accounts import IMAGE

pytestmark = pytest.mark.usefixtures("airflow_db")

TENANCY, PAYER = "ocid1.tenancy.oc1..local", "123456789012"
DEV = "ocid1.compartment.oc1..dev"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def now():
    return datetime.now(UTC)


def working_days(*, today):
    """Days that are not near: it is after hours now, whenever now is; or every day."""
    return DAYS if today else (DAYS[(now().weekday() + 3) % 7],)


def section(*, today=False, **other):
    night = {
        "name": "nights",
        "kind": "after_hours",
        "scopes": ["dev", "dev_aws"],
        "justification": "nobody works there at night",
        "timezone": "UTC",
        "days": list(working_days(today=today)),
        "from": now().time().isoformat() if today else "00:00",
        "to": "23:59:59.999999",
    }
    return {
        "enabled": True,
        "scopes": [
            {"name": "dev", "account": "oci_main", "compartments": [DEV]},
            {"name": "dev_aws", "account": "aws_main", "tags": {"environment": "dev"}},
        ],
        "wait_seconds": 1,
        "policies": [night],
    } | other


@pytest.fixture
def governed(clouds, root, tmp_path, monkeypatch):
    """The DAG; ``want`` sets the section of the file."""
    from airflow.dag_processing.dagbag import DagBag

    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_FILE", str(tmp_path / "governance.yaml"))
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_DRY_RUN", "false")
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "policy")
    want(tmp_path, section())
    dag = DagBag(root / "dags").dags["remediation"]
    for task in dag.tasks:
        task.retries = 0
    return dag


def want(folder, remediation, *, budgets=False):
    accounts = [
        {
            "name": "oci_main",
            "kind": "oci",
            "conn_id": "oci_local",
            "account_id": TENANCY,
            "currency": "EUR",
        },
        {
            "name": "aws_main",
            "kind": "aws",
            "conn_id": "aws_local",
            "account_id": PAYER,
            "currency": "USD",
        },
    ]
    file = {"accounts": accounts, "remediation": remediation}
    if budgets:
        file["budgets"] = [{"name": "all", "account": "oci_main", "scope": {"kind": "total"}}]
    (folder / "governance.yaml").write_text(json.dumps(file))


def run(dag, **params):
    return dag.test(logical_date=None, run_conf={"as_of": now().isoformat()} | params)


class Fleet:
    """Instances of both clouds, by name."""

    def __init__(self, clouds):
        self.clouds = clouds
        self.ec2 = boto3.client(
            "ec2",
            endpoint_url=clouds.aws.endpoint,
            region_name="eu-central-1",
            aws_access_key_id="AKIALOCAL",
            aws_secret_access_key="local",
        )
        self.targets = {}

    def on_oci(self, name, **tags):
        plant = self.clouds.oci.instances.plant
        self.targets[name] = plant(name, DEV, freeform_tags=tags)

    def on_aws(self, name, **tags):
        pairs = [{"Key": key, "Value": value} for key, value in {"Name": name, **tags}.items()]
        (made,) = self.ec2.run_instances(
            ImageId=IMAGE,
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": pairs}],
        )["Instances"]
        self.targets[name] = made["InstanceId"]

    def states(self):
        return {name: self.state(target) for name, target in self.targets.items()}

    def state(self, target):
        if target.startswith("ocid1"):
            return self.clouds.oci.instances.get(target).body["lifecycleState"]
        (found,) = self.ec2.describe_instances(InstanceIds=[target])["Reservations"]
        return found["Instances"][0]["State"]["Name"].upper()


@pytest.fixture
def fleet(clouds):
    fleet = Fleet(clouds)
    fleet.on_oci("shop")
    fleet.on_oci("db", Environment="PROD")
    fleet.on_oci("kept", protected="true")
    fleet.on_aws("web", environment="dev")
    fleet.on_aws("other", environment="staging")
    return fleet


RUNNING = dict.fromkeys(("shop", "db", "kept", "web", "other"), "RUNNING")
AT_NIGHT = RUNNING | {"shop": "STOPPED", "web": "STOPPED"}


def plans():
    with warehouse() as session:
        return session.query("SELECT * FROM change_plan ORDER BY as_of, plan_id").to_pylist()


def test_it_is_off_unless_turned_on(governed, fleet, tmp_path):
    want(tmp_path, section(enabled=False))
    done = run(governed)
    assert done.state == "success", states(done)
    assert {states(done)[name] for name in ("plan", "approve", "apply")} == {"skipped"}
    assert fleet.states() == RUNNING


def test_after_hours_what_is_not_protected_is_stopped_once_and_started_in_the_morning(
    governed, fleet, tmp_path
):
    first = run(governed)
    assert first.state == "success", states(first)
    assert fleet.states() == AT_NIGHT
    assert results(first)["apply"][0]["verified"] == 2
    assert results(run(governed))["plan"][0]["changes"] == 0
    want(tmp_path, section(today=True))
    morning = run(governed)
    assert morning.state == "success", states(morning)
    assert fleet.states() == RUNNING


# test_remediation holds what is planned without Airflow.
@pytest.mark.slow
def test_what_a_person_started_at_night_stays_and_what_a_person_stopped_is_not_started(
    governed, fleet, tmp_path
):
    fleet.ec2.stop_instances(InstanceIds=[fleet.targets["web"]])
    run(governed)
    fleet.clouds.oci.instances.act(fleet.targets["shop"], "START", None, None)
    run(governed)
    assert fleet.states() == AT_NIGHT | {"shop": "RUNNING"}
    want(tmp_path, section(today=True))
    run(governed)
    assert fleet.states() == RUNNING | {"web": "STOPPED"}


def test_a_plan_is_taken_back_and_stays_so(governed, fleet):
    run(governed)
    (plan,) = plans()
    back = run(governed, undo=plan["plan_id"])
    assert back.state == "success", states(back)
    assert fleet.states() == RUNNING
    assert f"undo: plan {plan['plan_id']}" in results(back)["plan"][0]["markdown"]
    assert results(run(governed))["plan"][0]["changes"] == 0
    assert fleet.states() == RUNNING


# test_remediation holds what is taken back without Airflow.
@pytest.mark.slow
def test_what_was_protected_since_is_not_taken_back(governed, fleet):
    run(governed)
    (plan,) = plans()
    fleet.clouds.oci.instances.update(
        fleet.targets["shop"], {"freeformTags": {"protected": "true"}}, None
    )
    back = run(governed, undo=plan["plan_id"])
    assert fleet.states() == AT_NIGHT | {"web": "RUNNING"}
    assert "protected: it is left alone" in results(back)["plan"][0]["markdown"]


def test_a_plan_that_does_not_exist_is_not_taken_back(governed, fleet):
    assert states(run(governed, undo="0123"))["plan"] == "failed"


# test_remediation holds the limits without Airflow.
@pytest.mark.slow
def test_a_run_changes_no_more_than_its_limit_and_says_what_waits(governed, fleet, tmp_path):
    want(tmp_path, section(limits={"per_run": 1, "per_hour": 2}))
    for n in range(2):
        fleet.on_oci(f"more{n}")
    told = [results(run(governed))["plan"][0] for _ in range(3)]
    assert [one["changes"] for one in told] == [1, 1, 0]
    assert "3 more instances wait" in told[0]["markdown"]
    assert sorted(fleet.states().values()).count("STOPPED") == 2


def test_a_dry_run_stops_nothing(governed, fleet, monkeypatch):
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_DRY_RUN", "true")
    done = run(governed)
    assert results(done)["plan"][0]["changes"] == 2
    assert states(done)["approve"] == "skipped"
    assert fleet.states() == RUNNING


# test_instance_plans holds the same without Airflow.
@pytest.mark.slow
def test_one_that_stops_slowly_is_finished_by_the_next_run(governed, fleet, clouds, monkeypatch):
    clouds.oci.instances.takes = timedelta(hours=1)
    first = run(governed)
    assert states(first)["apply"] == "failed"
    assert fleet.states()["web"] == "STOPPED", "the others are not kept waiting"
    assert [plan["state"] for plan in plans()] == ["approved"]
    clouds.oci.instances.settle(fleet.targets["shop"])
    second = run(governed)
    assert second.state == "success", states(second)
    assert results(second)["finish"][0]["verified"] == 2
    assert plans()[0]["state"] == "applied"
    assert fleet.states() == AT_NIGHT


# test_remediation holds what is refused once it must not be, without Airflow.
@pytest.mark.slow
def test_what_was_approved_is_not_stopped_in_working_hours(governed, fleet, clouds, tmp_path):
    clouds.oci.faults.deny(2, path="/instances/", method="POST")
    first = run(governed)
    assert states(first)["apply"] == "failed"
    assert [plan["state"] for plan in plans()] == ["approved"]
    clouds.oci.faults.clear()
    want(tmp_path, section(today=True))
    later = run(governed)
    assert later.state == "success", states(later)
    assert fleet.states() == RUNNING
    with warehouse() as session:
        told = session.query("SELECT told FROM account_change").to_pylist()
    assert "working hours of nights" in "".join(one["told"] or "" for one in told)


@pytest.mark.parametrize(
    "why",
    ["the owners agreed to it", *(pytest.param(no, marks=pytest.mark.slow) for no in ("ok", None))],
)
def test_a_person_who_approves_has_to_say_why(governed, fleet, monkeypatch, why):
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "person")
    with answering(governed, "Approve", why):
        done = run(governed)
    (plan,) = plans()
    if why and len(why) > 2:
        assert states(done)["apply"] == "success"
        assert (plan["decided_by"], plan["why"]) == ("ada", why)
        assert fleet.states() == AT_NIGHT
    else:
        assert states(done)["apply"] == "skipped"
        assert plan["state"] == "rejected"
        assert "without saying why" in plan["why"]
        assert fleet.states() == RUNNING
        assert results(run(governed))["plan"][0]["changes"] == 0, "once an evening it is asked"


def test_one_that_nobody_used_is_stopped_and_one_without_a_metric_is_not(
    governed, fleet, clouds, tmp_path
):
    idle = {
        "name": "unused",
        "kind": "idle",
        "scopes": ["dev"],
        "justification": "what nobody uses costs money",
        "days": 2,
        "below_percent": 5,
    }
    want(tmp_path, section(policies=[idle]))
    fleet.on_oci("silent")
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    for name in ("shop", "db"):
        clouds.oci.metrics.plant(
            "oci_computeagent",
            "CpuUtilization",
            DEV,
            {"resourceId": fleet.targets[name]},
            [(midnight - timedelta(hours=n), 1.0) for n in range(1, 48)],
        )
    done = run(governed)
    assert fleet.states() == RUNNING | {"shop": "STOPPED", "silent": "RUNNING"}
    assert "unused: silent: no utilisation" in results(done)["plan"][0]["markdown"]


def test_what_is_hardly_used_is_made_smaller_and_taken_back(governed, fleet, clouds, tmp_path):
    flex = {
        "name": "flex",
        "kind": "resize",
        "scopes": ["dev"],
        "justification": "it is larger than it needs to be",
        "days": 2,
        "below_percent": 5,
        "ocpus": "0.5",
        "memory_gb": 8,
    }
    want(tmp_path, section(policies=[flex]))
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    for name in ("shop", "db"):
        clouds.oci.metrics.plant(
            "oci_computeagent",
            "CpuUtilization",
            DEV,
            {"resourceId": fleet.targets[name]},
            [(midnight - timedelta(hours=n), 1.0) for n in range(1, 48)],
        )

    def sizes():
        held = [clouds.oci.instances.get(fleet.targets[name]).body for name in ("shop", "db")]
        return [one["shapeConfig"]["ocpus"] for one in held]

    done = run(governed)
    assert done.state == "success", states(done)
    assert sizes() == [0.5, 1.0], "one of the two is protected"
    assert "OCI reboots it" in results(done)["plan"][0]["markdown"]
    assert results(run(governed))["plan"][0]["changes"] == 0
    (plan,) = [one for one in plans() if one["state"] == "applied"][:1]
    assert run(governed, undo=plan["plan_id"]).state == "success"
    assert sizes() == [1.0, 1.0]
    assert results(run(governed))["plan"][0]["changes"] == 0, "what was taken back stays so"
    assert fleet.states() == RUNNING


def test_what_is_over_budget_is_tagged_and_untagged_when_that_is_over(
    governed, fleet, clouds, tmp_path
):
    over = {
        "name": "over",
        "kind": "over_budget",
        "scopes": ["dev"],
        "justification": "owners have to see it",
    }
    odd = over | {"name": "odd", "kind": "critical_anomaly"}
    want(tmp_path, section(policies=[over, odd]), budgets=True)
    first = run(governed)
    assert "nothing was looked at" in results(first)["plan"][0]["markdown"]
    spent("120")
    assert run(governed).state == "success"
    shop = fleet.targets["shop"]
    assert clouds.oci.instances.get(shop).body["freeformTags"] == {"cost_alerted": "over"}
    spent("20")
    assert run(governed).state == "success"
    assert clouds.oci.instances.get(shop).body["freeformTags"] == {}
    assert fleet.states() == RUNNING


def spent(percent):
    """The status of the tenancy's budget, as budget_monitoring leaves it."""
    import pyarrow as pa

    from cloudledger.settings import Settings
    from cloudledger.warehouse.arrow import INSTANT, MONEY
    from cloudledger.warehouse.duckdb import open_duckdb

    at, day = now(), now().date()
    kinds = {"as_of": INSTANT}
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
    fields = [
        (name, kinds.get(name) or (MONEY if isinstance(each, Decimal) else pa.scalar(each).type))
        for name, each in row.items()
    ]
    with open_duckdb(Settings().warehouse) as opened, opened.transaction() as session:
        session.execute("DELETE FROM budget_status")
        session.insert("budget_status", pa.Table.from_pylist([row], schema=pa.schema(fields)))
