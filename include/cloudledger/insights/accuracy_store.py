"""What forecasts had been made, and how well they came true, in the warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from cloudledger.insights.accuracy import LEVELS, Accuracy
from cloudledger.insights.amounts import money
from cloudledger.insights.store import LIMITS
from cloudledger.run import Run
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Session

QUARTER = timedelta(days=92)


def past_forecasts(
    session: Session, as_of: datetime, first_day: date, end_day: date
) -> pd.DataFrame:
    """The forecasts of [``first_day``, ``end_day``) as :func:`accuracy.measure` takes them."""
    rows = session.query(
        statement("insights/past_forecasts"), as_of=as_of, first_day=first_day, end_day=end_day
    )
    found = {name: rows[name].to_pylist() for name in ("series_id", "forecaster", "model_version")}
    days = {"origin_day": "origin_day", "day": "charge_day"}
    amounts = {"forecast": "forecast_cost"} | {name: name for name in LIMITS}
    return pd.DataFrame(
        found
        | {name: rows[column].cast(pa.timestamp("s")).to_numpy() for name, column in days.items()}
        | {name: rows[column].cast(pa.float64()).to_numpy() for name, column in amounts.items()}
    )


def save_accuracy(
    session: Session, run: Run, day: date, found: Iterable[tuple[Accuracy, bool]]
) -> None:
    """Replace what was measured up to a day, each with whether it has drifted."""
    session.execute(statement("insights/forget_accuracy"), measured_day=day)
    rows = [_accuracy_row(run, one, drifted) for one, drifted in found]
    if rows:
        session.insert("forecast_accuracy", pa.Table.from_pylist(rows, schema=_ACCURACY))


def earlier_accuracy(session: Session, day: date) -> list[Accuracy]:
    """What was measured in the quarter before a day."""
    rows = session.query(
        statement("insights/earlier_accuracy"), measured_day=day, first_day=day - QUARTER
    ).to_pylist()
    return [_accuracy(row) for row in rows]


_SHARES = ("mase", "wape", "bias", *(f"coverage_{level}" for level in LEVELS))
_LEVEL = ("kind", "billing_currency", "forecaster", "model_version")
_COUNTS = ("first_lead", "last_lead", "series_count", "points")
_ACCURACY = pa.schema(
    [
        ("measured_day", pa.date32()),
        *((name, pa.string()) for name in _LEVEL),
        *((name, pa.int64()) for name in _COUNTS),
        *((name, pa.decimal128(38, 24)) for name in _SHARES),
        ("drifted", pa.int64()),
        ("as_of", INSTANT),
        ("run_id", pa.string()),
    ]
)


def _accuracy_row(run: Run, one: Accuracy, drifted: bool) -> dict[str, Any]:
    shares = [one.mase, one.wape, one.bias, *(one.coverage.get(level) for level in LEVELS)]
    return {
        "measured_day": one.measured_day,
        **{name: getattr(one, name) for name in _LEVEL},
        "first_lead": one.first_lead,
        "last_lead": one.last_lead,
        "series_count": one.series,
        "points": one.points,
        **dict(zip(_SHARES, money(shares).to_pylist(), strict=True)),
        "drifted": int(drifted),
        "as_of": run.as_of,
        "run_id": run.run_id,
    }


def _accuracy(row: Mapping[str, Any]) -> Accuracy:
    shares = {name: None if row[name] is None else float(row[name]) for name in _SHARES}
    covered = {level: shares[f"coverage_{level}"] for level in LEVELS}
    return Accuracy(
        measured_day=row["measured_day"],
        kind=row["kind"],
        billing_currency=row["billing_currency"],
        forecaster=row["forecaster"],
        model_version=row["model_version"],
        first_lead=row["first_lead"],
        last_lead=row["last_lead"],
        series=row["series_count"],
        points=row["points"],
        mase=shares["mase"],
        wape=shares["wape"],
        bias=shares["bias"],
        coverage={level: share for level, share in covered.items() if share is not None},
    )
