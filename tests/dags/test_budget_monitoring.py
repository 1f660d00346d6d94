"""budget_monitoring: how far budgets are spent; alerts told once, when worse, and when over."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from budget_runs import AT, BUDGETS, TENANCY, foretold, governance_file
from local_runs import results, states, warehouse

from cloudledger.governance.budgets.store import save_budgets
from cloudledger.governance.change import Found
from cloudledger.governance.config import Governance
from cloudledger.warehouse.duckdb import open_duckdb

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture
def monitored(clouds, root, tmp_path, monkeypatch):
    """The DAG over the forecasts of test_budget_governance, with budgets of 1,000 each."""
    from airflow.dag_processing.dagbag import DagBag

    file = governance_file(BUDGETS)
    (tmp_path / "governance.yaml").write_text(json.dumps(file))
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_FILE", str(tmp_path / "governance.yaml"))
    home = Path(clouds.environment["CLOUDLEDGER_HOME"])
    foretold(home)
    governance = Governance.model_validate(file)
    with open_duckdb(home / "warehouse.duckdb") as opened, opened.transaction() as session:
        for account in governance.accounts:
            found = {
                one.name: Found(
                    {
                        "amount": "1000",
                        "scope": {"kind": one.scope.kind},
                        "rules": [{"type": "ACTUAL", "percent": "70", "emails": ["a@b.example"]}],
                        "managed": True,
                    }
                )
                for one in governance.budgets
                if one.account == account.name
            }
            save_budgets(session, account, found, read_at=AT, run_id="earlier")
    dag = DagBag(root / "dags").dags["budget_monitoring"]
    for task in dag.tasks:
        task.retries = 0
    return dag, home


def told(monitored, at):
    dag, _ = monitored
    run = dag.test(logical_date=None, run_conf={"as_of": at.isoformat()})
    assert run.state == "success", states(run)
    return [line.partition(" of ")[0] for line in results(run)["status"][0]["told"]]


def spend(monitored, more):
    """More usage of the tenancy in the month that is looked at."""
    _, home = monitored
    with open_duckdb(home / "warehouse.duckdb") as opened, opened.transaction() as session:
        session.execute(
            "UPDATE daily_cost SET effective_cost = effective_cost + CAST(:more AS DECIMAL(38, 24))"
            " WHERE billing_account_id = :account",
            more=Decimal(more),
            account=TENANCY,
        )


def test_an_alert_is_told_once_when_worse_and_when_over(monitored):
    day = timedelta(days=1)
    # The payer's month is foretold at 1,800 of 1,000.
    assert told(monitored, AT) == ["firing critical budget payer"]
    spend(monitored, 600)
    assert told(monitored, AT + day) == ["firing medium budget tenancy"]
    assert told(monitored, AT + 2 * day) == []
    spend(monitored, 300)
    assert told(monitored, AT + 3 * day) == ["worse critical budget tenancy"]
    spend(monitored, -900)
    assert told(monitored, AT + 4 * day) == ["resolved critical budget tenancy"]
    with warehouse() as session:
        rows = session.query("SELECT subject, state FROM alert ORDER BY subject").to_pylist()
        status = session.query("SELECT as_of_day FROM budget_status").num_rows
    assert [row["state"] for row in rows] == ["firing", "resolved"]
    assert status == 15


def test_a_run_of_an_earlier_instant_changes_nothing(monitored):
    told(monitored, AT)
    spend(monitored, 600)
    assert told(monitored, AT - timedelta(hours=3)) == []
    with warehouse() as session:
        assert session.query("SELECT * FROM alert").num_rows == 1
