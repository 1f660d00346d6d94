"""What a channel is, and how its answer to a message is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from cloudledger.alerting.outbox import Message
from cloudledger.governance.change import AccountError, AccountUnavailable


class Outcome(StrEnum):
    """How an attempt ended."""

    SENT = "sent"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one message's attempt ended: refused for good, or worth another try.

    :param told: what the channel said.
    :param after: it asked to be left alone for so long.
    """

    outcome: Outcome
    told: str = ""
    after: timedelta | None = None


SENT = Delivery(Outcome.SENT)


def answered(error: AccountError) -> Delivery:
    """How an attempt ended that a cloud did not take: throttled or down, or refused for good."""
    down = isinstance(error, AccountUnavailable)
    return Delivery(Outcome.UNAVAILABLE if down else Outcome.REFUSED, str(error))


class ChannelUnusable(Exception):
    """A channel cannot be opened until a person mends its connection: which, and why."""


class Channel(Protocol):
    """One way out."""

    @property
    def batch(self) -> int:
        """So many messages at most are taken at once."""
        ...

    @property
    def most_at_once(self) -> int | None:
        """So many messages at most within a minute; None when the channel has no such limit."""
        ...

    def send(self, messages: Sequence[Message], at: datetime) -> Sequence[Delivery]:
        """Try to send each; how it ended, in their order. ``at`` is the time of day."""
        ...
