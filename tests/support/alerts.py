"""Alerts, and an outbox to put them into."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cloudledger.alerting.alert import Alert, Severity, State
from cloudledger.alerting.channel import SENT, Delivery
from cloudledger.alerting.event import incident_event
from cloudledger.alerting.grouping import group
from cloudledger.alerting.outbox import Message, message
from cloudledger.governance.config import Governance

AT = datetime(2026, 3, 10, 9, tzinfo=UTC)
"""A Tuesday."""


def alert(
    alert_id: str = "a", severity: str = "high", state: str = "firing", **other: Any
) -> Alert:
    return Alert(
        **{
            "alert_id": alert_id,
            "kind": "budget_actual",
            "severity": Severity(severity),
            "state": State(state),
            "subject": f"budget {alert_id}",
            "dimensions": {"account": "main", "service": "Compute"},
            "amount": "91.5",
            "threshold": "90",
            "currency": "EUR",
            "first_seen": AT,
            "as_of": AT,
            "text": f"{alert_id} is at 91.5 % of its amount",
            **other,
        }
    )


def many(count: int, **other: Any) -> list[Alert]:
    return [alert(f"alert {number:04}", **other) for number in range(count)]


def outgoing(*alerts: Alert, channel: str = "c") -> Message:
    (incident,) = group(alerts)
    told = incident_event(incident, source="/test", at=AT)
    return message(channel, told, state="pending", due=AT, at=AT)


def settings(*channels: dict[str, Any], **other: Any) -> Governance:
    """Every alert goes to every channel."""
    named = [{"kind": "webhook", "conn_id": "hook"} | one for one in channels]
    routes = [{"channels": [one["name"] for one in named]}]
    section = {"channels": named, "routes": routes} | other
    return Governance.model_validate({"notifications": section})


class Recorder:
    """A channel that remembers what it was sent, and answers as it was told to."""

    def __init__(self, *answers: Delivery, batch: int = 1, most_at_once: int | None = None) -> None:
        self.answers = list(answers)
        self.batch = batch
        self.most_at_once = most_at_once
        self.calls: list[list[Message]] = []

    @property
    def sent(self) -> list[Message]:
        return [one for call in self.calls for one in call]

    def send(self, messages: Sequence[Message], at: datetime) -> list[Delivery]:
        self.calls.append(list(messages))
        return [self.answers.pop(0) if self.answers else SENT for _ in messages]
