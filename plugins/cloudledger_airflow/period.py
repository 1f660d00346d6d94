"""The period of a DAG run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from cloudledger.ledger.period import EVER, Period, resolve_period

if TYPE_CHECKING:
    from airflow.sdk import Asset, Context

MANUAL = "manual"
OF_INTERVALS = frozenset({"scheduled", "backfill"})
"""The types of run whose interval the schedule made."""


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


def months_asked(context: Context) -> tuple[date, ...]:
    """The whole UTC months, by their first days, that a run stands for.

    Those between its params ``from`` and ``to`` when given, else the last one that had ended by
    the end of its period, or by its own instant when it has none.

    :raises ValueError: no whole month lies between the params; and as :func:`run_period`.
    """
    period = run_period(context)
    if context["params"].get("from"):
        first, end = period.days
        month = first if first.day == 1 else _month_after(first.replace(day=1))
        found = []
        while _month_after(month) <= end:
            found.append(month)
            month = _month_after(month)
        if not found:
            raise ValueError(
                f"no whole month lies in {period}: pass a month's first day and the "
                "next one's, such as 2026-10-01 and 2026-11-01"
            )
        return tuple(found)
    last = context["dag_run"].run_after if period == EVER else period.end
    end_month = last.astimezone(UTC).date().replace(day=1)
    return ((end_month - timedelta(days=1)).replace(day=1),)


def _month_after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def known_as_of(context: Context) -> datetime:
    """The instant up to which a run knows everything, and after which it knows nothing.

    Its param ``as_of`` when given; the end of its interval when the schedule or a backfill made
    it; else its own instant: triggered by an asset or by hand, it has no interval that anyone
    chose.

    :raises ValueError: the param is no instant.
    """
    run = context["dag_run"]
    if given := context["params"].get("as_of"):
        told = datetime.fromisoformat(given)
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
    if run.run_type in OF_INTERVALS and run.data_interval_end:
        return run.data_interval_end.astimezone(UTC)
    return run.run_after.astimezone(UTC)


def days_triggered(context: Context, asset: Asset) -> frozenset[date]:
    """The union of the days that the asset's events that made this run name; empty without one."""
    events = context["triggering_asset_events"]
    if asset not in events:
        return frozenset()
    return frozenset(
        date.fromisoformat(day) for event in events[asset] for day in event.extra.get("days", ())
    )


def last_week(as_of: datetime) -> frozenset[date]:
    """The seven days that ended last at an instant."""
    return frozenset(as_of.date() - timedelta(days=back) for back in range(1, 8))
