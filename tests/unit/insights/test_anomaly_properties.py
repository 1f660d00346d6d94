"""What must hold of scores whatever a history contains."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cloudledger.insights.anomaly import score_daily, scored_days

FIRST = pd.Timestamp("2025-01-01")
COSTS = st.one_of(
    st.floats(0, 1e4),
    st.sampled_from([0.0, -5.0, 1e-12, 1e13, float("nan"), float("inf"), float("-inf")]),
)


def made(seed: int, days: int = 130) -> np.ndarray:
    """A series of one of several constructions, events included."""
    rng = np.random.default_rng(seed)
    day = np.arange(days)
    week = 1 + 0.5 * np.sin(day * 2 * np.pi / 7)
    shapes = [
        100 * week * rng.lognormal(0, 0.1, days),
        np.full(days, 20.0),
        np.where(rng.random(days) < 0.2, rng.lognormal(3, 1, days), 0.0),
        np.maximum(0, rng.normal(50, 40, days)),
        np.where(day % 30 < 3, 300.0, 1.0) * rng.lognormal(0, 0.05, days),
    ]
    costs = shapes[seed % len(shapes)]
    costs[rng.integers(40, days, 3)] *= rng.choice([0.0, 3.0, 20.0], 3)
    return costs


def frame(costs: np.ndarray, series_id: str = "a", missing: np.ndarray | None = None):
    days = FIRST + pd.to_timedelta(np.arange(len(costs)), "D")
    rows = pd.DataFrame({"series_id": series_id, "day": days, "cost": costs})
    return rows if missing is None else rows[~missing]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), until=st.integers(30, 129), later=st.sampled_from([0.0, 7e5]))
def test_no_later_day_changes_a_score(seed: int, until: int, later: float) -> None:
    rng = np.random.default_rng(seed)
    costs = made(seed)
    missing = rng.random(len(costs)) < (0.4 if seed % 2 else 0.0)
    missing[0] = False
    changed = costs.copy()
    changed[until:] = later

    whole, other, cut = (
        scored_days(rows)
        for rows in (
            frame(costs, missing=missing),
            frame(changed),
            frame(costs[:until], missing=missing[:until]),
        )
    )

    early = whole[whole["day"] < FIRST + pd.Timedelta(days=until)]
    pd.testing.assert_frame_equal(early, cut)
    if not missing.any():
        pd.testing.assert_frame_equal(early, other.iloc[: len(early)])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), ahead=st.integers(0, 40))
@example(seed=270, ahead=2)
@example(seed=0, ahead=14)
def test_no_other_series_changes_a_score(seed: int, ahead: int) -> None:
    own = frame(made(seed))
    other = frame(made(seed + 1), "b")
    other["day"] -= pd.Timedelta(days=ahead)

    alone = score_daily(own)
    together = score_daily(pd.concat([other, own]))

    beside = together[together["series_id"] == "a"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, beside)


@settings(max_examples=25, deadline=None)
@given(
    bad=st.lists(st.tuples(st.integers(-3, 400), COSTS), max_size=80),
    also=st.sampled_from([[], [0.0] * 90, [5.0], [5.0] * 90]),
)
def test_bad_input_stops_no_other_series_and_gives_no_nan(
    bad: list[tuple[int, float]], also: list[float]
) -> None:
    days = [FIRST + pd.Timedelta(days=day) for day, _ in bad]
    rows = pd.DataFrame({"series_id": "bad", "day": days, "cost": [cost for _, cost in bad]})
    good = frame(made(3), "good")
    history = pd.concat(
        [rows.astype({"day": "datetime64[ns]"}), good, frame(np.array(also), "also")]
    )

    scored = scored_days(history)

    assert np.isfinite(scored.drop(columns=["series_id", "day"]).to_numpy(np.float64)).all()
    assert (scored["score"] >= 0).all()
    assert (scored["series_id"] == "good").sum() == 130


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.sampled_from([0.01, 3.0, 1000.0]))
def test_another_currency_unit_finds_the_same_days(seed: int, factor: float) -> None:
    costs = made(seed)

    one, other = score_daily(frame(costs)), score_daily(frame(costs * factor))

    assert (one["is_anomaly"] == other["is_anomaly"]).mean() > 0.97


def test_a_shuffled_history_gives_the_same_scores() -> None:
    history = pd.concat([frame(made(seed), str(seed)) for seed in range(4)])
    scored = score_daily(history)
    again = score_daily(history.sample(frac=1, random_state=1))

    order = ["series_id", "day"]
    pd.testing.assert_frame_equal(
        scored.sort_values(order, ignore_index=True), again.sort_values(order, ignore_index=True)
    )
