"""How reports write numbers and instants, and how their bytes are packed."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation

EXACT = Context(prec=80, traps=[Inexact, InvalidOperation])
"""Arithmetic that raises rather than rounds."""


def number(value: Decimal, style: str = "plain") -> str:
    """The exact value as text, in one of the styles of :class:`localcloud.samples.fleet.Sku`."""
    plain = f"{value:f}"
    if style == "padded":
        whole, _, decimals = plain.partition(".")
        return f"{whole}.{decimals.ljust(12, '0')}"
    if style == "double" and value and abs(value) < Decimal("0.001"):
        return _scientific(value)
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def _scientific(value: Decimal) -> str:
    """As Java writes a double, such as ``2.3E-9``, but with every digit."""
    sign, digits, _ = value.as_tuple()
    shown = "".join(map(str, digits)).rstrip("0")
    return f"{'-' if sign else ''}{shown[0]}.{shown[1:] or '0'}E{value.adjusted()}"


def minute(moment: datetime) -> str:
    """Such as ``2026-10-31T06:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def second(moment: datetime) -> str:
    """Such as ``2026-10-31T06:00:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def identifier(*parts: object, length: int = 40) -> str:
    """A made-up identifier of lower-case letters and digits, the same for the same parts."""
    digest = hashlib.sha512("|".join(map(str, parts)).encode()).digest()
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(letters[byte % 32] for byte in digest)[:length]


def packed(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A gzipped CSV: the same bytes for the same rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return gzip.compress(text.getvalue().encode(), 6, mtime=0)
