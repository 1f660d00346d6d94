"""cost_insights over a ledger that cost_ingest has filled: what a run knows, and what it leaves."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from local_runs import cost_ingest, results, states, task_context, warehouse

END = datetime(2026, 3, 20, 6, tzinfo=UTC)
"""Days after the samples' last charge day, when all of their reports are delivered."""

pytestmark = pytest.mark.usefixtures("airflow_db")


def insights(root):
    """The DAG without retries: they would wait for minutes."""
    from airflow.dag_processing.dagbag import DagBag

    dag = DagBag(root / "dags").dags["cost_insights"]
    for task in dag.tasks:
        task.retries = 0
    return dag


def tell(dag, as_of):
    """A run that stands for an instant."""
    run = dag.test(run_after=as_of, logical_date=None)
    assert run.state == "success", states(run)
    return run


def rows(query):
    with warehouse() as session:
        return session.query(query).to_pylist()


def insights_tables():
    """What runs have written, without which run it was."""
    return {
        table: rows(f"SELECT * EXCLUDE run_id FROM {table} ORDER BY ALL")
        for table in (
            "cost_series",
            "cost_forecast",
            "cost_forecast_sum",
            "forecast_accuracy",
            "anomaly_event",
            "cost_trend",
            "efficiency_score",
            "efficiency_part",
            "cost_change_split",
            "unit_cost",
            "unit_price_change",
        )
    } | {"anomaly_cause": rows("SELECT * FROM anomaly_cause ORDER BY ALL")}


def test_a_run_forecasts_every_series_and_a_second_one_changes_nothing(take_in, root):
    take_in()
    dag = insights(root)
    run = tell(dag, END)
    first = insights_tables()
    (told,) = results(run)["forecast"]
    assert told["as_of"] == END.isoformat()
    assert told["series"] == told["forecast"] == len(first["cost_series"])
    assert len(first["cost_forecast"]) >= told["rows"]
    assert {row["as_of"] for row in first["cost_series"]} == {END}
    assert max(row["last_day"] for row in first["cost_series"]) == date(2026, 3, 14)
    tell(dag, END)
    assert insights_tables() == first


@pytest.mark.slow
def test_a_run_tells_how_money_is_spent_by_currency(take_in, root):
    take_in()
    run = tell(insights(root), END)
    kept = insights_tables()
    (told,) = results(run)["efficiency"]
    scores = {row["billing_currency"]: row["score"] for row in kept["efficiency_score"]}
    assert told["scores"] == {name: format(score, ".2f") for name, score in scores.items()}
    assert scores.keys() == {row["billing_currency"] for row in kept["cost_series"]}
    shares = {
        (row["billing_currency"], row["part"]): row["part_share"] for row in kept["efficiency_part"]
    }
    assert all(shares[name, "steadiness"] is not None for name in scores)
    assert told["unit_costs"] == len(kept["unit_cost"]) > 0
    measures = {row["measure"] for row in kept["cost_trend"]}
    assert {"service_hhi", "sub_account_top_share"} <= measures
    # Two weeks of samples are too few to be compared with as many before.
    assert (kept["cost_change_split"], told["changes"]) == ([], 0)


@pytest.mark.slow
def test_a_run_of_an_earlier_instant_knows_no_later_day_and_no_later_arrival(
    clouds, manifest, root, take_in, monkeypatch, tmp_path
):
    early = datetime(2026, 3, 11, 6, tzinfo=UTC)
    ingest, dag = cost_ingest(root), insights(root)
    take_in(until=early)
    tell(dag, early)
    then = insights_tables()
    assert max(row["last_day"] for row in then["cost_series"]) < early.date()
    assert then["cost_forecast"]

    # The rest is taken in before insights look for the first time, by another ledger's runs.
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "later"))
    take_in(until=early)
    clouds.load(manifest, since=early)
    assert ingest.test(logical_date=None).state == "success"
    tell(dag, early)
    assert insights_tables() == then
    tell(dag, END)
    assert insights_tables()["cost_series"] != then["cost_series"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_runs_in_the_wrong_order_leave_what_the_latest_instant_tells(
    root, take_in, monkeypatch, tmp_path
):
    dag = insights(root)
    take_in()
    instants = [END - timedelta(days=days) for days in (7, 3, 0)]
    for as_of in instants:
        tell(dag, as_of)
    in_order = insights_tables()
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "backwards"))
    take_in()
    for as_of in reversed(instants):
        tell(dag, as_of)
    backwards = insights_tables()
    for table in ("cost_series", "cost_forecast", "cost_trend", "efficiency_score", "unit_cost"):
        assert backwards[table] == in_order[table], table


# Of the DAG's instants, test_run_period and the scheduled run's are cheaper.
@pytest.mark.slow
def test_a_run_by_hand_takes_the_instant_it_is_given(take_in, root):
    take_in()
    run = insights(root).test(logical_date=None, run_conf={"as_of": "2026-03-12T06:00"})
    assert run.state == "success", states(run)
    assert {row["as_of"] for row in rows("SELECT as_of FROM cost_series")} == {
        datetime(2026, 3, 12, 6, tzinfo=UTC)
    }


@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
def test_a_run_of_an_interval_stands_for_its_end(run_type):
    from cloudledger_airflow.period import known_as_of

    end = datetime(2026, 3, 5, 6, tzinfo=UTC)
    assert known_as_of(task_context(end=end, run_type=run_type)) == end


@pytest.mark.parametrize("run_type", ["manual", "asset_triggered"])
def test_a_run_of_no_interval_stands_for_its_own_instant(run_type):
    from cloudledger_airflow.period import known_as_of

    context = task_context(end=datetime(2026, 3, 5, 6, tzinfo=UTC), run_type=run_type)
    assert known_as_of(context) == datetime(2026, 3, 20, tzinfo=UTC)


def test_the_days_of_several_events_are_one_set():
    from cloudledger_airflow.assets import DAILY_COST
    from cloudledger_airflow.period import days_triggered

    extras = [{"days": ["2026-03-01", "2026-03-02"]}, {"days": ["2026-03-02"]}, {}]
    events = {DAILY_COST: [SimpleNamespace(extra=extra) for extra in extras]}
    context = task_context() | {"triggering_asset_events": events}
    assert days_triggered(context, DAILY_COST) == {date(2026, 3, 1), date(2026, 3, 2)}
    assert days_triggered(context | {"triggering_asset_events": {}}, DAILY_COST) == frozenset()
