"""Reconciled forecasts add up, move little where they are certain, and stay above zero."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.insights.forecast import Forecast
from cloudledger.insights.hierarchy import reconcile


def forecast_of(expected: dict[str, list[float]], width: dict[str, float]) -> Forecast:
    values = np.array(list(expected.values()))
    half = np.array([width[name] for name in expected])[:, None]
    return Forecast(
        ids=tuple(expected),
        step="D",
        last=np.full(len(expected), np.datetime64("2026-01-01")),
        expected=values,
        levels=(0.95,),
        lower=np.maximum(values - half, 0.0)[None],
        upper=(values + half)[None],
        problems={},
        notes={},
    )


def test_the_uncertain_series_gives_way() -> None:
    made = forecast_of(
        {"total": [110.0], "sure": [60.0], "vague": [40.0]},
        {"total": 10.0, "sure": 1.0, "vague": 20.0},
    )

    told = reconcile(made, {"total": [["sure", "vague"]]})

    total, sure, vague = told.expected[:, 0]
    assert total == pytest.approx(sure + vague)
    assert sure == pytest.approx(60, abs=0.05)
    assert vague == pytest.approx(48, abs=0.1)
    np.testing.assert_allclose(told.upper - told.lower, made.upper - made.lower)


def test_two_ways_to_split_a_total_hold_at_once() -> None:
    made = forecast_of(
        {"total": [100.0, 90], "a": [50.0, 40], "b": [40.0, 45], "x": [30.0, 30], "y": [80.0, 70]},
        dict.fromkeys(["total", "a", "b", "x", "y"], 10.0),
    )

    told = reconcile(made, {"total": [["a", "b"], ["x", "y"]]}).expected

    np.testing.assert_allclose(told[0], told[1] + told[2])
    np.testing.assert_allclose(told[0], told[3] + told[4])


def test_no_cost_falls_below_zero() -> None:
    made = forecast_of(
        {"total": [10.0], "a": [9.0], "b": [1.0], "c": [20.0]},
        {"total": 0.5, "a": 5.0, "b": 5.0, "c": 1.0},
    )

    told = reconcile(made, {"total": [["a", "b", "c"]]})

    assert (told.expected >= 0).all()
    assert (told.lower >= 0).all()
    assert told.expected[0, 0] == pytest.approx(told.expected[1:, 0].sum())


def test_what_cannot_add_up_is_left_as_it_is_and_said() -> None:
    made = forecast_of({"total": [10.0], "a": [4.0]}, {"total": 1.0, "a": 1.0})

    told = reconcile(made, {"total": [["a", "b"]], "other": [["a"]]})

    np.testing.assert_array_equal(told.expected, made.expected)
    assert "no forecast of b" in told.notes["total"]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.lists(st.floats(0, 1e9), min_size=2, max_size=2), min_size=6, max_size=6),
    st.lists(st.floats(0, 1e8), min_size=9, max_size=9),
)
def test_a_tree_of_costs_always_adds_up(leaves: list[list[float]], width: list[float]) -> None:
    names = ["total", "one", "two", *"abcdef"]
    one, two = np.sum(leaves[:2], axis=0), np.sum(leaves[2:], axis=0) * 1.1
    values = [1.2 * (one + two), one * 0.8, two, *leaves]
    made = forecast_of(
        dict(zip(names, np.array(values).tolist(), strict=True)),
        dict(zip(names, width, strict=True)),
    )
    splits = {
        "total": [["one", "two"], list("abcdef")],
        "one": [["a", "b"]],
        "two": [["c", "d", "e", "f"]],
    }

    told = reconcile(made, splits)

    by_name = dict(zip(names, told.expected, strict=True))
    size = max(np.abs(made.expected).max(), 1e-9)
    for total, ways in splits.items():
        for members in ways:
            missed = by_name[total] - sum(by_name[name] for name in members)
            assert np.abs(missed).max() <= 1e-6 * size
    assert (told.expected >= 0).all()
    assert np.isfinite(told.lower).all()
    assert (told.lower <= told.expected).all()
    assert (told.expected <= told.upper).all()
