"""What is sent: an event in the shape of CloudEvents 1.0, the same for every channel.

An event's id follows from what it tells, so that a receiver that gets it twice can see that.
Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cloudledger.alerting.alert import Alert, Severity
from cloudledger.alerting.grouping import Incident

Event = Mapping[str, Any]
"""JSON values by name, as CloudEvents' JSON format has them."""

INCIDENT, DIGEST = "cloudledger.incident", "cloudledger.digest"
LOUD = (f"{INCIDENT}.firing", f"{INCIDENT}.worse")
"""The types that break a channel's peace when they are critical."""
SCHEMA = "urn:cloudledger:alerts:1"
"""Names the shape of ``data``, with its version."""
TEXT_CHARACTERS = 2000


def incident_event(incident: Incident, *, source: str, at: datetime) -> dict[str, Any]:
    """The event that tells an incident's alerts at one of their turns."""
    turns = [
        [one.alert_id, one.state, one.severity, _instant(one.as_of)] for one in incident.alerts
    ]
    told = incident_data(incident)
    return event(
        event_id=identity(incident.incident_id, sorted(turns)),
        source=source,
        type_=f"{INCIDENT}.{incident.state}",
        correlation_id=incident.incident_id,
        at=at,
        title=told["title"],
        severity=incident.severity,
        incidents=[told],
    )


def event(
    *,
    event_id: str,
    source: str,
    type_: str,
    correlation_id: str,
    at: datetime,
    title: str,
    severity: Severity,
    incidents: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """An event over incidents as :func:`incident_data` tells them."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": type_,
        "subject": title,
        "time": _instant(at),
        "datacontenttype": "application/json",
        "dataschema": SCHEMA,
        "correlationid": correlation_id,
        "data": {
            "title": title,
            "severity": str(severity),
            "alerts": sum(len(one["alerts"]) for one in incidents),
            "omitted": 0,
            "incidents": list(incidents),
        },
    }


def incident_data(incident: Incident) -> dict[str, Any]:
    """An incident as JSON values."""
    return {
        "incident_id": incident.incident_id,
        "title": title(incident),
        "state": str(incident.state),
        "severity": str(incident.severity),
        "cause": dict(incident.cause),
        "first_seen": _instant(incident.first_seen),
        "alerts": [_alert_data(one) for one in incident.alerts],
    }


def title(incident: Incident) -> str:
    """One line, of no line breaks."""
    if len(incident.alerts) == 1:
        what = incident.alerts[0].subject
    else:
        shared = ", ".join(f"{name} {value}" for name, value in sorted(incident.cause.items()))
        what = f"{len(incident.alerts)} alerts"
        what = f"{what}: {shared or incident.alerts[0].subject}"
    state = "" if incident.state == "firing" else f" ({incident.state})"
    return one_line(f"[{incident.severity}] {what}{state}")


def first_alerts(told: Event, most: int) -> Event:
    """The event with its first alerts only, which says how many it leaves out."""
    data = told["data"]
    left = iter(range(most))
    incidents = []
    for incident in data["incidents"]:
        # The alerts first: a zip that ends with its second has taken nothing of it in vain.
        if kept := [one for one, _ in zip(incident["alerts"], left, strict=False)]:
            incidents.append({**incident, "alerts": kept})
    shown = sum(len(one["alerts"]) for one in incidents)
    omitted = data["alerts"] - shown
    return {**told, "data": {**data, "omitted": omitted, "incidents": incidents}}


def identity(*parts: object) -> str:
    """32 hex digits, the same for the same parts."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def as_json(told: Event) -> str:
    """An event as CloudEvents' JSON format, the same for equal ones."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def one_line(text: str, most: int = 200) -> str:
    """The text on one line without control characters, cut to so many characters."""
    flat = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return flat if len(flat) <= most else f"{flat[: most - 3]}..."


def _alert_data(alert: Alert) -> dict[str, Any]:
    return {
        "alert_id": alert.alert_id,
        "kind": alert.kind,
        "severity": str(alert.severity),
        "state": str(alert.state),
        "subject": one_line(alert.subject),
        "dimensions": dict(alert.dimensions),
        "amount": alert.amount,
        "threshold": alert.threshold,
        "currency": alert.currency,
        "first_seen": _instant(alert.first_seen),
        "as_of": _instant(alert.as_of),
        "text": alert.text[:TEXT_CHARACTERS],
    }


def _instant(at: datetime) -> str:
    """As RFC 3339 writes it, in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
