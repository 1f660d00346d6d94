"""The budgets of the sample company: planned, approved, made in both local clouds, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from localcloud.demo.api import AWAITS, Api
from localcloud.demo.follow import follow

DAG_ID = "budget_governance"
BY_POLICY = {"CLOUDLEDGER_GOVERNANCE_APPROVAL": "policy"}
"""What a headless demo sets, for nobody is there to approve a plan."""

Say = Callable[[str], None]


def run_budgets(api: Api, at: datetime, say: Say, *, headless: bool) -> bool:
    """Plan and carry out; headless once more, which finds nothing to do. Whether it went well."""
    first, results = _run(api, at, say)
    if first == AWAITS and not headless:
        say(f"the plan waits for approval: {api.address}/required_actions")
        return True
    plan = _plan(results)
    if first != "success" or plan is None:
        return False
    say(f"budgets: {plan['summary']}; approved by the setting {_setting()}, made and read back")
    second, results = _run(api, at, say)
    again = _plan(results)
    if second != "success" or again is None:
        return False
    say(f"budgets, a second time: {again['summary']}")
    return not again["changes"]


def _run(api: Api, at: datetime, say: Say) -> tuple[str, Sequence[Mapping[str, Any]]]:
    run_id = api.trigger(DAG_ID, at=at)
    api.unpause(DAG_ID)
    say(f"run {run_id} of {DAG_ID}: the forecasts of {at:%F %R}")
    state = follow(api, DAG_ID, run_id, lambda line: say(f"  {line}"))
    say(f"run {run_id}: {state}")
    return state, api.results(DAG_ID, run_id)


def _plan(results: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((one for one in results if "summary" in one), None)


def _setting() -> str:
    return ", ".join(f"{name}={value}" for name, value in BY_POLICY.items())
