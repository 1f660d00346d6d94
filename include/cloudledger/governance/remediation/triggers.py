"""Which instances a budget that is spent, or a critical anomaly, is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from cloudledger.governance.change import Document, Found
from cloudledger.governance.config import BudgetSettings, Governance
from cloudledger.governance.remediation.policies import (
    AutoscalingBounds,
    OnceOverBudget,
    OverBudget,
    Policy,
)
from cloudledger.governance.remediation.wishes import Occasion

Instances = Mapping[str, Mapping[str, Found]]
"""By scope's name, then by target."""

TAG = "tag:"
PROVIDERS = {"oci": "oracle", "aws": "aws"}
"""What a provider's name holds, in lower case."""

EC2 = "Amazon Elastic Compute Cloud"


@dataclass(frozen=True, slots=True)
class Unusual:
    """A critical anomaly that stands: what it is of, by dimension, since when, and in words."""

    dimensions: Mapping[str, str]
    since: datetime
    told: str


def over_budget(
    policy: OverBudget | AutoscalingBounds,
    statuses: Iterable[Mapping[str, Any]],
    governance: Governance,
    found: Instances,
    today: date,
) -> dict[str, Occasion]:
    """By instance or group the budget of this month of which so much is spent, one of them.

    :param statuses: rows of ``budget_status``.
    """
    when = policy.when if isinstance(policy, AutoscalingBounds) else policy
    if not isinstance(when, OverBudget | OnceOverBudget):
        return {}
    budgets = {(one.account, one.name): one for one in governance.budgets}
    triggered: dict[str, Occasion] = {}
    for row in statuses:
        budget = budgets.get((row["account"], row["budget_name"]))
        month: date = row["month_day"]
        if budget is None or (month.year, month.month) != (today.year, today.month):
            continue
        if when.budgets and budget.name not in when.budgets:
            continue
        if row["actual_percent"] < when.percent:
            continue
        told = f"{row['actual_percent']:.0f} % of the budget {budget.name} is spent"
        occasion = Occasion(datetime.combine(month, time(), UTC), told)
        for account, target, document in _instances(policy, governance, found):
            if account == budget.account and _is_of_budget(budget, document):
                triggered.setdefault(target, occasion)
    return triggered


def unusual(
    policy: Policy, anomalies: Iterable[Unusual], governance: Governance, found: Instances
) -> dict[str, Occasion]:
    """By instance the critical anomaly that it is of, one of them."""
    triggered: dict[str, Occasion] = {}
    for one in anomalies:
        for account, target, document in _instances(policy, governance, found):
            if _is_of_anomaly(one.dimensions, governance.account(account).kind, target, document):
                triggered.setdefault(target, Occasion(one.since, one.told))
    return triggered


def _instances(
    policy: Policy, governance: Governance, found: Instances
) -> Iterator[tuple[str, str, Document]]:
    for name in policy.scopes:
        account = governance.remediation.scope(name).account
        for target, there in found.get(name, {}).items():
            yield account, target, there.document


def _is_of_budget(budget: BudgetSettings, document: Document) -> bool:
    scope = budget.scope
    match scope.kind:
        case "total":
            return True
        case "compartment" | "account":
            return document["sub_account"] in (scope.value, *scope.includes)
        case "tag":
            tags = document["tags"]
            return scope.value in (tags.get(scope.key), tags.get(scope.cloud_key or scope.key))
        case _:
            return scope.value.startswith(EC2)


def _is_of_anomaly(
    dimensions: Mapping[str, str], kind: str, target: str, document: Document
) -> bool:
    """Whether everything that is told of an anomaly is so of an instance, and tells enough: a
    resource, or a sub account or a tag.
    """
    provider = dimensions.get("provider", "").casefold()
    if provider and PROVIDERS[kind] not in provider and not _also(provider, kind):
        return False
    if resource := dimensions.get("resource"):
        return resource == target or resource.endswith(f"/{target}")
    service = dimensions.get("service", "").casefold()
    if service and "compute" not in service and "ec2" not in service:
        return False
    told = [
        document["tags"].get(name.removeprefix(TAG)) == value
        for name, value in dimensions.items()
        if name.startswith(TAG)
    ]
    if sub_account := dimensions.get("sub_account"):
        told.append(document["sub_account"] == sub_account)
    return bool(told) and all(told)


def _also(provider: str, kind: str) -> bool:
    return kind == "aws" and "amazon" in provider
