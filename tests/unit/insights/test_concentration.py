"""How much of a cost a few have."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.insights.concentration import concentration, concentrations
from cloudledger.insights.dimensions import Kind, Series
from cloudledger.insights.series import SeriesSet

FIRST = date(2026, 3, 1)


def test_it_is_one_over_the_count_of_equals() -> None:
    equal = concentration(np.full(4, 5.0))
    assert equal is not None
    assert (equal.count, equal.hhi, equal.top_share) == (4, 0.25, 0.25)


def test_credits_and_what_costs_nothing_are_left_out() -> None:
    few = concentration(np.array([1.0, 8.0, 1.0, -3.0, 0.0]))
    assert few is not None
    assert (few.count, few.top_share) == (3, 0.8)
    assert few.hhi == pytest.approx(0.66)
    assert concentration(np.array([0.0, -1.0])) is None
    assert concentration(np.zeros(0)) is None


@given(st.lists(st.floats(-1e300, 1e300), max_size=20))
def test_a_share_lies_between_nothing_and_all(costs: list[float]) -> None:
    found = concentration(np.array(costs))
    if found:
        assert 0 < found.hhi <= 1 + 1e-9
        assert 1 / found.count - 1e-9 <= found.top_share <= 1


def series(name: str, kind: Kind, currency: str = "EUR") -> Series:
    return Series(name, kind, currency, {})


def test_each_currency_is_told_of_its_last_thirty_known_days_and_of_itself() -> None:
    members = [
        (series("all", Kind.TOTAL), [4.0] * 40),
        (series("a", Kind.SERVICE), [0.0] * 10 + [3.0] * 30),
        (series("b", Kind.SERVICE), [99.0] * 10 + [1.0] * 30),
        (series("dollars", Kind.TOTAL, "USD"), [1.0] * 39 + [np.nan]),
        (series("c", Kind.SERVICE, "USD"), [1.0] * 39 + [np.nan]),
        (series("none", Kind.TOTAL, "CHF"), [np.nan] * 40),
    ]
    names, rows = zip(*members, strict=True)
    costs = np.array(rows)
    marks = np.zeros(costs.shape, bool)
    told = concentrations(SeriesSet(names, FIRST, costs, marks, marks))
    amounts = {(row.series_id, row.measure): row.amount for row in told.itertuples()}
    assert amounts == {
        ("all", "service_count"): 2,
        ("all", "service_hhi"): pytest.approx(0.75**2 + 0.25**2),
        ("all", "service_top_share"): 0.75,
        ("dollars", "service_count"): 1,
        ("dollars", "service_hhi"): 1,
        ("dollars", "service_top_share"): 1,
    }
    days = told.set_index("series_id")["measured_day"]
    assert set(days["all"]) == {pd.Timestamp("2026-04-09")}
    assert set(days["dollars"]) == {pd.Timestamp("2026-04-08")}


def test_no_series_have_none() -> None:
    none = np.zeros((0, 0))
    empty = SeriesSet((), date.min, none, none.astype(bool), none.astype(bool))
    assert concentrations(empty).empty
