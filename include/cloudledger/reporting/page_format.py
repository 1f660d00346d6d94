"""How the ledger's pages write figures, instants and texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import Any

from cloudledger.ledger.rhythm import hours

MINUS = "\u2212"
NOTHING = "\u2013"
FIGURE_SPACE = "\u2007"
POINT_SPACE = "\u2008"
CENT = Decimal("0.01")


def exactly(amount: Decimal | None, places: int = 0) -> str:
    """Every digit, in groups of three before the point: ``1,234.5678``; a dash for None.

    Fewer decimals than ``places`` are made up with spaces of a digit's width, so that the points
    of a column stand under one another.
    """
    if amount is None:
        return NOTHING
    # copy_abs, unlike abs, does not round to the 28 digits of Python's decimal context.
    whole, _, fraction = f"{amount.copy_abs():f}".partition(".")
    fraction = fraction.rstrip("0")
    text = f"{int(whole):,}" + (f".{fraction}" if fraction else "")
    missing = FIGURE_SPACE * (places - len(fraction))
    if places and not fraction:
        missing = POINT_SPACE + missing
    return f"{MINUS if amount < 0 else ''}{text}{missing}"


def places(rows: Iterable[Mapping[str, Any]], *columns: str) -> int:
    """The most decimals that any amount in these columns has."""
    amounts = (row[column] for row in rows for column in columns)
    return max((len(exactly(amount).partition(".")[2]) for amount in amounts), default=0)


def money(amount: Decimal | None) -> str:
    """To the cent, half to even; two significant digits where that would read as nothing."""
    if amount is None:
        return NOTHING
    if not amount:
        return "0.00"
    if abs(amount) < CENT:
        places = Decimal((0, (1,), amount.adjusted() - 1))
        return exactly(amount.quantize(places, ROUND_HALF_EVEN))
    rounded = amount.quantize(CENT, ROUND_HALF_EVEN)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded):,.2f}"


def count(number: int | Decimal | None) -> str:
    """In groups of three; a dash for None."""
    return NOTHING if number is None else f"{int(number):,}"


def instant(moment: datetime | None) -> str:
    """To the minute, in UTC."""
    return NOTHING if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def day(when: date | None) -> str:
    """The ISO day."""
    return NOTHING if when is None else when.isoformat()


def percent(share: Decimal | None) -> str:
    """To a tenth, and 100 % only for all of it."""
    if share is None:
        return NOTHING
    rounding = ROUND_HALF_EVEN if share == 1 else ROUND_DOWN
    tenths = (share * 100).quantize(Decimal("0.1"), rounding)
    return f"{MINUS if tenths < 0 else ''}{abs(tenths)} %"


def ratio(number: Decimal | None) -> str:
    """To a hundredth, half to even."""
    return NOTHING if number is None else f"{number.quantize(CENT, ROUND_HALF_EVEN)}"


def span(seconds: int | None) -> str:
    """How long: ``45 min``, ``6 h``, ``5 days``."""
    return NOTHING if seconds is None else hours(timedelta(seconds=seconds))


def size(number: int | None) -> str:
    """Bytes in the unit that leaves at most four digits."""
    if number is None:
        return NOTHING
    amount = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def clipped(text: str | None, at_most: int = 400) -> str:
    """The beginning of a long text, and how much of it is left out."""
    if text is None:
        return NOTHING
    if len(text) <= at_most:
        return text
    return f"{text[:at_most]} \u2026 ({len(text) - at_most:,} more characters)"
