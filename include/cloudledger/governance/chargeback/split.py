"""An amount in parts that add up to it, to the last digit: the largest remainder.

Each part is rounded towards zero to the smallest unit; what is left over goes, a unit each, to the
parts that lost most (F. Pukelsheim, Proportional Representation, 2nd ed., 2017, section 5: the
Hamilton method). Whole numbers throughout, so that nothing is rounded twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cloudledger import exact

UNIT_DECIMALS = exact.DECIMALS
"""A shared cost is split to the ledger's last decimal."""

_MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS = {code: decimals for decimals, codes in _MINOR_UNITS.items() for code in codes.split()}


class NothingToGoBy(ValueError):
    """No weight is above zero: there is no proportion to split by."""


def minor_unit(currency: str) -> int:
    """The decimals of a currency's smallest unit (ISO 4217): 2 for EUR, 0 for JPY."""
    return _DECIMALS.get(currency, 2)


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """``amount`` in proportion to ``weights``: one part each, which add up to it exactly.

    A negative amount is split as the positive one is. A weight below zero counts as none; of equal
    remainders the first has the unit.

    :param weights: at most 24 decimals each.
    :raises NothingToGoBy: no weight is above zero.
    :raises ValueError: an amount or a weight has more than 24 decimals.
    """
    shares = [max(0, units(weight)) for weight in weights]
    whole = sum(shares)
    if not whole:
        raise NothingToGoBy("no weight is above zero")
    total = units(amount)
    sign = -1 if total < 0 else 1
    parts, lost = [], []
    for share in shares:
        part, remainder = divmod(abs(total) * share, whole)
        parts.append(part)
        lost.append(remainder)
    for place in _largest(lost, abs(total) - sum(parts)):
        parts[place] += 1
    return [of_units(sign * part) for part in parts]


def rounded(amounts: Sequence[Decimal], decimals: int) -> list[Decimal]:
    """Each amount rounded, so that the sum of all is the rounded sum of the exact ones.

    The sum is rounded half away from zero; each amount moves by less than one unit.

    :raises ValueError: an amount has more than 24 decimals.
    """
    step = 10 ** (UNIT_DECIMALS - decimals)
    counts = [units(amount) for amount in amounts]
    total = sum(counts)
    wanted = (2 * abs(total) + step) // (2 * step) * (-1 if total < 0 else 1)
    parts, lost = [], []
    for count in counts:
        part, remainder = divmod(count, step)
        parts.append(part)
        lost.append(remainder)
    for place in _largest(lost, wanted - sum(parts)):
        parts[place] += 1
    return [of_units(part, decimals) for part in parts]


def units(amount: Decimal, decimals: int = UNIT_DECIMALS) -> int:
    """How many of the smallest units an amount is.

    :raises ValueError: it is not a whole number of them.
    """
    numerator, denominator = amount.as_integer_ratio()
    scale: int = 10**decimals
    count, left = divmod(numerator * scale, denominator)
    if left:
        raise ValueError(f"{amount} has more than {decimals} decimals")
    return count


def of_units(count: int, decimals: int = UNIT_DECIMALS) -> Decimal:
    """The amount that so many of the smallest units are."""
    return Decimal(f"{count}E-{decimals}")


def _largest(lost: Sequence[int], count: int) -> list[int]:
    """The places of the ``count`` largest remainders, of equal ones the first."""
    return sorted(range(len(lost)), key=lambda place: -lost[place])[:count]
