"""What single resources cost a day, from usage and price: the smallest parts of a made-up bill.

Every function makes one resource whose ordinary day costs about one unit of money. `ordinary` is
what the day would cost without chance, `cost` what it does cost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Days = NDArray[np.float64]

PLANNED_DAYS = 14
"""How long after a planned change a day still stands out against the time before it."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a bill, and how busy the company's customers and people are on each."""

    days: pd.DatetimeIndex
    weekday: NDArray[np.int64]
    day_of_month: NDArray[np.int64]
    days_in_month: NDArray[np.int64]
    month: NDArray[np.int64]
    holiday: NDArray[np.bool_]
    traffic: Days

    def __len__(self) -> int:
        return len(self.days)

    @property
    def workday(self) -> NDArray[np.bool_]:
        return (self.weekday < 5) & ~self.holiday


@dataclass(frozen=True, slots=True)
class Usage:
    """One resource's bill; `planned` is how far a wanted change moves a day from those before."""

    cost: Days
    ordinary: Days
    planned: Days


Kind = Callable[[np.random.Generator, Calendar], Usage]


def calendar_of(rng: np.random.Generator, first: pd.Timestamp, days: int) -> Calendar:
    """Days with public holidays and a shared course of traffic (weekly shape, growth, wander)."""
    dates = pd.date_range(first, periods=days, freq="D")
    month_day = dates.month * 100 + dates.day
    fixed = rng.choice([106, 420, 501, 525, 704, 815, 1003, 1101, 1126], 4, replace=False)
    holiday = np.isin(month_day, [101, 1224, 1225, 1226, 1231, *fixed])
    weekend = rng.choice([rng.uniform(0.35, 0.8), rng.uniform(1.05, 1.4)], p=[0.7, 0.3])
    shape = np.where(
        dates.day_of_week >= 5, weekend, 1 + 0.03 * rng.standard_normal(7)[dates.day_of_week]
    )
    quiet = np.where(holiday, rng.uniform(0.55, 0.9), 1.0)
    growth = np.exp(rng.normal(0.0004, 0.0005) * np.arange(days))
    wander = np.exp(np.cumsum(rng.normal(0, 0.004, days)))
    return Calendar(
        days=dates,
        weekday=dates.day_of_week.to_numpy(np.int64),
        day_of_month=dates.day.to_numpy(np.int64),
        days_in_month=dates.days_in_month.to_numpy(np.int64),
        month=(dates.year * 12 + dates.month).to_numpy(np.int64),
        holiday=np.asarray(holiday),
        traffic=shape * quiet * growth * wander,
    )


def chance(rng: np.random.Generator, days: int, sd: float, memory: float = 0.3) -> Days:
    """Log-normal factors of mean one that remember yesterday."""
    shocks = rng.standard_normal(days) * np.sqrt(1 - memory**2)
    values = np.zeros(days)
    for day in range(days):
        values[day] = shocks[day] + (memory * values[day - 1] if day else 0.0)
    return np.exp(sd * values - sd**2 / 2)


def moved(days: int, first: int, by: float) -> Days:
    """`by` on the fortnight from day `first` on."""
    planned = np.zeros(days)
    planned[first : first + PLANNED_DAYS] = by
    return planned


def servers(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Instances by the hour; now and then one more or one fewer from a working day on."""
    days, count = len(calendar), int(rng.integers(2, 25))
    running, planned = np.full(days, float(count)), np.zeros(days)
    for _ in range(rng.poisson(days / 250)):
        first = int(rng.integers(1, days))
        by = float(rng.choice([-1, 1, 1, 2])) if running[first] > 2 else 1.0
        running[first:] += by
        planned += moved(days, first, by)
    return Usage(
        running * chance(rng, days, rng.choice([0.001, 0.005, 0.02]), 0.0) / count,
        running / count,
        planned / count,
    )


def fleet(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Replicas that follow traffic in three parts of the day, whole ones, never under a minimum."""
    days, size, least = len(calendar), rng.uniform(3, 30), int(rng.integers(1, 4))
    campaign, planned = _campaigns(rng, days)
    parts = np.array([0.5, 1.4, 1.1])[:, None] * calendar.traffic * campaign * size
    ordinary = np.maximum(parts + 0.5, least).sum(axis=0) / (3 * size)
    loads = parts * chance(rng, days, rng.uniform(0.02, 0.09), 0.4)
    return Usage(
        np.maximum(np.ceil(loads), least).sum(axis=0) / (3 * size), ordinary, planned * ordinary
    )


def requests(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Calls, each paid for: traffic with a campaign now and then."""
    campaign, planned = _campaigns(rng, len(calendar))
    ordinary = calendar.traffic * campaign
    return Usage(
        ordinary * chance(rng, len(calendar), rng.uniform(0.02, 0.12)), ordinary, planned * ordinary
    )


def _campaigns(rng: np.random.Generator, days: int) -> tuple[Days, Days]:
    factor, planned = np.ones(days), np.zeros(days)
    for _ in range(rng.poisson(days / 500)):
        first, length = int(rng.integers(0, days)), int(rng.integers(2, 11))
        lift = rng.uniform(1.1, 1.6)
        factor[first : first + length] *= lift
        planned[first : first + length + 1] = 1 - 1 / lift
    return factor, planned


def egress(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Bytes out, cheaper by tier as the month's sum grows, and dear again on the first."""
    ordinary = calendar.traffic
    cost = ordinary * chance(rng, len(calendar), rng.uniform(0.04, 0.18))
    limits = rng.uniform([4, 12], [10, 25])
    prices = np.array([1.0, rng.uniform(0.75, 0.95), rng.uniform(0.5, 0.75)])
    return Usage(
        _tiered(cost, calendar, limits, prices),
        _tiered(ordinary, calendar, limits, prices),
        np.zeros(len(calendar)),
    )


def _tiered(usage: Days, calendar: Calendar, limits: Days, prices: Days) -> Days:
    until = pd.Series(usage).groupby(calendar.month).cumsum().to_numpy()
    edges = np.concatenate([[0.0], limits, [np.inf]])

    def bill(quantity: Days) -> Days:
        held = np.clip(quantity[:, None], edges[:-1], edges[1:]) - edges[:-1]
        return np.asarray(held @ prices)

    return bill(until) - bill(until - usage)


def batch_jobs(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Jobs on two days of the week: nothing on the other five, seven days in ten."""
    on = np.isin(calendar.weekday, rng.choice(5, 2, replace=False))
    hours = rng.uniform(2, 4) * np.exp(rng.normal(0, 0.0004) * np.arange(len(calendar)))
    runs = on & (rng.random(len(calendar)) < rng.choice([1.0, 0.97, 0.9]))
    length = chance(rng, len(calendar), rng.uniform(0.05, 0.5), 0.0)
    return Usage(hours * runs * length, hours * on, np.zeros(len(calendar)))


def queries(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Terabytes read by people when they feel like it: seven days in ten nothing, in no order."""
    likely = np.where(calendar.workday, 0.4, 0.04)
    runs = rng.random(len(calendar)) < likely
    amount = 3.0 * np.exp(rng.normal(0, 0.7, len(calendar)) - 0.245)
    return Usage(runs * amount, likely * 3.0, np.zeros(len(calendar)))


def builds(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Build machines on while people work."""
    ordinary = np.where(calendar.workday, 1.35, rng.uniform(0.0, 0.3))
    sd = rng.uniform(0.08, 0.25)
    return Usage(ordinary * chance(rng, len(calendar), sd), ordinary, np.zeros(len(calendar)))


def storage(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Gigabyte-months by the day: it grows, and a lifecycle rule moves a part to a cheap class."""
    days = len(calendar)
    stored = 1 + rng.uniform(0.0005, 0.006) * np.cumsum(chance(rng, days, 0.5, 0.0))
    planned, every = np.zeros(days), int(rng.choice([30, 60, 90, 10_000]))
    for first in range(int(rng.integers(10, 120)), days, every):
        gone = stored[first] * rng.uniform(0.02, 0.12)
        stored[first:] -= gone
        planned += moved(days, first, -gone)
    ordinary = stored * 30 / calendar.days_in_month
    return Usage(ordinary * chance(rng, days, 0.002, 0.0), ordinary, planned)


def backups(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """A little every day, a full backup once a week and a large one on the first."""
    weekly = np.where(calendar.weekday == rng.integers(0, 7), rng.uniform(1.5, 4), 0.0)
    monthly = np.where(calendar.day_of_month == 1, rng.uniform(2, 8), 0.0)
    ordinary = 0.4 + weekly + monthly
    return Usage(
        ordinary * chance(rng, len(calendar), rng.uniform(0.01, 0.08)),
        ordinary,
        np.zeros(len(calendar)),
    )


def month_close(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Reports made on the last days of a month and the first of the next; little else."""
    left = calendar.days_in_month - calendar.day_of_month
    busy = (left < rng.integers(1, 4)) | (calendar.day_of_month <= rng.integers(1, 3))
    ordinary = np.where(busy, rng.uniform(3, 8), 0.1)
    return Usage(ordinary * chance(rng, len(calendar), 0.1), ordinary, np.zeros(len(calendar)))


def tokens(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Tokens of a model: working days, heavy tails, fast growth that settles."""
    rise = 0.3 + 1.0 / (1 + np.exp(-(np.arange(len(calendar)) - rng.uniform(0, 300)) / 60))
    ordinary = rise * np.where(calendar.workday, 1.2, rng.uniform(0.2, 0.7))
    return Usage(
        ordinary * chance(rng, len(calendar), rng.uniform(0.15, 0.4), 0.5),
        ordinary,
        np.zeros(len(calendar)),
    )


def licences(rng: np.random.Generator, calendar: Calendar) -> Usage:
    """Seats by the day, half filled on a month's first and last day; seats come on Mondays."""
    days = len(calendar)
    joined = np.where(calendar.weekday == 0, rng.poisson(0.6, days) * 0.01, 0.0)
    edge = (calendar.day_of_month == 1) | (calendar.day_of_month == calendar.days_in_month)
    ordinary = (1 + np.cumsum(joined)) * np.where(edge, 0.5, 1.0)
    return Usage(ordinary, ordinary, np.zeros(days))


def flat_fee(_: np.random.Generator, calendar: Calendar) -> Usage:
    """The same every day."""
    return Usage(np.ones(len(calendar)), np.ones(len(calendar)), np.zeros(len(calendar)))


def monthly_fee(_: np.random.Generator, calendar: Calendar) -> Usage:
    """A month's fee spread over its days: dearer days in February."""
    share = 30.0 / calendar.days_in_month
    return Usage(share, share, np.zeros(len(calendar)))
