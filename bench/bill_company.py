"""Made-up daily bills, built from the bottom: resources, what they use, and what that costs.

A company has accounts, services, regions and SKUs; every resource's cost is usage times price. A
series is a sum of resources, so one incident shows in all the series above it. Everything follows
from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench import bill_usage as usage
from bench.bill_incidents import Incident, incidents_of

SERVICES: dict[str, dict[str, usage.Kind]] = {
    "Compute": {
        "Instance hours": usage.servers,
        "Autoscaled hours": usage.fleet,
        "Build hours": usage.builds,
    },
    "Functions": {"Invocations": usage.requests},
    "Database": {
        "Database hours": usage.servers,
        "Database storage": usage.storage,
        "Backup": usage.backups,
    },
    "Object Storage": {"Storage": usage.storage, "Operations": usage.requests},
    "Network": {"Data transfer out": usage.egress, "Load balancer": usage.flat_fee},
    "Analytics": {
        "Batch hours": usage.batch_jobs,
        "Bytes read": usage.queries,
        "Report hours": usage.month_close,
    },
    "Generative AI": {"Tokens": usage.tokens, "Provisioned units": usage.servers},
    "Support": {"Plan": usage.flat_fee, "Seats": usage.licences},
    "Marketplace": {"Subscription": usage.monthly_fee},
}
ACCOUNTS = ("prod", "staging", "data", "dev", "shared", "sandbox", "partners")
REGIONS = ("eu-frankfurt-1", "eu-west-1", "us-east-1", "ap-tokyo-1")
LEVELS: tuple[tuple[str, ...], ...] = (
    (),
    ("service",),
    ("account",),
    ("region",),
    ("service", "account"),
    ("service", "region"),
    ("sku",),
)

EARLIEST = 90
"""Incidents begin after this day, as detectors are scored from it on."""


@dataclass(frozen=True, slots=True)
class Company:
    """A bill: `resources` holds a row, `cost` and the other matrices a line of days each."""

    calendar: usage.Calendar
    resources: pd.DataFrame
    cost: NDArray[np.float64]
    ordinary: NDArray[np.float64]
    planned: NDArray[np.float64]
    incidents: tuple[Incident, ...]

    def groups(self) -> dict[tuple[str, ...], NDArray[np.int64]]:
        """The series: level and values, and the resources in each; equal ones once."""
        found: dict[tuple[str, ...], NDArray[np.int64]] = {}
        seen: set[bytes] = set()
        for level in LEVELS:
            if level:
                parts = self.resources.groupby(list(level), sort=True).indices.items()
            else:
                parts = [("", np.arange(len(self.resources)))]
            for values, members in parts:
                name = values if isinstance(values, tuple) else (values,)
                if (key := np.sort(members).tobytes()) not in seen:
                    seen.add(key)
                    found["/".join(level) or "total", *map(str, name)] = members
        return found


def company(seed: int | np.random.SeedSequence, days: int, incidents: bool = True) -> Company:
    """One company's bill of so many days; incidents from day 90 on."""
    rng = np.random.default_rng(seed)
    first = pd.Timestamp("2023-01-01") + pd.Timedelta(days=int(rng.integers(0, 600)))
    calendar = usage.calendar_of(rng, first, days)
    prices = {sku: _prices(rng, calendar) for skus in SERVICES.values() for sku in skus}
    rows, made = [], []
    for place in _places(rng):
        row, one = _resource(rng, calendar, place, prices)
        rows.append(row)
        made.append(one)
    resources = pd.DataFrame(rows, columns=["account", "service", "region", "sku"])
    bill = Company(
        calendar,
        resources,
        np.array([one.cost for one in made]),
        np.array([one.ordinary for one in made]),
        np.array([one.planned for one in made]),
        (),
    )
    return _with_incidents(rng, bill) if incidents else bill


def _places(rng: np.random.Generator) -> list[tuple[str, str, str, str]]:
    accounts = rng.choice(ACCOUNTS, rng.integers(3, len(ACCOUNTS) + 1), replace=False)
    regions = rng.choice(REGIONS, rng.integers(2, len(REGIONS) + 1), replace=False)
    places = []
    for account in accounts:
        for service in rng.choice(list(SERVICES), rng.integers(3, 8), replace=False):
            for region in rng.choice(regions, rng.integers(1, len(regions)), replace=False):
                for sku in SERVICES[service]:
                    if rng.random() < 0.7:
                        places.append((account, service, region, sku))
    return places


def _prices(rng: np.random.Generator, calendar: usage.Calendar) -> usage.Days:
    price = np.ones(len(calendar))
    for first in np.flatnonzero(calendar.day_of_month == 1):
        if rng.random() < 0.02:
            price[first:] *= rng.uniform(0.85, 1.1)
    return price


def _resource(
    rng: np.random.Generator,
    calendar: usage.Calendar,
    place: tuple[str, str, str, str],
    prices: dict[str, usage.Days],
) -> tuple[tuple[str, str, str, str], usage.Usage]:
    _, service, _, sku = place
    days = len(calendar)
    one = SERVICES[service][sku](rng, calendar)
    scale = float(np.exp(rng.normal(np.log(25), 1.5)))
    price, planned = prices[sku], scale * one.planned
    for day in np.flatnonzero(np.diff(price)) + 1:
        planned = planned + usage.moved(
            days, day, scale * one.ordinary[day] * (price[day] - price[day - 1])
        )
    alive = np.ones(days)
    if rng.random() < 0.12:
        start = int(rng.integers(1, days))
        alive[:start] = 0.0
        planned = planned + usage.moved(days, start, scale * one.ordinary.mean())
    if rng.random() < 0.06:
        end = int(rng.integers(1, days))
        alive[end:] = 0.0
        planned = planned + usage.moved(days, end, -scale * one.ordinary.mean())
    paid = scale * price * alive
    return place, usage.Usage(one.cost * paid, one.ordinary * paid, planned * price)


def _with_incidents(rng: np.random.Generator, bill: Company) -> Company:
    found = incidents_of(
        rng, bill.resources, bill.cost, bill.ordinary, list(bill.groups().values()), EARLIEST
    )
    resources, cost, ordinary, planned = bill.resources, bill.cost, bill.ordinary, bill.planned
    nothing = np.zeros((1, len(bill.calendar)))
    settled = []
    for incident in found:
        members = incident.members
        if incident.new is not None:
            members = np.array([len(resources)])
            resources = pd.concat([resources, pd.DataFrame([incident.new])], ignore_index=True)
            cost, ordinary, planned = (
                np.vstack([cost, nothing]),
                np.vstack([ordinary, nothing]),
                np.vstack([planned, nothing]),
            )
        cost = cost.copy()
        until = incident.start + incident.change.shape[1]
        cost[members, incident.start : until] += incident.change
        np.maximum(cost, 0.0, out=cost)
        settled.append(incident.on(members))
    return Company(bill.calendar, resources, cost, ordinary, planned, tuple(settled))


def noise_of(cost: usage.Days, ordinary: usage.Days) -> float:
    """A series' own noise: the sd of what chance did to it, the wildest days apart."""
    off = np.abs(cost - ordinary)
    kept = off[off <= np.quantile(off, 0.975)]
    return float(max(np.sqrt(np.mean(kept**2)), 0.005 * ordinary.mean(), 1e-6))
