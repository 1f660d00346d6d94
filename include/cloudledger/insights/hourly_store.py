"""Usage cost by the hour in the warehouse: a run replaces all of it, never that of a later one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa

from cloudledger.insights.accuracy import LEVELS
from cloudledger.insights.amounts import money
from cloudledger.insights.hourly_known import HOUR, hourly_costs
from cloudledger.insights.hourly_outlook import HourlyOutlook, hourly_outlook
from cloudledger.insights.store import REMARK_BYTES
from cloudledger.lake.table import Lake
from cloudledger.run import Run
from cloudledger.settings import Settings
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

MODEL_VERSION = "hourly-1"
SHOWN = 14 * 24
"""Known hours that are kept of a series: two weeks, so that a week is seen to come back."""
CHUNK = 100
"""Series that are held at a time: memory stays the same however many there are."""
LIMITS = tuple(f"{side}_{level}" for level in LEVELS for side in ("lower", "upper"))
_RUN = {"as_of": INSTANT, "run_id": pa.string()}
_SERIES = pa.schema(
    {
        "series_id": pa.string(),
        "kind": pa.string(),
        "billing_currency": pa.string(),
        "provider_name": pa.string(),
        "service_name": pa.string(),
        "hourly_share": MONEY,
        "first_hour": INSTANT,
        "last_hour": INSTANT,
        "seasons": pa.string(),
        "remark": pa.string(),
        "model_version": pa.string(),
        **_RUN,
    }
)


@dataclass(frozen=True, slots=True)
class Kept:
    """How many series have hours at all, how many of them a forecast; by name why not."""

    series: int
    forecast: int
    remarks: dict[str, str]


def tell_hours(session: Session, lake: Lake, run: Run, settings: Settings) -> Kept | None:
    """Forecast every series that has hours and keep it; None when a later run's stands."""
    (newest,) = session.query(statement("insights/hourly/newest")).to_pylist()
    if newest["as_of"] is not None and newest["as_of"] > run.as_of:
        return None
    costs = hourly_costs(
        session,
        lake,
        run.as_of,
        weeks=settings.insights_hourly_weeks,
        precedence=settings.precedence,
    )
    return save_hours(session, run, (hourly_outlook(one, run.as_of) for one in costs))


def save_hours(session: Session, run: Run, found: Iterable[HourlyOutlook]) -> Kept:
    """Replace what the tables hold."""
    for table in ("hourly_cost", "hourly_series"):
        session.execute(statement(f"insights/hourly/forget_{table}"))
    series = forecast = 0
    remarks: dict[str, str] = {}
    rest = iter(found)
    while chunk := list(islice(rest, CHUNK)):
        rows = [_row(one, run) for one in chunk]
        session.insert("hourly_series", pa.Table.from_pylist(rows, _SERIES))
        if hours := list(_hours(chunk, run)):
            session.insert("hourly_cost", pa.concat_tables(hours))
        series += sum(one.known.first_hour is not None for one in chunk)
        forecast += sum(one.mean is not None for one in chunk)
        remarks |= {one.known.series.name: one.remark for one in chunk if one.mean is None}
    return Kept(series, forecast, remarks)


def _row(one: HourlyOutlook, run: Run) -> dict[str, Any]:
    known = one.known
    return {
        "series_id": known.series.series_id,
        "kind": known.series.kind.value,
        "billing_currency": known.series.billing_currency,
        "provider_name": known.series.values.get("provider_name"),
        "service_name": known.series.values.get("service_name"),
        "hourly_share": known.share,
        "first_hour": known.first_hour,
        "last_hour": known.end and known.end - HOUR,
        "seasons": one.seasons,
        "remark": one.remark.encode()[:REMARK_BYTES].decode(errors="ignore"),
        "model_version": MODEL_VERSION,
        "as_of": run.as_of,
        "run_id": run.run_id,
    }


def _hours(chunk: Iterable[HourlyOutlook], run: Run) -> Iterator[pa.Table]:
    """The last known hours of each series, and those to come."""
    for one in chunk:
        first, costs = one.known.first_hour, one.known.costs
        if first is not None:
            begin = max(0, len(costs) - SHOWN)
            told = [(at, cost) for at, cost in enumerate(costs[begin:], begin) if cost is not None]
            yield _table(
                one,
                run,
                [first + at * HOUR for at, _ in told],
                {"effective_cost": pa.array([cost for _, cost in told], MONEY)},
            )
        if one.first_hour is not None and one.mean is not None:
            amounts = {"forecast_cost": one.mean, **(one.bounds or {})}
            hours = [one.first_hour + at * HOUR for at in range(len(one.mean))]
            yield _table(one, run, hours, {name: money(told) for name, told in amounts.items()})


def _table(
    one: HourlyOutlook, run: Run, hours: list[datetime], amounts: dict[str, pa.Array]
) -> pa.Table:
    count = len(hours)
    absent = pa.nulls(count, MONEY)
    return pa.table(
        {
            "series_id": pa.repeat(pa.scalar(one.known.series.series_id, pa.string()), count),
            "charge_hour": pa.array(hours, INSTANT),
            **{
                name: amounts.get(name, absent)
                for name in ("effective_cost", "forecast_cost", *LIMITS)
            },
            "as_of": pa.array([run.as_of] * count, INSTANT),
            "run_id": pa.repeat(pa.scalar(run.run_id, pa.string()), count),
        }
    )
