"""The outbox in the warehouse: messages are kept before they are sent, and marked after.

An attempt is counted before it is made: a run that dies in between leaves a message that is sent
again, with the same id. So a message arrives at least once; receivers tell by the id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import pyarrow as pa

from cloudledger.alerting.alert import Severity
from cloudledger.alerting.event import Event, as_json, identity
from cloudledger.alerting.grouping import Incident
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT
from cloudledger.warehouse.port import Session

MessageState = Literal["pending", "held", "digested", "sent", "dead"]
TOLD_BYTES = 2000


class UnknownNotification(LookupError):
    """There is no dead message of this id."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event for a channel.

    :param next_attempt_at: when it may be sent; of a held one, when the digest is due.
    :param ended_at: when it was sent, given up or put into a digest.
    """

    notification_id: str
    channel: str
    event: Event
    severity: Severity
    state: MessageState
    next_attempt_at: datetime
    created_at: datetime
    attempts: int = 0
    last_error: str = ""
    ended_at: datetime | None = None

    @property
    def correlation_id(self) -> str:
        """The incident's id, over all its turns; or the digest's."""
        return str(self.event["correlationid"])


def message(
    channel: str, told: Event, *, state: MessageState, due: datetime, at: datetime
) -> Message:
    """A new message, whose id follows from the channel and the event's."""
    severity = Severity(told["data"]["severity"])
    return Message(identity(channel, told["id"]), channel, told, severity, state, due, at)


def keep(session: Session, messages: Iterable[Message]) -> list[Message]:
    """Put messages into the outbox; those that were not in it already."""
    new = {
        one.notification_id: one
        for one in messages
        if not session.query(
            statement("alerting/known"), notification_id=one.notification_id
        ).num_rows
    }
    if new:
        rows = [
            {
                "notification_id": one.notification_id,
                "event_id": one.event["id"],
                "correlation_id": one.correlation_id,
                "channel": one.channel,
                "severity": one.severity.value,
                "state": one.state,
                "payload": as_json(one.event),
                "attempts": one.attempts,
                "next_attempt_at": one.next_attempt_at,
                "created_at": one.created_at,
            }
            for one in new.values()
        ]
        session.insert("notification", pa.Table.from_pylist(rows, schema=_NOTIFICATION))
    return list(new.values())


def channels_waited_for(session: Session) -> list[str]:
    """The names of the channels that have messages to come."""
    found = session.query(statement("alerting/waiting_channels"))
    return [row["channel"] for row in found.to_pylist()]


def due(session: Session, channel: str, state: MessageState, at: datetime) -> list[Message]:
    """A channel's messages whose time has come, the oldest first."""
    return _messages(
        session.query(statement("alerting/due"), channel=channel, state_is=state, at=at)
    )


def begin(session: Session, one: Message, *, at: datetime, again: datetime) -> Message | None:
    """Count an attempt; None when the message is another process's, or not waiting any more.

    :param again: when the next one is due if nothing is heard of this one.
    """
    begun = session.execute(
        statement("alerting/begin_attempt"),
        notification_id=one.notification_id,
        at=at,
        again_at=again,
    )
    return replace(one, attempts=one.attempts + 1, next_attempt_at=again) if begun else None


def put_off(session: Session, one: Message, *, until: datetime, told: str) -> None:
    """Not before a later instant, and why."""
    session.execute(
        statement("alerting/put_off"),
        notification_id=one.notification_id,
        again_at=until,
        told=_cut(told) or None,
    )


def end(
    session: Session, one: Message, state: Literal["sent", "dead"], *, at: datetime, told: str
) -> None:
    """A message was sent, or is given up and waits for a replay."""
    session.execute(
        statement("alerting/end_notification"),
        notification_id=one.notification_id,
        state_is=state,
        told=_cut(told) or None,
        at=at,
    )


def digested(session: Session, held: Iterable[Message], digest: Message, at: datetime) -> None:
    """Held messages are told by a digest."""
    for one in held:
        session.execute(
            statement("alerting/digest_notification"),
            notification_id=one.notification_id,
            digest_id=digest.notification_id,
            at=at,
        )


def replay(session: Session, notification_id: str, at: datetime) -> None:
    """Send a dead message once more, from ``at`` on.

    :raises UnknownNotification: there is no such message, or it is not dead.
    """
    if not session.execute(statement("alerting/replay"), notification_id=notification_id, at=at):
        raise UnknownNotification(
            f"there is no dead message {notification_id}: `cloudledger notifications --dead` "
            "lists those that there are"
        )


def newest(session: Session, state: MessageState | None, most: int) -> list[Message]:
    """The newest messages, of one state or of all."""
    return _messages(session.query(statement("alerting/newest"), state_is=state, most=most))


def incidents_of(session: Session, fired_from: datetime) -> dict[tuple[str, datetime], Incident]:
    """By id and firing of an alert the incident that it was told with; without its alerts."""
    found = session.query(statement("alerting/incidents"), fired_from=fired_from).to_pylist()
    return {
        (row["alert_id"], row["first_seen"]): Incident(
            row["incident_id"], json.loads(row["cause"]), ()
        )
        for row in found
    }


def remember(session: Session, incidents: Iterable[Incident]) -> None:
    """Keep which incident each alert is told with."""
    rows = {
        (alert.alert_id, alert.first_seen): {
            "alert_id": alert.alert_id,
            "first_seen": alert.first_seen,
            "incident_id": one.incident_id,
            "cause": json.dumps(dict(one.cause), sort_keys=True),
        }
        for one in incidents
        for alert in one.alerts
    }
    if rows:
        session.insert("incident_alert", pa.Table.from_pylist([*rows.values()], schema=_INCIDENT))


def _messages(found: pa.Table) -> list[Message]:
    return [
        Message(
            row["notification_id"],
            row["channel"],
            json.loads(row["payload"]),
            Severity(row["severity"]),
            row["state"],
            row["next_attempt_at"],
            row["created_at"],
            row["attempts"],
            row["last_error"] or "",
            row["ended_at"],
        )
        for row in found.to_pylist()
    ]


def _cut(text: str) -> str:
    return text.encode()[:TOLD_BYTES].decode(errors="ignore")


_INCIDENT = pa.schema(
    [
        *((name, pa.string()) for name in ("alert_id", "incident_id", "cause")),
        ("first_seen", INSTANT),
    ]
)
_NOTIFICATION = pa.schema(
    [
        *(
            (name, pa.string())
            for name in (
                "notification_id",
                "event_id",
                "correlation_id",
                "channel",
                "severity",
                "state",
                "payload",
            )
        ),
        ("attempts", pa.int64()),
        ("next_attempt_at", INSTANT),
        ("created_at", INSTANT),
    ]
)
