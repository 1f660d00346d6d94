"""Past forecasts measured: by hand, and what must hold of any."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.insights.accuracy import Accuracy, drifted, measure
from cloudledger.insights.dimensions import Kind, Series
from cloudledger.insights.series import SeriesSet

FIRST = date(2026, 1, 1)
DAYS = 56
LAST = FIRST + timedelta(days=DAYS - 1)


def known(*costs: list[float], filling: int | None = None) -> SeriesSet:
    """Series of these costs from the first day on."""
    matrix = np.array(costs, float)
    marks = np.zeros(matrix.shape, bool)
    if filling is not None:
        marks[:, filling] = True
    series = tuple(Series(f"s{at}", Kind.SERVICE, "EUR", {}) for at in range(len(costs)))
    return SeriesSet(series, FIRST, matrix, marks, marks)


def foretold(series: str, day: int, forecast: float, lead: int = 1, **more: Any) -> dict[str, Any]:
    at = pd.Timestamp(FIRST) + pd.Timedelta(days=day)
    limits = {f"{side}_{level}": np.nan for side in ("lower", "upper") for level in (50, 80, 95)}
    return (
        {
            "series_id": series,
            "forecaster": "ours",
            "model_version": "1",
            "origin_day": at - pd.Timedelta(days=lead),
            "day": at,
            "forecast": forecast,
        }
        | limits
        | more
    )


def weekly(low: float, high: float) -> list[float]:
    """Weeks of one cost and of another in turn, so that the naive error is their difference."""
    return [low if day // 7 % 2 == 0 else high for day in range(DAYS)]


def only(found: list[Accuracy]) -> Accuracy:
    (one,) = found
    return one


def test_the_measures_by_hand():
    costs = weekly(10, 14)
    rows = [foretold("s0", day, costs[day] + error) for day, error in ((50, 2), (51, -1))]
    found = only(measure(pd.DataFrame(rows), known(costs), LAST))
    assert found.mase == pytest.approx(1.5 / 4)
    assert found.wape == pytest.approx(3 / (costs[50] + costs[51]))
    assert found.bias == pytest.approx(1 / (costs[50] + costs[51]))
    assert (found.series, found.points, found.first_lead, found.last_lead) == (1, 2, 1, 7)


def test_coverage_counts_the_days_that_an_interval_was_given_for():
    costs = weekly(10, 10)
    rows = [
        foretold("s0", 50, 10, lower_95=9.0, upper_95=10.0),
        foretold("s0", 51, 10, lower_95=11.0, upper_95=12.0),
        foretold("s0", 52, 10),
    ]
    assert only(measure(pd.DataFrame(rows), known(costs), LAST)).coverage == {95: 0.5}


def test_leads_are_measured_apart():
    rows = [foretold("s0", 50, 12, lead=lead) for lead in (1, 7, 8, 30, 31)]
    found = measure(pd.DataFrame(rows), known(weekly(10, 14)), LAST)
    assert [(one.first_lead, one.points) for one in found] == [(1, 2), (8, 2), (31, 1)]


def test_a_day_that_is_filling_or_unknown_is_not_measured_by():
    costs = weekly(10, 14)
    costs[51] = np.nan
    rows = [foretold("s0", day, 12) for day in (50, 51, 52)]
    found = only(measure(pd.DataFrame(rows), known(costs, filling=52), LAST))
    assert found.points == 1


def test_a_series_that_never_moves_has_no_scale_and_spoils_no_other():
    rows = [foretold("s0", 50, 12), foretold("s1", 50, 7)]
    found = only(measure(pd.DataFrame(rows), known(weekly(10, 14), [5.0] * DAYS), LAST))
    assert found.mase == pytest.approx(abs(12 - weekly(10, 14)[50]) / 4)
    assert found.series == 2


def test_nothing_to_measure_by_gives_nothing():
    rows = pd.DataFrame([foretold("other", 50, 12)])
    assert measure(rows, known(weekly(1, 2)), LAST) == []


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=DAYS, max_size=DAYS),
    st.floats(-1e6, 1e6),
    st.floats(0, 1e6),
)
def test_no_measure_is_ever_no_number(costs: list[float], forecast: float, width: float):
    limits = {"lower_95": forecast - width, "upper_95": forecast + width}
    rows = pd.DataFrame([foretold("s0", day, forecast, **limits) for day in range(40, DAYS)])
    for one in measure(rows, known(costs), LAST):
        told = [one.mase, one.wape, one.bias, *one.coverage.values()]
        assert all(value is None or np.isfinite(value) for value in told)
        assert all(0 <= share <= 1 for share in one.coverage.values())
        assert one.mase is None or one.mase >= 0


def past(mase: float | None, day: int, coverage: float = 0.95) -> Accuracy:
    measured = LAST + timedelta(days=day)
    told = ("service", "EUR", "ours", "1", 1, 7, 3, 84)
    return Accuracy(measured, *told, mase, 0.1, 0.0, {95: coverage})


USUAL = [past(1.0, day) for day in range(-7, 0)]


def test_drift_is_told_by_error_or_by_coverage():
    assert not drifted(past(1.4, 0), USUAL)
    assert drifted(past(1.6, 0), USUAL)
    assert drifted(past(1.0, 0, coverage=0.8), [])


def test_drift_waits_for_a_usual_error_and_knows_no_later_one():
    assert not drifted(past(9.0, 0), USUAL[1:])
    assert not drifted(past(9.0, -7), USUAL)
    assert not drifted(past(9.0, 0), [replace(one, kind="total") for one in USUAL])
    assert not drifted(past(None, 0), USUAL)
