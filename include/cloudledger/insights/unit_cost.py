"""What a unit of each service costs, over everything that it sells in that unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from cloudledger import exact
from cloudledger.insights.changes import Lines, service_of
from cloudledger.insights.dimensions import Series
from cloudledger.insights.purchases import AFTER, BEFORE, RECENT
from cloudledger.insights.spans import Known, Span

_ARITHMETIC = Context(prec=60, rounding=ROUND_HALF_EVEN)
_LAST_DIGIT = Decimal(1).scaleb(-exact.DECIMALS)


@dataclass(frozen=True, slots=True)
class UnitCost:
    """A service's cost per unit, in its currency.

    :param cost: of what was metered in ``unit``; charges without a quantity are not in it.
    :param before: the cost per unit of as many days before; None where those are not known, or
        nothing was bought in that unit.
    """

    service: Series
    unit: str
    span: Span
    quantity: Decimal
    cost: Decimal
    per_unit: Decimal
    before: Decimal | None


def unit_costs(
    bought: Mapping[tuple[str, str, str], Lines], known: Mapping[str, Known]
) -> list[UnitCost]:
    """Every service's cost per unit over the recent days, by currency, service and unit.

    A quantity or cost too long for the warehouse tells none.

    :param bought: as :func:`cloudledger.insights.purchases.bought_in_spans` gives it.
    """
    found = []
    for currency, one in known.items():
        now = _sums(bought.get((currency, RECENT, AFTER), ()), currency)
        then = _sums(bought.get((currency, "days_30", BEFORE), ()), currency)
        for key, (service, quantity, cost) in now.items():
            if (per_unit := _per_unit(quantity, cost)) is None:
                continue
            earlier = then.get(key)
            before = _per_unit(*earlier[1:]) if earlier else None
            found.append(UnitCost(service, key[1], one.recent, quantity, cost, per_unit, before))
    return found


_Sums = dict[tuple[str, str], tuple[Series, Decimal, Decimal]]


def _sums(lines: Lines, currency: str) -> _Sums:
    sums: _Sums = {}
    for where, one in lines:
        if one.quantity is None or one.quantity <= 0:
            continue
        service = service_of(where, currency)
        key = (service.series_id, one.unit)
        _, quantity, cost = sums.get(key, (service, Decimal(0), Decimal(0)))
        sums[key] = service, exact.add(quantity, one.quantity), exact.add(cost, one.cost)
    return sums


def _per_unit(quantity: Decimal, cost: Decimal) -> Decimal | None:
    if not (exact.fits(quantity) and exact.fits(cost)):
        return None
    found = _ARITHMETIC.quantize(_ARITHMETIC.divide(cost, quantity), _LAST_DIGIT)
    return found if exact.fits(found) else None
