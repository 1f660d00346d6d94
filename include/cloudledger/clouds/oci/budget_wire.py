"""Budgets and alert rules as OCI's API has them, from documents and back.

Source: https://docs.oracle.com/iaas/api/#/en/budgets/20190111/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cloudledger.exact import digits
from cloudledger.governance.budgets.document import MARKER_KEY, MARKER_VALUE, in_order, threshold
from cloudledger.governance.change import AccountError, Document

NAME = re.compile(r"^[A-Za-z_-][A-Za-z0-9_-]*$")
"""Source: https://docs.oracle.com/iaas/Content/Billing/Tasks/create-budget.htm."""

_DELIMITERS = re.compile(r"[,;\s]+")
"""Between the addresses of an alert rule."""


def is_ours(budget: Any) -> bool:
    """Whether the marker tag is on it."""
    return bool((budget.freeform_tags or {}).get(MARKER_KEY) == MARKER_VALUE)


def marked(tags: Mapping[str, str], *, ours: bool) -> dict[str, str]:
    """Freeform tags with the marker tag, or without it where an adoption is taken back."""
    others = {key: value for key, value in tags.items() if key != MARKER_KEY}
    return others | ({MARKER_KEY: MARKER_VALUE} if ours else {})


def budget_document(budget: Any, rules: list[dict[str, Any]], tenancy: str) -> dict[str, Any]:
    """A budget of the API, with its rules' documents, as a document."""
    return {
        "name": budget.display_name,
        "amount": digits(Decimal(str(budget.amount))),
        "scope": _scope(budget, tenancy),
        "rules": in_order(rules),
        "managed": is_ours(budget),
    }


def rule_document(rule: Any, amount: Decimal) -> dict[str, Any]:
    """An alert rule of the API, of a budget of ``amount``, as a document."""
    return {
        "type": rule.type,
        **threshold(rule.threshold, amount, absolute=rule.threshold_type == "ABSOLUTE"),
        "emails": sorted(one for one in _DELIMITERS.split(rule.recipients or "") if one),
        "message": rule.message or "",
    }


def budget_fields(wanted: Document, tenancy: str) -> dict[str, Any]:
    """The fields of a ``CreateBudgetDetails``; budgets are made in the root compartment."""
    target_type, target = _target(wanted["scope"], tenancy)
    return {
        "compartment_id": tenancy,
        "display_name": wanted["name"],
        "amount": int(Decimal(wanted["amount"])),
        "reset_period": "MONTHLY",
        "processing_period_type": "MONTH",
        "target_type": target_type,
        "targets": [target],
        "freeform_tags": {MARKER_KEY: MARKER_VALUE},
    }


def rule_fields(rule: Document) -> dict[str, Any]:
    """The fields of a ``CreateAlertRuleDetails`` or ``UpdateAlertRuleDetails``."""
    return {
        "type": rule["type"],
        "threshold": float(rule["percent"]),
        "threshold_type": "PERCENTAGE",
        "recipients": ",".join(rule["emails"]),
        "message": rule["message"],
    }


def check(where: str, wanted: Document, tenancy: str) -> None:
    """:raises AccountError: OCI would not take it; nothing was asked of it yet."""
    amount = Decimal(wanted["amount"])
    if amount != amount.to_integral_value() or amount <= 0:
        raise AccountError(where, f"{amount} is no whole amount above zero", "Round it")
    try:
        _target(wanted["scope"], tenancy)
    except ValueError as error:
        raise AccountError(where, str(error), "Choose another scope") from error


def check_name(where: str, name: str) -> None:
    """:raises AccountError: OCI makes no budget of that name."""
    if not NAME.match(name):
        raise AccountError(
            where,
            "OCI's budgets are named by letters, digits, - and _, a digit not in front",
            "Choose another name",
        )


def _scope(budget: Any, tenancy: str) -> dict[str, str]:
    targets = budget.targets or [budget.target_compartment_id]
    if len(targets) != 1:
        return {"kind": "several", "value": ", ".join(targets)}
    if budget.target_type == "TAG":
        namespace, key, value = targets[0].split(".", 2)
        return {"kind": "tag", "key": f"{namespace}.{key}", "value": value}
    if targets[0] == tenancy:
        return {"kind": "total"}
    return {"kind": "compartment", "value": targets[0]}


def _target(scope: Document, tenancy: str) -> tuple[str, str]:
    """``targetType`` and the one target of a scope.

    :raises ValueError: OCI has no budgets of its kind.
    """
    if scope["kind"] == "total":
        return "COMPARTMENT", tenancy
    if scope["kind"] == "compartment":
        return "COMPARTMENT", scope["value"]
    if scope["kind"] == "tag":
        return "TAG", f"{scope['key']}.{scope['value']}"
    raise ValueError(f"OCI has no budgets by {scope['kind']}, only by compartment and by tag")
