"""Carry an approved plan out, change by change, so that it can be taken up where it broke off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial

from cloudledger.governance.apply import Outcome, State, apply
from cloudledger.governance.change import Account, AccountError, Unfinished
from cloudledger.governance.plan_store import Step, approved_steps, end, mark, steps
from cloudledger.warehouse.port import Warehouse

OPEN = (State.PLANNED, State.BEGUN)


def carry_out(
    warehouse: Warehouse,
    plan_id: str,
    account: Callable[[str], Account],
    now: Callable[[], datetime],
) -> list[Step]:
    """Make the changes of a plan that are still open, each recorded in a transaction of its own
    before it is begun and after it was read back; all steps of the plan as they ended.

    :param account: by its configured name; raises ``KeyError(name)`` where the file names it no
        more, and what was planned for it is refused.
    :param now: the time of day that records bear.
    :raises UnknownPlan: nobody approved the plan.
    :raises AccountError: a right is missing, or the account cannot be reached: nothing more is
        tried, and the plan stays approved, to be taken up again.
    :raises Unfinished: everything was tried, and the account is at something still: so, too.
    """
    opened = cache(partial(_opened, account))
    waiting: list[Unfinished] = []
    with warehouse.transaction() as session:
        planned = approved_steps(session, plan_id)
    for step in planned:
        if step.state in OPEN:
            record = partial(_record, warehouse, plan_id, step, now)
            try:
                _carry_out(opened(step.change.account), step, record)
            except Unfinished as error:
                waiting.append(error)
    if waiting:
        raise waiting[0]
    with warehouse.transaction() as session:
        ended = steps(session, plan_id)
        failed = any(step.state is not State.VERIFIED for step in ended)
        end(session, plan_id, failed=failed)
    return ended


def _opened(account: Callable[[str], Account], name: str) -> Account | None:
    """None where the file does not name it any more."""
    try:
        return account(name)
    except KeyError as error:
        if error.args != (name,):
            raise
        return None


def _carry_out(account: Account | None, step: Step, record: Callable[[Outcome], None]) -> None:
    if account is None:
        told = f"{step.change.account} is not configured any more: it is left as it is"
        record(Outcome(State.REFUSED, told))
        return
    state = step.state

    def begin() -> None:
        nonlocal state
        state = State.BEGUN
        record(Outcome(state))

    try:
        record(apply(account, step.change, begin))
    except AccountError as error:
        record(Outcome(state, str(error)))
        raise


def _record(
    warehouse: Warehouse, plan_id: str, step: Step, now: Callable[[], datetime], outcome: Outcome
) -> None:
    with warehouse.transaction() as session:
        mark(session, plan_id, step, outcome, now())
