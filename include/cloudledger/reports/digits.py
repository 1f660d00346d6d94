"""How long a quantity or unit price may be to stay a number; what is longer stays as text."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from cloudledger.exact import WHOLE_DIGITS
from cloudledger.reports.declared import RawKind, ReportFormat


def most_digits(report_format: ReportFormat) -> dict[str, int]:
    """Raw column, no cost -> the digits before the decimal point that a number in it may have.

    14, as DECIMAL(38,24) has.
    """
    return {
        column.name: WHOLE_DIGITS
        for column in report_format.of(RawKind.DECIMAL)
        if not column.is_cost
    }


def digits_held(
    digits: Mapping[str, int], magnitudes: Mapping[str, Decimal], records: int
) -> dict[str, int]:
    """``digits``, where a report's quantities add up in DECIMAL(38,24).

    ``magnitudes`` are their sums without signs: a sum that only fits in one order of its terms does
    not fit. Where they do not fit, 14 less the digits of ``records``: few enough for any sum.
    """
    fewer = {
        name: WHOLE_DIGITS - len(str(records))
        for name, magnitude in magnitudes.items()
        if magnitude >= 10**WHOLE_DIGITS
    }
    return {**digits, **fewer}
