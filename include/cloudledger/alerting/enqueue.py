"""Alerts on their way into the outbox: grouped, routed, and timed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cloudledger.alerting.alert import Alert, Severity, State
from cloudledger.alerting.config import ChannelSettings, Notifications
from cloudledger.alerting.event import incident_event
from cloudledger.alerting.grouping import Incident, group, incident_of
from cloudledger.alerting.hours import digest_after, quiet_until
from cloudledger.alerting.outbox import (
    Message,
    MessageState,
    incidents_of,
    keep,
    message,
    remember,
)
from cloudledger.warehouse.port import Session

if TYPE_CHECKING:
    from cloudledger.governance.config import Governance


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What became of some alerts.

    :param incidents: as many as they were told as.
    :param messages: those that were not in the outbox already.
    :param unrouted: incidents that no route takes: nobody is told of them.
    """

    incidents: int
    messages: int
    unrouted: int


def enqueue(
    session: Session, alerts: Sequence[Alert], governance: Governance, as_of: datetime
) -> Enqueued:
    """Put the alerts of a run into the outbox of every channel that they go to.

    Whoever calls it again with the same alerts changes nothing. An alert that was told before
    stays with its incident, whatever it is called with now.

    :param as_of: the instant that the run stands for, UTC.
    """
    settings = governance.notifications
    if not alerts:
        return Enqueued(0, 0, 0)
    incidents = _incidents(session, alerts)
    messages: list[Message] = []
    unrouted = 0
    for incident in incidents:
        told = incident_event(incident, source=settings.source, at=as_of)
        channels = settings.channels_for(tuple(incident.alerts))
        unrouted += not channels
        for channel in channels:
            state, due = timed(settings, channel, incident.severity, incident.state, as_of)
            messages.append(message(channel.name, told, state=state, due=due, at=as_of))
    return Enqueued(len(incidents), len(keep(session, messages)), unrouted)


def timed(
    settings: Notifications,
    channel: ChannelSettings,
    severity: Severity,
    turn: State,
    at: datetime,
) -> tuple[MessageState, datetime]:
    """Whether a channel gets a message by itself or in its digest, and when."""
    zone = settings.zone(channel)
    resolved = turn is State.RESOLVED
    loud = severity is Severity.CRITICAL and not resolved
    until = None if loud else quiet_until(channel.quiet_hours, zone, at)
    if channel.digest_hour is not None and (until or resolved):
        return "held", digest_after(channel.digest_hour, channel.quiet_hours, zone, at)
    return "pending", until or at


def _incidents(session: Session, alerts: Sequence[Alert]) -> list[Incident]:
    """The incidents that alerts are told with: those of earlier turns, and new ones."""
    known = incidents_of(session, min(one.first_seen for one in alerts))
    again: dict[str, list[Alert]] = defaultdict(list)
    causes, new = {}, []
    for alert in alerts:
        if standing := known.get((alert.alert_id, alert.first_seen)):
            again[standing.incident_id].append(alert)
            causes[standing.incident_id] = standing.cause
        else:
            new.append(alert)
    fresh = group(new)
    remember(session, fresh)
    merged: dict[str, list[Alert]] = defaultdict(list, again)
    for incident in fresh:
        merged[incident.incident_id] += incident.alerts
        causes.setdefault(incident.incident_id, incident.cause)
    return [incident_of(one, causes[one], held) for one, held in merged.items()]
