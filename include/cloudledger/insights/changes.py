"""Why the last days or month cost more or less than those before, by service and sub account.

A service's change is split over its SKUs in their regions, a sub account's within each of its
services. The total is the sum of the services, part by part; the sub accounts' changes add up to
the same change, though not part by part: what moves from one account to another is a change of
both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cloudledger import exact
from cloudledger.insights.dimensions import COLUMNS, Kind, Series, series_id
from cloudledger.insights.purchases import AFTER, BEFORE, Where
from cloudledger.insights.spans import Known, Span
from cloudledger.insights.split import Bought, Split, added, split_change

Lines = Sequence[tuple[Where, Bought]]


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """What a series cost in two spans, in its currency, and the parts of the difference."""

    series: Series
    compared: str
    before: Span
    after: Span
    cost_before: Decimal
    cost_after: Decimal
    split: Split


def changes_of(
    bought: Mapping[tuple[str, str, str], Lines], known: Mapping[str, Known]
) -> list[SeriesChange]:
    """The changes of the total, each service and each sub account of every currency.

    :param bought: as :func:`cloudledger.insights.purchases.bought_in_spans` gives it.
    :raises NotBought: a cost is too long for the warehouse.
    """
    return [
        SeriesChange(series, compared, *spans, *costs, split)
        for currency, one in known.items()
        for compared, spans in one.compared.items()
        for series, costs, split in _split(
            currency,
            bought.get((currency, compared, BEFORE), ()),
            bought.get((currency, compared, AFTER), ()),
        )
    ]


def service_of(where: Where, currency: str) -> Series:
    """The series of what was bought there, by service."""
    return _series(Kind.SERVICE, where, currency)


_Costs = tuple[Decimal, Decimal]
_Told = tuple[Series, _Costs, Split]


def _split(currency: str, before: Lines, after: Lines) -> Iterable[_Told]:
    services = list(_by(Kind.SERVICE, currency, before, after, _of_items))
    if not services:
        return
    total = Series(series_id(Kind.TOTAL, currency, {}), Kind.TOTAL, currency, {})
    costs = [exact.total(told[side] for _, told, _ in services) for side in range(2)]
    yield total, (costs[0], costs[1]), added(split for _, _, split in services)
    yield from services
    yield from _by(Kind.SUB_ACCOUNT, currency, before, after, _of_services)


def _by(
    kind: Kind, currency: str, before: Lines, after: Lines, split: Callable[[Lines, Lines], Split]
) -> Iterable[_Told]:
    groups = _grouped(COLUMNS[kind], before, after)
    for then, now in groups.values():
        where = (then or now)[0][0]
        costs = tuple(exact.total(one.cost for _, one in side) for side in (then, now))
        yield _series(kind, where, currency), (costs[0], costs[1]), split(then, now)


def _of_items(before: Lines, after: Lines) -> Split:
    return split_change((one for _, one in before), (one for _, one in after))


def _of_services(before: Lines, after: Lines) -> Split:
    groups = _grouped(COLUMNS[Kind.SERVICE], before, after)
    return added(_of_items(*two) for two in groups.values())


def _grouped(
    columns: Sequence[str], before: Lines, after: Lines
) -> dict[tuple[str, ...], tuple[Lines, Lines]]:
    """Both sides by the values of some columns, in the order of these."""
    found: dict[tuple[str, ...], tuple[list[tuple[Where, Bought]], list[tuple[Where, Bought]]]] = {}
    for side, lines in enumerate((before, after)):
        for where, one in lines:
            key = tuple(where[name] or "" for name in columns)
            found.setdefault(key, ([], []))[side].append((where, one))
    return dict(sorted(found.items()))


def _series(kind: Kind, where: Where, currency: str) -> Series:
    values = {name: value for name in COLUMNS[kind] if (value := where[name])}
    return Series(series_id(kind, currency, values), kind, currency, values)
