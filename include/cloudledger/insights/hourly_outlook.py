"""What the next hours of a series will cost, with intervals.

Forecast by :func:`cloudledger.insights.hourly.forecast_hourly`, the model of capacity plans: by day
from three days on, by day and week from fifteen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from cloudledger.insights.accuracy import LEVELS
from cloudledger.insights.hourly import DAY, forecast_hourly
from cloudledger.insights.hourly_known import HOUR, LARGEST, HourlyCost

Array = npt.NDArray[np.float64]

HORIZON = 48
"""Hours told from the one on that is running."""
FEWEST = 3 * DAY
"""Known hours that a forecast takes."""
OLDEST = 7 * DAY
"""A history that ended more hours ago tells nothing of those to come."""
TESTED = 28 * DAY
"""Of the last hours, which the intervals are learned from, at least half must be known."""
_MOST = 20 * float(LARGEST)
"""The model's own ceiling; a sum of all hours to come still fits the warehouse."""


@dataclass(frozen=True, slots=True)
class HourlyOutlook:
    """The hours from ``first_hour`` on, those included that have passed but are not known yet.

    ``bounds`` are ``lower_50`` to ``upper_95``, each by hour like ``mean``, none below zero.
    Without a forecast ``mean`` is empty, and ``remark`` says why.
    """

    known: HourlyCost
    remark: str
    seasons: str | None = None
    first_hour: datetime | None = None
    mean: Array | None = None
    bounds: dict[str, Array] | None = None


def running_hour(as_of: datetime) -> datetime:
    """The first instant of the hour that runs at ``as_of``, UTC."""
    return as_of.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hourly_outlook(known: HourlyCost, as_of: datetime) -> HourlyOutlook:
    """Forecast a series up to 48 hours from the one on that runs at ``as_of``."""
    end = known.end
    if end is None:
        return HourlyOutlook(known, known.remark)
    costs = np.array([np.nan if cost is None else float(cost) for cost in known.costs])
    silent = (running_hour(as_of) - end) // HOUR
    if why := _useless(costs, silent):
        return HourlyOutlook(known, "; ".join(filter(None, (why, known.remark))))
    tails = {level: (1 - level / 100) / 2 for level in LEVELS}
    asked = tuple(sorted(q for tail in tails.values() for q in (tail, 1 - tail)))
    made = forecast_hourly(costs, silent + HORIZON, asked)
    mean = np.clip(made.mean, 0, _MOST)
    bounds: dict[str, Array] = {}
    below, above = mean, mean
    for level in sorted(LEVELS):
        # A wider interval holds the narrower ones, and all of them what is expected.
        below = np.clip(np.minimum(below, made.quantiles[tails[level]]), 0, _MOST)
        above = np.clip(np.maximum(above, made.quantiles[1 - tails[level]]), 0, _MOST)
        bounds |= {f"lower_{level}": below, f"upper_{level}": above}
    return HourlyOutlook(known, known.remark, made.seasons, end, mean, bounds)


def _useless(costs: Array, silent: int) -> str:
    """Why no forecast is made of this history; empty when one is."""
    hours = int(np.isfinite(costs).sum())
    if hours < FEWEST:
        return f"{hours} hours are known, fewer than {FEWEST}: no forecast"
    if silent > OLDEST:
        return f"the last complete day ended {silent} hours ago: no forecast"
    if np.isnan(costs[-TESTED:]).mean() > 0.5:
        return "less than half of the last four weeks is known: no forecast"
    return ""
