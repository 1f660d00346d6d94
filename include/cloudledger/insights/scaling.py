"""How many units a load needs, and when to change their number: up at once, down with patience."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Literal

Band = Literal["idle", "normal", "high", "critical", "unknown"]
IDLE, HIGH, CRITICAL = 0.4, 0.7, 0.85
BANDS: tuple[Band, ...] = ("idle", "normal", "high", "critical")


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """The rules a plan keeps.

    :param min_units: never fewer.
    :param max_units: never more; None for no bound.
    :param target_utilisation: how full units should be, above 0 up to 1: the expected load.
    :param low_periods: down only after so many hours in a row that need fewer units.
    :param lead_hours: how long a new unit takes until it serves: so far ahead is looked.
    :param quantile: the share of hours in which units must not be critical: the upper load.
    :raises ValueError: naming the rule that cannot be kept.
    """

    min_units: int = 1
    max_units: int | None = None
    target_utilisation: float = 0.7
    low_periods: int = 6
    lead_hours: int = 1
    quantile: float = 0.95

    def __post_init__(self) -> None:
        if self.min_units < 0:
            raise ValueError(f"min_units={self.min_units}: give 0 or more")
        if self.max_units is not None and self.max_units < max(1, self.min_units):
            raise ValueError(
                f"max_units={self.max_units}: give at least 1 and min_units={self.min_units}"
            )
        if not 0 < self.target_utilisation <= 1:
            raise ValueError(
                f"target_utilisation={self.target_utilisation}: give a share above 0 and up to 1"
            )
        if self.low_periods < 1 or self.lead_hours < 0:
            raise ValueError(
                f"low_periods={self.low_periods}, lead_hours={self.lead_hours}: "
                "give at least 1 and 0"
            )
        if not 0.5 <= self.quantile < 1:
            raise ValueError(f"quantile={self.quantile}: give a share from 0.5 to below 1")

    def bounded(self, units: int) -> int:
        """The number of units within the bounds."""
        return max(self.min_units, units if self.max_units is None else min(units, self.max_units))

    def needed(self, load: float, capacity_per_unit: float, upper: float = 0.0) -> int:
        """The units, bounds apart, that carry a load at the target utilisation, and its upper
        quantile without being critical."""
        not_critical = max(CRITICAL, self.target_utilisation)
        at_target = load / (capacity_per_unit * self.target_utilisation)
        return ceil(max(at_target, upper / (capacity_per_unit * not_critical)) - 1e-9)


def band_of(utilisation: float | None) -> Band:
    """``idle`` below 40 %, ``normal`` up to 70 %, ``high`` to 85 %, ``critical`` above."""
    if utilisation is None:
        return "unknown"
    if utilisation < IDLE:
        return "idle"
    if utilisation < HIGH:
        return "normal"
    return "high" if utilisation <= CRITICAL else "critical"


def utilisation_of(load: float, units: int, capacity_per_unit: float) -> float:
    """The load as a share of what the units carry; no units carry nothing."""
    if not units:
        return inf if load > 0 else 0.0
    return load / (units * capacity_per_unit)


def units_over_time(
    needed: Sequence[int], past: Sequence[int | None], current: int, policy: ScalingPolicy
) -> list[int]:
    """The units to run in each coming hour.

    More are run in the very hour that needs them. Fewer only once ``low_periods`` hours in a row,
    those of ``past`` included, needed fewer than are run: then as many as the greatest of them
    needed, as a stabilisation window of the Kubernetes HorizontalPodAutoscaler does.

    :param needed: units each coming hour needs.
    :param past: units the hours before needed, the latest last; None for an hour not known, which
        is no reason to go down.
    :param current: units that run now.
    """
    units = policy.bounded(current)
    recent = deque(
        (policy.bounded(units if one is None else one) for one in past), maxlen=policy.low_periods
    )
    planned = []
    for need in map(policy.bounded, needed):
        recent.append(need)
        if need > units:
            units = need
        elif len(recent) == policy.low_periods and max(recent) < units:
            units = max(recent)
        planned.append(units)
    return planned
