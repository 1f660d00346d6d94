"""A bank of small exponential smoothers that learns many series together, day by day.

Level, damped trend and weekday season (Holt 1957, Winters 1960, Gardner and McKenzie 1985). Its
members differ in how fast they learn and in their scale: raw, logarithmic, and raw times the days
of the month (a monthly fee spread over the days). What each got wrong so far weighs them. An error
beyond three deviations is clipped until its third day running: one spike does not move what is
expected next, a lasting change is learnt within days (after Gelper, Fried and Croux 2010). What
was learnt on strange days is forgotten when they turn out to have passed (`memory`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cloudledger.insights.memory import Memory, State
from cloudledger.insights.row_statistics import MAD_TO_DEVIATION, row_quantiles

Floats = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]

WEEK = 7
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


class Bank:
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
        self._memory = Memory(self._state())

    def begin(self, rows: Rows, history: Values, day: int) -> None:
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
        return _shares(self._error)

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

    def before(self, day: int) -> Values:
        """What is expected of the day if all is as it was before cost went astray.

        NaN for series that go on as usual.
        """
        away = self._memory.away
        if not away.any():
            return np.full(len(away), np.nan)
        level, _, season, _, _, error = self._memory.kept
        found = self._in_cost(level + season[:, day % WEEK], day)
        mixed = (_shares(error) * found).sum(axis=1)
        return np.where(away, np.maximum(mixed, self._least), np.nan)

    def keep(self, day: int, costs: Values, expected: Values) -> None:
        """Before learning a day: remember the state if the day's cost is far from expected."""
        off = np.where(self.running, np.abs(costs - expected), np.nan)
        self._memory.keep(day, self._state(), off, self._error.min(axis=1))

    def go_back(
        self, day: int, costs: Values, expected: Values, before: Values
    ) -> tuple[Rows, Rows]:
        """After learning a day: take the remembered state where cost is back at what it was.

        :returns: the series, and the first day of each that is forgotten.
        """
        return self._memory.restore(
            day, self._state(), np.abs(costs - before), np.abs(costs - expected)
        )

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

    def _state(self) -> State:
        """What learning changes, series first: views, so that writing to them changes it back."""
        season = self._season.swapaxes(0, 1)
        return self._level, self._trend, season, self._deviation, self._run, self._error

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


def _shares(error: Floats) -> Floats:
    best = np.maximum(error.min(axis=1, keepdims=True), np.float32(1e-12))
    share = np.exp(-_SHARPNESS * (error / best - 1))
    of_one: Floats = share / share.sum(axis=1, keepdims=True)
    return of_one


def _told_twice(two_weeks: Values, season: Values) -> Values:
    """How much of a season seen in two weeks to believe (James and Stein 1961).

    All of it when both weeks tell the same, nothing when they differ by as much as it is.
    """
    apart = np.square(two_weeks[:, :WEEK] - two_weeks[:, WEEK:]) / 4
    chance = np.nan_to_num(apart).sum(axis=1) / np.maximum(np.isfinite(apart).sum(axis=1), 1)
    share: Values = 1 - chance / np.maximum(np.square(season).mean(axis=0), 1e-12)
    return np.clip(share, 0.0, 1.0)
