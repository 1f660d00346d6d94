"""Reports against usage APIs, in words and in sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import groupby

from cloudledger import exact
from cloudledger.ledger.usage_explain import Comparison, Difference, Parts

PARTS = tuple(field.name for field in fields(Parts))


@dataclass(frozen=True, slots=True)
class Total:
    """A source's figures in one currency and measure, over every day and service."""

    currency: str
    measure: str
    days: int
    services: int
    report: Decimal
    api: Decimal
    parts: Parts

    def to_json(self) -> dict[str, str]:
        """Every digit as text."""
        amounts = {"report": self.report, "api": self.api} | {
            name: getattr(self.parts, name) for name in PARTS
        }
        return {"currency": self.currency, "measure": self.measure} | {
            name: exact.digits(amount) for name, amount in amounts.items()
        }


def sums(found: Comparison) -> list[Total]:
    """By currency and measure."""

    def kind(one: Difference) -> tuple[str, str]:
        return one.billing_currency, one.measure

    return [
        _total(currency, measure, list(members))
        for (currency, measure), members in groupby(sorted(found.differences, key=kind), key=kind)
    ]


def told(found: Comparison) -> str:
    """The whole comparison in one line."""
    if not found.differences:
        return f"{found.source}: nothing was collected from its usage API"
    line = f"{found.source}: " + "; ".join(map(_sentence, sums(found)))
    for names, where in (
        (found.only_in_api, "the usage API"),
        (found.only_in_reports, "the reports"),
    ):
        if names:
            line += f"; services in {where} only: {', '.join(names)}"
    return line


def unexplained(found: Comparison, tolerance: Decimal) -> Iterator[str]:
    """A line for each day and service with more unknown than ``tolerance``."""
    for one in found.differences:
        if one.parts.unknown.copy_abs() > tolerance:
            yield (
                f"{found.source} {one.charge_day} {one.service_name} {one.measure}: the reports "
                f"say {exact.digits(one.report)} {one.billing_currency}, the usage API "
                f"{exact.digits(one.api)}; {exact.digits(one.parts.unknown)} is unexplained"
            )


def _total(currency: str, measure: str, members: list[Difference]) -> Total:
    return Total(
        currency,
        measure,
        len({one.charge_day for one in members}),
        len({one.service_name for one in members}),
        exact.total(one.report for one in members),
        exact.total(one.api for one in members),
        Parts(**{name: exact.total(getattr(one.parts, name) for one in members) for name in PARTS}),
    )


def _sentence(total: Total) -> str:
    difference = exact.subtract(total.report, total.api)
    parts = ", ".join(
        f"{name} {exact.digits(amount)}" for name in PARTS if (amount := getattr(total.parts, name))
    )
    return (
        f"{total.days} days, {total.services} services: {total.measure} "
        f"{exact.digits(total.report)} {total.currency} in the reports, "
        f"{exact.digits(total.api)} in the usage API, difference {exact.digits(difference)}"
        + (f" ({parts})" if parts else "")
    )
