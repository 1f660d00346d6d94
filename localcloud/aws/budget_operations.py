"""The AWS Budgets operations that stand in the place of moto's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.aws import budget_alerts, budgets

Operation = Callable[[dict[str, Any], str], dict[str, Any]]


@dataclass(slots=True)
class Limits:
    """How many things of a kind an account may hold; to be lowered for a test."""

    budgets: int = 20_000


def operations(limits: Limits) -> dict[tuple[str, str], Operation]:
    """By service and operation what answers it, given the parameters and the region."""

    def create_budget(parameters: dict[str, Any], region: str) -> dict[str, Any]:
        """CreateBudget, with its notifications and tags: all of it or nothing."""
        alerts = [
            (one["Notification"], one["Subscribers"])
            for one in parameters.get("NotificationsWithSubscribers", ())
        ]
        budget_alerts.check(alerts, [])
        budget = budgets.insert(parameters, region, limits.budgets)
        for notification, subscribers in alerts:
            budget.add_notification(notification, subscribers)
        return {}

    named: dict[str, Operation] = {
        "CreateBudget": create_budget,
        "UpdateBudget": budgets.update_budget,
        "DeleteBudget": budgets.delete_budget,
        "DescribeBudget": budgets.describe_budget,
        "DescribeBudgets": budgets.describe_budgets,
        "ListTagsForResource": budgets.list_tags,
        "TagResource": budgets.tag_resource,
        "UntagResource": budgets.untag_resource,
        "DescribeNotificationsForBudget": budget_alerts.describe_notifications,
        "CreateNotification": budget_alerts.create_notification,
        "UpdateNotification": budget_alerts.update_notification,
        "DeleteNotification": budget_alerts.delete_notification,
        "DescribeSubscribersForNotification": budget_alerts.describe_subscribers,
        "CreateSubscriber": budget_alerts.create_subscriber,
        "UpdateSubscriber": budget_alerts.update_subscriber,
        "DeleteSubscriber": budget_alerts.delete_subscriber,
    }
    return {("budgets", name): operation for name, operation in named.items()}
