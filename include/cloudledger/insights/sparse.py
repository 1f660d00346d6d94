"""Series that cost nothing on most days: batch jobs, tests, month-end work.

What is expected of such a day is nothing or a whole run, so a forecast of the mean says little.
A day with cost is compared with the earlier days with cost, a week with earlier weeks, both on a
scale where a doubling is a step.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import MAD_TO_DEVIATION, row_quantiles

Values = npt.NDArray[np.float64]

WINDOW = 120
_RENEW = 4
_ZEROS = 0.35
_ENOUGH_RUNS = 4
_LEAST_SPREAD = 0.25
_UPPER = 2.2
_WEEK = 7


def sparse_days(values: Values, start: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether more than a third of the known days in the four months before each had no cost.

    :param start: the column of each series' first cost.
    """
    begun = np.arange(values.shape[1]) >= start[:, None]
    known = np.isfinite(values) & begun
    return _before(known & (values == 0)) > np.maximum(_ZEROS * _before(known), 0.5)


def run_scores(values: Values, sparse: npt.NDArray[np.bool_]) -> Values:
    """How much dearer than earlier ones each day with cost of a sparse series is.

    In deviations of the logarithm; zero on days without cost, on other series, and before four
    earlier days with cost.
    """
    logs = np.log(np.where(values > 0, values, np.nan))
    return np.where(sparse, _against_past(logs, 1), 0.0)


def week_scores(values: Values, sparse: npt.NDArray[np.bool_]) -> Values:
    """The same for the sum of the seven days ending on each, on the last of them with cost."""
    total = np.nan_to_num(values).copy()
    for back in range(1, _WEEK):
        total[:, back:] += np.nan_to_num(values[:, :-back])
    logs = np.log(np.where(total > 0, total, np.nan))
    return np.where(sparse & (values > 0), _against_past(logs, _WEEK), 0.0)


def _before(flags: npt.NDArray[np.bool_]) -> Values:
    """How many of the days of the window before each day are flagged."""
    count = np.zeros((flags.shape[0], flags.shape[1] + 1))
    np.cumsum(flags, axis=1, out=count[:, 1:])
    days = np.arange(flags.shape[1])
    found: Values = count[:, days] - count[:, np.maximum(days - WINDOW, 0)]
    return found


def _against_past(logs: Values, lag: int) -> Values:
    series, days = logs.shape
    found = np.zeros((series, days))
    for day in range(_RENEW, days, _RENEW):
        past = logs[:, max(0, day - WINDOW) : max(day - lag + 1, 0)]
        middle, high = row_quantiles(past, 0.5, 0.95)
        (spread,) = row_quantiles(np.abs(past - middle[:, None]), 0.5)
        usual = np.fmax(np.fmax(MAD_TO_DEVIATION * spread, (high - middle) / _UPPER), _LEAST_SPREAD)
        enough = np.isfinite(past).sum(axis=1) >= _ENOUGH_RUNS
        now = np.isfinite(logs[:, day : day + _RENEW]) & enough[:, None]
        score = (logs[:, day : day + _RENEW] - middle[:, None]) / usual[:, None]
        found[:, day : day + _RENEW] = np.where(now, score, 0.0)
    return found
