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
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations

from cloudledger.alerting.alert import Alert, Severity, State, worst

WINDOW_DAYS = 3
"""Alerts that fired within so many days may have one cause."""
SHARED = 3
"""So many groups that share a dimension's value have it as their cause."""

WHERE = ("provider", "account", "sub_account", "service", "region", "resource", "sku", "source")
FINE = ("resource", "sku")
CAUSES = ("sub_account", "service", "source")
TAG = "tag:"
ABOVE = ("provider", "account")
BUDGET = "budget"
MONEY = (BUDGET, "anomaly")

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
    contained = _contained({_node(one) for one in alerts})
    parts = {one for one, within in contained.items() if not within}
    # What contains a whole need not contain its parts, where one of the three says less.
    parts |= {one for one, within in contained.items() if not within & parts}
    groups: dict[Key, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if (node := _node(alert)) in parts:
            groups[_key(node.place)].append(alert)
    merged = _merged(groups)
    keys: dict[_Node, Key] = {_node(one): key for key, held in merged.items() for one in held}
    weights = {
        key: (worst(one.severity for one in held).rank, len(held)) for key, held in merged.items()
    }
    for node in contained.keys() - parts:
        of_parts = {keys[one] for one in contained[node] & parts}
        keys[node] = max(of_parts, key=lambda key: (weights[key], key))
    done: dict[Key, list[Alert]] = defaultdict(list)
    for alert in alerts:
        done[keys[_node(alert)]].append(alert)
    return done


def _contained(nodes: Collection[_Node]) -> dict[_Node, set[_Node]]:
    """By node what it contains of the others."""
    by_core: dict[Place, list[_Node]] = defaultdict(list)
    for node in nodes:
        by_core[node.core].append(node)
    contained: dict[_Node, set[_Node]] = {node: set() for node in nodes}
    for core, same in by_core.items():
        for size in range(len(core) + 1):
            for pairs in combinations(core, size):
                for whole in by_core.get(frozenset(pairs), ()):
                    contained[whole].update(one for one in same if whole.contains(one))
    return contained


@dataclass(frozen=True, slots=True)
class _Node:
    """Where alerts are; ``core`` is the place without what is above a sub account."""

    place: Place
    core: Place
    currency: str
    budget: bool

    def contains(self, other: _Node) -> bool:
        """Whether it is a whole of which ``other`` is a part: it says less, and nothing else.

        Above a sub account not everybody knows or names the same: there, only a contradiction
        counts. A budget is the whole of an anomaly at the same place.
        """
        mine, its = self.core, other.core
        part = mine < its or (mine == its and self.budget and not other.budget)
        return part and not self._contradicts(other)

    def _contradicts(self, other: _Node) -> bool:
        its = dict(other.place)
        named = any(its.get(name, value) != value for name, value in self.place if name in ABOVE)
        return named or bool(self.currency and other.currency and self.currency != other.currency)


def _node(alert: Alert) -> _Node:
    place = frozenset(
        (name, value)
        for name, value in alert.dimensions.items()
        if name in WHERE or name.startswith(TAG)
    )
    core = frozenset(pair for pair in place if pair[0] not in ABOVE)
    return _Node(place, core, alert.currency or "", alert.kind.startswith(BUDGET))


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
