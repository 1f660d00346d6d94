from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.insights.growth import fit_growth, reached

FIRST = date(2026, 1, 1)


def days(count: int, step: int = 1) -> list[date]:
    return [FIRST + timedelta(days=step * day) for day in range(count)]


@settings(deadline=None, max_examples=30)
@given(
    slope=st.floats(0.5, 50),
    start=st.floats(10, 5000),
    ahead=st.integers(20, 300),
    count=st.integers(12, 90),
)
def test_the_date_of_an_exact_line_is_right(
    slope: float, start: float, ahead: int, count: int
) -> None:
    growth = fit_growth(days(count), start + slope * np.arange(count))
    found = reached(growth, start + slope * (count - 1 + ahead - 0.5), 400)
    assert growth.kind == "linear"
    assert found.day == found.earliest == found.latest == FIRST + timedelta(days=count - 1 + ahead)


@settings(deadline=None, max_examples=30)
@given(
    rate=st.floats(0.01, 0.05),
    start=st.floats(10, 5000),
    ahead=st.integers(20, 120),
    count=st.integers(40, 90),
)
def test_the_date_of_an_exact_exponential_is_right(
    rate: float, start: float, ahead: int, count: int
) -> None:
    growth = fit_growth(days(count), start * np.exp(rate * np.arange(count)))
    found = reached(growth, start * np.exp(rate * (count - 1 + ahead - 0.5)), 400)
    assert growth.kind == "exponential"
    assert found.day == FIRST + timedelta(days=count - 1 + ahead)


@settings(deadline=None, max_examples=30)
@given(
    ceiling=st.floats(100, 1e6),
    rate=st.floats(0.05, 0.12),
    middle=st.integers(40, 60),
    share=st.floats(0.9, 0.97),
)
def test_the_date_of_an_exact_logistic_is_right_and_its_ceiling_is_never_passed(
    ceiling: float, rate: float, middle: int, share: float
) -> None:
    t = np.arange(70)
    curve = ceiling / (1 + np.exp(-rate * (t - middle)))
    growth = fit_growth(days(70), curve)
    assert growth.kind == "logistic"
    at = middle + np.log(share / (1 - share)) / rate
    found = reached(growth, share * ceiling, 400)
    if at > 70:
        assert found.day is not None
        assert abs((found.day - FIRST).days - np.ceil(at)) <= 1
    beyond = reached(growth, 1.05 * ceiling, 5000)
    assert beyond.day is None
    assert "levels off" in beyond.said


def test_what_does_not_grow_reaches_nothing_within_the_horizon() -> None:
    noise = 100 + np.random.default_rng(3).normal(0, 5, 40)
    found = reached(fit_growth(days(40, 7), noise), 150, 365)
    assert found.day is None
    assert "not within the horizon" in found.said


def test_slow_growth_names_the_horizon_and_a_passed_limit_the_day() -> None:
    growth = fit_growth(days(60), 100 + 0.1 * np.arange(60))
    assert reached(growth, 1000, 365).said == "not within the horizon of 365 days"
    assert reached(growth, 90, 365).day == growth.last_day


def test_a_range_is_given_where_the_back_tests_missed() -> None:
    random = np.random.default_rng(5)
    values = (1000 + 30 * np.arange(30)) * random.normal(1, 0.03, 30)
    found = reached(fit_growth(days(30, 7), values), 3000, 3000)
    assert found.earliest is not None
    assert found.day is not None
    assert found.latest is not None
    assert found.earliest < found.day < found.latest
    exact = FIRST + timedelta(days=7 * 66.7)
    assert found.earliest <= exact <= found.latest


def test_the_kind_is_found_under_noise() -> None:
    random = np.random.default_rng(9)
    t = np.arange(26)
    truths = {
        "linear": 100 + 12.0 * t,
        "exponential": 50 * np.exp(0.14 * t),
        "logistic": 900 / (1 + np.exp(-0.45 * (t - 11))),
    }
    for kind, truth in truths.items():
        found = [
            fit_growth(days(26, 7), truth * random.normal(1, 0.02, 26)).kind for _ in range(10)
        ]
        assert found.count(kind) >= 8, (kind, found)


def test_growth_of_few_points_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 5"):
        fit_growth(days(4), np.ones(4))


@pytest.mark.parametrize("values", [np.zeros(9), np.ones(9), np.array([0.0] * 8 + [5])])
def test_flat_lines_and_zeros_have_no_growth(values: np.ndarray) -> None:
    growth = fit_growth(days(9), values)
    assert growth.kind == "none"
    assert np.isfinite(growth.spread)
