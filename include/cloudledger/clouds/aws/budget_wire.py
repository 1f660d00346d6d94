"""Budgets and notifications as AWS's API has them, from documents and back.

Of the API's two ways to say what a budget is of, this uses CostFilters with CostTypes. A budget
that says it with FilterExpression and Metrics is read, and changed to the other way.

Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from cloudledger.exact import digits
from cloudledger.governance.budgets.document import in_order, threshold
from cloudledger.governance.change import AccountError, Document

COST_TYPES = {
    "UseAmortized": True,
    "UseBlended": False,
    "IncludeTax": False,
    "IncludeCredit": False,
    "IncludeRefund": False,
}
"""What budgets count is what they are forecast from: EffectiveCost of usage."""

MOST_RULES, MOST_EMAILS, MOST_TOPICS = 5, 10, 1
"""Source: the API's CreateBudget, NotificationsWithSubscribers."""

_FILTERS = {"account": "LinkedAccount", "service": "Service"}
_DIMENSIONS = {"LINKED_ACCOUNT": "account", "SERVICE": "service"}
_TAG = "TagKeyValue"
_USER = "user:"
"""Before the key of a cost allocation tag that a user made."""

_CONDITION = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
_DEFINITION = ("BudgetName", "BudgetType", "TimeUnit", "TimePeriod", "BillingViewArn")

Notification = Mapping[str, Any]
Subscriber = dict[str, str]


def is_monthly_cost(budget: Mapping[str, Any]) -> bool:
    """Whether it is of a kind that documents tell."""
    return (budget["BudgetType"], budget["TimeUnit"]) == ("COST", "MONTHLY")


def budget_document(
    budget: Mapping[str, Any], rules: Iterable[dict[str, Any]], *, managed: bool
) -> dict[str, Any]:
    """A budget of the API, with its rules' documents, as a document."""
    limit = budget.get("BudgetLimit") or {"Amount": "0", "Unit": ""}
    return {
        "name": budget["BudgetName"],
        "amount": digits(Decimal(limit["Amount"])),
        "currency": limit["Unit"],
        "scope": _scope(budget),
        "rules": in_order(rules),
        "managed": managed,
    }


def rule_document(
    notification: Notification, subscribers: Iterable[Subscriber], amount: Decimal
) -> dict[str, Any]:
    """A notification of the API, of a budget of ``amount``, as a document."""
    absolute = notification.get("ThresholdType") == "ABSOLUTE_VALUE"
    document: dict[str, Any] = {
        "type": notification["NotificationType"].removesuffix("ED"),
        **threshold(notification["Threshold"], amount, absolute=absolute),
    }
    if notification["ComparisonOperator"] != "GREATER_THAN":
        document["comparison"] = notification["ComparisonOperator"]
    told = list(subscribers)
    for name, kind in (("emails", "EMAIL"), ("topics", "SNS")):
        document[name] = sorted(one["Address"] for one in told if one["SubscriptionType"] == kind)
    return document


def definition(wanted: Document, held: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The API's Budget of a document; an update keeps the period and the billing view."""
    budget = {name: held[name] for name in _DEFINITION if name in held} if held else {}
    budget |= {
        "BudgetName": wanted["name"],
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": wanted["amount"], "Unit": wanted["currency"]},
        "CostTypes": COST_TYPES,
    }
    scope = wanted["scope"]
    if scope["kind"] == "tag":
        budget["CostFilters"] = {_TAG: [f"{_USER}{scope['key']}${scope['value']}"]}
    elif scope["kind"] != "total":
        budget["CostFilters"] = {_FILTERS[scope["kind"]]: [scope["value"]]}
    return budget


def condition(rule: Document) -> dict[str, Any]:
    """The API's Notification of a rule."""
    return {
        "NotificationType": "FORECASTED" if rule["type"] == "FORECAST" else rule["type"],
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": float(rule["percent"]),
        "ThresholdType": "PERCENTAGE",
    }


def condition_of(notification: Notification) -> dict[str, Any]:
    """What names a notification that is held."""
    return {name: notification[name] for name in _CONDITION if name in notification}


def subscribers(rule: Document) -> list[Subscriber]:
    """The API's Subscribers of a rule."""
    return [
        {"SubscriptionType": kind, "Address": address}
        for name, kind in (("emails", "EMAIL"), ("topics", "SNS"))
        for address in rule[name]
    ]


def check(where: str, wanted: Document) -> None:
    """:raises AccountError: AWS would not take it; nothing was asked of it yet."""
    if Decimal(wanted["amount"]) <= 0:
        raise AccountError(where, f"{wanted['amount']} is not above zero", "Raise it")
    kinds = ("total", "tag", *_FILTERS)
    if wanted["scope"]["kind"] not in kinds:
        raise AccountError(
            where,
            f"AWS has no budgets by {wanted['scope']['kind']}, only by {', '.join(kinds)}",
            "Choose another scope",
        )
    if len(wanted["rules"]) > MOST_RULES:
        raise AccountError(
            where, f"AWS takes {MOST_RULES} alert rules, not {len(wanted['rules'])}", "Leave some"
        )
    for rule in wanted["rules"]:
        emails, topics = len(rule["emails"]), len(rule["topics"])
        if not emails + topics > 0 or emails > MOST_EMAILS or topics > MOST_TOPICS:
            raise AccountError(
                where,
                f"AWS tells {MOST_EMAILS} addresses and {MOST_TOPICS} topic by an alert rule at "
                f"most, and one at least; not {emails} and {topics}",
                "Correct the owners and topics",
            )


def _scope(budget: Mapping[str, Any]) -> dict[str, str]:
    parts = [
        (name, value) for name, values in budget.get("CostFilters", {}).items() for value in values
    ]
    parts += _expressed(budget.get("FilterExpression") or {})
    if not parts:
        return {"kind": "total"}
    by_filter = {name: kind for kind, name in _FILTERS.items()}
    name, value = parts[0]
    if len(parts) == 1 and name in by_filter:
        return {"kind": by_filter[name], "value": value}
    if len(parts) == 1 and name == _TAG and value.startswith(_USER) and "$" in value:
        key, _, tag_value = value.removeprefix(_USER).partition("$")
        return {"kind": "tag", "key": key, "value": tag_value}
    return {"kind": "several", "value": ", ".join(f"{name} {value}" for name, value in parts)}


def _expressed(expression: Mapping[str, Any]) -> list[tuple[str, str]]:
    """An expression as cost filters; one that is more than an equation as what it says."""
    if not expression:
        return []
    dimension, tag = expression.get("Dimensions"), expression.get("Tags")
    term = dimension or tag
    if len(expression) > 1 or not term or term.get("MatchOptions", ["EQUALS"]) != ["EQUALS"]:
        return [("FilterExpression", str(expression))]
    if tag:
        return [(_TAG, f"{_USER}{tag['Key']}${value}") for value in tag["Values"]]
    kind = _DIMENSIONS.get(term["Key"])
    return [(_FILTERS[kind] if kind else term["Key"], value) for value in term["Values"]]
