"""An alert: one thing that somebody should know, as monitoring finds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """From the mildest to the worst."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the mildest."""
        return list(Severity).index(self)


class State(StrEnum):
    """What has become of an alert since it was told last."""

    FIRING = "firing"
    WORSE = "worse"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, at one of its turns: it fires, gets worse, or is resolved.

    :param alert_id: the same at every turn.
    :param kind: ``budget_actual``, ``budget_forecast``, ``anomaly``, ``drift``, ``completeness``...
    :param subject: what it is about, for a person: a budget's name, a service.
    :param dimensions: what it is about, for a program: ``provider``, ``account``, ``sub_account``,
        ``service``, ``region``, ``resource``, ``sku``, ``source``, ``owner``, ``tag:<key>``. A
        budget names its scope by them.
    :param amount: with ``threshold`` the digits that it fired on, if it has any.
    :param currency: of the two.
    :param first_seen: when it fired, UTC; another value makes another alert of the same id.
    :param as_of: the instant that the run which found this turn stands for, UTC.
    :param text: a sentence or two.
    :param budget_id: of the budget that it is of; empty for other kinds.
    :raises ValueError: an instant has no time zone.
    """

    alert_id: str
    kind: str
    severity: Severity
    state: State
    subject: str
    dimensions: Mapping[str, str]
    amount: str | None
    threshold: str | None
    currency: str | None
    first_seen: datetime
    as_of: datetime
    text: str
    budget_id: str = ""

    def __post_init__(self) -> None:
        for name in ("first_seen", "as_of"):
            if getattr(self, name).tzinfo is None:
                raise ValueError(f"alert {self.alert_id}: {name} has no time zone, give it UTC")

    @property
    def owner(self) -> str:
        """Whom the money is of, if it says."""
        return self.dimensions.get("owner") or self.dimensions.get("tag:owner", "")


def worst(severities: Iterable[Severity]) -> Severity:
    """The worst of some; the mildest there is for none."""
    return max(severities, key=lambda one: one.rank, default=Severity.LOW)
