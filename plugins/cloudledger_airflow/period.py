"""The period of a DAG run."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING

from cloudledger.ledger.period import EVER, Period, resolve_period

if TYPE_CHECKING:
    from airflow.sdk import Context

MANUAL = "manual"


def run_period(context: Context) -> Period:
    """The run's params ``from`` and ``to`` when given, else its partition key, else its interval.

    Params win because Airflow gives a manual run an interval that nobody chose: triggered with a
    logical date (the UI fills in the present), it carries the last whole interval of the schedule.
    Triggered without one (``airflow dags trigger``, REST with no logical date), it has none, and
    considers everything.

    :raises ValueError: for another run without any, or with one of the two params.
    """
    run = context["dag_run"]
    given = {name: context["params"].get(name) for name in ("from", "to")}
    if all(given.values()):
        return resolve_period(params=given)
    if any(given.values()):
        raise ValueError(f"params from and to belong together, got {given}: give both or neither")
    interval = None
    if run.data_interval_start and run.data_interval_end:
        interval = (run.data_interval_start, run.data_interval_end)
    if run.run_type == MANUAL and interval is None and not run.partition_key:
        return EVER
    return resolve_period(partition_key=run.partition_key, interval=interval)


def days_asked(context: Context, days_back: int) -> tuple[date, date]:
    """The whole UTC days [first, end) that a run looks back on.

    Those between its params ``from`` and ``to`` when given, else the ``days_back`` days before
    the end of its period, or before its own instant when it has none.

    :raises ValueError: as :func:`run_period`.
    """
    period = run_period(context)
    if context["params"].get("from"):
        return period.days
    end = context["dag_run"].run_after if period == EVER else period.end
    end_day = end.astimezone(UTC).date()
    return end_day - timedelta(days=days_back), end_day
