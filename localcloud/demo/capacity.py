"""What capacity_plan planned for the samples' loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Plan = Mapping[str, Any]


def told_plans(plans: Sequence[Plan]) -> bool:
    """Print a line a load; whether there is a plan for each, and one at all."""
    print(flush=True)
    for plan in plans:
        print(line(plan), flush=True)
    if not plans:
        print("no load has a plan", flush=True)
    return bool(plans) and not any(plan["reason"] for plan in plans)


def line(plan: Plan) -> str:
    """The units of a load, and when growth reaches its limit, or why there is no plan."""
    units = f"{plan['desired_units']} units for {plan['series']}, {plan['current_units']} now"
    said = plan["reason"] or "; ".join(filter(None, (plan["band"], plan["outlook"])))
    return f"{units}: {said}"
