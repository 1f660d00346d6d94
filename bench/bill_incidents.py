"""What goes wrong on a made-up bill, each sized in the noise of a series that it shows in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Members = NDArray[np.int64]

APART = 12
"""Days between one incident of a company and the next, at least; more after one that stays."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of resources `members` in days [start, end); `stays` when it never ends.

    `change` is [member, day from start on], in money; `new` names a resource that did not exist.
    """

    kind: str
    start: int
    end: int
    members: Members
    change: Matrix
    stays: bool = False
    new: dict[str, str] | None = None

    def on(self, members: Members) -> Incident:
        """The same incident, of resources that now have a place in the bill."""
        return replace(self, members=members)

    def effect_on(self, members: Members, days: int) -> Matrix:
        """What it adds to the sum of these resources, by day."""
        effect = np.zeros(days)
        held = np.isin(self.members, members)
        effect[self.start : self.start + self.change.shape[1]] = self.change[held].sum(axis=0)
        return effect


@dataclass(frozen=True, slots=True)
class _Scene:
    rng: np.random.Generator
    resources: pd.DataFrame
    cost: Matrix
    ordinary: Matrix
    groups: list[Members]
    start: int

    @property
    def left(self) -> int:
        return self.cost.shape[1] - self.start

    def one_of(self, *skus: str) -> int | None:
        """A resource that costs something now, of these SKUs or any."""
        living = self.ordinary[:, max(0, self.start - 28) : self.start].sum(axis=1) > 0
        if skus:
            living &= self.resources["sku"].isin(skus).to_numpy()
        found = np.flatnonzero(living)
        return int(self.rng.choice(found)) if len(found) else None

    def size(self, member: int) -> float:
        """Three to fifteen times the noise of one of the series that the resource is part of."""
        over = [group for group in self.groups if member in group]
        weights = np.sqrt([len(group) for group in over])
        group = over[int(self.rng.choice(len(over), p=weights / weights.sum()))]
        off = np.abs(self.cost[group].sum(axis=0) - self.ordinary[group].sum(axis=0))
        kept = off[off <= np.quantile(off, 0.975)]
        mean = float(self.ordinary[group].sum(axis=0).mean())
        noise = max(float(np.sqrt(np.mean(kept**2))), 0.005 * mean, 1e-6)
        return noise * float(np.exp(self.rng.uniform(np.log(3), np.log(15))))


def incidents_of(
    rng: np.random.Generator,
    resources: pd.DataFrame,
    cost: Matrix,
    ordinary: Matrix,
    groups: list[Members],
    earliest: int,
) -> list[Incident]:
    """Incidents of a bill, each some weeks after the other."""
    found = []
    day = earliest + int(rng.integers(5, 40))
    while day < cost.shape[1] - 25:
        make = KINDS[int(rng.integers(len(KINDS)))]
        incident = make(_Scene(rng, resources, cost, ordinary, groups, day))
        if incident is not None:
            found.append(incident)
            day = incident.end + APART * incident.stays
        day += APART + int(rng.exponential(6))
    return found


def _runaway(scene: _Scene) -> Incident | None:
    if (member := scene.one_of()) is None:
        return None
    length = int(scene.rng.integers(3, 12))
    change = scene.size(member) * scene.rng.uniform(0.85, 1.15, length)
    return _ends(scene, "runaway", [member], change[None, :])


def _leaked_key(scene: _Scene) -> Incident | None:
    if (member := scene.one_of()) is None:
        return None
    length = int(scene.rng.integers(2, 9))
    shape = np.minimum(np.arange(1, length + 1) / 2, 1.0)
    change = scene.size(member) * shape * scene.rng.uniform(0.9, 1.1, length)
    here = scene.resources.iloc[member]
    new = {
        "account": here["account"],
        "service": "Compute",
        "region": "sa-saopaulo-1",
        "sku": "Accelerator hours",
    }
    return replace(_ends(scene, "leaked_key", [], change[None, :]), new=new)


def _stuck_scaler(scene: _Scene) -> Incident | None:
    if (member := scene.one_of("Autoscaled hours", "Invocations", "Tokens")) is None:
        return None
    length = int(scene.rng.integers(7, 21))
    change = 1.2 * scene.size(member) * np.arange(1, length + 1) / length
    return _ends(scene, "stuck_scaler", [member], change[None, :])


def _egress_spike(scene: _Scene) -> Incident | None:
    if (member := scene.one_of("Data transfer out")) is None:
        return None
    length = int(scene.rng.integers(1, 3))
    change = scene.size(member) * scene.rng.uniform(0.8, 1.2, length)
    return _ends(scene, "egress", [member], change[None, :])


def _outage(scene: _Scene) -> Incident | None:
    """A service of a region is down: what it would have cost is not charged."""
    if (member := scene.one_of()) is None:
        return None
    here = scene.resources.iloc[member]
    length = int(scene.rng.integers(1, 5))
    down = (scene.resources["region"] == here["region"]) & (
        scene.resources["service"] == here["service"]
    )
    members = np.flatnonzero(down)
    lost = scene.cost[members, scene.start : scene.start + length]
    return _ends(scene, "outage", members.tolist(), -scene.rng.uniform(0.5, 1.0) * lost)


def _price_jump(scene: _Scene) -> Incident | None:
    """A discount ends: an account's SKU is dearer from that day on."""
    if (member := scene.one_of()) is None:
        return None
    here = scene.resources.iloc[member]
    dearer = (scene.resources["account"] == here["account"]) & (
        scene.resources["sku"] == here["sku"]
    )
    members = np.flatnonzero(dearer)
    before = scene.ordinary[members].sum(axis=0)[: scene.start].mean()
    by = min(scene.size(member) / max(before, 1e-6), 2.0)
    change = by * scene.cost[members, scene.start :]
    return Incident(
        "price_tier", scene.start, scene.start + 7, members, np.asarray(change), stays=True
    )


def _ends(scene: _Scene, kind: str, members: list[int], change: Matrix) -> Incident:
    change = change[:, : scene.left]
    end = scene.start + change.shape[1]
    return Incident(kind, scene.start, end, np.array(members, np.int64), change)


KINDS: tuple[Callable[[_Scene], Incident | None], ...] = (
    _runaway,
    _leaked_key,
    _stuck_scaler,
    _egress_spike,
    _outage,
    _price_jump,
)
