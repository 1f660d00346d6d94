"""The detectors that articles on cloud cost recommend, to choose by name and to measure against.

As in the articles each looks at the whole of a series, what came after a day included; only the
last day of a history is therefore scored from its past alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import IsolationForest  # type: ignore[import-untyped]

from cloudledger.insights.anomaly import Sensitivity
from cloudledger.insights.panel import Panel, panel_of

Matrix = npt.NDArray[np.float64]
Parts = tuple[Matrix, Matrix, npt.NDArray[np.bool_]]
"""Expected cost, score and whether a day stands out, each [series, day]."""

WEEK = 7
DEVIATIONS = 3.0
MODIFIED_Z = 3.5
NORMAL_MAD = 0.6745
NORMAL_MEAN_DEVIATION = 0.7979
CONTAMINATION = 0.1
TREES = 100
SEED = 0
ROUNDING = 1e-9
FEWEST = 14
"""Days of history below which a forest has nothing to isolate a day from."""

FACTORS = {Sensitivity.LOW: 4 / 3, Sensitivity.BALANCED: 1.0, Sensitivity.HIGH: 2 / 3}
"""What a sensitivity multiplies the articles' threshold by."""


def z_score(history: pd.DataFrame, sensitivity: str = "balanced") -> pd.DataFrame:
    """Days more than three standard deviations from the series' mean.

    :param history: ``series_id``, ``day``, ``cost``; see :func:`panel_of`.
    :param sensitivity: ``balanced`` is the articles' threshold, ``high`` two thirds of it,
        ``low`` four thirds.
    :returns: ``series_id``, ``day``, ``expected`` and ``score`` (in deviations), ``is_anomaly``.
    :raises NotAHistory: when a column is absent.
    :raises ValueError: for an unknown sensitivity.
    """
    return _scored(history, sensitivity, _z_score)


def mad(history: pd.DataFrame, sensitivity: str = "balanced") -> pd.DataFrame:
    """Days whose modified z-score is above 3.5 (Iglewicz and Hoaglin, 1993); see :func:`z_score`.

    Where half of a series' days cost the same, the mean absolute deviation stands in for the MAD.
    """
    return _scored(history, sensitivity, _mad)


def isolation_forest(history: pd.DataFrame, sensitivity: str = "balanced") -> pd.DataFrame:
    """The tenth of the days easiest to isolate by rolling features; see :func:`z_score`.

    The score is scikit-learn's anomaly score (Liu, Ting and Zhou, 2008) over the highest score
    of a day that does not stand out; ``sensitivity`` moves the share of days.
    """
    return _scored(history, sensitivity, _isolation_forest)


def mad_and_forest(history: pd.DataFrame, sensitivity: str = "balanced") -> pd.DataFrame:
    """Days that both :func:`mad` and :func:`isolation_forest` name, with the former's score."""
    return _scored(history, sensitivity, _mad_and_forest)


def seasonal_residual(history: pd.DataFrame, sensitivity: str = "balanced") -> pd.DataFrame:
    """Days whose residual of a classical weekly decomposition is beyond three deviations.

    Trend is the centred mean of seven days, season the weekday's mean apart from it (additive;
    Makridakis, Wheelwright and Hyndman, 1998); see :func:`z_score`.
    """
    return _scored(history, sensitivity, _seasonal_residual)


DETECTORS: dict[str, Callable[[pd.DataFrame, str], pd.DataFrame]] = {
    "z_score": z_score,
    "mad": mad,
    "isolation_forest": isolation_forest,
    "mad_and_forest": mad_and_forest,
    "seasonal_residual": seasonal_residual,
}


def _scored(
    history: pd.DataFrame, sensitivity: str, parts_of: Callable[[Panel, float], Parts]
) -> pd.DataFrame:
    if sensitivity not in FACTORS:
        known = ", ".join(Sensitivity)
        raise ValueError(f"no sensitivity {sensitivity!r}: choose one of {known}")
    panel = panel_of(history)
    if not panel.ids:
        return pd.DataFrame(columns=["series_id", "day", "expected", "score", "is_anomaly"])
    with np.errstate(invalid="ignore", divide="ignore"):
        expected, score, stands_out = parts_of(panel, FACTORS[Sensitivity(sensitivity)])
    row, column = np.nonzero(np.isfinite(panel.values))
    ids = np.empty(len(panel.ids), object)
    ids[:] = panel.ids
    return pd.DataFrame(
        {
            "series_id": ids[row],
            "day": panel.days[column].astype("datetime64[ns]"),
            "expected": expected[row, column],
            "score": np.nan_to_num(score[row, column]),
            "is_anomaly": stands_out[row, column],
        }
    )


def _z_score(panel: Panel, factor: float) -> Parts:
    values = panel.values
    expected = np.broadcast_to(np.nanmean(values, axis=1, keepdims=True), values.shape)
    score = _times(np.abs(values - expected), np.nanstd(values, axis=1, keepdims=True), values)
    return expected, score, score > DEVIATIONS * factor


def _times(off: Matrix, spread: Matrix, values: Matrix) -> Matrix:
    """`off` in units of `spread`; nothing is off where that is but rounding."""
    rounding = ROUNDING * np.nanmax(np.abs(values), axis=1, keepdims=True)
    return np.where(spread > rounding, off / spread, 0.0)


def _mad(panel: Panel, factor: float) -> Parts:
    values = panel.values
    expected = np.broadcast_to(np.nanmedian(values, axis=1, keepdims=True), values.shape)
    off = np.abs(values - expected)
    median = np.nanmedian(off, axis=1, keepdims=True) / NORMAL_MAD
    mean = np.nanmean(off, axis=1, keepdims=True) / NORMAL_MEAN_DEVIATION
    score = _times(off, np.where(median > 0, median, mean), values)
    return expected, score, score > MODIFIED_Z * factor


def _isolation_forest(panel: Panel, factor: float) -> Parts:
    expected, score = np.zeros_like(panel.values), np.zeros_like(panel.values)
    weekday = pd.DatetimeIndex(panel.days).day_of_week.to_numpy()
    for row, values in enumerate(panel.values):
        known = np.isfinite(values)
        features = _features(pd.Series(values[known]), weekday[known])
        expected[row, known] = features["mean"]
        if known.sum() < FEWEST or values[known].min() == values[known].max():
            continue
        forest = IsolationForest(n_estimators=TREES, random_state=SEED).fit(features.to_numpy())
        easy = -forest.score_samples(features.to_numpy())
        score[row, known] = easy / np.quantile(easy, 1 - CONTAMINATION / factor)
    return expected, score, score > 1.0


def _features(cost: pd.Series, weekday: npt.NDArray[np.int32]) -> pd.DataFrame:
    week = cost.rolling(WEEK, min_periods=1)
    mean, spread = week.mean(), week.std().fillna(0.0)
    return pd.DataFrame(
        {
            "cost": cost,
            "mean": mean,
            "spread": spread,
            "ratio": (cost / mean.where(mean.abs() > 0)).fillna(1.0),
            "change": cost.diff().fillna(0.0),
            "weekday": weekday,
        }
    )


def _mad_and_forest(panel: Panel, factor: float) -> Parts:
    expected, score, by_mad = _mad(panel, factor)
    return expected, score, by_mad & _isolation_forest(panel, factor)[2]


def _seasonal_residual(panel: Panel, factor: float) -> Parts:
    costs = pd.DataFrame(panel.values.T, index=pd.DatetimeIndex(panel.days))
    trend = costs.rolling(WEEK, center=True, min_periods=1).mean()
    weekday = costs.index.day_of_week  # type: ignore[attr-defined]
    season = (costs - trend).groupby(weekday).transform("mean")
    expected = (trend + season).to_numpy().T
    residual = panel.values - expected
    spread = np.nanstd(residual, axis=1, keepdims=True)
    score = _times(np.abs(residual), spread, panel.values)
    return expected, score, score > DEVIATIONS * factor
