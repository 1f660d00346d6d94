"""budget_governance against both local clouds: planned, approved, made, read back."""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from local_runs import answering, results, states, warehouse

pytestmark = pytest.mark.usefixtures("airflow_db")

AT = datetime(2026, 3, 16, 7, tzinfo=UTC)
TENANCY, PAYER = "ocid1.tenancy.oc1..local", "123456789012"
BUDGETS = [
    {"name": "tenancy", "account": "oci_main", "scope": {"kind": "total"}},
    {
        "name": "shop",
        "account": "oci_main",
        "scope": {"kind": "compartment", "value": "ocid1.compartment.oc1..shop"},
    },
    {"name": "payer", "account": "aws_main", "scope": {"kind": "total"}},
]


def governance_file(budgets):
    accounts = [
        {"name": "oci_main", "kind": "oci", "conn_id": "oci_local", "account_id": TENANCY},
        {"name": "aws_main", "kind": "aws", "conn_id": "aws_local", "account_id": PAYER},
    ]
    currencies = ("EUR", "USD")
    return {
        "accounts": [
            one | {"currency": each} for one, each in zip(accounts, currencies, strict=True)
        ],
        "budget_defaults": {"owners": ["finops@example.com"]},
        "budgets": budgets,
    }


@pytest.fixture
def governed(clouds, root, tmp_path, monkeypatch):
    """The DAG over known forecasts; ``approval`` and the wanted budgets can be set."""
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_FILE", str(tmp_path / "governance.yaml"))
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_DRY_RUN", "false")
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "policy")
    want(tmp_path, BUDGETS)
    foretold(Path(clouds.environment["CLOUDLEDGER_HOME"]))
    return dag_of(root)


def want(folder, budgets):
    (folder / "governance.yaml").write_text(json.dumps(governance_file(budgets)))


def dag_of(root):
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(root / "dags").dags["budget_governance"]
    for task in dag.tasks:
        task.retries = 0
    return dag


def foretold(home):
    """A warehouse in which each scope's month is forecast, and the accounts have had cost."""
    from cloudledger.warehouse.arrow import INSTANT, MONEY
    from cloudledger.warehouse.duckdb import open_duckdb

    series = [
        ("a", "provider", "EUR", "Oracle", None, "1000"),
        ("b", "sub_account", "EUR", "Oracle", "ocid1.compartment.oc1..shop", "500"),
        ("c", "provider", "USD", "AWS", None, "2000"),
    ]
    known = {"as_of": AT - timedelta(hours=1), "run_id": "earlier"}
    kept = [
        {
            "series_id": name,
            "kind": kind,
            "billing_currency": currency,
            "provider_name": provider,
            "sub_account_id": sub_account,
            "first_day": date(2026, 1, 1),
            "last_day": date(2026, 3, 15),
            "filling_days": 0,
            **known,
        }
        for name, kind, currency, provider, sub_account, _ in series
    ]
    forecasts = [
        {
            "series_id": name,
            "forecaster": "smoothing",
            "model_version": "1",
            "origin_day": date(2026, 3, 15),
            "grain": "month",
            "charge_day": date(2026, 3, 1),
            "forecast_cost": Decimal(upper) * Decimal("0.9"),
            "upper_95": Decimal(upper),
            **known,
        }
        for name, *_, upper in series
    ]
    costs = [
        {
            "grain_key": f"{number}",
            "provider": provider.lower(),
            "charge_day": date(2026, 3, 10),
            "provider_name": provider,
            "billing_account_id": account,
            "service_name": "COMPUTE",
            "charge_category": "Usage",
            "billing_currency": currency,
            "billed_cost": Decimal(30),
            "effective_cost": Decimal(30),
            "line_count": 1,
            "mart_version": 1,
        }
        for number, (provider, account, currency) in enumerate(
            [("Oracle", TENANCY, "EUR"), ("AWS", PAYER, "USD")]
        )
    ]

    def table(rows):
        kinds = {Decimal: MONEY, datetime: INSTANT}
        filled = {name: type(value) for row in rows for name, value in row.items() if value}
        fields = [
            (name, kinds.get(kind) or pa.array([row.get(name) for row in rows]).type)
            for name, kind in filled.items()
        ]
        zero = [(name, pa.int64()) for row in rows for name in row if name not in filled]
        return pa.Table.from_pylist(rows, schema=pa.schema(fields + list(dict(zero).items())))

    home.mkdir(parents=True, exist_ok=True)
    with open_duckdb(home / "warehouse.duckdb") as opened:
        opened.migrate()
        with opened.transaction() as session:
            session.insert("cost_series", table([without_none(row) for row in kept]))
            session.insert("cost_forecast", table(forecasts))
            session.insert("daily_cost", table(costs))


def without_none(row):
    return {name: value for name, value in row.items() if value is not None}


def run(dag, at=AT):
    return dag.test(logical_date=None, run_conf={"as_of": at.isoformat()})


def held(clouds):
    """By name and amount what both accounts hold."""
    import boto3
    from oci.budget import BudgetClient

    oci = BudgetClient(clouds.oci.config, service_endpoint=clouds.oci.endpoint)
    found = {one.display_name: int(one.amount) for one in oci.list_budgets(TENANCY).data}
    aws = boto3.client(
        "budgets",
        endpoint_url=clouds.aws.endpoint,
        region_name="eu-central-1",
        aws_access_key_id="AKIALOCAL",
        aws_secret_access_key="local",
    )
    for one in aws.describe_budgets(AccountId=PAYER).get("Budgets", ()):
        found[one["BudgetName"]] = int(Decimal(one["BudgetLimit"]["Amount"]))
    return found


def plans():
    with warehouse() as session:
        return session.query("SELECT * FROM change_plan ORDER BY as_of, plan_id").to_pylist()


WANTED = {"tenancy": 1100, "shop": 550, "payer": 2200}


def test_budgets_are_made_in_both_clouds_and_a_second_run_has_nothing_to_do(governed, clouds):
    first = run(governed)
    assert first.state == "success", states(first)
    assert held(clouds) == WANTED
    assert results(first)["apply"][0]["verified"] == 3
    (plan,) = plans()
    assert (plan["state"], plan["decided_how"]) == ("applied", "policy")
    again = run(governed)
    assert again.state == "success"
    assert results(again)["plan"][0]["changes"] == 0
    assert states(again)["apply"] == "skipped"
    with warehouse() as session:
        kept = session.query("SELECT budget_name, amount FROM budget").to_pylist()
        rules = session.query("SELECT budget_id, percent FROM budget_alert_rule").num_rows
    assert {row["budget_name"]: int(row["amount"]) for row in kept} == WANTED
    assert rules == 9


def test_a_dry_run_changes_nothing(governed, clouds, monkeypatch):
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_DRY_RUN", "true")
    found = run(governed)
    assert states(found)["approve"] == "skipped"
    assert held(clouds) == {}
    assert [plan["state"] for plan in plans()] == ["proposed"]


def test_what_is_wanted_no_more_is_retired_and_what_was_changed_by_hand_is_put_right(
    governed, clouds, tmp_path
):
    run(governed)
    change_by_hand(clouds, "shop", 9999)
    want(tmp_path, BUDGETS[:2])
    found = run(governed)
    assert found.state == "success", states(found)
    assert held(clouds) == {"tenancy": 1100, "shop": 550}
    assert (
        "changed by somebody else: amount 550 becomes 9999"
        in (results(found)["plan"][0]["markdown"])
    )


def change_by_hand(clouds, name, amount):
    from oci.budget import BudgetClient
    from oci.budget.models import UpdateBudgetDetails

    oci = BudgetClient(clouds.oci.config, service_endpoint=clouds.oci.endpoint)
    (one,) = [each for each in oci.list_budgets(TENANCY).data if each.display_name == name]
    oci.update_budget(one.id, UpdateBudgetDetails(amount=amount))


def answered(dag, option, why):
    with answering(dag, option, why):
        return run(dag)


def test_a_person_approves_and_what_they_said_is_kept(governed, clouds, monkeypatch):
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "person")
    found = answered(governed, "Approve", "agreed with the owners")
    assert found.state == "success", states(found)
    assert held(clouds) == WANTED
    (plan,) = plans()
    assert (plan["decided_how"], plan["decided_by"]) == ("person", "ada")
    assert plan["why"] == "agreed with the owners"


def test_a_person_rejects_and_nothing_is_changed(governed, clouds, monkeypatch):
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "person")
    found = answered(governed, "Reject", "")
    assert states(found)["apply"] == "skipped"
    assert held(clouds) == {}
    assert [plan["state"] for plan in plans()] == ["rejected"]


def test_silence_rejects(governed, clouds, monkeypatch):
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner

    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_APPROVAL", "person")
    governed.get_task("approve").response_timeout = timedelta(seconds=1)
    over = threading.Event()

    def sweep():
        scheduler = SchedulerJobRunner(Job())
        while not over.wait(1):
            scheduler.check_awaiting_input_timeouts()

    clock = threading.Thread(target=sweep)
    clock.start()
    try:
        found = run(governed)
    finally:
        over.set()
        clock.join()
    assert states(found)["apply"] == "skipped"
    assert held(clouds) == {}
    (plan,) = plans()
    assert (plan["state"], plan["decided_how"]) == ("rejected", "silence")
