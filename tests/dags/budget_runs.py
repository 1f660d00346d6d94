"""Runs of budget_governance over known forecasts, and what both local clouds hold then."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from local_runs import warehouse

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


def govern(clouds, root, tmp_path, monkeypatch):
    """The DAG, without retries; ``approval`` and the wanted budgets can be set."""
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
    from tests.support.empty_warehouse import migrated

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
    with migrated(home / "warehouse.duckdb") as opened, opened.transaction() as session:
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
