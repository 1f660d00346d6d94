"""A capacity plan in a terminal and as JSON."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rich.console import Console

from cloudledger.insights.capacity import CapacityPlan
from cloudledger.insights.scaling import BANDS
from cloudledger.reporting.terminal import amount, grid

STYLE = {"idle": "cyan", "normal": "green", "high": "yellow", "critical": "bold red"}


def figures(plan: CapacityPlan) -> dict[str, Any]:
    """Everything but the curve's parameters, as plain values."""
    growth, limit = plan.growth, plan.reached
    return {
        "as_of": plan.as_of,
        "desired_units": plan.desired_units,
        "current_units": plan.current_units,
        "min_units": plan.policy.min_units,
        "max_units": plan.policy.max_units,
        "capacity_per_unit": plan.capacity_per_unit,
        "utilisation": plan.utilisation,
        "band": plan.band,
        "shares": plan.shares,
        "headroom": plan.headroom,
        "short_from": plan.short_from,
        "seasons": plan.seasons,
        "growth": growth and growth.kind,
        "limit": plan.limit,
        "limit_day": limit and limit.day,
        "limit_earliest": limit and limit.earliest,
        "limit_latest": limit and limit.latest,
        "outlook": limit and limit.said,
        "hours": plan.hours,
        "problems": plan.problems,
        "reason": plan.reason,
    }


def show_plan(out: Console, plan: CapacityPlan, hours: int) -> None:
    """The units, how full they are, the coming hours, the limit, and what was not believed."""
    for problem in filter(None, (plan.reason, *plan.problems)):
        out.print(f"[yellow]![/] {problem}", soft_wrap=True)
    change = plan.desired_units - plan.current_units
    out.print(
        f"[bold]{plan.desired_units} units[/] as of {plan.as_of:%Y-%m-%d %H:%M} UTC, "
        f"{plan.current_units} now ({change:+d}); now {percent(plan.utilisation)} used: "
        f"{_band(plan.band)}; headroom {percent(plan.headroom)}"
        if plan.as_of
        else f"[bold]{plan.desired_units} units[/], {plan.current_units} now"
    )
    if plan.shares:
        parts = ", ".join(f"{_band(band)} {percent(plan.shares[band])}" for band in BANDS)
        out.print(f"of the last 28 days' hours: {parts}")
    if plan.short_from:
        out.print(f"[bold red]max_units do not suffice from {plan.short_from:%Y-%m-%d %H:%M} on[/]")
    if plan.reached:
        limit = plan.reached
        span = (
            f" (between {limit.earliest} and {limit.latest or 'never'})" if limit.earliest else ""
        )
        out.print(f"limit of {amount(plan.limit)} an hour: {limit.said}{span}", soft_wrap=True)
    if plan.hours:
        table = grid(
            "hour, UTC",
            "used",
            forecast="forecast",
            upper="upper",
            needed="needed",
            units="units",
        )
        for one in plan.hours[:hours]:
            table.add_row(
                f"{one.hour:%Y-%m-%d %H:%M}",
                f"{percent(one.utilisation)} {_band(one.band)}",
                f"{one.forecast:,.0f}",
                f"{one.upper:,.0f}",
                str(one.units_needed),
                str(one.desired_units),
            )
        out.print(table)


def percent(share: Decimal | None) -> str:
    """To a whole percent; a dash where there is none."""
    if share is None:
        return "-"
    return f"{(100 * share).quantize(Decimal(1), ROUND_HALF_UP)} %"


def _band(band: str) -> str:
    style = STYLE.get(band)
    return f"[{style}]{band}[/]" if style else band
