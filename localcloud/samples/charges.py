"""What usage costs: charges with exact amounts, and what each planted event added."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from localcloud.samples.fleet import Event, Resource, Sku, Source, Use
from localcloud.samples.text import EXACT, identifier
from localcloud.samples.usage import DAY, HOUR, Array, Window, event_factor, hourly_usage


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a report before it is written; ``cost`` is exactly quantity x price.

    ``currency`` is empty where the provider leaves it empty: on OCI's free lines.
    """

    resource: Resource
    sku: Sku
    start: datetime
    end: datetime
    quantity: Decimal
    price: Decimal
    currency: str
    reference: str
    back_reference: str = ""
    correction: bool = False

    @property
    def cost(self) -> Decimal:
        return EXACT.multiply(self.quantity, self.price)

    @property
    def billed_cost(self) -> Decimal:
        """What the invoice says: nothing for what a commitment has paid for."""
        return Decimal(0) if self.sku.covered else self.cost

    @property
    def free(self) -> bool:
        """Within the free allowance of a SKU that is otherwise paid for."""
        return not self.price and any(self.sku.price.values())


def charges_of(source: Source, within: Window, seed: int, events: Sequence[Event]) -> list[Charge]:
    """Every charge of the source in the window, by resource, SKU and time."""
    found = [
        charge
        for resource in source.resources
        for use in resource.uses
        for charge in _charges(source, resource, use, _usage(resource, use, within, seed, events))
        if within.holds(charge.start)
    ]
    return _with_needless_back_references(found)


def excess_of(source: Source, event: Event, within: Window, seed: int) -> Decimal:
    """What the event added to the bill in the source's currency: exact, negative for a drop."""
    resource = source.resource(event.resource)
    use = next(use for use in resource.uses if use.sku.id == event.sku)
    ordinary = hourly_usage(resource, use, within, seed)
    without = ordinary * (0 if event.kind == "new_resource" else 1)
    return EXACT.subtract(
        _total(source, resource, use, within, ordinary * event_factor(event, within)),
        _total(source, resource, use, within, without),
    )


def corrected(charge: Charge, share: Decimal, reference: str) -> Charge:
    """A credit for that share of an earlier charge: a new line that points back to it."""
    quantity = EXACT.minus(EXACT.multiply(charge.quantity, share))
    return replace(
        charge,
        quantity=quantity,
        reference=reference,
        back_reference=charge.reference,
        correction=True,
    )


@dataclass(frozen=True, slots=True)
class _Usage:
    within: Window
    hourly: Array


def _usage(
    resource: Resource, use: Use, within: Window, seed: int, events: Sequence[Event]
) -> _Usage:
    hourly = hourly_usage(resource, use, within, seed)
    for event in events:
        if (event.resource, event.sku) == (resource.name, use.sku.id):
            hourly = hourly * event_factor(event, within)
    return _Usage(within, hourly)


def _total(source: Source, resource: Resource, use: Use, within: Window, hourly: Array) -> Decimal:
    total = Decimal(0)
    for charge in _charges(source, resource, use, _Usage(within, hourly)):
        total = EXACT.add(total, charge.cost)
    return total


def _charges(source: Source, resource: Resource, use: Use, usage: _Usage) -> Iterator[Charge]:
    sku = use.sku
    price = sku.price[source.currency]
    left, month = Decimal(0), 0
    for start, end, quantity in _quantities(use, usage):
        if start.month != month:
            left, month = sku.free_per_month, start.month
        free = min(quantity, left)
        left = EXACT.subtract(left, free)
        for part, at in ((free, Decimal(0)), (EXACT.subtract(quantity, free), price)):
            if part:
                made = identifier(source.id, resource.name, sku.id, start, at, length=24)
                currency = source.currency if at or source.cloud == "aws" or not price else ""
                yield Charge(resource, sku, start, end, part, at, currency, f"V2.{made}==")


def _quantities(use: Use, usage: _Usage) -> Iterator[tuple[datetime, datetime, Decimal]]:
    """Billed intervals and their quantities, in time order, zero ones left out."""
    start, days = usage.within.start, usage.within.days
    if use.every == "hourly":
        for hour, quantity in enumerate(_exact(usage.hourly, use.sku.digits)):
            if quantity:
                yield start + hour * HOUR, start + (hour + 1) * HOUR, quantity
        return
    if use.every == "monthly":
        for day in (start + offset * DAY for offset in range(days)):
            if day.day == 1:
                yield day, day + DAY, _exact(np.array([use.amount]), use.sku.digits)[0]
        return
    per_day = usage.hourly.reshape(days, 24).sum(axis=1)
    dates = [start + offset * DAY for offset in range(days)]
    if use.monthly_unit:
        months = [calendar.monthrange(day.year, day.month)[1] for day in dates]
        per_day = per_day / 24 / np.array(months)
    for day, quantity in zip(dates, _exact(per_day, use.sku.digits), strict=True):
        if quantity:
            yield day, day + DAY, quantity


def _exact(values: Array, digits: int) -> list[Decimal]:
    """Rounded to that many decimals, then exact."""
    scaled = np.rint(values * 10.0**digits).astype(np.int64)
    return [Decimal(int(value)).scaleb(-digits, EXACT) for value in scaled]


def _with_needless_back_references(charges: list[Charge]) -> list[Charge]:
    """Real reports fill the back reference now and then on lines that correct nothing."""
    return [
        replace(charge, back_reference=charges[at - 1].reference) if at % 977 == 976 else charge
        for at, charge in enumerate(charges)
    ]
