"""What each day was expected to cost, seen from days and weeks before, for all series at once.

A bank of smoothers (`bank`) runs over time once; the forecasts it made on the way are kept, and
what comes back with the calendar (`recurring`) is not learnt from. When strange days have passed
and cost is what it was before them, the forecasts made during them are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.bank import FIRST_DAYS, Bank, days_in_month
from cloudledger.insights.recurring import Calendar

Floats = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]

LEADS = (1, 2, 3, 4, 5, 6, 7, 14, 21)
"""Forecasts are kept from this many days before: the week, and two that a burst leaves alone."""


@dataclass(frozen=True)
class Expectation:
    """What was expected, in the series' own units.

    ``by_lead[k, series, day]`` is the forecast of a day made at the end of the day ``LEADS[k]``
    days before it, NaN where there was none; ``level[series, day]`` the size of the smoothed
    level the day before and ``rest`` what its least weekday costs; ``explained`` what of the day's
    excess over the first forecast the calendar brings; ``before[series, day]`` what was expected
    while cost is away from what it was, had it never gone there, NaN at other times. No entry uses
    a later day than its own, and only ``explained`` uses that.
    """

    by_lead: Floats
    level: Values
    rest: Values
    explained: Values
    before: Values


def first_costs(values: Values) -> Rows:
    """The column of each series' first cost that is not zero; the width when there is none."""
    paid = np.nan_to_num(values) != 0
    found: Rows = np.where(paid.any(axis=1), paid.argmax(axis=1), values.shape[1]).astype(np.int64)
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
    before = np.full((series, width), np.nan)
    start = first_costs(values)
    calendar = Calendar(days, series)
    bank = Bank(series, days_in_month(days))
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
        costs = values[:, day] - by_month
        before[:, day] = bank.before(day)
        bank.keep(day, costs, expected)
        bank.learn(costs, day, bool(holiday[day]))
        _drop(by_lead, day, *bank.go_back(day, costs, expected, before[:, day]))
    return Expectation(by_lead, level, rest, np.nan_to_num(explained), before)


def _drop(by_lead: Floats, day: int, rows: Rows, since: Rows) -> None:
    """Drop the forecasts of days after ``day`` that were made on days from ``since`` on."""
    for k, lead in enumerate(LEADS):
        targets = np.arange(day + 1, min(day + lead, by_lead.shape[2]))
        row, column = np.nonzero(targets - lead >= since[:, None])
        by_lead[k, rows[row], targets[column]] = np.nan
