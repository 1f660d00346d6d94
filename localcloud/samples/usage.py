"""How much is used, hour by hour: rhythm, growth, noise and the planted events."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt

from localcloud.samples.fleet import Event, Resource, Use

Array = npt.NDArray[np.float64]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """The charge days [start, end) as midnights in UTC."""

    start: datetime
    end: datetime

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def back(self, days: int) -> datetime:
        """Midnight of the charge day that many days before the end."""
        return self.end - days * DAY

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def window(days: int, end: date) -> Window:
    """The ``days`` charge days before ``end``."""
    last = datetime.combine(end, time(), UTC)
    return Window(last - days * DAY, last)


def noise(seed: int, *names: str) -> np.random.Generator:
    """A generator of its own for each name, so that one more resource changes no other."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def _flat(hour: Array, weekday: Array, day: Array, random: np.random.Generator) -> Array:
    return np.ones_like(hour)


def _steady(hour: Array, weekday: Array, day: Array, random: np.random.Generator) -> Array:
    return _daily(random, 0.015, day)


def _web(hour: Array, weekday: Array, day: Array, random: np.random.Generator) -> Array:
    wave = 1 + 0.35 * np.sin((hour - 9) * np.pi / 12)
    week = np.where(weekday < 5, 1.0, 0.86)
    return wave * week * _daily(random, 0.03, day) * random.normal(1, 0.02, len(hour))


def _office(hour: Array, weekday: Array, day: Array, random: np.random.Generator) -> Array:
    busy = (weekday < 5) & (hour >= 7) & (hour < 19)
    return np.where(busy, 1.0, 0.25) * _daily(random, 0.03, day)


def _nightly(hour: Array, weekday: Array, day: Array, random: np.random.Generator) -> Array:
    return np.where((hour >= 1) & (hour < 5), 1.0, 0.0) * _daily(random, 0.06, day)


def _weekdays(hour: Array, weekday: Array, day: Array, random: np.random.Generator) -> Array:
    return np.where(weekday < 5, 1.0, 0.0) * _daily(random, 0.08, day)


def _lifecycle(hour: Array, weekday: Array, day: Array, random: np.random.Generator) -> Array:
    return (0.9 + 0.2 * day / 31) * _daily(random, 0.004, day)


def _daily(random: np.random.Generator, spread: float, day: Array) -> Array:
    """One factor per day, the same in all of its hours."""
    per_day = random.normal(1, spread, -(-len(day) // 24))
    return np.repeat(per_day, 24)[: len(day)]


RHYTHMS: dict[str, Callable[[Array, Array, Array, np.random.Generator], Array]] = {
    "flat": _flat,
    "steady": _steady,
    "web": _web,
    "office": _office,
    "nightly": _nightly,
    "weekdays": _weekdays,
    "lifecycle": _lifecycle,
}
"""Of the hour of the day, the weekday (Monday 0) and the day of the month, each per hour."""


def event_factor(event: Event, within: Window) -> Array:
    """What the event multiplies usage by, per hour of the window."""
    age = within.days - np.arange(within.days * 24) // 24
    inside = (age <= event.first) & (age > event.first - event.days)
    if event.kind != "ramp":
        return np.where(inside, event.factor, 1.0)
    grown = (event.first - age + 1) / event.days
    return np.where(inside, 1 + (event.factor - 1) * grown, 1.0)


def hourly_usage(resource: Resource, use: Use, within: Window, seed: int) -> Array:
    """Usage per hour of the window, in the SKU's unit (or stock, for a monthly unit)."""
    hours = np.arange(within.days * 24)
    moment = np.datetime64(within.start.replace(tzinfo=None), "h") + hours
    day = moment.astype("datetime64[D]")
    weekday = (day.astype(np.int64) + 3) % 7
    of_month = (day - moment.astype("datetime64[M]").astype("datetime64[D]")).astype(np.float64)
    shape = RHYTHMS[use.rhythm](
        (hours % 24).astype(np.float64),
        weekday.astype(np.float64),
        of_month,
        noise(seed, resource.name, use.sku.id),
    )
    amount = use.amount if use.every == "hourly" or use.monthly_unit else use.amount / 24
    usage = amount * shape * (1 + use.growth) ** (hours // 24)
    if resource.from_day is not None:
        usage = np.where(within.days - hours // 24 <= resource.from_day, usage, 0.0)
    return np.maximum(usage, 0.0)


def month_of(moment: datetime) -> tuple[datetime, datetime]:
    """The first instant of the month that holds ``moment``, and of the next one."""
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, (first + 32 * DAY).replace(day=1)
