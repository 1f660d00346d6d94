"""A matrix of costs to a matrix of scores: the detector's views of a day put together.

The score is the larger of how far the day and how far the week behind it lie from what was
expected (`residuals`), eased when the week looks like one seen before (`novelty`); half of the
residual always counts, so a very large one wins by itself. What comes back with the calendar is
taken off first (`recurring`), and series that cost nothing on most days are measured against
their earlier runs (`sparse`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.bank import WEEK
from cloudledger.insights.expectation import LEADS, expect, first_costs
from cloudledger.insights.novelty import novelty
from cloudledger.insights.panel import SPARSE
from cloudledger.insights.recurring import year_end
from cloudledger.insights.residuals import residuals
from cloudledger.insights.sparse import run_scores, sparse_days, week_scores

Values = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

_WEEK_SHARE = 1.0
_RESIDUAL_POWER = 0.9
_LEAST_NOVELTY = 0.3
_ALWAYS = 0.7
_ANCHOR = 28


@dataclass(frozen=True)
class Scored:
    """All [series, day], in the costs' currency, finite wherever the cost is.

    ``expected`` for the day, with what the calendar brings; ``week_before`` and ``weeks_before``
    what was expected of it one and three weeks before; ``score`` zero or more; ``age`` the days
    since the first cost, negative before it.
    """

    expected: Values
    week_before: Values
    weeks_before: Values
    score: Values
    age: npt.NDArray[np.int64]


def score_matrix(values: Values, days: Days, holidays: Days) -> Scored:
    """Score ``values[series, day]``, NaN where nothing is known of a day.

    :param days: the instants of the columns, one after the other.
    :param holidays: days on which ordinary dips are no news, besides the end of the year.
    """
    if not values.size:
        return Scored(values, values, values, values, np.zeros(values.shape, np.int64))
    ahead = int(days[0].astype(np.int64) % _ANCHOR)
    days = days[0] - ahead + np.arange(ahead + len(days))
    values = np.concatenate([np.full((len(values), ahead), np.nan), values], axis=1)
    with np.errstate(all="ignore"):
        whole = _scored(_filled(values), days, holidays)
    return Scored(
        whole.expected[:, ahead:],
        whole.week_before[:, ahead:],
        whole.weeks_before[:, ahead:],
        whole.score[:, ahead:],
        whole.age[:, ahead:],
    )


def _scored(values: Values, days: Days, holidays: Days) -> Scored:
    start = first_costs(values)
    excused = year_end(days) | np.isin(days, holidays)
    expectation = expect(values, days, excused)
    first = expectation.by_lead[0].astype(np.float64)
    of_days = residuals(values, expectation, days, excused)
    sparse = sparse_days(values, start)
    upward = np.maximum(run_scores(values, sparse), week_scores(values, sparse))
    size = np.maximum(np.abs(of_days.day), _WEEK_SHARE * np.abs(of_days.week))
    size = np.where(sparse, np.maximum(upward, 0), size)
    new = np.maximum(novelty(values, expectation.level, start), _LEAST_NOVELTY)
    score = np.maximum(size**_RESIDUAL_POWER * new ** (1 - _RESIDUAL_POWER), _ALWAYS * size)
    of_week, of_weeks = (
        expectation.by_lead[LEADS.index(lead)].astype(np.float64) for lead in (WEEK, LEADS[-1])
    )
    # A run more or less moves a sparse series' near forecasts by its whole cost.
    steady = sparse & np.isfinite(of_weeks)
    expected = _known(np.where(steady, of_weeks, first) + expectation.explained, values)
    week_before, weeks_before = (
        np.where(steady | np.isnan(past), expected, past + expectation.explained)
        for past in (of_week, of_weeks)
    )
    age = np.arange(values.shape[1]) - start[:, None]
    return Scored(expected, week_before, weeks_before, np.nan_to_num(score), age)


def _filled(values: Values) -> Values:
    """Days without a row of a series that often has none cost nothing; others stay unknown.

    Decided on each day by the share of absent days up to it.
    """
    absent = np.isnan(values) & np.maximum.accumulate(np.isfinite(values), axis=1)
    begun = np.cumsum(absent | np.isfinite(values), axis=1)
    often = np.cumsum(absent, axis=1) > SPARSE * begun
    return np.where(absent & often, 0.0, values)


def _known(expected: Values, values: Values) -> Values:
    """The expectation; while there is none, the mean of the days before; zero on the first."""
    cost = np.nan_to_num(values)
    count = np.cumsum(np.isfinite(values), axis=1) - np.isfinite(values)
    mean = (np.cumsum(cost, axis=1) - cost) / np.maximum(count, 1)
    return np.where(np.isfinite(expected), expected, mean)
