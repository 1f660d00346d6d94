"""A month's bill in one currency, charged to cost centers: who bears what, and by which rule.

A charge that a pool selects is shared; of the others the tag tells the center. What has no such tag
and what names a center that the settings do not have are lines of their own, and bear no shared
cost. Every pool is split by what was known before any was: pools do not feed one another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from cloudledger import exact
from cloudledger.governance.chargeback.config import (
    Chargeback,
    ChargebackRefused,
    Driver,
    Even,
    Fixed,
    Pool,
    Select,
    Usage,
)
from cloudledger.governance.chargeback.drivers import DriverTable
from cloudledger.governance.chargeback.split import NothingToGoBy, split

DIRECT = "direct"


class Bearer(StrEnum):
    """Who bears a line: a center of the settings, one that they do not have, or nobody yet."""

    CENTER = "center"
    UNKNOWN = "unknown"
    UNTAGGED = "untagged"


@dataclass(frozen=True, slots=True)
class BillLine:
    """Charges of a month that are alike; ``amount`` is in the bill's currency."""

    provider_name: str
    service_name: str
    sub_account_id: str | None
    charge_category: str
    tags: Mapping[str, str]
    amount: Decimal


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """What a line is of; ``pool`` is empty for direct cost."""

    pool: str
    provider_name: str
    service_name: str
    charge_category: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one bearer is charged; ``cost_center`` is empty for what has no tag."""

    bearer: Bearer
    cost_center: str
    kind: Kind
    amount: Decimal
    rule: str


def charge_back(
    bill: Iterable[BillLine], rules: Chargeback, month: date, drivers: DriverTable
) -> list[Line]:
    """The bill's lines by bearer; their sum is the bill's, to the last digit.

    A ``usage`` or ``driver`` split that has nothing to go by (no center has cost, every unit is
    zero) is an even one, and its rule says so. Amounts of zero have no line.

    :param month: its first day.
    :raises ChargebackRefused: the driver table has no row of the month for a pool that has cost.
    """
    pools = [pool for pool in rules.pools if pool.holds_in(month)]
    direct: defaultdict[tuple[Bearer, str, Kind], list[Decimal]] = defaultdict(list)
    shared: defaultdict[Kind, list[Decimal]] = defaultdict(list)
    for line in bill:
        pool = next((one for one in pools if _takes(one.select, line)), None)
        kind = Kind(
            pool.name if pool else "", line.provider_name, line.service_name, line.charge_category
        )
        if pool:
            shared[kind].append(line.amount)
        else:
            direct[*_bearer(line, rules), kind].append(line.amount)
    own = [
        Line(bearer, code, kind, exact.total(amounts), DIRECT)
        for (bearer, code, kind), amounts in direct.items()
    ]
    weights = {pool.name: _weights(pool, own, rules, month, drivers) for pool in pools}
    lines = own + [
        part
        for kind, amounts in shared.items()
        for part in _parts(kind, exact.total(amounts), weights[kind.pool])
    ]
    order = {code: place for place, code in enumerate(rules.codes)}
    bearers = list(Bearer)
    return sorted(
        (line for line in lines if line.amount),
        key=lambda line: (
            bearers.index(line.bearer),
            order.get(line.cost_center, 0),
            line.cost_center,
            line.kind,
        ),
    )


def totals(lines: Iterable[Line]) -> dict[tuple[Bearer, str], Decimal]:
    """What each bearer is charged in all, in the lines' order."""
    sums: dict[tuple[Bearer, str], Decimal] = {}
    for line in lines:
        key = line.bearer, line.cost_center
        sums[key] = exact.add(sums.get(key, Decimal(0)), line.amount)
    return sums


def _takes(select: Select, line: BillLine) -> bool:
    given = (
        (select.providers, line.provider_name),
        (select.services, line.service_name),
        (select.sub_accounts, line.sub_account_id),
        (select.charge_categories, line.charge_category),
        *((values, line.tags.get(key)) for key, values in select.tags.items()),
    )
    return all(not wanted or value in wanted for wanted, value in given)


def _bearer(line: BillLine, rules: Chargeback) -> tuple[Bearer, str]:
    code = line.tags.get(rules.tag_key, "")
    if not code:
        return Bearer.UNTAGGED, ""
    return (Bearer.CENTER if code in rules.codes else Bearer.UNKNOWN), code


@dataclass(frozen=True, slots=True)
class _Weights:
    """What a pool goes by: a weight and a rule for each center."""

    centers: Sequence[str]
    weights: Sequence[Decimal]
    rules: Sequence[str]


def _weights(
    pool: Pool, own: Iterable[Line], rules: Chargeback, month: date, drivers: DriverTable
) -> _Weights | ChargebackRefused:
    """The weights of a pool; an error is kept until a charge needs them."""
    match pool.split:
        case Fixed(percent=percent):
            centers = [code for code in rules.codes if code in percent]
            told = [f"fixed {exact.digits(percent[code])} %" for code in centers]
            return _Weights(centers, [percent[code] for code in centers], told)
        case Even(among=among):
            centers = [*(among or rules.codes)]
            return _Weights(centers, [Decimal(1)] * len(centers), ["even"] * len(centers))
        case Usage(providers=providers, services=services, among=among):
            centers = [*(among or rules.codes)]
            costs = _costs(own, providers, services)
            named = ", ".join((*providers, *services))
            of = f"usage of {named}" if named else "usage"
            return _Weights(
                centers, [costs.get(code, Decimal(0)) for code in centers], [of] * len(centers)
            )
        case Driver(driver=driver):
            held = drivers.get((f"{month:%Y-%m}", driver))
            if held is None:
                return ChargebackRefused(
                    f"pool {pool.name}: the driver table {rules.drivers} has no row of {driver} in "
                    f"{month:%Y-%m}: add the month's units"
                )
            centers = [code for code in rules.codes if code in held]
            whole = exact.digits(exact.total(held.values()))
            told = [f"{driver} {exact.digits(held[code])} of {whole}" for code in centers]
            return _Weights(centers, [held[code] for code in centers], told)


def _costs(
    own: Iterable[Line], providers: Sequence[str], services: Sequence[str]
) -> dict[str, Decimal]:
    meant = (
        line
        for line in own
        if (not providers or line.kind.provider_name in providers)
        and (not services or line.kind.service_name in services)
    )
    return {
        code: amount for (bearer, code), amount in totals(meant).items() if bearer is Bearer.CENTER
    }


def _parts(kind: Kind, amount: Decimal, by: _Weights | ChargebackRefused) -> list[Line]:
    if isinstance(by, ChargebackRefused):
        raise by
    told = by.rules
    try:
        parts = split(amount, by.weights)
    except NothingToGoBy:
        parts = split(amount, [Decimal(1)] * len(by.centers))
        told = [f"even: nothing to go by ({rule})" for rule in by.rules]
    return [
        Line(Bearer.CENTER, code, kind, part, rule)
        for code, part, rule in zip(by.centers, parts, told, strict=True)
    ]
