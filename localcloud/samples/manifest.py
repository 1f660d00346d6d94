"""What was generated: deliveries in order, what they hold, and what was planted in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from localcloud.samples.charges import Charge
from localcloud.samples.report import BadLine
from localcloud.samples.text import EXACT

NO_CURRENCY = "XXX"
"""ISO 4217's code for the lines (all of cost zero) whose currency the provider left empty."""


@dataclass(frozen=True, slots=True)
class DayCost:
    """Billed cost of one charge day in one currency, exact, and its number of lines."""

    day: date
    currency: str
    billed_cost: Decimal
    lines: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One version of one object, as it was put into the cloud.

    ``path`` is relative to the manifest. ``namespace`` is empty on AWS. ``feature`` names what is
    planted in the file; ``days`` says what its good lines hold. ``displaced`` says what lines of
    earlier objects held that it brings anew, under the reference numbers ``repeated``: they count
    no longer.
    """

    source: str
    cloud: str
    namespace: str
    bucket: str
    key: str
    path: str
    delivered_at: datetime
    feature: str = ""
    days: tuple[DayCost, ...] = ()
    bad_lines: tuple[BadLine, ...] = ()
    displaced: tuple[DayCost, ...] = ()
    repeated: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """Good and bad ones."""
        return sum(each.lines for each in self.days) + len(self.bad_lines)


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A planted event. ``excess`` is what it added, rounded to cents; days are inclusive.

    ``account`` and ``account_id`` are what a ledger line has as SubAccountName and SubAccountId;
    ``compartment`` is empty on AWS.
    """

    id: str
    kind: str
    source: str
    cloud: str
    account: str
    account_id: str
    compartment: str
    service: str
    sku: str
    resource: str
    resource_id: str
    region: str
    first_day: date
    last_day: date
    currency: str
    excess: Decimal
    cause: str


@dataclass(frozen=True, slots=True)
class SampleSource:
    """A source as the pipeline's settings name it."""

    name: str
    kind: str
    namespace: str
    bucket: str
    prefix: str


@dataclass(frozen=True)
class Manifest:
    """Everything under ``root``; deliveries are in the order of their instants."""

    root: Path
    start: date
    end: date
    sources: tuple[SampleSource, ...]
    deliveries: tuple[Delivery, ...]
    anomalies: tuple[Anomaly, ...]

    def delivered(self, until: datetime | None = None) -> Iterator[Delivery]:
        """What had been delivered before ``until``, in order."""
        return (each for each in self.deliveries if until is None or each.delivered_at < until)

    def current(self, until: datetime | None = None) -> list[Delivery]:
        """The versions that stand after everything before ``until`` was delivered."""
        return list({(d.bucket, d.key): d for d in self.delivered(until)}.values())

    def expected(self, until: datetime | None = None) -> dict[tuple[str, str, date, str], DayCost]:
        """By source, cloud, charge day and currency: what a ledger of the good lines must hold."""
        totals: dict[tuple[str, str, date, str], DayCost] = {}
        for delivery in self.current(until):
            for held in (*delivery.days, *map(_taken_back, delivery.displaced)):
                key = (delivery.source, delivery.cloud, held.day, held.currency)
                before = totals.get(key, DayCost(held.day, held.currency, Decimal(0), 0))
                cost = EXACT.add(before.billed_cost, held.billed_cost)
                totals[key] = DayCost(held.day, held.currency, cost, before.lines + held.lines)
        return totals

    def totals(self, until: datetime | None = None) -> dict[tuple[str, str], Decimal]:
        """Billed cost by cloud and currency."""
        sums: dict[tuple[str, str], Decimal] = {}
        for (_, cloud, _, currency), held in self.expected(until).items():
            before = sums.get((cloud, currency), Decimal(0))
            sums[cloud, currency] = EXACT.add(before, held.billed_cost)
        return sums

    def save(self) -> None:
        """Write ``manifest.json`` and ``anomalies.json`` into ``root``."""
        value = {
            "start": self.start,
            "end": self.end,
            "sources": list(map(asdict, self.sources)),
            "totals": [
                {"cloud": cloud, "currency": currency, "billed_cost": amount}
                for (cloud, currency), amount in sorted(self.totals().items())
            ],
            "deliveries": list(map(asdict, self.deliveries)),
        }
        _write(self.root / "manifest.json", value)
        _write(self.root / "anomalies.json", list(map(asdict, self.anomalies)))

    @classmethod
    def read(cls, root: Path) -> Manifest:
        """Back from what :meth:`save` wrote."""
        value = json.loads((root / "manifest.json").read_text())
        anomalies = json.loads((root / "anomalies.json").read_text())
        return cls(
            root,
            date.fromisoformat(value["start"]),
            date.fromisoformat(value["end"]),
            tuple(SampleSource(**each) for each in value["sources"]),
            tuple(map(_delivery, value["deliveries"])),
            tuple(map(_anomaly, anomalies)),
        )


def days_of(charges: Iterable[Charge]) -> tuple[DayCost, ...]:
    """The exact cost and the number of lines by charge day and currency."""
    sums: dict[tuple[date, str], tuple[Decimal, int]] = {}
    for charge in charges:
        key = (charge.start.date(), charge.currency or NO_CURRENCY)
        cost, lines = sums.get(key, (Decimal(0), 0))
        sums[key] = (EXACT.add(cost, charge.billed_cost), lines + 1)
    return tuple(DayCost(*key, *held) for key, held in sorted(sums.items()))


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, default=_plain) + "\n")


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a manifest")


def _taken_back(held: DayCost) -> DayCost:
    return replace(held, billed_cost=EXACT.minus(held.billed_cost), lines=-held.lines)


def _days(value: list[dict[str, Any]]) -> tuple[DayCost, ...]:
    return tuple(
        DayCost(
            date.fromisoformat(each["day"]),
            each["currency"],
            Decimal(each["billed_cost"]),
            each["lines"],
        )
        for each in value
    )


def _delivery(value: dict[str, Any]) -> Delivery:
    return Delivery(
        **value
        | {
            "delivered_at": datetime.fromisoformat(value["delivered_at"]),
            "days": _days(value["days"]),
            "displaced": _days(value["displaced"]),
            "repeated": tuple(value["repeated"]),
            "bad_lines": tuple(BadLine(**each) for each in value["bad_lines"]),
        }
    )


def _anomaly(value: dict[str, Any]) -> Anomaly:
    return Anomaly(
        **value
        | {
            "first_day": date.fromisoformat(value["first_day"]),
            "last_day": date.fromisoformat(value["last_day"]),
            "excess": Decimal(value["excess"]),
        }
    )
