from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from cloudledger.ledger.period import EVER, Period
from cloudledger_airflow.period import days_asked, run_period


def day(number):
    return datetime(2026, 3, number, 2, tzinfo=UTC)


def context(interval=(None, None), key=None, run_type="manual", **params):
    """A run as Airflow hands it to its tasks."""
    run = SimpleNamespace(
        run_type=run_type,
        data_interval_start=interval[0],
        data_interval_end=interval[1],
        partition_key=key,
        run_after=datetime(2026, 5, 4, 13, tzinfo=UTC),
    )
    return {"dag_run": run, "params": {"from": None, "to": None} | params}


def test_a_scheduled_run_stands_for_its_interval():
    assert run_period(context((day(1), day(2)))) == Period(day(1), day(2))


def test_given_params_win_over_the_interval_that_the_ui_gives_a_manual_run():
    given = {"from": "2026-02-01", "to": "2026-02-03"}
    period = run_period(context((day(1), day(2)), **given))
    assert period == Period(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC))


def test_one_param_alone_is_a_mistake_and_not_the_interval():
    with pytest.raises(ValueError, match="give both or neither"):
        run_period(context((day(1), day(2)), **{"from": "2026-02-01"}))


def test_a_partition_is_its_day():
    start = datetime(2026, 3, 1, tzinfo=UTC)
    assert run_period(context(key="2026-03-01")) == Period(start, start.replace(day=2))


def test_a_manual_run_without_any_considers_everything():
    assert run_period(context()) is EVER


def test_another_run_without_any_says_what_to_pass():
    with pytest.raises(ValueError, match="pass its period as params"):
        run_period(context(run_type="asset_triggered"))


@pytest.mark.usefixtures("airflow_db")
@pytest.mark.parametrize("logical", ["2026-03-05T10:30:00Z", None])
def test_this_is_what_airflow_gives_a_manual_run(root, logical):
    """The UI fills in a logical date: an interval nobody chose. Without one there is none."""
    from airflow.api_fastapi.core_api.datamodels.dag_run import TriggerDAGRunPostBody
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    dag = DagBag(root / "dags").dags["cost_ingest"]
    stored = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
    interval = TriggerDAGRunPostBody(logical_date=logical).validate_context(stored)["data_interval"]
    if logical is None:
        assert interval is None
    else:
        assert (interval.start, interval.end) == (day(4), day(5))


@pytest.mark.parametrize("run_type", ["scheduled", "backfill", "manual"])
def test_a_run_looks_back_from_the_end_of_its_interval(run_type):
    run = context((day(1), day(2)), run_type=run_type)
    assert days_asked(run, 60) == (date(2026, 1, 1), date(2026, 3, 2))


def test_a_run_without_an_interval_looks_back_from_its_own_instant():
    assert days_asked(context(), 60) == (date(2026, 3, 5), date(2026, 5, 4))


@pytest.mark.parametrize("to", ["2026-03-03", "2026-03-02T00:00:01"])
def test_given_params_are_the_days_that_are_looked_at(to):
    run = context((day(1), day(2)), **{"from": "2026-03-01", "to": to})
    assert days_asked(run, 60) == (date(2026, 3, 1), date(2026, 3, 3))
