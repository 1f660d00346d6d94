"""The fleet that the sample reports bill, read from ``fleet.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

FLEET = Path(__file__).with_name("fleet.yaml")


@dataclass(frozen=True, slots=True)
class Sku:
    """What is sold: a unit price per currency, and how a report writes it.

    ``digits`` is the number of decimals of a billed quantity. ``style`` is how the cost's text is
    written: ``plain``, ``padded`` (twelve decimals or more) or ``double`` (E-notation under
    0.001). ``charge`` is ``usage``, ``fee``, ``commitment``, ``credit`` or ``tax``.
    """

    id: str
    service: str
    description: str
    unit: str
    price: Mapping[str, Decimal]
    digits: int
    type: str
    category: str
    readable: str = ""
    style: str = "plain"
    free_per_month: Decimal = Decimal(0)
    charge: str = "usage"
    covered: bool = False
    list: Decimal | None = None
    code: str = ""
    subcategory: str = ""
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a SKU a resource uses: per hour, per day or on the first of each month.

    ``rhythm`` names the shape in :mod:`localcloud.samples.usage`; ``growth`` is a share per day.
    ``monthly_unit`` says that the amount is a stock (GB), billed in unit-months.
    """

    sku: Sku
    amount: float
    every: str
    rhythm: str = "flat"
    growth: float = 0.0
    monthly_unit: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A compartment of a tenancy, or an account of an organisation."""

    name: str
    path: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that is billed; ``from_day`` counts back from the end, None: it always was."""

    name: str
    account: Account
    region: str
    uses: tuple[Use, ...]
    tags: Mapping[str, str]
    zone: str = ""
    from_day: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A tenancy or payer account that delivers reports."""

    id: str
    kind: str
    name: str
    currency: str
    resources: tuple[Resource, ...]
    regions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    every_hours: int = 24
    ocid: str = ""
    subscription: str = ""
    payer: str = ""
    bucket: str = ""
    prefix: str = ""
    export: str = ""
    planted: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def cloud(self) -> str:
        """``oci`` or ``aws``."""
        return self.kind.partition("_")[0]

    def resource(self, name: str) -> Resource:
        return next(resource for resource in self.resources if resource.name == name)


@dataclass(frozen=True, slots=True)
class Event:
    """A planted anomaly. Days count back from the end: ``first`` 1 is the last charge day."""

    id: str
    kind: str
    source: str
    resource: str
    sku: str
    first: int
    days: int
    factor: float
    cause: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything the reports are computed from."""

    sources: tuple[Source, ...]
    events: tuple[Event, ...]

    def source(self, name: str) -> Source:
        return next(source for source in self.sources if source.id == name)


def read_fleet(path: Path = FLEET) -> Fleet:
    """The fleet that ``path`` describes."""
    text: dict[str, Any] = yaml.safe_load(path.read_text())
    skus = {name: _sku(name, value) for name, value in text["skus"].items()}
    return Fleet(
        tuple(_source(name, value, skus) for name, value in text["sources"].items()),
        tuple(_event(value) for value in text["anomalies"]),
    )


def _sku(name: str, value: dict[str, Any]) -> Sku:
    price = {currency: Decimal(amount) for currency, amount in value["price"].items()}
    listed = {"list": Decimal(value["list"])} if "list" in value else {}
    free = Decimal(value.get("free_per_month", "0"))
    return Sku(**value | {"id": name, "price": price, "free_per_month": free} | listed)


def _source(name: str, value: dict[str, Any], skus: dict[str, Sku]) -> Source:
    accounts = {key: Account(name=key, **entry) for key, entry in value.pop("accounts").items()}
    resources = tuple(_resource(entry, accounts, skus) for entry in value.pop("resources"))
    return Source(id=name, resources=resources, **value)


def _resource(
    value: dict[str, Any], accounts: dict[str, Account], skus: dict[str, Sku]
) -> Resource:
    account = accounts[value["account"]]
    return Resource(
        name=value["name"],
        account=account,
        region=value["region"],
        uses=tuple(_use(entry, skus) for entry in value["usage"]),
        tags={**account.tags, **value.get("tags", {})},
        zone=str(value.get("zone", "")),
        from_day=value.get("from_day"),
    )


def _use(value: dict[str, Any], skus: dict[str, Sku]) -> Use:
    every = next(word for word in ("hourly", "daily", "monthly") if word in value)
    amount = float(value[every])
    rest = {key: entry for key, entry in value.items() if key not in (every, "sku")}
    return Use(sku=skus[value["sku"]], amount=amount, every=every, **rest)


def _event(value: dict[str, Any]) -> Event:
    first = value.pop("from")
    return Event(first=first, days=value.pop("days", first), factor=value.pop("factor", 1), **value)
