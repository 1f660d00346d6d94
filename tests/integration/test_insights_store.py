"""What insights keep in the warehouse, whatever the order of the runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cloudledger.insights.accuracy import Accuracy
from cloudledger.insights.accuracy_store import earlier_accuracy, past_forecasts, save_accuracy
from cloudledger.insights.dimensions import Kind, Series
from cloudledger.insights.series import SeriesSet
from cloudledger.insights.store import (
    drop_old,
    drop_superseded,
    forget_forecasts,
    save_forecasts,
    save_series,
    save_trends,
)
from cloudledger.run import Run
from tests.support.books import Books

FIRST = date(2026, 3, 1)
EARLY, LATE = (
    Run(name, datetime(2026, 3, day, 6, tzinfo=UTC)) for name, day in (("a", 9), ("b", 10))
)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def known(*names: str) -> SeriesSet:
    costs = np.arange(1.0, 1 + 3 * len(names)).reshape(len(names), 3)
    costs[:, 0] = np.nan
    marks = np.zeros(costs.shape, bool)
    marks[:, 2] = True
    series = tuple(Series(n, Kind.SERVICE, "EUR", {"service_name": n.upper()}) for n in names)
    return SeriesSet(series, FIRST, costs, marks, marks)


def foretold(
    series: str, origin: int, day: int, forecast: float, **limits: float
) -> dict[str, Any]:
    start = pd.Timestamp(FIRST)
    return {
        "series_id": series,
        "origin_day": start + timedelta(days=origin),
        "day": start + timedelta(days=day),
        "forecast": forecast,
    } | limits


def forecast(books: Books, run: Run, *rows: dict[str, Any]) -> None:
    made = pd.DataFrame(list(rows))
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        forget_forecasts(session, run, "ours")
        save_forecasts(session, run, made, forecaster="ours", model_version="1", grain="day")
        drop_superseded(session, "ours", made["origin_day"])


def kept(books: Books) -> list[tuple[str, date, date, float, str]]:
    rows = books.rows("SELECT * FROM cost_forecast ORDER BY series_id, origin_day, charge_day")
    return [
        (r["series_id"], r["origin_day"], r["charge_day"], float(r["forecast_cost"]), r["run_id"])
        for r in rows
    ]


def test_of_two_forecasts_from_the_same_day_the_one_that_knew_more_stands(books: Books) -> None:
    before = [foretold("x", 5, 6, 1.0), foretold("x", 5, 7, 1.0), foretold("y", 4, 6, 2.0)]
    after = [foretold("x", 5, 6, 3.0), foretold("y", 5, 6, 4.0)]
    forecast(books, EARLY, *before)
    forecast(books, LATE, *after)
    in_order = kept(books)
    assert [(row[0], row[3]) for row in in_order] == [("x", 3.0), ("y", 2.0), ("y", 4.0)]
    forecast(books, EARLY, *before)
    assert kept(books) == in_order
    forecast(books, LATE, *after)
    assert kept(books) == in_order


@pytest.mark.parametrize(
    "backwards", [pytest.param(False, marks=pytest.mark.slow), True], ids=["forwards", "backwards"]
)
def test_old_forecasts_are_thinned_to_a_month_s_first_in_any_order(
    books: Books, backwards: bool
) -> None:
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    runs = [Run(f"{day}", begin + timedelta(days=day)) for day in range(99)]
    for run in reversed(runs) if backwards else runs:
        origin = (run.as_of.date() - FIRST).days - 1
        made = [foretold("x", origin, origin + lead, 1.0) for lead in (1, 2)]
        # Another series ends ten days earlier, and its first forecast is of the middle of a month.
        made += [foretold("y", origin - 10, origin - 9, 1.0)] if origin >= 25 else []
        with books.warehouse() as warehouse, warehouse.transaction() as session:
            save_forecasts(
                session,
                run,
                pd.DataFrame(made),
                forecaster="ours",
                model_version="1",
                grain="day",
            )
            drop_old(session, 40)
    origins = {(name, day) for name, day, *_ in kept(books)}
    kept_whole = runs[-1].as_of.date() - timedelta(days=40)
    old = {(name, day.isoformat()) for name, day in origins if day < kept_whole}
    firsts = {"x": ("2026-03-01", "2026-04-01"), "y": ("2026-03-16", "2026-04-01")}
    assert old == {(name, day) for name, days in firsts.items() for day in days}
    assert sum(name == "x" and day >= kept_whole for name, day in origins) == 40
    assert len(kept(books)) == 2 * 42 + 30 + 2


def test_series_are_as_the_latest_instant_has_them_and_ended_ones_stay(books: Books) -> None:
    def save(run: Run, *names: str) -> bool:
        with books.warehouse() as warehouse, warehouse.transaction() as session:
            return save_series(session, run, known(*names), {"x": "ü" * 1500})

    assert save(EARLY, "x", "y")
    assert save(LATE, "y", "z")
    assert not save(EARLY, "q")
    rows = {row["series_id"]: row for row in books.rows("SELECT * FROM cost_series")}
    assert {name: row["run_id"] for name, row in rows.items()} == {"x": "a", "y": "b", "z": "b"}
    assert rows["x"]["remark"] == "ü" * 1000
    assert rows["y"]["first_day"] == FIRST + timedelta(days=1)
    assert rows["y"]["last_day"] == FIRST + timedelta(days=2)
    assert (rows["y"]["filling_days"], rows["y"]["service_name"]) == (1, "Y")


def test_past_forecasts_come_back_at_the_leads_that_are_measured(books: Books) -> None:
    rows = [
        foretold("x", 0, lead, 10.0 + lead, lower_95=1.0, upper_95=20.0) for lead in range(1, 9)
    ]
    forecast(books, EARLY, *rows)
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        found = past_forecasts(session, LATE.as_of, FIRST, FIRST + timedelta(days=30))
        nothing = past_forecasts(session, EARLY.as_of - timedelta(days=1), FIRST, date.max)
    assert nothing.empty
    assert found["forecast"].tolist() == [11.0, 13.0, 17.0]
    assert found["lower_50"].isna().all()
    assert set(found["upper_95"]) == {20.0}
    assert (found["day"] - found["origin_day"]).dt.days.tolist() == [1, 3, 7]


def test_accuracy_comes_back_as_it_was_measured(books: Books) -> None:
    told = Accuracy(FIRST, "total", "EUR", "ours", "1", 1, 7, 2, 50, 0.5, 0.1, -0.25, {95: 0.75})
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        for _ in range(2):
            save_accuracy(session, EARLY, FIRST, [(told, True)])
        assert earlier_accuracy(session, FIRST) == []
        assert earlier_accuracy(session, FIRST + timedelta(days=1)) == [told]
    (row,) = books.rows("SELECT * FROM forecast_accuracy")
    assert (row["drifted"], row["coverage_50"]) == (1, None)


def test_trends_are_those_of_the_latest_instant_and_no_number_is_none(books: Books) -> None:
    def save(run: Run, amount: float) -> bool:
        day = pd.Timestamp(FIRST)
        rows = [("x", day, "growth_7", amount), ("x", day, "growth_30", float("nan"))]
        frame = pd.DataFrame(rows, columns=["series_id", "measured_day", "measure", "amount"])
        with books.warehouse() as warehouse, warehouse.transaction() as session:
            return save_trends(session, run, frame)

    assert save(EARLY, 0.5)
    assert save(LATE, 0.25)
    assert not save(EARLY, 0.5)
    (row,) = books.rows("SELECT * FROM cost_trend")
    assert (row["measure"], float(row["amount"])) == ("growth_7", 0.25)
