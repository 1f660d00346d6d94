"""Forecasts of series too short to learn a season from: their level, and their peers' weekdays.

Under two seasons of history nothing can be back-tested. The other series of the panel, mostly the
same organisation's, tell what a usual week looks like; what the young series itself showed on a
weekday counts more than that as soon as it has shown it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cloudledger.insights.row_statistics import row_mean, row_median

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

COLD_SEASONS = 2
"""Seasons of history under which a series starts cold."""
GROWN_SEASONS = 4
"""Seasons of history a peer's profile is taken from."""
OWN = 0.4
"""Occurrences of a weekday the peers' profile is worth."""
LEAST_SHARE = 0.1
"""No day of a profile is taken for less than this share of a usual one when it divides."""


def peer_profile(values: Array, last: Days, season: int) -> Array:
    """The usual share of each phase of the season in a mean day: [phase], about one.

    :param values: [series, column], each ending in the last column, on the instant ``last``.
    """
    newest = values[:, -GROWN_SEASONS * season :]
    if newest.shape[1] < GROWN_SEASONS * season:
        return np.ones(season)
    mean = row_mean(newest)
    grown = np.isfinite(newest).all(axis=1) & (mean > 0)
    by_column = newest.reshape(len(newest), GROWN_SEASONS, season).mean(axis=1)[grown]
    if not len(by_column):
        return np.ones(season)
    phase = _phases(last[grown], np.arange(-season + 1, 1), season)
    shares = np.empty_like(by_column)
    np.put_along_axis(shares, phase, by_column / mean[grown][:, None], axis=1)
    profile = row_median(shares.T)
    return np.asarray(profile / profile.mean() if profile.mean() > 0 else np.ones(season))


def cold_forecast(values: Array, last: Days, steps: int, profile: Array) -> Array:
    """Forecast short series: [series, step].

    :param values: [series, column], each ending in the last column, NaN where unknown.
    :param profile: of ``peer_profile``.
    """
    season = len(profile)
    columns = values.shape[1]
    past = _phases(last, np.arange(-columns + 1, 1), season)
    level = row_median(values / np.maximum(profile, LEAST_SHARE)[past])
    missed = values - level[:, None] * profile[past]
    correction = np.empty((len(values), season))
    for phase in range(season):
        here = np.where(past == phase, missed, np.nan)
        seen = np.isfinite(here).sum(axis=1)
        correction[:, phase] = np.nan_to_num(row_mean(here)) * seen / (seen + OWN)
    ahead = _phases(last, np.arange(1, steps + 1), season)
    usual = level[:, None] * profile[ahead]
    return np.asarray(usual + np.take_along_axis(correction, ahead, axis=1), np.float64)


def _phases(last: Days, offsets: npt.NDArray[np.int64], season: int) -> npt.NDArray[np.int64]:
    return (last.astype(np.int64)[:, None] + offsets) % season
