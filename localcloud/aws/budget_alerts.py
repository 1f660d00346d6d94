"""The operations on the notifications and subscribers of AWS budgets that moto lacks or eases."""

from __future__ import annotations

from typing import Any, cast

from moto.budgets.models import Notification

from localcloud.aws.budgets import find, page_of
from localcloud.aws.errors import ServiceError

MOST_NOTIFICATIONS = 5
MOST_EMAILS = 10
"""Beside one SNS topic. Source: the API's CreateBudget."""


def describe_notifications(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """DescribeNotificationsForBudget, a page at a time."""
    budget = find(parameters["AccountId"], parameters["BudgetName"], region)
    return page_of("Notifications", list(budget.get_notifications()), parameters)


def create_notification(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """CreateNotification: one for each condition, five in all."""
    budget = find(parameters["AccountId"], parameters["BudgetName"], region)
    check([(parameters["Notification"], parameters["Subscribers"])], budget.notifications)
    budget.add_notification(parameters["Notification"], parameters["Subscribers"])
    return {}


def delete_notification(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """DeleteNotification, with its subscribers."""
    budget = find(parameters["AccountId"], parameters["BudgetName"], region)
    budget.delete_notification(_notification(parameters, region).details)
    return {}


def update_notification(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """UpdateNotification: the new condition keeps the old one's subscribers."""
    held = _notification(parameters | {"Notification": parameters["OldNotification"]}, region)
    budget = find(parameters["AccountId"], parameters["BudgetName"], region)
    others = [one for one in budget.notifications if one is not held]
    if identity(parameters["NewNotification"]) in [identity(one.details) for one in others]:
        raise ServiceError("DuplicateRecordException", "The notification already exists.")
    held.details = parameters["NewNotification"]
    return {}


def describe_subscribers(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """DescribeSubscribersForNotification, a page at a time."""
    return page_of("Subscribers", _subscribers(_notification(parameters, region)), parameters)


def create_subscriber(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """CreateSubscriber: a notification has at most ten e-mail addresses and one SNS topic."""
    held = _subscribers(_notification(parameters, region))
    _add(held, parameters["Subscriber"], len(held))
    return {}


def update_subscriber(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """UpdateSubscriber: another address in the place of one."""
    held = _subscribers(_notification(parameters, region))
    place = _place(held, parameters["OldSubscriber"])
    others = held[:place] + held[place + 1 :]
    _add(others, parameters["NewSubscriber"], place)
    held[:] = others
    return {}


def delete_subscriber(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """DeleteSubscriber; the last one takes the notification with it."""
    notification = _notification(parameters, region)
    held = _subscribers(notification)
    del held[_place(held, parameters["Subscriber"])]
    if not held:
        budget = find(parameters["AccountId"], parameters["BudgetName"], region)
        budget.delete_notification(notification.details)
    return {}


def check(new: list[tuple[dict[str, Any], list[dict[str, str]]]], held: list[Notification]) -> None:
    """:raises ServiceError: the budget cannot have the new notifications beside those it has."""
    known = [identity(one.details) for one in held]
    for details, subscribers in new:
        if identity(details) in known:
            raise ServiceError("DuplicateRecordException", "The notification already exists.")
        known.append(identity(details))
        gathered: list[dict[str, str]] = []
        for subscriber in subscribers:
            _add(gathered, subscriber, len(gathered))
    if len(known) > MOST_NOTIFICATIONS:
        raise ServiceError(
            "CreationLimitExceededException",
            f"A budget has at most {MOST_NOTIFICATIONS} notifications.",
        )


def identity(details: dict[str, Any]) -> tuple[Any, ...]:
    """What makes a notification another than the next."""
    return (
        details["NotificationType"],
        details["ComparisonOperator"],
        float(details["Threshold"]),
        details.get("ThresholdType", "PERCENTAGE"),
    )


def _add(held: list[dict[str, str]], new: dict[str, str], place: int) -> None:
    if new in held:
        raise ServiceError("DuplicateRecordException", "The subscriber already exists.")
    alike = [one for one in held if one["SubscriptionType"] == new["SubscriptionType"]]
    if len(alike) >= (MOST_EMAILS if new["SubscriptionType"] == "EMAIL" else 1):
        raise ServiceError("CreationLimitExceededException", "Too many subscribers.")
    held.insert(place, new)


def _place(held: list[dict[str, str]], subscriber: dict[str, str]) -> int:
    if subscriber not in held:
        raise ServiceError("NotFoundException", "The subscriber doesn't exist.")
    return held.index(subscriber)


def _notification(parameters: dict[str, Any], region: str) -> Notification:
    budget = find(parameters["AccountId"], parameters["BudgetName"], region)
    for notification in budget.notifications:
        if identity(notification.details) == identity(parameters["Notification"]):
            return notification
    raise ServiceError("NotFoundException", "Unable to get the notification - it doesn't exist.")


def _subscribers(notification: Notification) -> list[dict[str, str]]:
    """moto annotates them as a dict; they are the list that the request carried."""
    return cast(list[dict[str, str]], notification.subscribers)
