"""Forecasts of many cost series at once, with intervals that hold.

A series is cleaned of what recurs with the month, scaled, and forecast by a grid of exponential
smoothers and plain baselines; their back-tests weigh them by horizon and give the intervals.
Series go through in chunks, so memory does not grow with their number; what series have in common
(which settings do well, how large errors are) is learnt over all of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudledger.insights.backtest import Backtest, backtest
from cloudledger.insights.cleaned import Cleaned, clean, peer_scale
from cloudledger.insights.cold_start import COLD_SEASONS, cold_forecast, peer_profile
from cloudledger.insights.combine import between, prior_of, weights_of
from cloudledger.insights.intervals import RECENT, half_widths
from cloudledger.insights.panel import Panel, Step, panel_of
from cloudledger.insights.plain_guard import guarded
from cloudledger.insights.year_end import year_end

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

MODEL_VERSION = "2"
"""Changes whenever the same history would be forecast differently."""
LEVELS = (0.5, 0.8, 0.95)
SEASONS: Mapping[Step, Sequence[int]] = {"D": (7,), "h": (24, 168)}
HORIZONS = (1, 4, 7, 14, 21, 30, 60, 90)
"""Steps ahead that are back-tested, and the last one asked for."""
LONGEST = {"D": 800, "h": 1344}
"""Newest steps of a series a model learns from."""
SETTLED, MOSTLY = 14, 0.6
"""Steps since the first use, and share of them with a cost, that make zeros before it no history
of the service."""
NOTHING = 1e-4
"""A forecast below this share of a series' scale is zero."""
CHUNK = 100
SAMPLE = 200
"""Series that tell what candidates are worth in general."""


@dataclass(frozen=True)
class Forecast:
    """Forecasts of a panel, in its currency, no NaN.

    ``expected`` is [series, step], ``lower`` and ``upper`` [level, series, step]; step 0 is the
    step after ``last`` [series], the last one known of each series. ``problems`` has the reason
    of each series that could not be forecast.
    """

    ids: tuple[Hashable, ...]
    step: Step
    last: Days
    expected: Array
    levels: tuple[float, ...]
    lower: Array
    upper: Array
    problems: Mapping[Hashable, str]
    notes: Mapping[Hashable, str]

    @property
    def days(self) -> Days:
        """The instant of each forecast: [series, step]."""
        ahead = np.arange(1, self.expected.shape[1] + 1)
        return self.last[:, None] + ahead * np.timedelta64(1, self.step)

    def frame(self) -> pd.DataFrame:
        """``series_id, day, forecast, lower_95, upper_95, ...``: a row a series and step."""
        steps = self.expected.shape[1]
        names = pd.Series(list(self.ids), dtype=object).repeat(steps).reset_index(drop=True)
        columns: dict[str, object] = {
            "series_id": names.infer_objects(),
            "day": self.days.ravel().astype("datetime64[ns]"),
            "forecast": self.expected.ravel(),
        }
        for level, lower, upper in zip(self.levels, self.lower, self.upper, strict=True):
            columns[f"lower_{percent(level)}"] = lower.ravel()
            columns[f"upper_{percent(level)}"] = upper.ravel()
        return pd.DataFrame(columns)


def forecast_daily(
    history: pd.DataFrame, horizon: int, levels: Sequence[float] = (0.95,)
) -> pd.DataFrame:
    """Forecast the next days of every series, from the day after its own last one.

    :param history: ``series_id``, ``day`` (datetime64, UTC), ``cost``; see ``panel_of``.
    :param horizon: days ahead, at least 1.
    :param levels: of the prediction intervals, between 0 and 1.
    :return: ``series_id, day, forecast`` and ``lower_95, upper_95`` for each level, no NaN. A
        series that cannot be forecast is absent; ``frame.attrs["problems"]`` says why.
    :raises NotAHistory: when a column is absent.
    :raises ValueError: for a horizon or level outside its range.
    """
    made = forecast_panel(panel_of(history), horizon, levels)
    frame = made.frame()
    frame.attrs["problems"] = dict(made.problems)
    return frame


def forecast_panel(panel: Panel, steps: int, levels: Sequence[float] = LEVELS) -> Forecast:
    """Forecast a panel of days or hours; see ``forecast_daily`` for the parameters."""
    if steps < 1:
        raise ValueError(f"a forecast of {steps} steps: ask for at least 1")
    if not all(0 < level < 1 for level in levels):
        raise ValueError(f"interval levels {list(levels)}: each must lie between 0 and 1")
    levels = tuple(sorted(levels))
    if not panel.ids:
        nothing = np.empty((len(levels), 0, steps))
        last = np.empty(0, f"datetime64[{panel.step}]")
        return Forecast(
            (),
            panel.step,
            last,
            nothing[0] if len(levels) else np.empty((0, steps)),
            levels,
            nothing,
            nothing,
            panel.problems,
            panel.notes,
        )
    values = right_aligned(panel, LONGEST[panel.step])
    last = panel.days[panel.last]
    expected, lower, upper = _forecast(values, last, steps, levels, SEASONS[panel.step])
    return Forecast(
        panel.ids, panel.step, last, expected, levels, lower, upper, panel.problems, panel.notes
    )


def right_aligned(panel: Panel, longest: int) -> Array:
    """The newest values of each series since its first use, all ending in the last column."""
    last = panel.last
    columns = min(int((last - panel.first).max()) + 1, longest)
    at = last[:, None] - np.arange(columns)[::-1]
    values = np.take_along_axis(panel.values, np.maximum(at, 0), axis=1)
    values = np.where(at >= 0, values, np.nan)
    return np.where(_before_use(values), np.nan, values)


def _before_use(values: Array) -> npt.NDArray[np.bool_]:
    """The zeros before a service was first used, if it has mostly been used since."""
    used = np.isfinite(values) & (values != 0)
    since = np.maximum.accumulate(used, axis=1)
    days = since.sum(axis=1)
    settled = (days >= SETTLED) & (used.sum(axis=1) >= MOSTLY * days)
    return np.asarray(settled[:, None] & ~since)


def _forecast(
    values: Array, last: Days, steps: int, levels: Sequence[float], seasons: Sequence[int]
) -> tuple[Array, Array, Array]:
    series, columns = values.shape
    horizons = [*(h for h in HORIZONS if h < steps), steps]
    length = columns - np.argmax(np.isfinite(values), axis=1)
    season = seasons[0]
    owing = (np.nanmin(values, axis=1) >= 0)[:, None]
    ends = year_end(values, last, steps, season, levels)
    values = np.where(ends.low, np.nan, values)
    peers = peer_scale(values, season)
    by_length = np.argsort(length, kind="stable")

    def ready(rows: npt.NDArray[np.int64]) -> tuple[Cleaned, Backtest]:
        newest = values[rows, columns - int(length[rows].max()) :]
        cleaned = clean(newest, last[rows], steps, season, peers, ends.share[rows])
        return cleaned, backtest(cleaned, seasons, steps, horizons)

    def worth(rows: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        tested = ready(rows)[1]
        return tested.relative, tested.days

    learnt = [worth(rows) for rows in chunks_of(sample_of(by_length), CHUNK)]
    relative, days = (np.concatenate(of, axis=-1) for of in zip(*learnt, strict=True))
    prior = prior_of(relative, days)
    spread = between(horizons, steps)
    expected, scale = np.empty((series, steps)), np.empty(series)
    fees, per_day = np.empty((series, steps)), np.empty((series, steps))
    errors = [np.full((RECENT, series), np.nan, np.float32) for _ in horizons]
    for rows in chunks_of(by_length, CHUNK):
        cleaned, tested = ready(rows)
        weights = weights_of(tested.relative, tested.days, prior, horizons)
        weights = guarded(weights, tested, horizons)
        by_step = np.einsum("sh,hcn->scn", spread, weights)
        weighed = (by_step * tested.made.ahead).sum(axis=1).T
        weighed = np.where(np.abs(weighed) < NOTHING, 0.0, weighed)
        expected[rows] = np.where(np.isfinite(cleaned.repeated), cleaned.repeated, weighed)
        for horizon, of, missed in zip(horizons, errors, tested.missed(weights), strict=True):
            newest = missed[: max(len(missed) - horizon, 0)][-RECENT:]
            of[RECENT - len(newest) :, rows] = newest
        scale[rows], fees[rows], per_day[rows] = cleaned.scale, cleaned.fees, cleaned.per_day
    cold = length < COLD_SEASONS * season
    if cold.any():
        profile = peer_profile(values, last, season)
        newest = values[cold, -COLD_SEASONS * season :]
        expected[cold] = cold_forecast(newest, last[cold], steps, profile) / scale[cold, None]
    widths = half_widths(errors, length, horizons, levels)
    width = np.einsum("sh,lhn->lns", spread, widths)
    bounds = [expected[None], expected - width, expected + width]
    amounts = [(bound * scale[:, None] + fees) * per_day for bound in bounds]
    amounts[1] = np.minimum(amounts[1], amounts[0] * ends.least)
    forecast, lower, upper = (np.where(owing, np.maximum(a, 0.0), a) for a in amounts)
    return forecast[0], lower, upper


def chunks_of(rows: npt.NDArray[np.int64], size: int) -> Iterator[npt.NDArray[np.int64]]:
    """The rows in parts of a size."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def sample_of(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rows that stand for all, evenly taken."""
    return np.asarray(rows[np.unique(np.linspace(0, len(rows) - 1, SAMPLE).astype(int))])


def percent(level: float) -> str:
    """``95`` of .95, for column names."""
    return f"{100 * level:g}".replace(".", "_")
