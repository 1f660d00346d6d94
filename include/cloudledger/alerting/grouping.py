"""Alerts of a shared cause become one incident.

Two steps, for the alerts of a few days at a time. An alert about a whole (a budget over an
account) joins what it contains (the anomaly of a service in that account): one cause shows itself
at several levels. What is left is grouped by where it is, without the finest levels; and where
several groups share a sub account, a service, a source or a tag, that is taken to be the cause.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cloudledger.alerting.alert import Alert, Severity, State, worst

WINDOW_DAYS = 3
"""Alerts that fired within so many days may have one cause."""
SHARED = 3
"""So many groups that share a dimension's value have it as their cause."""

WHERE = ("provider", "account", "sub_account", "service", "region", "resource", "sku", "source")
FINE = ("resource", "sku")
CAUSES = ("sub_account", "service", "source")
TAG = "tag:"
MONEY = ("budget", "anomaly")

Place = frozenset[tuple[str, str]]
Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """Alerts that are told together.

    :param cause: the dimensions that they share.
    :param alerts: the worst first.
    """

    incident_id: str
    cause: Mapping[str, str]
    alerts: Sequence[Alert]

    @property
    def severity(self) -> Severity:
        """The worst of the alerts that are not resolved; of all when everything is."""
        return worst(one.severity for one in self.open or self.alerts)

    @property
    def open(self) -> Sequence[Alert]:
        """The alerts that are not resolved."""
        return [one for one in self.alerts if one.state is not State.RESOLVED]

    @property
    def state(self) -> State:
        """Firing when an alert is new, worse when one has got worse, else resolved."""
        states = {one.state for one in self.alerts}
        return next(one for one in State if one in states)

    @property
    def first_seen(self) -> datetime:
        """When its first alert fired."""
        return min(one.first_seen for one in self.alerts)


def group(alerts: Iterable[Alert]) -> list[Incident]:
    """Every alert in exactly one incident, whatever their order; the worst incident first."""
    by_family: dict[tuple[str, date], list[Alert]] = defaultdict(list)
    ordered = sorted(alerts, key=lambda one: (one.first_seen, one.alert_id, one.as_of, one.state))
    for family in sorted({_family(one) for one in ordered}):
        first: date | None = None
        for alert in (one for one in ordered if _family(one) == family):
            day = alert.first_seen.date()
            if first is None or day - first >= timedelta(days=WINDOW_DAYS):
                first = day
            by_family[family, first].append(alert)
    incidents = [
        incident_of(_identity(family, first, key), dict(key), members)
        for (family, first), within in by_family.items()
        for key, members in _by_cause(within).items()
    ]
    return sorted(incidents, key=lambda one: (-one.severity.rank, one.incident_id))


def incident_of(incident_id: str, cause: Mapping[str, str], alerts: Iterable[Alert]) -> Incident:
    """An incident with its alerts in order."""
    ordered = sorted(alerts, key=lambda one: (-one.severity.rank, one.alert_id, one.as_of))
    return Incident(incident_id, cause, tuple(ordered))


def _family(alert: Alert) -> str:
    """What is about money has causes in common, a source that stopped to deliver another one."""
    return "money" if alert.kind.startswith(MONEY) else alert.kind


def _identity(family: str, first: date, key: Key) -> str:
    said = json.dumps([family, first.isoformat(), key])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _by_cause(alerts: Sequence[Alert]) -> dict[Key, list[Alert]]:
    places = {place(one) for one in alerts}
    whole = {one for one in places if any(one < other for other in places)}
    groups: dict[Key, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if (where := place(alert)) not in whole:
            groups[_key(where)].append(alert)
    merged = _merged(groups)
    weights = {
        key: (worst(one.severity for one in held).rank, len(held)) for key, held in merged.items()
    }
    contained = {
        where: max(
            (key for key, held in merged.items() if any(where < place(one) for one in held)),
            key=lambda key: (weights[key], key),
        )
        for where in whole
    }
    done = {key: list(held) for key, held in merged.items()}
    for alert in alerts:
        if (where := place(alert)) in whole:
            done[contained[where]].append(alert)
    return done


def place(alert: Alert) -> Place:
    """Where an alert is: the dimensions that a cause can be told by."""
    return frozenset(
        (name, value)
        for name, value in alert.dimensions.items()
        if name in WHERE or name.startswith(TAG)
    )


def _key(where: Place) -> Key:
    coarse = sorted((name, value) for name, value in where if name not in FINE)
    return tuple(coarse or sorted(where))


def _merged(groups: Mapping[Key, list[Alert]]) -> dict[Key, list[Alert]]:
    """Groups that share a value of a dimension, if they are several, become one."""
    left = dict(groups)
    merged: dict[Key, list[Alert]] = {}
    tags = sorted({name for key in left for name, _ in key if name.startswith(TAG)})
    for dimension in (*CAUSES, *tags):
        sharing: dict[tuple[str, str], list[Key]] = defaultdict(list)
        for key in left:
            for pair in key:
                if pair[0] == dimension:
                    sharing[pair].append(key)
        for keys in sharing.values():
            if len(keys) >= SHARED:
                cause = tuple(sorted(set.intersection(*(set(key) for key in keys))))
                merged.setdefault(cause, []).extend(a for key in keys for a in left.pop(key))
    for key, held in left.items():
        merged.setdefault(key, []).extend(held)
    return merged
