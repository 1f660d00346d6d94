"""What becomes of alerts from one look to the next: each is told when it fires, when it gets worse
than it was ever told, and when it is over; never in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from cloudledger.alerting.alert import Alert, Severity, State


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that fires, and the worst that was told of it."""

    alert: Alert
    worst: Severity


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at everything found: how alerts stand now, and what is to be told."""

    standing: tuple[Standing, ...]
    resolved: tuple[Alert, ...]
    turns: tuple[Alert, ...]


def look(before: Iterable[Standing], now: Iterable[Alert], as_of: datetime) -> Look:
    """From the alerts that stood to those that fire now.

    :param now: each ``firing``; ``first_seen`` is taken from the alert that stands already.
    :param as_of: the instant of the look.
    """
    known = {one.alert.alert_id: one for one in before}
    standing, turns, seen = [], [], set()
    for alert in now:
        seen.add(alert.alert_id)
        old = known.get(alert.alert_id)
        if old is None:
            fires = replace(alert, state=State.FIRING, first_seen=as_of, as_of=as_of)
            standing.append(Standing(fires, alert.severity))
            turns.append(fires)
            continue
        still = replace(alert, first_seen=old.alert.first_seen, as_of=as_of)
        if alert.severity.rank > old.worst.rank:
            turns.append(replace(still, state=State.WORSE))
        worst = max(old.worst, alert.severity, key=lambda one: one.rank)
        standing.append(Standing(still, worst))
    resolved = tuple(
        replace(one.alert, state=State.RESOLVED, as_of=as_of)
        for one in known.values()
        if one.alert.alert_id not in seen
    )
    return Look(tuple(standing), resolved, (*turns, *resolved))
