"""Events to SNS topics and EventBridge buses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from cloudledger.alerting import render
from cloudledger.alerting.channel import SENT, Delivery, Outcome, answered
from cloudledger.alerting.event import Event, as_json
from cloudledger.alerting.outbox import Message
from cloudledger.clouds.aws.told import told
from cloudledger.governance.change import AccountError

SNS_BYTES = 256 * 1024
"""Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html; a topic may take more."""
SNS_SUBJECT = 99
ATTRIBUTES_BYTES = 1024

EVENTBRIDGE_ENTRIES = 10
EVENTBRIDGE_BYTES = 256 * 1024
"""Of a whole call. Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/
eb-putevents.html; newer endpoints take more."""
TIME_BYTES = 14
EVENT_SOURCE = "cloudledger"
AGAIN = ("InternalException", "InternalFailure", "ServiceUnavailable", "ThrottlingException")
"""Failures of an entry that are worth another try."""


@dataclass(frozen=True, slots=True)
class SnsTopic:
    """Publishes each event: to mail subscribers as text, to everybody else as CloudEvents' JSON.

    A FIFO topic is given the notification's id to deduplicate by, and the incident as the group.

    :param client: a boto3 ``sns`` client that retries.
    """

    client: Any
    arn: str
    batch = 1
    most_at_once = None

    def send(self, messages: Sequence[Message], at: datetime) -> list[Delivery]:
        """A request each."""
        return [self._send(one) for one in messages]

    def _send(self, message: Message) -> Delivery:
        event = message.event
        attributes = {
            "type": event["type"],
            "severity": message.severity.value,
            "correlationid": message.correlation_id,
        }
        question: dict[str, Any] = {
            "TopicArn": self.arn,
            "Subject": render.subject(event, SNS_SUBJECT),
            "Message": render.fitted(event, _by_protocol, render.within(SNS_ROOM)),
            "MessageStructure": "json",
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        }
        if self.arn.endswith(".fifo"):
            question["MessageDeduplicationId"] = message.notification_id
            question["MessageGroupId"] = message.correlation_id
        try:
            with told(f"SNS topic {self.arn}", "sns:Publish"):
                self.client.publish(**question)
        except AccountError as error:
            return answered(error)
        return SENT


@dataclass(frozen=True, slots=True)
class EventBus:
    """Puts events on an EventBridge bus, up to ten a call; each entry has an answer of its own.

    :param client: a boto3 ``events`` client that retries.
    :param bus: its name or ARN.
    """

    client: Any
    bus: str
    batch = EVENTBRIDGE_ENTRIES
    most_at_once = None

    def send(self, messages: Sequence[Message], at: datetime) -> list[Delivery]:
        """As few calls as their sizes allow."""
        entries = [self._entry(one) for one in messages]
        return [answer for call in _calls(entries) for answer in self._put(call)]

    def _entry(self, message: Message) -> dict[str, Any]:
        entry = partial(_entry, self.bus)
        return render.fitted(message.event, entry, lambda one: _size(one) <= EVENTBRIDGE_BYTES)

    def _put(self, entries: list[dict[str, Any]]) -> list[Delivery]:
        try:
            with told(f"EventBridge bus {self.bus}", "events:PutEvents"):
                answer = self.client.put_events(Entries=entries)
        except AccountError as error:
            return [answered(error)] * len(entries)
        return [_of_entry(one) for one in answer["Entries"]]


SNS_ROOM = SNS_BYTES - ATTRIBUTES_BYTES


def _by_protocol(event: Event) -> str:
    return json.dumps({"default": as_json(event), "email": render.text(event)}, ensure_ascii=False)


def _entry(bus: str, event: Event) -> dict[str, Any]:
    return {
        "Time": datetime.fromisoformat(event["time"]),
        "Source": EVENT_SOURCE,
        "DetailType": event["type"],
        "Detail": as_json(event),
        "EventBusName": bus,
    }


def _size(entry: dict[str, Any]) -> int:
    """As EventBridge counts it: see :data:`EVENTBRIDGE_BYTES`."""
    texts = (entry["Source"], entry["DetailType"], entry["Detail"])
    return TIME_BYTES + sum(len(text.encode()) for text in texts)


def _calls(entries: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The entries in their order, a call's worth at a time."""
    call: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        if call and (len(call) == EVENTBRIDGE_ENTRIES or size + _size(entry) > EVENTBRIDGE_BYTES):
            yield call
            call, size = [], 0
        call.append(entry)
        size += _size(entry)
    if call:
        yield call


def _of_entry(answer: dict[str, Any]) -> Delivery:
    code = answer.get("ErrorCode")
    if not code:
        return SENT
    what = f"EventBridge answered {code}: {answer.get('ErrorMessage', '')}".strip()
    return Delivery(Outcome.UNAVAILABLE if code in AGAIN else Outcome.REFUSED, what)
