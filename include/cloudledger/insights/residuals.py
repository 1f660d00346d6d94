"""How far a day, and the week behind it, lie from what was expected, in their usual deviations.

The one-day residual is the least over forecasts of one day to three weeks before and over the
raw and the logarithmic scale: a day is strange only when every view of it says so. The seven-day
residual adds up a week against what was expected before it began, so a slow climb shows. Both are
divided by what the series' own earlier residuals were: median absolute deviation and upper
quantiles of the past, never of the day itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.expectation import LEADS, WEEK, Expectation
from cloudledger.insights.row_statistics import MAD_TO_DEVIATION, row_quantiles

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

WINDOW = 84
LONG_WINDOW = 180
WEEKS_WINDOW = 120
RENEW = 4
"""The usual deviation is taken anew every so many days."""
_LEAST = 0.01
_UPPER = 2.2
_FAR_UPPER = 3.2
_ENOUGH = 14
_FEW = 7.0
_SMALL = 0.05
_STRANGE = 3.5
_DOWNWARD = 1.25
_DIP = 0.35
_REST = 0.9
RARE = 3.0
NTH = 3
FORTNIGHT = 14
_TAILS = 2.5


@dataclass(frozen=True)
class Residuals:
    """Signed, in usual deviations, [series, day]; zero where nothing can be told yet."""

    day: Values
    week: Values


def residuals(values: Values, expectation: Expectation, excused: Flags) -> Residuals:
    """Residuals of ``values`` after taking off what the calendar explains.

    :param excused: days of the calendar whose ordinary dips are no news, shape (days,).
    """
    level = np.maximum(expectation.level, 1e-9)
    plain = values - expectation.explained
    first = expectation.by_lead[0].astype(np.float64)
    least = _nearest([plain - forecast for forecast in expectation.by_lead])
    usual = _usual((plain - first) / level, WINDOW, 1)
    small = _SMALL * level
    usual_in_logs = _usual(_log_ratio(plain, first, small), WINDOW, 1)
    ratio = _log_ratio(plain, plain - least, small) / usual_in_logs
    raw = least / level / usual
    both = np.sign(raw) * np.minimum(np.abs(raw), np.abs(ratio))
    day = np.where(first < 0, raw, both)
    dip = (day < 0) & ((excused & (values > _DIP * first)) | (values > _REST * expectation.rest))
    week = _week(plain, expectation, level)
    lately = np.convolve(excused, np.ones(WEEK))[: len(excused)] > 0
    return Residuals(
        day=np.nan_to_num(np.where(dip, 0.0, _softened(day))),
        week=np.nan_to_num(np.where(lately & (week < 0), 0.0, _softened(week))),
    )


def _softened(scores: Values) -> Values:
    """Downward scores count less: a saving is seldom urgent, and cost is bounded below."""
    return np.where(scores < 0, scores / _DOWNWARD, scores)


def _nearest(excesses: list[Values]) -> Values:
    least = excesses[0]
    for excess in excesses[1:]:
        other = np.where(np.isnan(excess), least, excess)
        nearer = np.where(np.abs(other) < np.abs(least), other, least)
        least = np.where(np.sign(other) == np.sign(least), nearer, 0.0 * least)
    return least


def _log_ratio(values: Values, forecast: Values, small: Values) -> Values:
    return np.log((np.maximum(values, 0) + small) / (np.maximum(forecast, 0) + small))


def _usual(relative: Values, window: int, lag: int) -> Values:
    """Each day's usual deviation: of days at least ``lag`` before it, renewed every few days.

    What is stranger than a few deviations is cut to them: an event must not hide the next one.
    From few days it is taken wider, and from fewer than two weeks not at all.
    """
    whole = np.abs(relative).astype(np.float32)
    size = whole.copy()
    series, days = size.shape
    found = np.full((series, days), np.nan)
    for day in range(RENEW, days, RENEW):
        upto = max(day - lag + 1, 0)
        recent = size[:, max(0, upto - window) : upto]
        count = np.isfinite(recent).sum(axis=1)
        middle, upper = row_quantiles(recent, 0.5, 0.95)
        (far,) = row_quantiles(size[:, max(0, upto - LONG_WINDOW) : upto], 0.975)
        rare = _rare(whole[:, max(0, upto - LONG_WINDOW) : upto])
        typical = np.fmax(MAD_TO_DEVIATION * middle, _LEAST)
        tails = np.fmin(np.fmax(upper / _UPPER, far / _FAR_UPPER), _TAILS * typical)
        usual = np.fmax(np.fmax(typical, tails), rare / RARE) * (1 + _FEW / np.maximum(count, 1))
        usual = np.where(count >= _ENOUGH, usual, np.nan)[:, None]
        found[:, day : day + RENEW] = usual
        cut = size[:, day : day + RENEW]
        cut[...] = np.where(cut > _STRANGE * usual, _STRANGE * usual, cut)
    return found


def _rare(size: npt.NDArray[np.float32]) -> Values:
    """The size that was passed in three fortnights: what a wild series does now and then."""
    series, days = size.shape
    blocks = np.zeros((series, LONG_WINDOW // FORTNIGHT * FORTNIGHT), np.float32)
    kept = min(days, blocks.shape[1])
    if kept:
        blocks[:, -kept:] = np.nan_to_num(size[:, -kept:])
    highest = blocks.reshape(series, -1, FORTNIGHT).max(axis=2)
    found: Values = np.sort(highest, axis=1)[:, -NTH].astype(np.float64)
    return found


def _week(values: Values, expectation: Expectation, level: Values) -> Values:
    """The week's excess against what was expected before it, and two and three weeks before."""
    series, days = values.shape
    before = np.full((series, days), np.nan)
    before[:, WEEK:] = level[:, 1 : days - WEEK + 1]
    frozen = _moving_sum([values - expectation.by_lead[lead - 1] for lead in range(1, WEEK + 1)])
    totals = [frozen]
    for k in range(WEEK, len(LEADS)):
        totals.append(_moving_sum([values - expectation.by_lead[k]] * WEEK))
    weekly = _nearest(totals) / (WEEK * before)
    today = (values - expectation.by_lead[WEEK - 1]) / before
    yesterday = np.full((series, days), np.nan)
    yesterday[:, 1:] = (values - expectation.by_lead[WEEK - 2])[:, :-1]
    yesterday /= before
    sign, half = np.sign(weekly), 0.5 * np.abs(weekly)
    lasting = (today * sign > half) & (yesterday * sign > half)
    usual = _usual(frozen / (WEEK * before), WEEKS_WINDOW, WEEK)
    return np.where(lasting, weekly / usual, 0.0)


def _moving_sum(of_the_week: list[Values]) -> Values:
    """The sum over the seven days ending on each; the k-th array tells the k-th of them."""
    total = np.zeros_like(of_the_week[0])
    for k, values in enumerate(of_the_week):
        back = WEEK - 1 - k
        total[:, back:] += np.nan_to_num(values[:, : values.shape[1] - back])
    total[np.isnan(of_the_week[-1])] = np.nan
    return total
