"""The AWS Budgets operations that moto lacks, on moto's own budgets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from moto.budgets.models import Budget, Notification, budgets_backends
from moto.utilities.utils import get_partition

from localcloud.aws.errors import ServiceError

_MOST_SUBSCRIBERS = 11
_PAGE = 100


def update_budget(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """UpdateBudget: the new definition replaces the old one; notifications and spend stay."""
    account, new = parameters["AccountId"], _wire(parameters["NewBudget"])
    held = _budget(account, new["BudgetName"], region)
    if "BudgetLimit" not in new and "PlannedBudgetLimits" not in new:
        raise ServiceError(
            "InvalidParameterException",
            "Unable to update budget - the budget should have BudgetLimit or PlannedBudgetLimits.",
        )
    if new["BudgetType"] != held.budget["BudgetType"]:
        raise ServiceError(
            "InvalidParameterException", "Unable to update budget - its type cannot be changed."
        )
    for kept in ("CalculatedSpend", "TimePeriod"):
        if kept in held.budget:
            new.setdefault(kept, held.budget[kept])
    replacement = Budget(new, [])
    replacement.notifications = held.notifications
    _budgets(account, region)[new["BudgetName"]] = replacement
    return {}


def describe_subscribers(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """DescribeSubscribersForNotification, a page at a time."""
    subscribers = _subscribers(_notification(parameters, region))
    size = parameters.get("MaxResults", _PAGE)
    try:
        start = int(parameters.get("NextToken", 0))
    except ValueError:
        raise ServiceError("InvalidNextTokenException", "The next token is not ours.") from None
    page: dict[str, Any] = {"Subscribers": subscribers[start : start + size]}
    if start + size < len(subscribers):
        page["NextToken"] = str(start + size)
    return page


def create_subscriber(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """CreateSubscriber: a notification has at most ten e-mail addresses and one SNS topic."""
    notification, new = _notification(parameters, region), parameters["Subscriber"]
    held = _subscribers(notification)
    if new in held:
        raise ServiceError("DuplicateRecordException", "The subscriber already exists.")
    if len(held) >= _MOST_SUBSCRIBERS:
        raise ServiceError("CreationLimitExceededException", "Too many subscribers.")
    held.append(new)
    return {}


def delete_subscriber(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """DeleteSubscriber; the last one takes the notification with it."""
    notification, gone = _notification(parameters, region), parameters["Subscriber"]
    held = _subscribers(notification)
    if gone not in held:
        raise ServiceError("NotFoundException", "The subscriber doesn't exist.")
    held.remove(gone)
    if not held:
        budget = _budget(parameters["AccountId"], parameters["BudgetName"], region)
        budget.delete_notification(notification.details)
    return {}


def update_notification(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """UpdateNotification: the new condition keeps the old one's subscribers."""
    held = _notification(parameters | {"Notification": parameters["OldNotification"]}, region)
    held.details = parameters["NewNotification"]
    return {}


Operation = Callable[[dict[str, Any], str], dict[str, Any]]
OPERATIONS: dict[tuple[str, str], Operation] = {
    ("budgets", "UpdateBudget"): update_budget,
    ("budgets", "DescribeSubscribersForNotification"): describe_subscribers,
    ("budgets", "CreateSubscriber"): create_subscriber,
    ("budgets", "DeleteSubscriber"): delete_subscriber,
    ("budgets", "UpdateNotification"): update_notification,
}


def _budgets(account: str, region: str) -> dict[str, Budget]:
    held: dict[str, Budget] = budgets_backends[account][get_partition(region)].budgets[account]
    return held


def _budget(account: str, name: str, region: str) -> Budget:
    try:
        return _budgets(account, region)[name]
    except KeyError:
        raise ServiceError(
            "NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist."
        ) from None


def _notification(parameters: dict[str, Any], region: str) -> Notification:
    budget = _budget(parameters["AccountId"], parameters["BudgetName"], region)
    for notification in budget.notifications:
        if _identity(notification.details) == _identity(parameters["Notification"]):
            return notification
    raise ServiceError("NotFoundException", "Unable to get the notification - it doesn't exist.")


def _subscribers(notification: Notification) -> list[dict[str, str]]:
    """moto annotates them as a dict; they are the list that the request carried."""
    return cast(list[dict[str, str]], notification.subscribers)


def _identity(details: dict[str, Any]) -> tuple[Any, ...]:
    return (
        details["NotificationType"],
        details["ComparisonOperator"],
        float(details["Threshold"]),
        details.get("ThresholdType", "PERCENTAGE"),
    )


def _wire(value: Any) -> Any:
    """As moto keeps budgets: timestamps in epoch seconds."""
    if isinstance(value, dict):
        return {key: _wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_wire(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value
