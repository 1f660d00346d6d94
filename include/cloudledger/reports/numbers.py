"""Reading a decimal's text exactly.

Almost every cell is matched by :func:`simple`, where DuckDB's own cast to DECIMAL(38,24) is exact
(probed over E-notation too). Everything else is read here: DuckDB rounds silently, turns a tiny
E-notation value into 0, and finds some values that do fit to be none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from cloudledger.exact import DECIMALS, WHOLE_DIGITS

MOST_DECIMALS = 1000
MOST_DIGITS = 1000
"""Before the decimal point, where only the text is kept: a sum of such must still be told."""

_NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,6})?")
_EXACT = Context(prec=2 * MOST_DECIMALS)
_STEP = Decimal(1).scaleb(-DECIMALS)


@dataclass(frozen=True, slots=True)
class Number:
    """A value as DECIMAL(38,24) holds it, and what that leaves out (``exact == kept + rest``).

    ``kept`` is ``None`` where the value is too long to be held: then ``rest`` is all of it.
    """

    kept: Decimal | None
    rest: Decimal


def simple(digits: int = WHOLE_DIGITS) -> str:
    """The pattern of the cells with up to ``digits`` (1 to 14) digits before the decimal point
    that DuckDB casts exactly."""
    return (
        rf"[+-]?[0-9]{{1,{digits}}}([.][0-9]{{0,24}})?"
        r"|[+-]?[0-9]([.][0-9]{1,16})?[eE]-0?[0-8]"
        r"|[+-]?[0-9]([.][0-9]{1,6})?[eE]-(0?9|1[0-8])"
    )


def read_number(text: str, digits: int | None = None) -> Number | str:
    """The number that ``text`` writes, or why it cannot be taken.

    One with more than ``digits`` digits before the decimal point is a number of which nothing is
    kept; without ``digits``, as for a cost, one with more than 14 cannot be taken.
    """
    text = text.strip(" ")
    if not _NUMBER.fullmatch(text):
        return "is not a number"
    value = Decimal(text)
    if value.is_zero():
        return Number(Decimal(0), Decimal(0))
    if value.adjusted() < -MOST_DECIMALS:
        return f"needs more than {MOST_DECIMALS} decimals"
    most = WHOLE_DIGITS if digits is None else MOST_DIGITS
    if value.adjusted() >= most:
        return f"needs more than {most} digits before the decimal point"
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MOST_DECIMALS:
        return f"needs more than {MOST_DECIMALS} decimals"
    kept = value.quantize(_STEP, ROUND_HALF_EVEN, _EXACT)
    if kept.adjusted() < (WHOLE_DIGITS if digits is None else digits):
        return Number(kept, _EXACT.subtract(value, kept))
    if digits is None:
        return f"needs more than {most} digits before the decimal point"
    return Number(None, value)


def plain(value: Decimal) -> str:
    """Without exponent: 0.00000000023, -12.5, 0."""
    return format(value, "f")
