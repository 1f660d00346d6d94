"""The notifications of an AWS budget: read with their subscribers, and made as rules want them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cloudledger.clouds.aws.budget_wire import (
    Notification,
    Subscriber,
    condition,
    condition_of,
    subscribers,
)
from cloudledger.governance.budgets.document import steps
from cloudledger.governance.change import Document

_EACH = (("emails", "EMAIL"), ("topics", "SNS"))


class BudgetAlerts:
    """The notifications of one budget; errors are the SDK's own.

    :param client: a boto3 ``budgets`` client.
    """

    def __init__(self, client: Any, account_id: str, name: str, page_size: int) -> None:
        self._client = client
        self._budget = {"AccountId": account_id, "BudgetName": name}
        self._page_size = page_size

    def held(self) -> list[tuple[Notification, list[Subscriber]]]:
        """What the budget has now."""
        return [
            (one, list(self._subscribers(one)))
            for one in self._pages("describe_notifications_for_budget", "Notifications")
        ]

    def write(self, held: Sequence[tuple[Notification, Document]], wanted: list[Document]) -> None:
        """Rules become others before any are removed, and those before any are added."""
        to_do = steps([rule for _, rule in held], wanted)
        for place, rule in to_do.changed:
            self._change(*held[place], rule)
        for place in to_do.removed:
            gone = condition_of(held[place][0])
            self._client.delete_notification(**self._budget, Notification=gone)
        for rule in to_do.added:
            self._client.create_notification(
                **self._budget, Notification=condition(rule), Subscribers=subscribers(rule)
            )

    def _change(self, held: Notification, old: Document, new: Document) -> None:
        """The condition, then who is told. A notification never loses its last subscriber."""
        if condition_of(held) != condition(new):
            self._client.update_notification(
                **self._budget, OldNotification=condition_of(held), NewNotification=condition(new)
            )
        about = {**self._budget, "Notification": condition(new)}
        surplus = []
        for name, kind in _EACH:
            gone = [_as(kind, each) for each in old[name] if each not in new[name]]
            fresh = [_as(kind, each) for each in new[name] if each not in old[name]]
            pairs = min(len(gone), len(fresh))
            for before, after in zip(gone[:pairs], fresh[:pairs], strict=True):
                self._client.update_subscriber(**about, OldSubscriber=before, NewSubscriber=after)
            for after in fresh[pairs:]:
                self._client.create_subscriber(**about, Subscriber=after)
            surplus += gone[pairs:]
        for before in surplus:
            self._client.delete_subscriber(**about, Subscriber=before)

    def _subscribers(self, notification: Notification) -> Iterator[Subscriber]:
        return self._pages(
            "describe_subscribers_for_notification",
            "Subscribers",
            Notification=condition_of(notification),
        )

    def _pages(self, operation: str, name: str, **about: Any) -> Iterator[Any]:
        pages = self._client.get_paginator(operation).paginate(
            **self._budget, **about, PaginationConfig={"PageSize": self._page_size}
        )
        for page in pages:
            yield from page.get(name, ())


def _as(kind: str, address: str) -> Subscriber:
    return {"SubscriptionType": kind, "Address": address}
