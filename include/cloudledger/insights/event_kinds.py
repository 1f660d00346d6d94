"""What kind of event days are, and how bad it is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

SPIKE_DAYS = 2
SHIFT_DAYS = 7
RATIOS = (1.5, 2.0, 3.0)
"""Actual over expected cost (less cost: the other way round) of medium, high and critical."""

_STAYS = 0.6
_CLIMBS = 1.6
_LEAD_IN = 0.15


class Kind(StrEnum):
    """A spike is one or two days, a burst more; a ramp climbs; a level shift stays."""

    SPIKE = "spike"
    BURST = "burst"
    RAMP = "ramp"
    DROP = "drop"
    LEVEL_SHIFT = "level_shift"
    NEW_SPEND = "new_spend"


class Severity(StrEnum):
    """How much cost is off, relative to what was expected or in money."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


def kind_of(excess: Values, lead_in: Values, after: Values) -> Kind:
    """The kind of an event.

    :param excess: of its days over what was expected before it, as a share of that.
    :param lead_in: of the week before it, over what was expected weeks before, likewise.
    :param after: of the days after it, likewise; fewer when it still goes on.
    """
    side = 1.0 if excess.sum() >= 0 else -1.0
    usual = float(np.median(excess * side))
    stays = len(after) == 0 or float(np.median(after * side)) >= _STAYS * usual
    lasting = stays and len(excess) + len(after) >= SHIFT_DAYS
    if side < 0:
        return Kind.LEVEL_SHIFT if lasting else Kind.DROP
    if _climbs(excess, lead_in):
        return Kind.RAMP
    if lasting:
        return Kind.LEVEL_SHIFT
    return Kind.SPIKE if len(excess) <= SPIKE_DAYS else Kind.BURST


def _climbs(excess: Values, lead_in: Values) -> bool:
    """Whether cost rose over days: from a start seen before the first flagged day, or in it."""
    third = max(len(excess) // 3, 1)
    end = float(excess[-third:].mean())
    if len(excess) > 2 * SPIKE_DAYS and end >= _CLIMBS * float(excess[:third].mean()):
        return True
    near = lead_in[-3:]
    return (
        len(near) == 3
        and bool((near > _LEAD_IN * excess.max()).all())
        and float(near.mean()) < end / _CLIMBS
        and float(near[-1]) > float(lead_in[0])
    )


def severity_of(expected: float, actual: float, in_money: Sequence[float]) -> Severity:
    """By ratio or by amount, whichever is worse.

    :param in_money: amounts of medium, high and critical.
    """
    more, less = max(actual, expected), max(min(actual, expected), 0.0)
    by_ratio = sum(more >= ratio * less and more > 0 for ratio in RATIOS)
    by_money = sum(abs(actual - expected) >= amount for amount in in_money)
    return list(Severity)[max(by_ratio, by_money)]
