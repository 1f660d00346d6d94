"""What the policies of remediation go by: the record, utilisation, budgets and anomalies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudledger.governance.change import Found
    from cloudledger.governance.config import Governance
    from cloudledger.governance.remediation.policies import (
        AutoscalingBounds,
        Idle,
        OverBudget,
        Policy,
        Resize,
    )
    from cloudledger.governance.remediation.wishes import Occasion, Seen
    from cloudledger.warehouse.port import Session

    Instances = Mapping[str, Mapping[str, Found]]

FRESH = timedelta(days=2)
"""Budgets and alerts that were looked at longer ago say nothing of now."""


def seen_by(
    session: Session, governance: Governance, found: Instances, as_of: datetime
) -> tuple[Seen, list[str]]:
    """What is known at an instant, and what is not.

    :param found: by scope's name its instances.
    """
    from cloudledger.governance.remediation.policies import (
        AutoscalingBounds,
        CriticalAnomaly,
        Idle,
        OnceOverBudget,
        OverBudget,
        Resize,
    )
    from cloudledger.governance.remediation.store import past_changes
    from cloudledger.governance.remediation.wishes import Seen

    used: dict[str, dict[str, Sequence[float]]] = {}
    triggered: dict[str, Mapping[str, Occasion]] = {}
    problems: list[str] = []
    for policy in governance.remediation.policies:
        known: Mapping[str, Occasion] | None = {}
        if isinstance(policy, Idle | Resize):
            used[policy.name] = _used(governance, policy, found, as_of)
        elif isinstance(policy, OverBudget) or (
            isinstance(policy, AutoscalingBounds) and isinstance(policy.when, OnceOverBudget)
        ):
            known = over_budget_of(session, governance, policy, found, as_of)
        elif isinstance(policy, CriticalAnomaly):
            known = unusual_of(session, governance, policy, found, as_of)
        if known is None:
            problems.append(f"{policy.name}: nothing was looked at in the last two days")
        else:
            triggered[policy.name] = known
    return Seen(past_changes(session, as_of), used, triggered), problems


def _used(
    governance: Governance, policy: Idle | Resize, found: Instances, as_of: datetime
) -> dict[str, Sequence[float]]:
    """By instance the CPU's means of the whole days before."""
    from cloudledger.governance.remediation.by_kind import kind_of_target
    from cloudledger.governance.remediation.instance import KIND
    from cloudledger_airflow.accounts import daily_cpu_of

    end_day = as_of.date()
    first_day = end_day - timedelta(days=policy.days)
    used: dict[str, Sequence[float]] = {}
    for name in policy.scopes:
        targets = sorted(one for one in found[name] if kind_of_target(one) == KIND)
        used |= daily_cpu_of(governance, name, targets, first_day, end_day)
    return used


def over_budget_of(
    session: Session,
    governance: Governance,
    policy: OverBudget | AutoscalingBounds,
    found: Instances,
    as_of: datetime,
) -> Mapping[str, Occasion] | None:
    """By target the budget that is spent; None where none was looked at of late."""
    from cloudledger.governance.remediation.triggers import over_budget
    from cloudledger.sql import statement

    rows = session.query(statement("governance/budget_status")).to_pylist()
    if not rows or rows[0]["as_of"] < as_of - FRESH:
        return None
    return over_budget(policy, rows, governance, found, as_of.date())


def unusual_of(
    session: Session, governance: Governance, policy: Policy, found: Instances, as_of: datetime
) -> Mapping[str, Occasion] | None:
    """By target the critical anomaly that stands; None where none was looked at of late."""
    from cloudledger.alerting.alert import Severity
    from cloudledger.alerting.alert_store import standing
    from cloudledger.governance.remediation.triggers import Unusual, unusual
    from cloudledger.sql import statement

    (newest,) = session.query(statement("alerting/newest_alert")).to_pylist()
    if newest["as_of"] is None or newest["as_of"] < as_of - FRESH:
        return None
    alerts = [one.alert for one in standing(session)]
    return unusual(
        policy,
        [
            Unusual(one.dimensions, one.first_seen, one.text)
            for one in alerts
            if one.kind == "anomaly" and one.severity is Severity.CRITICAL
        ],
        governance,
        found,
    )
