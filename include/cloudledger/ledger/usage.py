"""What usage APIs answered, kept beside the reports: a day of a query is replaced as a whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from cloudledger import exact
from cloudledger.clouds.usage import Answer, UsageCost
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

FINEST = {"oracle": "resource", "aws": "account"}
"""The finest group of each provider's API, by which the reports are compared."""

COLLECTED = pa.schema(
    {
        "source": pa.string(),
        "query": pa.string(),
        "charge_day": pa.date32(),
        "provider": pa.string(),
        "account_id": pa.string(),
        "answer_rows": pa.int64(),
        "as_of": INSTANT,
        "run_id": pa.string(),
    }
)
COSTS = pa.schema(
    {
        "usage_key": pa.string(),
        "source": pa.string(),
        "query": pa.string(),
        "provider": pa.string(),
        "charge_day": pa.date32(),
        "service_name": pa.string(),
        "sub_account_id": pa.string(),
        "resource_id": pa.string(),
        "tag_key": pa.string(),
        "tag_value": pa.string(),
        "billing_currency": pa.string(),
        "billed_cost": MONEY,
        "effective_cost": MONEY,
        "consumed_quantity": MONEY,
        "consumed_unit": pa.string(),
        "rounding_bound": MONEY,
        "as_of": INSTANT,
        "run_id": pa.string(),
    }
)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of an API: by a source, for an account, over [``first_day``, ``end_day``).

    ``account_id`` is the tenancy or payer account, empty for all of the provider's; ``tag`` is
    the tag that the answer is grouped by, empty for the API's finest groups.
    """

    source: str
    provider: str
    account_id: str
    first_day: date
    end_day: date
    tag: str = ""

    @property
    def query(self) -> str:
        """``resource``, ``account`` or ``tag:<key>``."""
        return f"tag:{self.tag}" if self.tag else FINEST[self.provider]


def keep(session: Session, question: Question, answer: Answer, *, at: datetime, run_id: str) -> int:
    """Replace what the question's days hold by the answer; how many rows were kept.

    A day that a run of a later instant has asked about stays as it is, so that runs end in the
    same tables in any order.

    :param at: the instant the run stands for.
    """
    binds = {
        "source_name": question.source,
        "query_name": question.query,
        "first_day": question.first_day,
        "end_day": question.end_day,
        "as_of": at,
    }
    newer = set(
        session.query(statement("ledger/usage/newer_days"), **binds)["charge_day"].to_pylist()
    )
    session.execute(statement("ledger/usage/forget_costs"), **binds)
    session.execute(statement("ledger/usage/forget_collected"), **binds)
    run = {"as_of": at, "run_id": run_id}
    rows = [
        _cost_row(question, cost) | run
        for cost in folded(answer.rows)
        if cost.charge_day not in newer
    ]
    asked = [day for day in _days(question) if day not in newer]
    counts = dict.fromkeys(asked, 0)
    for row in rows:
        counts[row["charge_day"]] += 1
    collected = [_collected_row(question, day, counts[day]) | run for day in asked]
    if rows:
        session.insert("usage_api_cost", pa.Table.from_pylist(rows, COSTS))
    if collected:
        session.insert("usage_collected", pa.Table.from_pylist(collected, COLLECTED))
    return len(rows)


def folded(costs: Iterable[UsageCost]) -> list[UsageCost]:
    """One row for each day and group: an API may tell a group on two pages."""
    found: dict[tuple[Any, ...], UsageCost] = {}
    for cost in costs:
        key = _group(cost)
        found[key] = _sum(found[key], cost) if key in found else cost
    return list(found.values())


def _group(cost: UsageCost) -> tuple[Any, ...]:
    return (
        cost.charge_day,
        cost.service_name,
        cost.billing_currency,
        cost.sub_account_id,
        cost.resource_id,
        cost.tag_value,
        cost.unit,
    )


def _sum(one: UsageCost, other: UsageCost) -> UsageCost:
    both = (one.effective_cost, other.effective_cost), (one.quantity, other.quantity)
    effective, quantity = (
        None if left is None or right is None else exact.add(left, right) for left, right in both
    )
    return replace(
        one,
        billed_cost=exact.add(one.billed_cost, other.billed_cost),
        rounding_bound=exact.add(one.rounding_bound, other.rounding_bound),
        effective_cost=effective,
        quantity=quantity,
    )


def _days(question: Question) -> list[date]:
    count = (question.end_day - question.first_day).days
    return [question.first_day + timedelta(days=number) for number in range(count)]


def _collected_row(question: Question, day: date, rows: int) -> dict[str, Any]:
    return {
        "source": question.source,
        "query": question.query,
        "charge_day": day,
        "provider": question.provider,
        "account_id": question.account_id,
        "answer_rows": rows,
    }


def _cost_row(question: Question, cost: UsageCost) -> dict[str, Any]:
    key = json.dumps([question.source, question.query, *map(str, _group(cost))])
    return {
        "usage_key": hashlib.sha256(key.encode()).hexdigest()[:32],
        "source": question.source,
        "query": question.query,
        "provider": question.provider,
        "charge_day": cost.charge_day,
        "service_name": cost.service_name,
        "sub_account_id": cost.sub_account_id,
        "resource_id": cost.resource_id,
        "tag_key": question.tag,
        "tag_value": cost.tag_value,
        "billing_currency": cost.billing_currency,
        "billed_cost": cost.billed_cost,
        "effective_cost": cost.effective_cost,
        "consumed_quantity": cost.quantity,
        "consumed_unit": cost.unit,
        "rounding_bound": cost.rounding_bound,
    }
