"""How good forecasts, alerts and named causes are: the definitions the tables are made by.

Forecasts are scored as in the M4 competition (Makridakis, Spiliotis and Assimakopoulos, 2020).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]

WEEK = 7
FIRST_SCORED = 90
"""Detectors are scored from this day on."""
SETTLING = 30
"""And from so many days after a series' first cost."""
GAP = 2
"""Flagged days so far apart are one alert."""
MONTH = 30.44
LEAST = 0.01
PENALTY = 2 / 0.05
"""What a miss of a 95 % interval costs, in its distance."""


@dataclass(frozen=True, slots=True)
class ForecastScore:
    """One series' score; ``mase`` and ``msis`` are NaN where it repeats itself week by week."""

    mase: float
    covered: float
    msis: float
    error: float
    amount: float
    of_naive: float


def forecast_score(
    known: Vector, truth: Vector, forecast: Vector, lower: Vector, upper: Vector
) -> ForecastScore:
    """Score a forecast of the days after `known`.

    ``error`` and ``amount`` are the sums WAPE is made of. ``of_naive`` is the error over that of
    last week repeated, which counts as a hundredth of a known day's cost at least.
    """
    off = np.abs(truth - forecast)
    scale = np.abs(known[WEEK:] - known[:-WEEK]).mean() if len(known) > WEEK else np.nan
    scale = scale if scale > 1e-9 else np.nan
    slack = 1e-6 * np.maximum(1.0, np.abs(truth))
    missed = np.maximum(lower - truth, 0) + np.maximum(truth - upper, 0)
    naive = np.abs(truth - repeated(known, len(truth))).mean()
    least = max(LEAST * np.abs(known).mean(), 1e-9)
    return ForecastScore(
        mase=float(off.mean() / scale),
        covered=float(((truth >= lower - slack) & (truth <= upper + slack)).mean()),
        msis=float((upper - lower + PENALTY * missed).mean() / scale),
        error=float(off.sum()),
        amount=float(np.abs(truth).sum()),
        of_naive=float(off.mean() / max(naive, least)),
    )


def repeated(known: Vector, horizon: int) -> Vector:
    """The last week over and over: the seasonal naive forecast."""
    return np.resize(known[-WEEK:], horizon)


def alerts(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last day of every run of flagged days."""
    found: list[tuple[int, int]] = []
    for day in np.flatnonzero(flags):
        if found and day - found[-1][1] <= GAP:
            found[-1] = (found[-1][0], int(day))
        else:
            found.append((int(day), int(day)))
    return found


def event_scores(
    data: Iterable[Mapping[str, Any]], flags: Iterable[NDArray[np.bool_]]
) -> dict[str, float]:
    """Precision, recall and F1 of events, and false alerts per month of a series.

    An event is found by a flag from its first day to the day after its last. An alert is false
    that touches no event (a day's slack either side) and does not begin in ignored days.
    """
    found = events = false = days = 0
    for one, given in zip(data, flags, strict=True):
        first = max(FIRST_SCORED, one["s0"] + SETTLING)
        flag = given.copy()
        flag[:first] = False
        days += max(len(flag) - first, 0)
        near = np.zeros(len(flag), bool)
        for start, end, *_ in one["ev"]:
            events += 1
            found += bool(flag[start : end + 1].any())
            near[max(0, start - 1) : end + 2] = True
        false += sum(
            not (near[start : end + 1].any() or one["ign"][start]) for start, end in alerts(flag)
        )
    precision, recall = found / max(found + false, 1), found / max(events, 1)
    return {
        "P": precision,
        "R": recall,
        "F1": 2 * precision * recall / max(precision + recall, 1e-9),
        "false/month": false * MONTH / max(days, 1),
    }


def recall_by_kind(
    data: Iterable[Mapping[str, Any]], flags: Iterable[NDArray[np.bool_]]
) -> dict[str, float]:
    """The share found of the events of each kind."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for one, flag in zip(data, flags, strict=True):
        for start, end, kind, *_ in one["ev"]:
            found[kind].append(bool(flag[start : end + 1].any()))
    return {kind: float(np.mean(found[kind])) for kind in sorted(found)}


def cause_counts(
    leaves: pd.DataFrame, named: Sequence[Mapping[str, str]], true: Sequence[Mapping[str, str]]
) -> tuple[int, int, int]:
    """Causes named rightly, named wrongly and not named; the same leaves are the same cause."""
    wanted = {_leaves_of(leaves, cause) for cause in true}
    got = [_leaves_of(leaves, cause) for cause in named]
    right = len(wanted & set(got))
    return right, len(got) - right, len(wanted) - right


def _leaves_of(leaves: pd.DataFrame, values: Mapping[str, str]) -> bytes:
    mask = np.ones(len(leaves), bool)
    for dimension, value in values.items():
        mask &= (leaves[dimension] == value).to_numpy()
    return mask.tobytes()


def f1(counts: Iterable[tuple[int, int, int]]) -> float:
    """F1 over all of (right, wrong, not named)."""
    right, wrong, left_out = np.sum(list(counts), axis=0)
    return float(2 * right / max(2 * right + wrong + left_out, 1))


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """The mean over seeds and its standard error (NaN of a single one)."""
    found = np.asarray(values, float)
    error = found.std(ddof=1) / np.sqrt(len(found)) if len(found) > 1 else np.nan
    return float(found.mean()), float(error)
