"""Which days of a provider are complete enough to learn from, and by how much the others fill up.

What completeness says is of lines; their cost is taken to fill up alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from cloudledger.ledger.assess import RECENT_DAYS, SCALABLE, DayState, Status

TOLD = 0.98
"""From this share on, a day says enough to call it unusual."""


@dataclass(frozen=True, slots=True)
class Reliable:
    """What is known of one provider: its last day, the days that are no use, and the filling ones.

    ``factors``: by filling day what its cost is multiplied by. ``early``: the filling days of which
    less than :data:`TOLD` has arrived.
    """

    last_day: date
    unusable: frozenset[date]
    factors: dict[date, float]
    early: frozenset[date]


def reliable(provider: str, last_cost_day: date, states: Iterable[DayState]) -> Reliable:
    """What one provider's days are good for.

    A day is complete, or at least half of it has arrived and it is filled up, or it is no use. The
    last day is the newest that is of use and not after the newest day with a line.

    :param last_cost_day: the newest day of which the provider has any cost.
    :param states: the recent days, as of the same instant.
    """
    own = [state for state in states if state.provider == provider]
    unusable, factors, early = set(), {}, set()
    for state in own:
        if state.status is Status.COMPLETE:
            continue
        if state.arrived_share < SCALABLE or not state.lines or not state.likely_lines:
            unusable.add(state.charge_day)
            continue
        factors[state.charge_day] = max(1.0, state.likely_lines / state.lines)
        if state.arrived_share < TOLD:
            early.add(state.charge_day)
    last = last_cost_day
    while last in unusable:
        last -= timedelta(days=1)
    return Reliable(last, frozenset(unusable), factors, frozenset(early))


def common_end(last_days: Iterable[date]) -> date:
    """The last day that a sum over providers is good for.

    A provider that has brought nothing for 45 days more than the newest one is not waited for.
    """
    days = list(last_days)
    newest = max(days)
    return min(day for day in days if (newest - day).days <= RECENT_DAYS)
