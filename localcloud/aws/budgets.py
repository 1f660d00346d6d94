"""The AWS Budgets operations that moto lacks or eases, on moto's own budgets."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from moto.budgets.models import Budget, budgets_backends
from moto.utilities.utils import get_partition

from localcloud.aws.errors import ServiceError

_PAGE = 100
_FILTERS = ({"CostFilters", "CostTypes"}, {"FilterExpression", "Metrics"})


class TaggedBudget(Budget):
    """A budget of moto with the tags that moto has no room for."""

    def __init__(self, budget: dict[str, Any], tags: dict[str, str]) -> None:
        super().__init__(budget, [])
        self.tags = tags


def insert(parameters: dict[str, Any], region: str, at_most: int) -> TaggedBudget:
    """A new budget, so far without notifications.

    :raises ServiceError: it is there already, or says what cannot be, or there are ``at_most``.
    """
    account, new = parameters["AccountId"], _wire(parameters["Budget"])
    held = held_by(account, region)
    if new["BudgetName"] in held:
        raise ServiceError(
            "DuplicateRecordException",
            f"Error creating budget: {new['BudgetName']} - the budget already exists.",
        )
    _check(new)
    if len(held) >= at_most:
        raise ServiceError(
            "CreationLimitExceededException", f"The account holds {at_most} budgets already."
        )
    tags = {tag["Key"]: tag["Value"] for tag in parameters.get("ResourceTags", ())}
    made = held[new["BudgetName"]] = TaggedBudget(new, tags)
    return made


def update_budget(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """UpdateBudget: the new definition replaces the old one; notifications and spend stay."""
    account, new = parameters["AccountId"], _wire(parameters["NewBudget"])
    held = find(account, new["BudgetName"], region)
    _check(new)
    if new["BudgetType"] != held.budget["BudgetType"]:
        raise ServiceError(
            "InvalidParameterException", "Unable to update budget - its type cannot be changed."
        )
    for kept in ("CalculatedSpend", "TimePeriod"):
        if kept in held.budget:
            new.setdefault(kept, held.budget[kept])
    replacement = TaggedBudget(new, held.tags)
    replacement.notifications = held.notifications
    held_by(account, region)[new["BudgetName"]] = replacement
    return {}


def describe_budget(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """DescribeBudget, of the account that is named, whoever asks."""
    held = find(parameters["AccountId"], parameters["BudgetName"], region)
    return {"Budget": _told(held, parameters)}


def delete_budget(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """DeleteBudget, with its notifications and tags."""
    find(parameters["AccountId"], parameters["BudgetName"], region)
    del held_by(parameters["AccountId"], region)[parameters["BudgetName"]]
    return {}


def describe_budgets(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """DescribeBudgets, a page at a time."""
    held = held_by(parameters["AccountId"], region).values()
    return page_of("Budgets", [_told(one, parameters) for one in held], parameters)


def list_tags(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """ListTagsForResource, of a budget."""
    tags = _named(parameters["ResourceARN"], region).tags
    return {"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def tag_resource(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """TagResource: the tags given, beside those that are there."""
    tags = _named(parameters["ResourceARN"], region).tags
    tags.update({tag["Key"]: tag["Value"] for tag in parameters["ResourceTags"]})
    return {}


def untag_resource(parameters: dict[str, Any], region: str) -> dict[str, Any]:
    """UntagResource."""
    tags = _named(parameters["ResourceARN"], region).tags
    for key in parameters["ResourceTagKeys"]:
        tags.pop(key, None)
    return {}


def held_by(account: str, region: str) -> dict[str, TaggedBudget]:
    """By name the budgets of an account."""
    held = budgets_backends[account][get_partition(region)].budgets[account]
    return cast(dict[str, TaggedBudget], held)


def find(account: str, name: str, region: str) -> TaggedBudget:
    """:raises ServiceError: there is no such budget."""
    try:
        return held_by(account, region)[name]
    except KeyError:
        raise ServiceError(
            "NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist."
        ) from None


def page_of(name: str, items: list[Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """The part of a list that ``MaxResults`` and ``NextToken`` ask for.

    :raises ServiceError: a token that was not given out.
    """
    size = parameters.get("MaxResults", _PAGE)
    try:
        start = int(parameters.get("NextToken", 0))
    except ValueError:
        raise ServiceError("InvalidNextTokenException", "The next token is not ours.") from None
    page: dict[str, Any] = {name: items[start : start + size]}
    if start + size < len(items):
        page["NextToken"] = str(start + size)
    return page


def _told(held: TaggedBudget, parameters: dict[str, Any]) -> dict[str, Any]:
    """With its filter expression only when that is asked for."""
    told: dict[str, Any] = held.to_dict()
    if not parameters.get("ShowFilterExpression"):
        told.pop("FilterExpression", None)
    return told


def _check(new: dict[str, Any]) -> None:
    if "BudgetLimit" not in new and "PlannedBudgetLimits" not in new:
        raise ServiceError(
            "InvalidParameterException",
            "The budget should have BudgetLimit or PlannedBudgetLimits.",
        )
    if "BudgetLimit" in new and "PlannedBudgetLimits" in new:
        raise ServiceError(
            "InvalidParameterException", "BudgetLimit and PlannedBudgetLimits exclude each other."
        )
    if all(names & new.keys() for names in _FILTERS):
        raise ServiceError(
            "InvalidParameterException",
            "Either CostFilters and CostTypes or FilterExpression and Metrics, not both.",
        )


def _named(arn: str, region: str) -> TaggedBudget:
    parts = arn.split(":", 5)
    if parts[2:4] != ["budgets", ""] or not parts[-1].startswith("budget/"):
        raise ServiceError("InvalidParameterException", f"{arn} is no budget's ARN.")
    return find(parts[4], parts[5].removeprefix("budget/"), region)


def _wire(value: Any) -> Any:
    """As moto keeps budgets: timestamps in epoch seconds."""
    if isinstance(value, dict):
        return {key: _wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_wire(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value
