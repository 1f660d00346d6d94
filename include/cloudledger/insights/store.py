"""Series, forecasts and trends in the warehouse, each as of a run's instant.

Runs come in any order: a run that stands for an earlier instant than what is kept leaves that as
it is, and of two forecasts of the same origin the one that knew more stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from cloudledger.insights.accuracy import LEVELS
from cloudledger.insights.amounts import money
from cloudledger.insights.series import SeriesSet
from cloudledger.run import Run
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Session

DIMENSIONS = (
    "provider_name",
    "service_name",
    "sub_account_id",
    "region_id",
    "tag_key",
    "tag_value",
)
LIMITS = tuple(f"{side}_{level}" for level in LEVELS for side in ("lower", "upper"))
FORETOLD = ("forecasts", "forecast_sums")
"""What is forgotten together: days and months, and sums of days."""
REMARK_BYTES = 2000


def save_series(session: Session, run: Run, found: SeriesSet, remarks: Mapping[str, str]) -> bool:
    """Keep what the series are, and those that have ended; whether that was done.

    :param remarks: by series what was left out of it, or why it has no forecast.
    """
    (newest,) = session.query(statement("insights/newest_series")).to_pylist()
    if newest["as_of"] is not None and newest["as_of"] > run.as_of:
        return False
    now = {one.series_id for one in found.series}
    before = session.query(statement("insights/series"))
    ended = [row for row in before.to_pylist() if row["series_id"] not in now]
    session.execute(statement("insights/forget_series"))
    rows = [*ended, *_series_rows(run, found, remarks)]
    if rows:
        session.insert("cost_series", pa.Table.from_pylist(rows, schema=_SERIES))
    return True


def save_forecasts(
    session: Session,
    run: Run,
    made: pd.DataFrame,
    *,
    forecaster: str,
    model_version: str,
    grain: str,
) -> int:
    """Add a run's forecasts to the earlier ones; how many.

    :param made: ``series_id``, ``origin_day``, ``day``, ``forecast`` and ``lower_50`` to
        ``upper_95``, of which any may be absent; days are datetime64.
    :param grain: ``day`` or ``month``.
    """
    if made.empty:
        return 0
    own = {"grain": _same(grain, len(made)), "charge_day": _days(made["day"])}
    columns = _foretold(run, made, forecaster, model_version) | own
    session.insert("cost_forecast", pa.table(columns))
    return len(made)


def save_sums(
    session: Session, run: Run, made: pd.DataFrame, *, forecaster: str, model_version: str
) -> None:
    """Add a run's forecasts of sums to the earlier ones.

    :param made: ``series_id``, ``origin_day``, ``days`` and the amounts that ``save_forecasts``
        takes.
    """
    if len(made):
        days = {"days": pa.array(made["days"].to_numpy(np.int64))}
        columns = _foretold(run, made, forecaster, model_version) | days
        session.insert("cost_forecast_sum", pa.table(columns))


def _foretold(
    run: Run, made: pd.DataFrame, forecaster: str, model_version: str
) -> dict[str, pa.Array]:
    count = len(made)
    amounts = {"forecast_cost": money(made["forecast"].to_numpy(np.float64))}
    for name in LIMITS:
        given = made[name].to_numpy(np.float64) if name in made else [None] * count
        amounts[name] = money(given)
    return {
        "series_id": pa.array(made["series_id"].astype(str), pa.string()),
        "forecaster": _same(forecaster, count),
        "model_version": _same(model_version, count),
        "origin_day": _days(made["origin_day"]),
        **amounts,
        "as_of": pa.array([run.as_of] * count, INSTANT),
        "run_id": _same(run.run_id, count),
    }


def forget_forecasts(session: Session, run: Run, forecaster: str) -> None:
    """Forget what a run of the same instant foretold, so that it can be said again."""
    for what in FORETOLD:
        forget = statement(f"insights/forget_run_{what}")
        session.execute(forget, forecaster=forecaster, as_of=run.as_of)


def drop_superseded(session: Session, forecaster: str, origins: pd.Series) -> None:
    """Forget the forecasts from these origins that a run of a later instant has made again."""
    for what in FORETOLD:
        session.execute(
            statement(f"insights/forget_superseded_{what}"),
            forecaster=forecaster,
            first_origin=origins.min().date(),
            last_origin=origins.max().date(),
        )


def drop_old(session: Session, keep_days: int) -> None:
    """Forget forecasts from more than so many days before the newest instant, but for the first
    day of each month.

    It does not matter in which order runs of different instants do so.
    """
    (newest,) = session.query(statement("insights/newest_forecast")).to_pylist()
    if newest["as_of"] is None:
        return
    first_day = newest["as_of"].date() - timedelta(days=keep_days)
    for what in FORETOLD:
        session.execute(statement(f"insights/forget_old_{what}"), first_day=first_day)


def save_trends(session: Session, run: Run, trends: pd.DataFrame) -> bool:
    """Replace the trends by those of a run; whether that was done.

    :param trends: ``series_id``, ``measured_day`` (datetime64), ``measure``, ``amount``; rows
        without a finite amount are left out.
    """
    (newest,) = session.query(statement("insights/newest_trends")).to_pylist()
    if newest["as_of"] is not None and newest["as_of"] > run.as_of:
        return False
    session.execute(statement("insights/forget_trends"), as_of=run.as_of)
    told = trends[np.isfinite(trends["amount"].to_numpy(np.float64))]
    if len(told):
        rows = {
            "series_id": pa.array(told["series_id"].astype(str), pa.string()),
            "measured_day": _days(told["measured_day"]),
            "measure": pa.array(told["measure"].astype(str), pa.string()),
            "amount": money(told["amount"].to_numpy(np.float64)),
            "as_of": pa.array([run.as_of] * len(told), INSTANT),
            "run_id": _same(run.run_id, len(told)),
        }
        session.insert("cost_trend", pa.table(rows))
    return True


_SERIES = pa.schema(
    [
        *((name, pa.string()) for name in ("series_id", "kind", "billing_currency", *DIMENSIONS)),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("filling_days", pa.int64()),
        ("remark", pa.string()),
        ("as_of", INSTANT),
        ("run_id", pa.string()),
    ]
)


def _series_rows(
    run: Run, found: SeriesSet, remarks: Mapping[str, str]
) -> Iterable[dict[str, Any]]:
    known = np.isfinite(found.costs)
    for at, one in enumerate(found.series):
        days = np.flatnonzero(known[at])
        remark = remarks.get(one.series_id, "")
        yield {
            "series_id": one.series_id,
            "kind": one.kind.value,
            "billing_currency": one.billing_currency,
            **{name: one.values.get(name) for name in DIMENSIONS},
            "first_day": found.first_day + timedelta(days=int(days[0])),
            "last_day": found.first_day + timedelta(days=int(days[-1])),
            "filling_days": int((found.filling[at] & known[at]).sum()),
            "remark": remark.encode()[:REMARK_BYTES].decode(errors="ignore"),
            "as_of": run.as_of,
            "run_id": run.run_id,
        }


def _days(column: pd.Series) -> pa.Array:
    return pa.array(column.to_numpy().astype("datetime64[D]"), pa.date32())


def _same(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), count)
