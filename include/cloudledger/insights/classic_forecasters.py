"""The forecasters that articles on cloud cost recommend, to choose by name and to measure against.

Their intervals are the articles', too: deviations of the in-sample errors times a normal quantile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LinearRegression  # type: ignore[import-untyped]

from cloudledger.insights.panel import Panel, panel_of

Vector = npt.NDArray[np.float64]
Foretold = tuple[Vector, Vector]
"""What the days ahead will cost, and the deviation of each."""

WEEK = 7
GAINS = (0.05, 0.1, 0.2, 0.4, 0.7, 0.95)
HOLT_WINTERS_GAINS = np.array(list(product((0.05, 0.2, 0.5), (0.0, 0.02, 0.1), (0.05, 0.2))))


def linear_regression(
    history: pd.DataFrame, horizon: int, levels: Sequence[float] = (0.95,)
) -> pd.DataFrame:
    """A straight line through all days, drawn on.

    :param history: ``series_id``, ``day``, ``cost``; see :func:`panel_of`.
    :param horizon: days ahead, counted from each series' last day.
    :param levels: of intervals: ``0.95`` gives ``lower_95`` and ``upper_95``.
    :returns: ``series_id``, ``day``, ``forecast`` and the intervals, in the history's currency.
    :raises NotAHistory: when a column is absent.
    """
    return _foretold(history, horizon, levels, _linear_regression)


def exponential_smoothing(
    history: pd.DataFrame, horizon: int, levels: Sequence[float] = (0.95,)
) -> pd.DataFrame:
    """The level that one of six gains followed best (Brown, 1959), for every day ahead.

    See :func:`linear_regression` for parameters and result.
    """
    return _foretold(history, horizon, levels, _exponential_smoothing)


def holt_winters(
    history: pd.DataFrame, horizon: int, levels: Sequence[float] = (0.95,)
) -> pd.DataFrame:
    """Level, trend and additive weekday season (Winters, 1960), the best of eighteen gains.

    A series of under two weeks is smoothed without a season. See :func:`linear_regression`.
    """
    return _foretold(history, horizon, levels, _holt_winters)


FORECASTERS: dict[str, Callable[[pd.DataFrame, int, Sequence[float]], pd.DataFrame]] = {
    "linear_regression": linear_regression,
    "exponential_smoothing": exponential_smoothing,
    "holt_winters": holt_winters,
}


def _foretold(
    history: pd.DataFrame,
    horizon: int,
    levels: Sequence[float],
    ahead: Callable[[Vector, int], Foretold],
) -> pd.DataFrame:
    panel = panel_of(history)
    columns = ["series_id", "day", "forecast"]
    columns += [f"{side}_{_percent(level)}" for level in levels for side in ("lower", "upper")]
    parts = []
    for name, last_day, costs in _whole(panel):
        forecast, deviation = ahead(costs, horizon)
        part = {
            "series_id": [name] * horizon,
            "day": (last_day + np.arange(1, horizon + 1)).astype("datetime64[ns]"),
            "forecast": forecast,
        }
        for level in levels:
            width = NormalDist().inv_cdf((1 + level) / 2) * deviation
            part[f"lower_{_percent(level)}"] = forecast - width
            part[f"upper_{_percent(level)}"] = forecast + width
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _percent(level: float) -> str:
    return f"{100 * level:g}".replace(".", "_")


def _whole(panel: Panel) -> Iterator[tuple[object, np.datetime64, Vector]]:
    """Each series from its first to its last day; days nothing is known of lie on a line."""
    if not panel.ids:
        return
    for name, values, first, last in zip(
        panel.ids, panel.values, panel.first, panel.last, strict=True
    ):
        costs = pd.Series(values[first : last + 1]).interpolate().to_numpy(np.float64)
        yield name, panel.days[last], costs


def _linear_regression(costs: Vector, horizon: int) -> Foretold:
    day = np.arange(len(costs) + horizon, dtype=np.float64)[:, None]
    line = LinearRegression().fit(day[: len(costs)], costs).predict(day)
    deviation = np.std(costs - line[: len(costs)])
    return line[len(costs) :], np.full(horizon, deviation)


def _exponential_smoothing(costs: Vector, horizon: int) -> Foretold:
    series = pd.Series(costs)
    levels = [series.ewm(alpha=gain, adjust=False).mean().to_numpy() for gain in GAINS]
    errors = [np.sqrt(np.mean((costs[1:] - level[:-1]) ** 2)) for level in levels if len(costs) > 1]
    best = int(np.argmin(errors)) if errors else 0
    deviation = errors[best] if errors else 0.0
    steps = np.arange(horizon)
    return (
        np.full(horizon, levels[best][-1]),
        deviation * np.sqrt(1 + steps * GAINS[best] ** 2),
    )


def _holt_winters(costs: Vector, horizon: int) -> Foretold:
    if len(costs) < 2 * WEEK:
        return _exponential_smoothing(costs, horizon)
    alpha, beta, gamma = HOLT_WINTERS_GAINS.T
    level = np.full(len(alpha), costs[: 2 * WEEK].mean())
    trend = np.full(len(alpha), (costs[WEEK : 2 * WEEK] - costs[:WEEK]).mean() / WEEK)
    season = np.tile((costs[:WEEK] + costs[WEEK : 2 * WEEK]) / 2 - level[0], (len(alpha), 1))
    squares = np.zeros(len(alpha))
    for day, cost in enumerate(costs):
        of_day = season[:, day % WEEK]
        error = cost - (level + trend + of_day)
        if day >= WEEK:
            squares += error**2
        level = level + trend + alpha * error
        trend = trend + alpha * beta * error
        season[:, day % WEEK] = of_day + gamma * (1 - alpha) * error
    best = int(np.argmin(squares))
    ahead = np.arange(1, horizon + 1)
    forecast = level[best] + trend[best] * ahead + season[best, (len(costs) + ahead - 1) % WEEK]
    passed_on = alpha[best] * (1 + ahead * beta[best])
    passed_on = passed_on + gamma[best] * (1 - alpha[best]) * (ahead % WEEK == 0)
    grows = 1 + np.concatenate([[0.0], np.cumsum(passed_on[:-1] ** 2)])
    return forecast, np.sqrt(squares[best] / (len(costs) - WEEK) * grows)
