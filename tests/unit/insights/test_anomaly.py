"""The detector on small histories whose truth is plain."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cloudledger.insights.anomaly import PUBLIC, THRESHOLDS, Sensitivity, score_daily


def history(costs: np.ndarray, series_id: str = "a", first: str = "2025-01-06") -> pd.DataFrame:
    days = pd.date_range(first, periods=len(costs))
    return pd.DataFrame({"series_id": series_id, "day": days, "cost": costs})


def working_week(days: int, seed: int = 1, noise: float = 0.03) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = np.where(np.arange(days) % 7 < 5, 100.0, 40.0)
    return level * rng.lognormal(0, noise, days)


def anomalies(costs: np.ndarray, **options: str) -> list[int]:
    scored = score_daily(history(costs), **options)
    return np.flatnonzero(scored["is_anomaly"]).tolist()


def test_a_quiet_series_raises_nothing() -> None:
    assert anomalies(working_week(300)) == []


def test_a_spike_is_found_on_its_day_and_the_day_after_is_not() -> None:
    costs = working_week(200)
    costs[150] *= 2

    assert anomalies(costs) == [150]


def test_the_expectation_follows_the_weekday() -> None:
    scored = score_daily(history(working_week(200)))

    late = scored["expected"].to_numpy()[150:]
    assert late[np.arange(150, 200) % 7 < 5] == pytest.approx(100, rel=0.15)
    assert late[np.arange(150, 200) % 7 >= 5] == pytest.approx(40, rel=0.15)


def test_a_slow_climb_is_found_though_no_day_stands_out() -> None:
    costs = working_week(200)
    costs[150:165] *= 1 + 0.8 * np.linspace(0, 1, 15)

    assert any(150 <= day < 165 for day in anomalies(costs))


def test_a_month_fee_is_news_once_and_an_end_of_year_dip_never() -> None:
    days = pd.date_range("2025-01-06", periods=380)
    costs = working_week(380)
    costs[days.day == 1] += 200
    costs[(days.month == 12) & (days.day >= 24)] *= 0.6

    assert [day for day in anomalies(costs) if day > 60] == []


def test_an_outage_in_the_year_end_days_is_still_found() -> None:
    days = pd.date_range("2025-01-06", periods=380)
    costs = working_week(380)
    costs[days == pd.Timestamp("2025-12-26")] = 0

    assert anomalies(costs) == [int(np.flatnonzero(days == pd.Timestamp("2025-12-26"))[0])]


def test_a_run_of_a_batch_job_that_costs_ten_times_as_much_is_found() -> None:
    costs = np.where(np.arange(300) % 7 == 2, 50.0, 0.0) * np.random.default_rng(2).lognormal(
        0, 0.2, 300
    )
    costs[205] *= 10

    assert anomalies(costs) == [205]


def test_a_very_large_day_wins_though_a_similar_one_was_seen() -> None:
    costs = working_week(300)
    costs[[120, 247]] = 1000

    assert set(anomalies(costs)) >= {120, 247}


def test_the_return_from_a_burst_is_not_told_again() -> None:
    costs = working_week(250)
    costs[150:160] *= 1.6

    assert set(anomalies(costs)) <= set(range(150, 160))


def test_a_higher_sensitivity_finds_no_less() -> None:
    costs = working_week(300, noise=0.1)
    costs[[150, 200, 250]] *= [1.4, 1.6, 1.8]
    found = [set(anomalies(costs, sensitivity=name)) for name in ("low", "balanced", "high")]

    assert found[0] <= found[1] <= found[2]
    assert THRESHOLDS[Sensitivity.LOW] > THRESHOLDS[Sensitivity.HIGH]


def test_the_frame_has_the_promised_columns() -> None:
    assert list(score_daily(history(working_week(20))).columns) == PUBLIC
    assert list(score_daily(history(np.array([]))).columns) == PUBLIC


def test_an_unknown_sensitivity_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="low, balanced, high"):
        score_daily(history(working_week(20)), "paranoid")


def test_a_short_history_is_enough_for_a_day_three_times_as_dear() -> None:
    costs = working_week(60)
    costs[40] *= 3

    assert 40 in anomalies(costs)


def test_costs_below_zero_are_watched_too() -> None:
    costs = -working_week(200)
    costs[150] *= 3

    assert 150 in anomalies(costs)


def test_a_new_weekly_job_is_told_once() -> None:
    costs = np.full(250, 50.0) * np.random.default_rng(3).lognormal(0, 0.02, 250)
    costs[150::7] += 40

    assert [day for day in anomalies(costs) if day > 150] == []
