"""A series' history, forecast and intervals as the lines and areas of an SVG drawing.

Coordinates only: the template draws them, the style sheet colours them. Amounts become float64
here, and nothing that is read as a figure comes from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import floor, log10
from typing import Any

DAY = timedelta(days=1)
MOST_DATES = 8
"""Dates below the axis, so that they do not run into one another."""
LEVELS = (95, 80)
"""Intervals in percent, the widest first: the narrower one is drawn on top of it."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what stands there: an amount, or a day."""

    at: float
    value: Decimal | date


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of ``width`` by ``height``; ``history``, ``forecast`` and ``bands`` (by level in
    percent) are the ``points`` of polylines and polygons, empty where there is nothing."""

    width: int
    height: int
    history: str
    forecast: str
    bands: Mapping[int, str]
    amounts: Sequence[Tick]
    days: Sequence[Tick]


def chart(
    history: Sequence[tuple[date, Decimal]],
    forecast: Sequence[Mapping[str, Any]],
    *,
    width: int,
    height: int,
    instant: str = "charge_day",
) -> Chart | None:
    """The drawing; None without any forecast.

    :param history: days (or hours) in order, and their cost.
    :param forecast: rows of ``cost_forecast`` (or ``hourly_cost``), by day; bounds may be None.
    :param instant: the column of a row that holds its day or hour.
    """
    if not forecast:
        return None
    days = [day for day, _ in history] + [row[instant] for row in forecast]
    first, last = days[0], days[-1]
    bounds = [f"{side}_{level}" for side in ("lower", "upper") for level in LEVELS]
    told = [row[name] for row in forecast for name in ("forecast_cost", *bounds)]
    amounts = [float(cost) for cost in (*(cost for _, cost in history), *told) if cost is not None]
    low, high = min(0.0, *amounts), max(0.0, *amounts) or 1.0

    def x(day: date) -> float:
        share = (day - first) / max(last - first, DAY)
        return round(width * float(share), 1)

    def y(amount: Decimal | float) -> float:
        return round(height * (high - float(amount)) / (high - low), 1)

    past = [(x(day), y(cost)) for day, cost in history]
    ahead = [(x(row[instant]), y(row["forecast_cost"])) for row in forecast]
    return Chart(
        width,
        height,
        history=_points(past),
        # The forecast begins where the history ends, without a gap of a day.
        forecast=_points([*past[-1:], *ahead]),
        bands={
            level: points
            for level in LEVELS
            if (points := _band(forecast, level, lambda row: x(row[instant]), y))
        },
        amounts=[Tick(y(amount), amount) for amount in _amounts(low, high)],
        days=_dates(first, last, x),
    )


def _band(
    forecast: Sequence[Mapping[str, Any]],
    level: int,
    x: Callable[[Mapping[str, Any]], float],
    y: Callable[[Decimal | float], float],
) -> str:
    told = [row for row in forecast if row[f"lower_{level}"] is not None]
    above = [(x(row), y(row[f"upper_{level}"])) for row in told]
    below = [(x(row), y(row[f"lower_{level}"])) for row in told]
    return _points([*above, *reversed(below)])


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)


def _amounts(low: float, high: float) -> list[Decimal]:
    """Three to seven round amounts from ``low`` to ``high``, zero among them."""
    rough = (high - low) / 3
    unit = Decimal((0, (1,), floor(log10(rough))))
    step = max(unit * times for times in (1, 2, 5) if float(unit * times) <= rough)
    first, last = -floor(-low / float(step)), floor(high / float(step))
    return [step * times for times in range(first, last + 1)]


def _dates(first: date, last: date, x: Callable[[date], float]) -> list[Tick]:
    if isinstance(first, datetime) and isinstance(last, datetime):
        return [Tick(x(hour), hour.date()) for hour in _midnights(first, last)]
    return [Tick(x(day), day) for day in _months(first, last)]


def _months(first: date, last: date) -> list[date]:
    """First days of months, at even distances."""
    days = (first + number * DAY for number in range((last - first).days + 1))
    months = [day for day in days if day.day == 1]
    return months[:: -(-len(months) // MOST_DATES) or 1]


def _midnights(first: datetime, last: datetime) -> list[datetime]:
    """First hours of days, at even distances; none whose date would stand beyond the drawing."""
    days = (first.replace(hour=0) + number * DAY for number in range((last - first).days + 2))
    room = (last - first) / (2 * MOST_DATES)
    midnights = [midnight for midnight in days if first <= midnight <= last - room]
    return midnights[:: -(-len(midnights) // MOST_DATES) or 1]
