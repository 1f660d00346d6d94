"""Capacity of what serves a load: how full it is, how many units to run, when it will not do.

Loads are counts by the hour (tokens, requests), capacities the same count that one unit carries
in an hour. A unit is a replica, a provisioned model unit, a node.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from math import isfinite

import numpy as np
import pandas as pd

from cloudledger.insights.growth import FEWEST, Growth, Reached, fit_growth, reached
from cloudledger.insights.hourly import Array, forecast_hourly
from cloudledger.insights.load import HOUR, LoadSeries, hourly, utc, weekly_peaks
from cloudledger.insights.load_columns import Gaps
from cloudledger.insights.scaling import (
    BANDS,
    Band,
    ScalingPolicy,
    band_of,
    units_over_time,
    utilisation_of,
)

MODEL_VERSION = "hourly-1"
OLDEST_HOURS = 7 * 24
"""A history that ended longer ago tells nothing of the hours to come."""
BAND_HOURS = 28 * 24
_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class PlannedHour:
    """One hour to come: its load (expected, and the upper quantile), and the units for it.

    ``units_needed`` keeps the target for the expected load, and the upper one from being
    critical, without regard to bounds or patience,
    ``utilisation`` is that of the expected load on ``desired_units``; None without units.
    """

    hour: datetime
    forecast: Decimal
    upper: Decimal
    units_needed: int
    desired_units: int
    utilisation: Decimal | None
    band: Band


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """What :func:`plan` found, as of an instant.

    :param as_of: None when it was not given and no hour tells it.
    :param desired_units: for the hour that begins then; ``hours`` has those after it.
    :param utilisation: of the last known hour on ``current_units``, with its ``band``.
    :param shares: of the last 28 days' known hours, the share in each band on ``current_units``.
    :param headroom: the part of the capacity of ``current_units`` that the upper quantile leaves
        free in the busiest hour; negative where it is too little.
    :param short_from: the first hour that needs more units than the bounds allow.
    :param limit: the hourly load whose date is looked for, told in ``reached``.
    :param problems: what was left out of the history or not believed.
    :param reason: why there is no plan, and the units stay; empty when there is one.
    """

    as_of: datetime | None
    capacity_per_unit: Decimal
    current_units: int
    desired_units: int
    policy: ScalingPolicy
    utilisation: Decimal | None = None
    band: Band = "unknown"
    shares: dict[Band, Decimal] | None = None
    headroom: Decimal | None = None
    short_from: datetime | None = None
    hours: tuple[PlannedHour, ...] = ()
    seasons: str = "none"
    limit: Decimal | None = None
    growth: Growth | None = None
    reached: Reached | None = None
    problems: tuple[str, ...] = ()
    reason: str = ""


def plan(
    history: pd.DataFrame,
    capacity_per_unit: Decimal | float,
    current_units: int,
    *,
    policy: ScalingPolicy | None = None,
    as_of: datetime | None = None,
    horizon_hours: int = 168,
    limit: Decimal | float | None = None,
    limit_horizon_days: int = 730,
    gaps: Gaps = "unknown",
    problems: tuple[str, ...] = (),
) -> CapacityPlan:
    """Plan the units for a load.

    A history that tells nothing (empty, nothing but NaN, ended a week ago) gives a plan that keeps
    the current units, within the bounds, and a ``reason``.

    :param history: DataFrame[timestamp, load]: counts, an hour or a part of one each, any order.
    :param capacity_per_unit: what one unit carries in an hour.
    :param current_units: what runs now.
    :param policy: bounds, target, patience; by default those of :class:`ScalingPolicy`.
    :param as_of: nothing later is looked at; by default the end of the last hour.
    :param horizon_hours: how far to plan.
    :param limit: an hourly load to find the date of; by default what the greatest number of units
        that is allowed carries, or the current one where there is no bound.
    :param gaps: what an hour without a row is: ``unknown``, or ``zero``.
    :param problems: what was left out before, to be told with the plan.
    :raises ValueError: an argument that no plan can be made with.
    :raises LoadRefused: the history lacks a column.
    """
    policy = policy or ScalingPolicy()
    capacity = _positive("capacity_per_unit", capacity_per_unit)
    if current_units < 0 or horizon_hours < 1 or limit_horizon_days < 1:
        raise ValueError(
            f"current_units={current_units}, horizon_hours={horizon_hours}, "
            f"limit_horizon_days={limit_horizon_days}: give at least 0, 1 and 1"
        )
    most = policy.max_units or max(current_units, policy.min_units, 1)
    bound = _positive("limit", capacity * most if limit is None else limit)
    instant = None if as_of is None else utc(as_of)
    series = hourly(history, as_of=instant, gaps=gaps)
    kept = CapacityPlan(
        as_of=instant,
        capacity_per_unit=rounded(capacity),
        current_units=current_units,
        desired_units=policy.bounded(current_units),
        policy=policy,
        limit=rounded(bound),
        problems=problems,
    )
    if series is None:
        reason = "no hour of the history has a load: the units stay as they are"
        return replace(kept, reason=reason)
    known = np.flatnonzero(~np.isnan(series.load))
    observed = series.load[: known[-1] + 1]
    silent = len(series.load) - len(observed)
    growth = _growth(series)
    kept = replace(
        kept,
        as_of=instant or series.end,
        shares=_shares(observed, current_units, capacity),
        growth=growth,
        reached=reached(growth, bound, limit_horizon_days) if growth else None,
        problems=problems + series.problems,
    )
    if silent > OLDEST_HOURS:
        reason = f"the last known hour ended {silent} hours ago: the units stay as they are"
        return replace(kept, reason=reason)
    return _planned(kept, series, observed, capacity, horizon_hours)


def _planned(
    kept: CapacityPlan, series: LoadSeries, observed: Array, capacity: float, horizon_hours: int
) -> CapacityPlan:
    policy, current = kept.policy, kept.current_units
    silent = len(series.load) - len(observed)
    all_hours = silent + horizon_hours + policy.lead_hours
    ahead = forecast_hourly(observed, all_hours, (policy.quantile,))
    mean = ahead.mean[silent:]
    upper = np.maximum(mean, ahead.quantiles[policy.quantile][silent:])
    needed = []
    for hour in range(horizon_hours):
        soon = slice(hour, hour + policy.lead_hours + 1)
        needed.append(policy.needed(float(mean[soon].max()), capacity, float(upper[soon].max())))
    past = [
        None if np.isnan(load) else policy.needed(float(load), capacity)
        for load in series.load[len(series.load) - policy.low_periods + 1 :]
    ]
    units = units_over_time(needed, past, current, policy)
    hours = _hours(series.end, mean, upper, needed, units, capacity)
    used = utilisation_of(float(observed[-1]), current, capacity)
    busiest = float(upper[:horizon_hours].max())
    return replace(
        kept,
        desired_units=units[0],
        utilisation=rounded(used) if isfinite(used) else None,
        band=band_of(used),
        headroom=rounded(1 - busiest / (current * capacity)) if current else None,
        short_from=next((one.hour for one in hours if one.units_needed > one.desired_units), None),
        hours=hours,
        seasons=ahead.seasons,
    )


def rounded(value: float) -> Decimal:
    """To six decimals: what a table of plans holds."""
    return Decimal(repr(float(value))).quantize(_PLACES)


def _positive(name: str, value: Decimal | float) -> float:
    number = float(value)
    if not (isfinite(number) and number > 0):
        raise ValueError(f"{name}={value}: give a number above 0, by the hour")
    return number


def _hours(
    first: datetime,
    mean: Array,
    upper: Array,
    needed: list[int],
    units: list[int],
    capacity: float,
) -> tuple[PlannedHour, ...]:
    found = []
    for ahead, (need, run) in enumerate(zip(needed, units, strict=True)):
        used = utilisation_of(float(mean[ahead]), run, capacity)
        found.append(
            PlannedHour(
                hour=first + ahead * HOUR,
                forecast=rounded(mean[ahead]),
                upper=rounded(upper[ahead]),
                units_needed=need,
                desired_units=run,
                utilisation=rounded(used) if isfinite(used) else None,
                band=band_of(used),
            )
        )
    return tuple(found)


def _shares(observed: Array, units: int, capacity: float) -> dict[Band, Decimal]:
    recent = observed[-BAND_HOURS:]
    known = recent[~np.isnan(recent)]
    counts = Counter(band_of(utilisation_of(float(load), units, capacity)) for load in known)
    return {band: rounded(counts[band] / max(1, len(known))) for band in BANDS}


def _growth(series: LoadSeries) -> Growth | None:
    """The growth of each week's busiest hour; None for fewer than five weeks."""
    days, peaks = weekly_peaks(series)
    return fit_growth(days, peaks) if len(days) >= FEWEST else None
