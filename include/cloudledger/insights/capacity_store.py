"""Loads and plans in the warehouse: a series is replaced as a whole, never by an earlier run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from cloudledger.insights.capacity import MODEL_VERSION, CapacityPlan, rounded
from cloudledger.insights.load import HOUR, LoadSeries
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

VALID = timedelta(hours=2)
"""From its instant on, until when the units of the first hour may be taken for those of now."""
_RUN = {"as_of": INSTANT, "run_id": pa.string()}
LOADS = pa.schema({"series": pa.string(), "load_hour": INSTANT, "load_count": MONEY, **_RUN})
PLANS = pa.schema(
    {
        "series": pa.string(),
        "plan_hour": INSTANT,
        "forecast_load": MONEY,
        "upper_load": MONEY,
        "units_needed": pa.int64(),
        "desired_units": pa.int64(),
        "utilisation": MONEY,
        "band": pa.string(),
        **_RUN,
    }
)
METRICS = pa.schema(
    {
        "series": pa.string(),
        "desired_units": pa.int64(),
        "current_units": pa.int64(),
        "min_units": pa.int64(),
        "max_units": pa.int64(),
        "capacity_per_unit": MONEY,
        "utilisation": MONEY,
        "band": pa.string(),
        "headroom": MONEY,
        "short_from": INSTANT,
        "growth": pa.string(),
        "limit_load": MONEY,
        "limit_day": pa.date32(),
        "limit_earliest": pa.date32(),
        "limit_latest": pa.date32(),
        "outlook": pa.string(),
        "reason": pa.string(),
        "problems": pa.string(),
        "model_version": pa.string(),
        "valid_until": INSTANT,
        **_RUN,
    }
)


def units_before(session: Session, series: str, as_of: datetime, at_first: int) -> int:
    """The units that run before a plan is made as of an instant.

    Those that the plan before asked for; for the same instant again, those it began with; for the
    first plan, and one that stands for an earlier instant, ``at_first``.
    """
    for row in session.query(
        statement("insights/capacity/units_before"), series_name=series
    ).to_pylist():
        if row["as_of"] < as_of:
            return int(row["desired_units"])
        if row["as_of"] == as_of:
            return int(row["current_units"])
    return at_first


def keep(
    session: Session,
    series: str,
    plan: CapacityPlan,
    loads: LoadSeries | None,
    *,
    as_of: datetime,
    run_id: str,
) -> bool:
    """Replace what the tables hold of a series, unless a run of a later instant has; whether.

    :param as_of: the instant the run stands for; the plan is of this instant.
    """
    stands = session.query(statement("insights/capacity/units_before"), series_name=series)
    if any(standing > as_of for standing in stands["as_of"].to_pylist()):
        return False
    for table in ("load_series", "capacity_plan", "capacity_metric"):
        session.execute(statement(f"insights/capacity/forget_{table}"), series_name=series)
    run = {"series": series, "as_of": as_of, "run_id": run_id}
    if loads is not None:
        session.insert("load_series", pa.Table.from_pylist(_loads(loads, run), LOADS))
    if plan.hours:
        session.insert("capacity_plan", pa.Table.from_pylist(_hours(plan, run), PLANS))
    session.insert("capacity_metric", pa.Table.from_pylist([_metric(plan, run)], METRICS))
    return True


def _loads(loads: LoadSeries, run: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        run
        | {
            "load_hour": loads.start + int(hour) * HOUR,
            "load_count": rounded(loads.load[hour]),
        }
        for hour in np.flatnonzero(~np.isnan(loads.load))
    ]


def _hours(plan: CapacityPlan, run: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        run
        | {
            "plan_hour": one.hour,
            "forecast_load": one.forecast,
            "upper_load": one.upper,
            "units_needed": one.units_needed,
            "desired_units": one.desired_units,
            "utilisation": one.utilisation,
            "band": one.band,
        }
        for one in plan.hours
    ]


def _metric(plan: CapacityPlan, run: dict[str, Any]) -> dict[str, Any]:
    limit, problems = plan.reached, "; ".join(plan.problems)
    return run | {
        "desired_units": plan.desired_units,
        "current_units": plan.current_units,
        "min_units": plan.policy.min_units,
        "max_units": plan.policy.max_units,
        "capacity_per_unit": plan.capacity_per_unit,
        "utilisation": plan.utilisation,
        "band": plan.band,
        "headroom": plan.headroom,
        "short_from": plan.short_from,
        "growth": plan.growth and plan.growth.kind,
        "limit_load": plan.limit,
        "limit_day": limit and limit.day,
        "limit_earliest": limit and limit.earliest,
        "limit_latest": limit and limit.latest,
        "outlook": limit and limit.said,
        "reason": plan.reason,
        "problems": problems.encode()[:4000].decode(errors="ignore"),
        "model_version": MODEL_VERSION,
        "valid_until": run["as_of"] + VALID,
    }
