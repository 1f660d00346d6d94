"""chargeback over a ledger that cost_ingest has filled: months, closing, late data, look-back."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from local_airflow import Airflow
from local_runs import (
    cost_ingest,
    local_clouds,
    published,
    results,
    states,
    task_context,
    warehouse,
)

from cloudledger import exact
from localcloud.samples.generate import generate

MARCH = datetime(2026, 4, 3, 7, tzinfo=UTC)
"""The end of the interval of the run that charges March back."""
OCTOBER = datetime(2026, 10, 3, 7, tzinfo=UTC)
EARLY = datetime(2026, 3, 10, 6, tzinfo=UTC)
CENTERS = ("CC-1100", "CC-2200", "CC-3300", "CC-3400", "CC-4400")
SHARED = {"name": "platform", "select": {"tags": {"cost_center": ["CC-9000"]}}}
GOVERNANCE = {
    "chargeback": {
        "centers": [{"code": code, "name": code, "owner": "finops"} for code in CENTERS],
        "pools": [SHARED | {"split": {"by": "usage"}}],
        "journal": {
            "clearing_account": "1590",
            "expense_account": "6400",
            "unassigned_account": "6499",
        },
    }
}

pytestmark = pytest.mark.usefixtures("airflow_db")


@pytest.fixture
def governed(tmp_path, monkeypatch):
    """Writes what the governance file says."""
    file = tmp_path / "governance.yaml"
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_FILE", str(file))

    def say(**more):
        told = GOVERNANCE["chargeback"] | more
        file.write_text(json.dumps({"chargeback": told}))

    say()
    return say


@pytest.fixture
def chargeback(root):
    """The DAG."""
    return dag_of(root)


def dag_of(root):
    """The DAG without retries: they would wait for minutes. Params of a run stay in it."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(root / "dags").dags["chargeback"]
    for task in dag.tasks:
        task.retries = 0
    return dag


def charge(dag, end=MARCH):
    """The run of the interval that ends then, as the scheduler would make it."""
    run = dag.test(logical_date=end, run_after=end)
    assert run.state == "success", states(run)
    (told,) = results(run)["charge_back"]
    return told


def charge_march(dag, **params):
    """A run by hand."""
    conf = {"from": "2026-03-01", "to": "2026-04-01"} | params
    run = dag.test(logical_date=None, run_after=MARCH, run_conf=conf)
    assert run.state == "success", states(run)
    return results(run)["charge_back"][0]["charged"]


def rows(query):
    with warehouse() as session:
        return session.query(query).to_pylist()


def kept():
    return {
        name: rows(f"SELECT * EXCLUDE run_id FROM {name} ORDER BY ALL")
        if name == "chargeback_period"
        else rows(f"SELECT * FROM {name} ORDER BY ALL")
        for name in ("chargeback_period", "chargeback_line", "chargeback_change")
    }


def ingest(root):
    assert cost_ingest(root).test(logical_date=None).state == "success"


def test_march_is_charged_to_the_last_digit_and_a_second_run_changes_nothing(
    take_in, chargeback, governed
):
    take_in()
    told = charge(chargeback)
    assert [one["currency"] for one in told["charged"]] == ["EUR", "USD"]
    billed = {"EUR": Decimal(0), "USD": Decimal(0)}
    for (_, day, currency), (cost, _) in published().items():
        if currency in billed:
            assert day.month == 3
            billed[currency] = exact.add(billed[currency], cost)
    lines = rows("SELECT billing_currency, SUM(amount) AS amount FROM chargeback_line GROUP BY ALL")
    assert {row["billing_currency"]: row["amount"] for row in lines} == billed
    for one in told["charged"]:
        assert (one["month"], one["version"], one["state"]) == ("2026-03", 1, "open")
        assert Decimal(one["total"]) == billed[one["currency"]]
        assert (Path(one["statements"]) / "summary.html").is_file()
    before = kept()
    again = charge(chargeback)
    assert {one["done"] for one in again["charged"]} == {"replaced"}
    assert kept() == before


@pytest.mark.slow
def test_a_closed_month_gets_a_new_version_from_late_data_by_a_later_run(
    clouds, manifest, root, take_in, chargeback, governed, capfd
):
    take_in(until=EARLY)
    first = charge_march(chargeback, close=True)
    assert {one["state"] for one in first} == {"closed"}
    assert all((Path(one["statements"]) / "journal.csv").is_file() for one in first)
    closed = kept()
    assert {one["done"] for one in charge_march(chargeback)} == {"unchanged"}
    assert kept() == closed

    clouds.load(manifest, since=EARLY)
    ingest(root)
    april = datetime(2026, 5, 3, 7, tzinfo=UTC)
    run = dag_of(root).test(logical_date=april, run_after=april)
    assert states(run) == {"charge_back": "failed"}
    assert "there is no cost in 2026-04" in capfd.readouterr().out
    now = kept()
    assert [row for row in now["chargeback_line"] if row["version"] == 1] == (
        closed["chargeback_line"]
    )
    second = [row for row in now["chargeback_period"] if row["version"] == 2]
    assert {(row["state"], row["reason"]) for row in second} == {("open", "late data")}
    grown = sum(row["total_cost"] for row in second) - sum(
        row["total_cost"] for row in closed["chargeback_period"]
    )
    moved = [row["amount_after"] - row["amount_before"] for row in now["chargeback_change"]]
    assert grown == sum(moved) > 0
    folder = Path(first[0]["statements"]).parent / "v2"
    assert (folder / "changes.csv").is_file()


def test_a_driver_table_without_the_month_turns_the_run_red_and_leaves_nothing(
    take_in, chargeback, governed, tmp_path, capfd
):
    table = tmp_path / "drivers.csv"
    table.write_text("month,driver,cost_center,units\n2026-02,seats,CC-1100,3\n")
    governed(drivers=str(table), pools=[SHARED | {"split": {"by": "driver", "driver": "seats"}}])
    take_in()
    run = chargeback.test(logical_date=MARCH, run_after=MARCH)
    assert states(run) == {"charge_back": "failed"}
    assert "has no row of seats in 2026-03: add the month's units" in capfd.readouterr().out
    assert kept() == {name: [] for name in kept()}


def test_without_centers_nothing_is_charged(clouds, chargeback, governed):
    governed(centers=[], pools=[])
    run = chargeback.test(logical_date=MARCH, run_after=MARCH)
    assert states(run) == {"charge_back": "skipped"}


@pytest.mark.parametrize(
    ("given", "months"),
    [
        (
            {
                "begin": datetime(2026, 10, 3, 7, tzinfo=UTC),
                "end": datetime(2026, 11, 3, 7, tzinfo=UTC),
            },
            [10],
        ),
        ({"from": "2026-08-01", "to": "2026-11-01"}, [8, 9, 10]),
        ({"from": "2026-07-15", "to": "2026-09-30"}, [8]),
    ],
)
def test_a_run_stands_for_the_months_that_ended_or_that_lie_between_its_params(given, months):
    from cloudledger_airflow.period import months_asked

    assert months_asked(task_context(**given)) == tuple(date(2026, month, 1) for month in months)


def test_a_run_by_hand_stands_for_the_last_month_by_its_own_instant():
    from cloudledger_airflow.period import months_asked

    context = task_context()
    context["dag_run"].data_interval_start = context["dag_run"].data_interval_end = None
    assert months_asked(context) == (date(2026, 2, 1),)


def test_no_whole_month_between_the_params_is_a_mistake():
    from cloudledger_airflow.period import months_asked

    with pytest.raises(ValueError, match="no whole month lies in"):
        months_asked(task_context(**{"from": "2026-10-02", "to": "2026-11-01"}))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_backfill_charges_each_month_of_its_intervals(
    chargeback, governed, root, tmp_path, monkeypatch
):
    manifest = generate(tmp_path / "samples", days=20, end=date(2026, 3, 10))
    with local_clouds(tmp_path, manifest) as clouds:
        for name, value in clouds.environment.items():
            monkeypatch.setenv(name, value)
        clouds.load(manifest)
        ingest(root)
    airflow = Airflow(tmp_path / "airflow", clouds.environment)
    begins = [datetime(2026, month, 3, 7, tzinfo=UTC) for month in (2, 3)]
    assert airflow.backfill("chargeback", begins) == {"success"}
    found = rows(
        "SELECT charge_month, as_of, SUM(total_cost) AS total FROM chargeback_period GROUP BY ALL"
    )
    assert {row["charge_month"]: row["as_of"] for row in found} == {
        date(2026, 2, 1): datetime(2026, 3, 3, 7, tzinfo=UTC),
        date(2026, 3, 1): MARCH,
    }
    billed = exact.total(cost for (_, _, currency), (cost, _) in published().items() if currency)
    assert exact.total(row["total"] for row in found) == billed
