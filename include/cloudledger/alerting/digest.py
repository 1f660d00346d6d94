"""Once a day, what was held for a channel and what was resolved, in one message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cloudledger.alerting.alert import Severity, worst
from cloudledger.alerting.event import DIGEST, Event, event, identity
from cloudledger.alerting.outbox import Message, digested, due, keep, message
from cloudledger.warehouse.port import Session


def release(session: Session, channel: str, source: str, at: datetime) -> Message | None:
    """Make one message of those that a channel's digest is due for, if there are any."""
    held = due(session, channel, "held", at)
    if not held:
        return None
    told = digest_event(held, source=source, at=at)
    digest = message(channel, told, state="pending", due=at, at=at)
    keep(session, [digest])
    digested(session, held, digest, at)
    return digest


def digest_event(held: Sequence[Message], *, source: str, at: datetime) -> Event:
    """The event that tells what some messages would have: the last turn of each incident, the
    worst first."""
    last: dict[str, dict[str, Any]] = {}
    for one in sorted(held, key=lambda each: each.created_at):
        for incident in one.event["data"]["incidents"]:
            last[incident["incident_id"]] = incident
    incidents = sorted(
        last.values(),
        key=lambda one: (one["state"] == "resolved", -Severity(one["severity"]).rank, one["title"]),
    )
    resolved = sum(one["state"] == "resolved" for one in incidents)
    digest_id = identity(sorted(one.notification_id for one in held))
    return event(
        event_id=digest_id,
        source=source,
        type_=DIGEST,
        correlation_id=digest_id,
        at=at,
        title=f"Digest: {len(incidents) - resolved} open, {resolved} resolved",
        severity=worst(Severity(one["severity"]) for one in incidents),
        incidents=incidents,
    )
