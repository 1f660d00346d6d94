"""How far a day, and the week behind it, lie from what was expected, in their usual deviations.

The one-day residual is the least over forecasts of one day to three weeks before, over the raw
and the logarithmic scale, as if the cost were a fee spread over the month, and as if cost were
back at what it was before it went astray: a day is strange only when every view of it says so. The
seven-day residual adds up a week against what was expected before it began, so a slow climb shows.
Both are divided by what the series' own earlier residuals were (`deviations`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.bank import WEEK, days_in_month
from cloudledger.insights.deviations import usual_deviations, usual_level
from cloudledger.insights.expectation import LEADS, Expectation

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

WINDOW = 84
WEEKS_WINDOW = 120
_SMALL = 0.05
_DOWNWARD = 1.25
_DIP = 0.35
_REST = 0.9
_HALF = 0.5
_LOW = 2.0
_STEADY = 0.015
_FADED = 0.1


@dataclass(frozen=True)
class Residuals:
    """Signed, in usual deviations, [series, day]; zero where nothing can be told yet."""

    day: Values
    week: Values


def residuals(values: Values, expectation: Expectation, days: Days, excused: Flags) -> Residuals:
    """Residuals of ``values`` after taking off what the calendar explains.

    A day that is dear every week, or every month, may be as much further off: it is measured by
    what is expected of it. The rest of what has ended is measured by what it was.

    :param days: the instants of the columns.
    :param excused: days of the calendar whose ordinary dips are no news, shape (days,).
    """
    level = np.maximum(expectation.level, _FADED * usual_level(expectation.level) + 1e-9)
    plain = values - expectation.explained
    first = expectation.by_lead[0].astype(np.float64)
    unit = np.maximum(level, first + expectation.explained)
    usual = usual_deviations((plain - first) / unit, WINDOW, 1)
    views = [plain - forecast for forecast in expectation.by_lead]
    views += _as_fees(plain, expectation, days)
    least = _nearest([*views, plain - expectation.before])
    small = _SMALL * level
    usual_in_logs = usual_deviations(_log_ratio(plain, first, small), WINDOW, 1)
    ratio = _log_ratio(plain, plain - least, small) / usual_in_logs
    raw = least / unit / usual
    both = np.sign(raw) * np.minimum(np.abs(raw), np.abs(ratio))
    day = np.where(first < 0, raw, both)
    dip = (day < 0) & ((excused & (values > _DIP * first)) | (values > _REST * expectation.rest))
    dip |= _single_dips(raw, usual) & (values > _HALF * first)
    week = _week(plain, expectation, level, days)
    lately = np.convolve(excused, np.ones(WEEK))[: len(excused)] > 0
    return Residuals(
        day=np.nan_to_num(np.where(dip, 0.0, _softened(day))),
        week=np.nan_to_num(np.where(lately & (week < 0), 0.0, _softened(week))),
    )


def _single_dips(raw: Values, usual: Values) -> Flags:
    """Low days after one that was not: a public holiday looks so, in a series people move."""
    low = raw < -_LOW
    low[:, 1:] &= ~low[:, :-1].copy()
    found: Flags = low & (usual > _STEADY)
    return found


def _as_fees(values: Values, expectation: Expectation, days: Days) -> list[Values]:
    """The week's excesses if the cost were a fee spread over the days of each month."""
    length = days_in_month(days)
    found = []
    for lead in range(1, WEEK + 1):
        share = np.ones(len(days))
        share[lead:] = length[:-lead] / length[lead:]
        found.append(values - expectation.by_lead[lead - 1] * share)
    return found


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


def _week(values: Values, expectation: Expectation, level: Values, dates: Days) -> Values:
    """The week's excess against what was expected before it, and two and three weeks before."""
    series, days = values.shape
    before = np.full((series, days), np.nan)
    before[:, WEEK:] = level[:, 1 : days - WEEK + 1]
    frozen = _moving_sum([values - expectation.by_lead[lead - 1] for lead in range(1, WEEK + 1)])
    totals = [frozen]
    for k in range(WEEK, len(LEADS)):
        totals.append(_moving_sum([values - expectation.by_lead[k]] * WEEK))
    totals.append(_moving_sum(_as_fees(values, expectation, dates)))
    weekly = _nearest(totals) / (WEEK * before)
    today = (values - expectation.by_lead[WEEK - 1]) / before
    yesterday = np.full((series, days), np.nan)
    yesterday[:, 1:] = (values - expectation.by_lead[WEEK - 2])[:, :-1]
    yesterday /= before
    sign, half = np.sign(weekly), 0.5 * np.abs(weekly)
    lasting = (today * sign > half) & (yesterday * sign > half)
    usual = usual_deviations(frozen / (WEEK * before), WEEKS_WINDOW, WEEK)
    return np.where(lasting, weekly / usual, 0.0)


def _moving_sum(of_the_week: list[Values]) -> Values:
    """The sum over the seven days ending on each; the k-th array tells the k-th of them."""
    total = np.zeros_like(of_the_week[0])
    for k, values in enumerate(of_the_week):
        back = WEEK - 1 - k
        total[:, back:] += np.nan_to_num(values[:, : values.shape[1] - back])
    total[np.isnan(of_the_week[-1])] = np.nan
    return total
