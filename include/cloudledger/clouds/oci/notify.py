"""Events to topics of OCI Notifications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oci.ons import models

from cloudledger.alerting import render
from cloudledger.alerting.channel import SENT, Delivery, answered
from cloudledger.alerting.outbox import Message
from cloudledger.clouds.oci.told import told
from cloudledger.governance.change import AccountError

MOST_BYTES = 64 * 1024
"""Of title and body. Source: https://docs.oracle.com/iaas/api/#/en/notification/20181201/
MessageDetails/"""
A_MINUTE = 60
"""Messages that a topic takes in a minute; a mail subscription delivers no more than ten."""
TITLE = 200
PUBLISH = (
    "allow group <group> to use ons-topics in compartment <compartment> "
    "where request.permission = 'ONS_TOPIC_PUBLISH'"
)


@dataclass(frozen=True, slots=True)
class OciTopic:
    """Publishes each event as text.

    :param client: an ``oci.ons.NotificationDataPlaneClient`` that retries.
    :param topic_id: the topic's OCID.
    """

    client: Any
    topic_id: str
    batch = 1
    most_at_once = A_MINUTE

    def send(self, messages: Sequence[Message], at: datetime) -> list[Delivery]:
        """A request each."""
        return [self._send(one) for one in messages]

    def _send(self, message: Message) -> Delivery:
        title = render.subject(message.event, TITLE)
        room = MOST_BYTES - len(title.encode())
        body = render.fitted(message.event, render.text, render.within(room))
        try:
            with told(f"OCI topic {self.topic_id}", PUBLISH):
                self.client.publish_message(
                    self.topic_id,
                    models.MessageDetails(title=title, body=body),
                    message_type="RAW_TEXT",
                )
        except AccountError as error:
            return answered(error)
        return SENT
