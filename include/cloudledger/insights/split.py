"""Why two periods cost different amounts: more of it, other things, or other prices.

The usual price-volume-mix split, by unit of measure, since hours and gigabytes do not add up:

* price: what is bought now, at the difference of its price then and now;
* quantity: more or less of everything, at the average price then;
* mix: the rest: dearer or cheaper things than then, new ones and those no longer bought;
* other: charges without a quantity above zero in either period (fees, tax, corrections).

The one rounding, to 24 decimals, is of what today's quantities would have cost then. It is added
to one part and taken from another, so the parts add up to the change to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from cloudledger import exact

_LAST_DIGIT = Decimal(1).scaleb(-exact.DECIMALS)
MOST_DECIMALS = 100
_WIDE = Context(prec=400, rounding=ROUND_HALF_EVEN)


class NotBought(ValueError):
    """A line that no split can be made with: which, and why."""


@dataclass(frozen=True, slots=True)
class Bought:
    """What was bought of one item in a period.

    :param item: the same text for the same thing in both periods: a SKU, with region and tier.
    :param unit: its unit of measure, as in FOCUS ConsumedUnit or PricingUnit.
    :param quantity: in ``unit``; None where the charge has none.
    :param cost: in the currency of all other lines.
    """

    item: str
    unit: str
    quantity: Decimal | None
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a change of cost, in the currency of the lines."""

    quantity: Decimal = Decimal(0)
    mix: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    other: Decimal = Decimal(0)

    @property
    def change(self) -> Decimal:
        """Cost after less cost before, exactly."""
        return exact.total((self.quantity, self.mix, self.price, self.other))


def split_change(before: Iterable[Bought], after: Iterable[Bought]) -> Split:
    """The split of all units together; see :func:`split_by_unit`."""
    return added(split_by_unit(before, after).values())


def added(splits: Iterable[Split]) -> Split:
    """The parts of several changes, each part added up exactly."""
    parts = list(splits)
    return Split(
        quantity=exact.total(part.quantity for part in parts),
        mix=exact.total(part.mix for part in parts),
        price=exact.total(part.price for part in parts),
        other=exact.total(part.other for part in parts),
    )


def split_by_unit(before: Iterable[Bought], after: Iterable[Bought]) -> Mapping[str, Split]:
    """The split for each unit of measure; lines of the same item are added up.

    :raises NotBought: a quantity or cost is not finite or has more than 14 whole digits or 100
        decimals.
    """
    then, now = _by_item(before), _by_item(after)
    by_unit: dict[str, list[tuple[Bought | None, Bought | None]]] = {}
    for key in sorted({*then, *now}):
        by_unit.setdefault(key[0], []).append((then.get(key), now.get(key)))
    return {unit: _split(pairs) for unit, pairs in by_unit.items()}


def _split(pairs: list[tuple[Bought | None, Bought | None]]) -> Split:
    price = other = at_old_prices = cost_then = Decimal(0)
    quantity_then = quantity_now = Decimal(0)
    for then, now in pairs:
        old = then.cost if then else Decimal(0)
        new = now.cost if now else Decimal(0)
        if not (_metered(then) and _metered(now)):
            other = exact.add(other, exact.subtract(new, old))
            continue
        old_quantity, new_quantity = _quantity(then), _quantity(now)
        same = _times(old, new_quantity, old_quantity) if then and now else new
        price = exact.add(price, exact.subtract(new, same))
        at_old_prices = exact.add(at_old_prices, same)
        cost_then = exact.add(cost_then, old)
        quantity_then = exact.add(quantity_then, old_quantity)
        quantity_now = exact.add(quantity_now, new_quantity)
    scaled = _times(cost_then, quantity_now, quantity_then) if quantity_then else cost_then
    return Split(
        quantity=exact.subtract(scaled, cost_then),
        mix=exact.subtract(at_old_prices, scaled),
        price=price,
        other=other,
    )


def _by_item(lines: Iterable[Bought]) -> dict[tuple[str, str], Bought]:
    result: dict[tuple[str, str], Bought] = {}
    for line in lines:
        _check(line)
        key = (line.unit, line.item)
        known = result.get(key)
        if known is None:
            result[key] = line
            continue
        absent = known.quantity is None or line.quantity is None
        quantity = None if absent else exact.add(_quantity(known), _quantity(line))
        result[key] = Bought(line.item, line.unit, quantity, exact.add(known.cost, line.cost))
    return result


def _check(line: Bought) -> None:
    for name, amount in (("quantity", line.quantity), ("cost", line.cost)):
        if amount is None or _exactly_held(amount):
            continue
        raise NotBought(
            f"{line.item} ({line.unit}) has the {name} {amount}: it must be a number of at most "
            f"{exact.WHOLE_DIGITS} whole digits and {MOST_DECIMALS} decimals; leave the line out "
            "or correct it"
        )


def _exactly_held(amount: Decimal) -> bool:
    if not amount.is_finite() or not exact.fits(amount):
        return False
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MOST_DECIMALS


def _metered(bought: Bought | None) -> bool:
    return bought is None or (bought.quantity is not None and bought.quantity > 0)


def _quantity(bought: Bought | None) -> Decimal:
    return bought.quantity if bought is not None and bought.quantity is not None else Decimal(0)


def _times(cost: Decimal, now: Decimal, then: Decimal) -> Decimal:
    """The cost of a quantity at the price of another, to 24 decimals, halves to even."""
    if now == then:
        return cost
    ratio = Fraction(cost) * Fraction(now) / Fraction(then)
    digits = round(ratio / Fraction(_LAST_DIGIT))
    return _WIDE.scaleb(Decimal(digits), -exact.DECIMALS)
