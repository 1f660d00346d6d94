"""One method on one seed's set: the figures of a line of the tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.insight_scores import (
    ForecastScore,
    cause_counts,
    event_scores,
    f1,
    forecast_score,
    recall_by_kind,
    repeated,
)
from bench.insight_sets import Case, Series, history_of, next_month

Figures = dict[str, float]
Forecaster = Callable[[pd.DataFrame, int, Sequence[float]], pd.DataFrame]
Detector = Callable[[pd.DataFrame, str], pd.DataFrame]
Totals = Callable[[pd.DataFrame], pd.DataFrame]
Explainer = Callable[[pd.DataFrame], Sequence[Mapping[str, str]]]

BANDS = {"45-90": (0, 90), "90-365": (90, 365), "365+": (365, 10**9)}
TOO_BAD = 3.0
"""No forecast is to be off by more times the seasonal naive's error than this."""


def forecast_figures(data: Series, forecaster: Forecaster) -> Figures:
    """MASE, WAPE and coverage (all, and by length of history) in percent, MSIS, the worst series.

    ``of naive`` is the largest error over the seasonal naive's, ``>3x`` how many in a thousand
    are over three; ``s/1000`` processor seconds for a thousand series.
    """
    horizon = data[0]["h"]
    history = history_of(data, horizon)
    begun = time.process_time()
    made = forecaster(history, horizon, (0.95,))
    spent = time.process_time() - begun
    scores, lengths = [], []
    for number, part in made.groupby("series_id", sort=True):
        y = np.asarray(data[number]["y"], float)
        known, truth = y[:-horizon], y[-horizon:]
        columns = ("forecast", "lower_95", "upper_95")
        scores.append(forecast_score(known, truth, *(part[name].to_numpy() for name in columns)))
        lengths.append(len(known))
    return {
        "MASE": float(np.nanmean([one.mase for one in scores])),
        "WAPE %": 100 * sum(one.error for one in scores) / sum(one.amount for one in scores),
        "cov95": 100 * float(np.mean([one.covered for one in scores])),
        **_coverage(scores, np.array(lengths)),
        "MSIS": float(np.nanmean([one.msis for one in scores])),
        "of naive": max(one.of_naive for one in scores),
        ">3x": 1000 * float(np.mean([one.of_naive > TOO_BAD for one in scores])),
        "left out": float(len(data) - len(scores)),
        "s/1000": 1000 * spent / len(data),
    }


def _coverage(scores: Sequence[ForecastScore], lengths: NDArray[np.int64]) -> Figures:
    covered = np.array([one.covered for one in scores])
    return {
        f"cov {name}": 100 * float(covered[(lengths >= low) & (lengths < high)].mean())
        for name, (low, high) in BANDS.items()
    }


def seasonal_naive(
    history: pd.DataFrame, horizon: int, levels: Sequence[float] = (0.95,)
) -> pd.DataFrame:
    """Last week over and over; intervals from how far weeks lay apart so far."""
    parts = []
    for name, part in history.groupby("series_id"):
        costs = part["cost"].to_numpy()
        forecast = repeated(costs, horizon)
        weeks = np.sqrt(1 + np.arange(horizon) // 7)
        width = 1.96 * np.sqrt(np.mean((costs[7:] - costs[:-7]) ** 2)) * weeks
        columns = {"forecast": forecast, "lower_95": forecast - width, "upper_95": forecast + width}
        parts.append(pd.DataFrame({"series_id": name, **columns}))
    return pd.concat(parts, ignore_index=True)


def month_figures(data: Series, totals_of: Totals) -> Figures:
    """A whole month ahead: the error of totals in percent of them, a series' own, coverage.

    ``of all`` weighs series by what they cost, ``a series`` is the median series' own error. Days
    summed have no interval.
    """
    months = [next_month(one) for one in data]
    known = [
        {"ds": one["ds"][:first], "y": one["y"][:first]}
        for one, (first, _) in zip(data, months, strict=True)
    ]
    made = totals_of(history_of(known)).set_index("series_id")
    truth = pd.Series(
        [float(np.sum(one["y"][slice(*month)])) for one, month in zip(data, months, strict=True)]
    ).loc[made.index]
    off = (made["forecast"] - truth).abs()
    covered = np.nan
    if "lower_95" in made:
        slack = 1e-6 * truth.clip(lower=1.0)
        within = (truth >= made["lower_95"] - slack) & (truth <= made["upper_95"] + slack)
        covered = 100 * float(within.mean())
    return {
        "of all %": 100 * float(off.sum() / truth.sum()),
        "a series %": 100 * float((off / truth)[truth > 0].median()),
        "cov95": covered,
    }


def summed(forecaster: Forecaster) -> Totals:
    """The coming month as the sum of its forecast days."""

    def totals(history: pd.DataFrame) -> pd.DataFrame:
        made = forecaster(history, 31, ())
        first = made.groupby("series_id")["day"].transform("min")
        made = made[made["day"].dt.month == first.dt.month]
        return made.groupby("series_id", as_index=False)["forecast"].sum()

    return totals


def event_figures(
    data: Series, strong: Series | None, detector: Detector, sensitivity: str
) -> Figures:
    """Events' precision, recall, F1 (of the strong ones, too) and false alerts a series-month."""
    history = history_of(data)
    begun = time.process_time()
    scored = detector(history, sensitivity)
    spent = time.process_time() - begun
    flags = flags_of(data, scored)
    figures = event_scores(data, flags)
    if strong is not None:
        figures["F1 of >=5"] = event_scores(strong, flags)["F1"]
    return {**figures, "s/1000": 1000 * spent / len(data)}


def kind_figures(data: Series, detector: Detector, sensitivity: str) -> Figures:
    """The share found of the events of each kind."""
    return recall_by_kind(data, flags_of(data, detector(history_of(data), sensitivity)))


def flags_of(data: Series, scored: pd.DataFrame) -> list[NDArray[np.bool_]]:
    """The days named, an array a series."""
    flags = [np.zeros(len(one["y"]), bool) for one in data]
    named = scored[scored["is_anomaly"].astype(bool)]
    for number, part in named.groupby("series_id"):
        flags[number][data[number]["ds"].get_indexer(pd.DatetimeIndex(part["day"]))] = True
    return flags


def cause_figures(cases: Sequence[Case], explainer: Explainer) -> Figures:
    """F1 of the causes named, and processor milliseconds for a cube."""
    begun = time.process_time()
    named = [explainer(case.leaves) for case in cases]
    spent = time.process_time() - begun
    counts = [
        cause_counts(case.leaves, one, case.causes) for case, one in zip(cases, named, strict=True)
    ]
    exact = [right > 0 and wrong == left_out == 0 for right, wrong, left_out in counts]
    return {
        "F1": f1(counts),
        "exact %": 100 * float(np.mean(exact)),
        "ms": 1000 * spent / len(cases),
    }


def drill_down(leaves: pd.DataFrame) -> list[dict[str, str]]:
    """The plain way: the value with most of the excess, and within it so long as one has 4/5."""
    excess = leaves["actual"] - leaves["expected"]
    free = [name for name in leaves.columns if name not in ("expected", "actual")]
    found: dict[str, Any] = {}
    while free and excess.sum() != 0:
        best = {name: (excess.groupby(leaves[name]).sum() / excess.sum()) for name in free}
        name = max(free, key=lambda one: best[one].max())
        if found and best[name].max() < 0.8:
            break
        found[name] = best[name].idxmax()
        excess, leaves = excess[leaves[name] == found[name]], leaves[leaves[name] == found[name]]
        free.remove(name)
    return [found] if found else []
