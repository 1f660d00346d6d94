"""The task of cost_insights that tells cost by the hour, through the local clouds."""

from datetime import UTC, datetime, timedelta

import pytest
from local_runs import task_context, warehouse

END = datetime(2026, 3, 20, 6, tzinfo=UTC)
"""Days after the samples' last charge day, when all of their reports are delivered."""
LAST_HOUR = datetime(2026, 3, 14, 23, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("airflow_db")


def tell(root, as_of):
    """What the DAG's own task returns for a run that stands for an instant."""
    from airflow.dag_processing.dagbag import DagBag

    task = DagBag(root / "dags").dags["cost_insights"].task_dict["hourly"]
    return task.execute(task_context(end=as_of, run_type="scheduled"))


def rows(query):
    with warehouse() as session:
        return session.query(query).to_pylist()


def tables():
    return [
        rows(f"SELECT * FROM {table} ORDER BY ALL") for table in ("hourly_series", "hourly_cost")
    ]


def test_services_whose_lines_have_hours_are_told_and_an_earlier_run_changes_nothing(take_in, root):
    take_in()
    told = tell(root, END)
    assert told["as_of"] == END.isoformat()
    series = rows("SELECT * FROM hourly_series")
    forecast = {row["series_id"]: row for row in series if row["seasons"]}
    assert told["series"] == told["forecast"] == len(forecast)
    names = {(row["service_name"], row["billing_currency"]) for row in forecast.values()}
    assert {("COMPUTE", "EUR"), ("DATABASE", "EUR"), (None, "EUR")} <= names
    # AWS bills its services by the day here.
    assert told["without"]["AWS Lambda (USD)"] == "no line of it is of an hour"
    assert {row["last_hour"] for row in forecast.values()} == {LAST_HOUR}
    hours = rows("SELECT * FROM hourly_cost WHERE forecast_cost IS NOT NULL ORDER BY charge_hour")
    assert {row["series_id"] for row in hours} == forecast.keys()
    assert hours[0]["charge_hour"] == LAST_HOUR + timedelta(hours=1)
    assert hours[-1]["charge_hour"] == END + timedelta(hours=47)

    # A week by the hour is what it is by the day.
    (by_hour,) = rows(
        "SELECT sum(effective_cost) AS cost FROM hourly_cost INNER JOIN hourly_series"
        " USING (series_id) WHERE service_name = 'CONTAINER_ENGINE' AND billing_currency = 'EUR'"
        " AND charge_hour >= DATE '2026-03-08' AND charge_hour < DATE '2026-03-15'"
    )
    (by_day,) = rows(
        "SELECT sum(effective_cost) AS cost FROM daily_cost WHERE charge_category = 'Usage'"
        " AND service_name = 'CONTAINER_ENGINE' AND billing_currency = 'EUR'"
        " AND charge_day >= DATE '2026-03-08' AND charge_day <= DATE '2026-03-14'"
    )
    assert by_hour["cost"] == by_day["cost"] > 0

    kept = tables()
    assert tell(root, END - timedelta(days=2)) == {"as_of": (END - timedelta(days=2)).isoformat()}
    assert tables() == kept
