"""How a series moves, from the measures of ``cost_trend``, as a page tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from cloudledger.reporting.page import Row

GROWTHS = ("growth_7", "growth_30", "growth_90")
WEEKDAY = "weekday_"
CONCENTRATIONS = tuple(
    f"{kind}_{name}"
    for kind in ("service", "sub_account")
    for name in ("count", "top_share", "hhi")
)
TOLD = (
    *(*GROWTHS, *CONCENTRATIONS),
    *("volatility", "weekend_ratio", "peak_cost", "peak_days_ago"),
)
"""The measures that have a place of their own; others are told by their names."""


@dataclass(frozen=True, slots=True)
class Trends:
    """``growth`` is by days, a share; ``dearest`` the weekday with the highest mean, and that mean
    over the mean of all days; ``concentration`` is by the names of :data:`CONCENTRATIONS`;
    ``others`` the measures that have no place of their own. None, or absent, where it could not be
    told."""

    growth: Mapping[str, Decimal]
    volatility: Decimal | None
    weekend_ratio: Decimal | None
    dearest: tuple[str, Decimal] | None
    peak_day: date | None
    peak_cost: Decimal | None
    concentration: Mapping[str, Decimal]
    others: Mapping[str, Decimal]


def trends(rows: Sequence[Row]) -> Trends | None:
    """What the rows of one series and day say; None without any."""
    if not rows:
        return None
    measured_day: date = rows[0]["measured_day"]
    amounts: dict[str, Decimal] = {row["measure"]: row["amount"] for row in rows}
    week = {
        name.removeprefix(WEEKDAY): amount
        for name, amount in amounts.items()
        if name.startswith(WEEKDAY)
    }
    ago = amounts.get("peak_days_ago")
    return Trends(
        growth={name: amounts[name] for name in GROWTHS if name in amounts},
        volatility=amounts.get("volatility"),
        weekend_ratio=amounts.get("weekend_ratio"),
        dearest=max(week.items(), key=lambda one: one[1]) if week else None,
        peak_day=None if ago is None else measured_day - timedelta(days=int(ago)),
        peak_cost=amounts.get("peak_cost"),
        concentration={name: amounts[name] for name in CONCENTRATIONS if name in amounts},
        others={
            name: amount
            for name, amount in amounts.items()
            if name not in TOLD and not name.startswith(WEEKDAY)
        },
    )
