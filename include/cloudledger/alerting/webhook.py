"""Events to webhooks: a generic one that can check who sent it, and one that Slack reads."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cloudledger.alerting import render
from cloudledger.alerting.channel import Delivery
from cloudledger.alerting.event import Event, as_json
from cloudledger.alerting.http import post
from cloudledger.alerting.outbox import Message

TIMEOUT_SECONDS = 10.0
MOST_BYTES = 1024 * 1024
"""Of a generic webhook's body; receivers commonly refuse more."""
SLACK_BLOCKS = 50
"""Source: https://docs.slack.dev/reference/block-kit/blocks/"""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts each event as CloudEvents' JSON format, signed with HMAC-SHA256.

    The signature is over ``<timestamp>.<body>``, so that an old request cannot be sent again as a
    new one. Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/
    http-protocol-binding.md (structured content mode).

    :param secret: shared with the receiver.
    """

    url: str
    secret: str = field(repr=False)
    timeout: float = TIMEOUT_SECONDS
    batch = 1
    most_at_once = None

    def send(self, messages: Sequence[Message], at: datetime) -> list[Delivery]:
        """A request each."""
        return [self._send(one, at) for one in messages]

    def _send(self, message: Message, at: datetime) -> Delivery:
        told = render.fitted(message.event, as_json, render.within(MOST_BYTES))
        body = told.encode()
        timestamp = str(int(at.timestamp()))
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "X-Cloudledger-Timestamp": timestamp,
            "X-Cloudledger-Signature": f"sha256={signature(self.secret, timestamp, body)}",
            "X-Cloudledger-Notification": message.notification_id,
        }
        return post(self.url, body, headers, self.timeout)


@dataclass(frozen=True, slots=True)
class SlackWebhook:
    """Posts each event as Slack's blocks.

    :param url: an incoming webhook's, which is its secret.
    """

    url: str = field(repr=False)
    timeout: float = TIMEOUT_SECONDS
    batch = 1
    most_at_once = None

    def send(self, messages: Sequence[Message], at: datetime) -> list[Delivery]:
        """A request each."""
        return [self._send(one.event) for one in messages]

    def _send(self, event: Event) -> Delivery:
        told = render.fitted(event, render.slack, slack_takes)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return post(self.url, told.encode(), headers, self.timeout)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """64 hex digits over what is sent and when."""
    signed = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def slack_takes(told: str) -> bool:
    """Whether a message has no more blocks than Slack takes; the template cuts their texts."""
    return len(json.loads(told)["blocks"]) <= SLACK_BLOCKS
