"""The budgets of an AWS account, with their notifications.

A budget is ours when it carries the tag ``managed-by: cloudledger``. Only monthly cost budgets are
looked at. AWS has no conditional update: a budget is read again just before it is changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cloudledger.clouds.aws.budget_alerts import BudgetAlerts
from cloudledger.clouds.aws.budget_wire import (
    Notification,
    budget_document,
    check,
    condition,
    definition,
    is_monthly_cost,
    rule_document,
    subscribers,
)
from cloudledger.clouds.aws.told import told
from cloudledger.governance.budgets.document import MARKER_KEY, MARKER_VALUE
from cloudledger.governance.change import (
    AccountError,
    Change,
    Conflict,
    Document,
    Found,
    between,
    written,
)

VIEW = "budgets:ViewBudget"
MODIFY = "budgets:ModifyBudget"
LIST_TAGS = "budgets:ListTagsForResource"
TAG, UNTAG = "budgets:TagResource", "budgets:UntagResource"
CREATE = f"{MODIFY} and {TAG}"

_MARKER = {"Key": MARKER_KEY, "Value": MARKER_VALUE}
_OWN = ("amount", "currency", "scope", "managed")
_AGAIN = "Plan again"


@dataclass(frozen=True, slots=True)
class _Held:
    """A budget as it is now: as the API has it, and its notifications with their documents."""

    budget: Mapping[str, Any]
    document: Document
    rules: tuple[tuple[Notification, Document], ...]

    @property
    def version(self) -> str | None:
        updated = self.budget.get("LastUpdatedTime")
        return updated.isoformat() if updated else None


class AwsBudgets:
    """The budgets of account ``account_id``: an :class:`~cloudledger.governance.change.Account`.

    :param client: a boto3 ``budgets`` client that retries.
    :param account: the configured name of the account.
    :param account_id: twelve digits.
    :param adopt: names of budgets that may be taken over, whoever made them.
    """

    def __init__(
        self,
        client: Any,
        account: str,
        account_id: str,
        adopt: Collection[str] = (),
        *,
        page_size: int = 100,
    ) -> None:
        self._client = client
        self._account_id = account_id
        self._adopt = frozenset(adopt)
        self._page_size = page_size
        self._where = f"budgets of {account} ({account_id})"

    def list(self) -> Mapping[str, Found]:
        """Ours, and those that may be adopted."""
        held = (self._held(budget) for budget in self._all())
        return {one.document["name"]: Found(one.document, one.version) for one in held if one}

    def read(self, target: str) -> Found | None:
        """One of ours, or one that may be adopted."""
        budget = self._find(target)
        held = self._held(budget) if budget else None
        return Found(held.document, held.version) if held else None

    def write(self, change: Change) -> None:
        """Create, change or delete a budget; then its notifications."""
        try:
            self._write(change)
        except Conflict:
            # The SDK asks again when an answer is lost, and is told that it was done already.
            self._write(change)

    def _write(self, change: Change) -> None:
        where = f"{self._where}: {change.target}"
        budget = self._find(change.target)
        held = self._held(budget) if budget else None
        if change.after is None:
            if held is not None:
                self._delete(where, held, change)
        elif held is None:
            check(where, change.after)
            if change.before is not None:
                raise Conflict(where, "it is gone, or its marker tag is", _AGAIN)
            if budget is not None:
                raise AccountError(
                    where,
                    "a budget of that name is there, and not ours",
                    "Adopt it, if it is a monthly cost budget; or choose another name",
                )
            self._create(where, change.after)
        else:
            check(where, change.after)
            self._update(where, held, change)
            self._write_rules(where, held, change.before or {}, change.after)

    def _all(self) -> Iterator[Mapping[str, Any]]:
        pages = self._client.get_paginator("describe_budgets").paginate(
            AccountId=self._account_id,
            ShowFilterExpression=True,
            PaginationConfig={"PageSize": self._page_size},
        )
        with told(self._where, VIEW):
            for page in pages:
                yield from page.get("Budgets", ())

    def _find(self, name: str) -> Mapping[str, Any] | None:
        try:
            with told(self._where, VIEW):
                budget: Mapping[str, Any] = self._client.describe_budget(
                    AccountId=self._account_id, BudgetName=name, ShowFilterExpression=True
                )["Budget"]
        except Conflict:
            return None
        return budget

    def _held(self, budget: Mapping[str, Any]) -> _Held | None:
        """None where it is none of ours, and none to adopt; or was deleted a moment ago."""
        name = budget["BudgetName"]
        if not is_monthly_cost(budget):
            return None
        try:
            with told(self._where, LIST_TAGS):
                tags = self._client.list_tags_for_resource(ResourceARN=self._arn(name))
            managed = _MARKER in tags.get("ResourceTags", ())
            if not managed and name not in self._adopt:
                return None
            with told(self._where, VIEW):
                alerts = self._alerts(name).held()
        except Conflict:
            return None
        amount = Decimal(budget.get("BudgetLimit", {}).get("Amount", "0"))
        rules = tuple(
            (notification, rule_document(notification, addresses, amount))
            for notification, addresses in alerts
        )
        document = budget_document(budget, [dict(rule) for _, rule in rules], managed=managed)
        return _Held(budget, document, rules)

    def _create(self, where: str, wanted: Document) -> None:
        with told(where, CREATE):
            self._client.create_budget(
                AccountId=self._account_id,
                Budget=definition(wanted),
                NotificationsWithSubscribers=[
                    {"Notification": condition(rule), "Subscribers": subscribers(rule)}
                    for rule in wanted["rules"]
                ],
                ResourceTags=[_MARKER],
            )

    def _update(self, where: str, held: _Held, change: Change) -> None:
        """The budget's own fields, the marker first; nothing is asked for when they are right."""
        now, before, after = held.document, change.before or {}, change.after or {}
        differing = [name for name in _OWN if now[name] != after[name]]
        if any(now[name] != before.get(name) for name in differing):
            raise Conflict(where, f"it is not as it was any more: {written(now)}", _AGAIN)
        if not differing:
            return
        self._check_version(where, held, change)
        if "managed" in differing:
            self._mark(where, now["name"], ours=after["managed"])
        if differing != ["managed"]:
            with told(where, MODIFY):
                self._client.update_budget(
                    AccountId=self._account_id, NewBudget=definition(after, held.budget)
                )

    def _mark(self, where: str, name: str, *, ours: bool) -> None:
        """Put the marker tag on, or take it off where an adoption is put back."""
        with told(where, TAG if ours else UNTAG):
            if ours:
                self._client.tag_resource(ResourceARN=self._arn(name), ResourceTags=[_MARKER])
            else:
                self._client.untag_resource(
                    ResourceARN=self._arn(name), ResourceTagKeys=[MARKER_KEY]
                )

    def _delete(self, where: str, held: _Held, change: Change) -> None:
        if not held.document["managed"]:
            raise AccountError(where, "it is not ours, and is not retired", "Adopt it first")
        self._check_version(where, held, change)
        with told(where, MODIFY):
            self._client.delete_budget(AccountId=self._account_id, BudgetName=held.document["name"])

    def _write_rules(self, where: str, held: _Held, before: Document, after: Document) -> None:
        rules = [rule for _, rule in held.rules]
        sides = [{"rules": side.get("rules", [])} for side in (before, after)]
        foreign = [rule for rule in rules if not between({"rules": [rule]}, *sides)]
        if foreign:
            raise Conflict(where, f"somebody made the alert rule {written(foreign[0])}", _AGAIN)
        with told(where, MODIFY):
            self._alerts(held.document["name"]).write(held.rules, after["rules"])

    def _check_version(self, where: str, held: _Held, change: Change) -> None:
        if change.version is not None and change.version != held.version:
            raise Conflict(where, f"it was changed at {held.version}", _AGAIN)

    def _alerts(self, name: str) -> BudgetAlerts:
        return BudgetAlerts(self._client, self._account_id, name, self._page_size)

    def _arn(self, name: str) -> str:
        return f"arn:{self._client.meta.partition}:budgets::{self._account_id}:budget/{name}"
