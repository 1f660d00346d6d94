"""Decimal arithmetic that cannot round: Python's own context keeps only 28 digits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Clamped, Context, Decimal, Inexact, InvalidOperation, Overflow

DECIMALS = 24
WHOLE_DIGITS = 14
"""What DECIMAL(38,24) holds behind and before the decimal point."""

_EXACT = Context(prec=4000, traps=[Inexact, Clamped, Overflow, InvalidOperation])


def fits(amount: Decimal) -> bool:
    """Whether DECIMAL(38,24) has the whole digits for an amount."""
    return amount.is_zero() or amount.adjusted() < WHOLE_DIGITS


def add(left: Decimal, right: Decimal) -> Decimal:
    """The exact sum; :raises decimal.Inexact: beyond 4000 digits."""
    return _EXACT.add(left, right)


def subtract(left: Decimal, right: Decimal) -> Decimal:
    """The exact difference; :raises decimal.Inexact: beyond 4000 digits."""
    return _EXACT.subtract(left, right)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum of all; zero for none."""
    result = Decimal(0)
    for amount in amounts:
        result = _EXACT.add(result, amount)
    return result


def digits(amount: Decimal) -> str:
    """Every digit, without the zeros at the end of the fraction."""
    whole, point, fraction = f"{amount:f}".partition(".")
    text = f"{whole}{point}{fraction}".rstrip("0").rstrip(".") if point else whole
    return "0" if text in ("", "-0") else text
