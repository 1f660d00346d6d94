"""What each day was expected to cost, seen from days and weeks before, for all series at once.

A bank of small exponential smoothers (level, damped trend, weekday season: Holt 1957, Winters
1960, Gardner and McKenzie 1985) runs over time once. Its members differ in how fast they learn
and in their scale: raw, logarithmic, and raw times the days of the month (a monthly fee spread
over the days). What each got wrong so far weighs them. An error beyond three deviations is
clipped until its third day running: one spike does not move what is expected next, a lasting
change is learnt within days (after Gelper, Fried and Croux 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.recurring import Calendar
from cloudledger.insights.row_statistics import MAD_TO_DEVIATION, row_quantiles

Floats = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

WEEK = 7
LEADS = (1, 2, 3, 4, 5, 6, 7, 14, 21)
"""Forecasts are kept from this many days before: the week, and two that a burst leaves alone."""
FIRST_DAYS = 14
"""Days of history before anything is expected."""

_SETTINGS = np.array(
    [
        (level, trend, damping, season)
        for level in (0.05, 0.15, 0.35, 0.7)
        for trend, damping in ((0.0, 0.0), (0.08, 0.95))
        for season in (0.05, 0.2)
    ],
    np.float32,
)
_MEMBERS = len(_SETTINGS)
_RAW, _LOG, _MONTHLY = (slice(k * _MEMBERS, (k + 1) * _MEMBERS) for k in range(3))
_LEVEL_GAIN, _TREND_GAIN, _DAMPING, _SEASON_GAIN = (np.tile(c, 3) for c in _SETTINGS.T)
_SHARPNESS = 6.0
_CLIP = 3.0
_PATIENCE = 3
_LARGEST_LOG = 25.0


@dataclass(frozen=True)
class Expectation:
    """What was expected, in the series' own units.

    ``by_lead[k, series, day]`` is the forecast of a day made at the end of the day ``LEADS[k]``
    days before it, NaN where there was none; ``level[series, day]`` the size of the smoothed
    level the day before and ``rest`` what its least weekday costs; ``explained`` what of the day's
    excess over the first forecast the calendar brings. No entry uses a later day than its own,
    and only ``explained`` uses that.
    """

    by_lead: Floats
    level: Values
    rest: Values
    explained: Values


def first_costs(values: Values) -> npt.NDArray[np.int64]:
    """The column of each series' first cost that is not zero; the width when there is none."""
    paid = np.nan_to_num(values) != 0
    found: npt.NDArray[np.int64] = np.where(
        paid.any(axis=1), paid.argmax(axis=1), values.shape[1]
    ).astype(np.int64)
    return found


def expect(values: Values, days: Days, holiday: Flags) -> Expectation:
    """Run the bank over ``values[series, day]`` (NaN: not known) and keep its forecasts.

    :param days: the instants of the columns.
    :param holiday: days whose dips are not learnt from.
    """
    series, width = values.shape
    by_lead = np.full((len(LEADS), series, width), np.nan, np.float32)
    level = np.full((series, width), np.nan)
    rest = np.full((series, width), np.nan)
    explained = np.zeros((series, width))
    start = first_costs(values)
    calendar = Calendar(days, series)
    bank = _Bank(series, days_in_month(days))
    for day in range(width):
        ready = start == day - FIRST_DAYS
        if ready.any():
            bank.begin(np.flatnonzero(ready), values[ready, day - FIRST_DAYS : day], day)
        if not bank.running.any():
            continue
        weights = bank.weights()
        for k, lead in enumerate(LEADS):
            if day + lead <= width:
                by_lead[k, :, day + lead - 1] = bank.forecast(day, lead, weights)
        level[:, day], rest[:, day] = bank.level_and_rest(day, weights)
        expected = by_lead[0, :, day].astype(np.float64)
        explained[:, day], by_month = calendar.explain(day, values[:, day] - expected, expected)
        bank.learn(values[:, day] - by_month, day, bool(holiday[day]))
    return Expectation(by_lead, level, rest, np.nan_to_num(explained))


class _Bank:
    """The members' state: arrays [series, member]; the season has the weekday in front."""

    def __init__(self, series: int, days_in_month: Values) -> None:
        shape = (series, 3 * _MEMBERS)
        self.running = np.zeros(series, bool)
        self._month = days_in_month.astype(np.float32)
        self._offset = np.ones((series, 1), np.float32)
        self._least = np.zeros(series, np.float32)
        self._level = np.zeros(shape, np.float32)
        self._trend = np.zeros(shape, np.float32)
        self._season = np.zeros((WEEK, *shape), np.float32)
        self._deviation = np.ones(shape, np.float32)
        self._run = np.zeros(shape, np.float32)
        self._error = np.ones(shape, np.float32)

    def begin(self, rows: npt.NDArray[np.int64], history: Values, day: int) -> None:
        """Start series from their first days: the median as level, weekday medians as season."""
        paid = np.where(history > 0, history, np.nan)
        (usual,) = row_quantiles(paid, 0.5)
        self._offset[rows, 0] = 0.1 * np.nan_to_num(usual, nan=1.0) + 1e-9
        self._least[rows] = np.minimum(np.nanmin(history, axis=1), 0)
        weekday = np.arange(day - FIRST_DAYS, day) % WEEK
        months = self._month[day - FIRST_DAYS : day]
        for scale, known in (
            (_RAW, history),
            (_LOG, np.log(np.maximum(history, 0) + self._offset[rows])),
            (_MONTHLY, history * months),
        ):
            (level,) = row_quantiles(known, 0.5)
            season = np.stack([row_quantiles(known[:, weekday == k], 0.5)[0] for k in range(WEEK)])
            season = np.nan_to_num(season - level)
            season = (season - season.mean(axis=0)) * _told_twice(known, season)
            rest = np.abs(known - level[:, None] - season[weekday].T)
            unit = np.abs(level) if scale is not _LOG else np.ones(len(rows))
            deviation = MAD_TO_DEVIATION * row_quantiles(rest, 0.5)[0] + 2e-3 * unit + 1e-6
            self._level[rows, scale] = level[:, None]
            self._season[:, rows, scale] = season[:, :, None]
            self._deviation[rows, scale] = deviation[:, None]
        self._error[rows] = self._deviation[rows, _RAW][:, :1]
        self.running[rows] = True

    def weights(self) -> Floats:
        """Each member's share, the larger the less it got wrong so far."""
        best = np.maximum(self._error.min(axis=1, keepdims=True), np.float32(1e-12))
        share = np.exp(-_SHARPNESS * (self._error / best - 1))
        of_one: Floats = share / share.sum(axis=1, keepdims=True)
        return of_one

    def forecast(self, day: int, lead: int, weights: Floats) -> Floats:
        """What is expected of the ``lead``-th day from ``day`` on, knowing those before ``day``."""
        target = day + lead - 1
        damped = _DAMPING * (1 - _DAMPING**lead) / (1 - _DAMPING)
        found = self._level + damped * self._trend + self._season[target % WEEK]
        mixed = (weights * self._in_cost(found, target)).sum(axis=1)
        return np.where(self.running, np.maximum(mixed, self._least), np.nan).astype(np.float32)

    def level_and_rest(self, day: int, weights: Floats) -> tuple[Values, Values]:
        """The size of the level before ``day``, and what the least of the weekdays costs."""
        mixed = (weights * self._in_cost(self._level.copy(), day)).sum(axis=1)
        least = (weights * self._in_cost(self._level + self._season.min(axis=0), day)).sum(axis=1)
        return np.where(self.running, np.abs(mixed), np.nan), np.where(self.running, least, np.nan)

    def learn(self, costs: Values, day: int, holiday: bool) -> None:
        """Take in a day; series whose cost is not known stay as they are, a day older."""
        known = (self.running & np.isfinite(costs))[:, None]
        cost = np.nan_to_num(costs).astype(np.float32)[:, None]
        season = self._season[day % WEEK]
        drift = _DAMPING * self._trend
        forecast = self._level + drift + season
        in_cost = self._in_cost(forecast.copy(), day)
        if holiday:
            known = known & (cost >= np.median(in_cost, axis=1, keepdims=True))
        miss = np.abs(cost - in_cost)
        most = 6 * np.median(self._error, axis=1, keepdims=True) + np.float32(1e-9)
        self._error += np.where(known, 0.025 * (np.minimum(miss, most) - self._error), 0)

        error = np.repeat(
            np.concatenate(
                [cost, np.log(np.maximum(cost, 0) + self._offset), cost * self._month[day]], axis=1
            ),
            _MEMBERS,
            axis=1,
        )
        error -= forecast
        size, sign = np.abs(error), np.sign(error)
        limit = _CLIP * self._deviation
        far = size > limit
        run = np.where(far, np.where(np.sign(self._run) == sign, self._run + sign, sign), 0)
        self._run = np.where(known, run, self._run)
        heeded = np.where(far & (np.abs(self._run) < _PATIENCE), sign * limit, error)
        heeded = np.where(known, heeded, 0)
        steady = 0.96 * self._deviation + 0.05 * np.minimum(size, 4 * self._deviation)
        self._deviation = np.where(known, steady, self._deviation)
        self._level += drift + _LEVEL_GAIN * heeded
        self._trend = drift + _LEVEL_GAIN * _TREND_GAIN * heeded
        season += _SEASON_GAIN * (1 - _LEVEL_GAIN) * heeded
        self._least = np.where(known[:, 0], np.minimum(self._least, cost[:, 0]), self._least)

    def _in_cost(self, found: Floats, day: int) -> Floats:
        """Bring members' values back to cost, in place."""
        found[:, _LOG] = np.exp(np.minimum(found[:, _LOG], _LARGEST_LOG)) - self._offset
        found[:, _MONTHLY] /= self._month[day]
        return found


def days_in_month(days: Days) -> Values:
    """How many days the month of each day has."""
    month = days.astype("datetime64[M]")
    length = (month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")
    found: Values = length.astype(np.float64)
    return found


def _told_twice(two_weeks: Values, season: Values) -> Values:
    """How much of a season seen in two weeks to believe (James and Stein 1961).

    All of it when both weeks tell the same, nothing when they differ by as much as it is.
    """
    apart = np.square(two_weeks[:, :WEEK] - two_weeks[:, WEEK:]) / 4
    chance = np.nan_to_num(apart).sum(axis=1) / np.maximum(np.isfinite(apart).sum(axis=1), 1)
    share: Values = 1 - chance / np.maximum(np.square(season).mean(axis=0), 1e-12)
    return np.clip(share, 0.0, 1.0)
