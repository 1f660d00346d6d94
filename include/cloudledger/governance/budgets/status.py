"""How far each budget of the month is spent, and how far it will be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from cloudledger.governance.budgets.wanted import Outlook

Severity = Literal["none", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("none", "medium", "high", "critical")
"""From the mildest to the worst."""

SPENT: tuple[tuple[Decimal, Severity], ...] = (
    (Decimal(90), "critical"),
    (Decimal(75), "high"),
    (Decimal(60), "medium"),
)
"""Percent of the amount from which what is spent is so severe."""
FORESEEN: tuple[tuple[Decimal, Severity], ...] = (
    (Decimal(110), "critical"),
    (Decimal(100), "high"),
)
"""Percent of the amount above which the month's forecast is so severe."""
CENTS = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """A budget on a day of a month; amounts in ``billing_currency``.

    :param actual_cost: usage cost of the month's days before ``as_of_day``.
    :param forecast_cost: of the whole month; None where nothing is forecast.
    :param days_left: days of the month that are not over.
    """

    budget_id: str
    account: str
    budget_name: str
    month: date
    as_of_day: date
    billing_currency: str
    amount: Decimal
    actual_cost: Decimal
    forecast_cost: Decimal | None
    days_left: int

    @property
    def actual_percent(self) -> Decimal:
        """Of the amount, what is spent."""
        return _percent(self.actual_cost, self.amount)

    @property
    def forecast_percent(self) -> Decimal | None:
        """Of the amount, what the month will have cost."""
        return None if self.forecast_cost is None else _percent(self.forecast_cost, self.amount)

    @property
    def actual_severity(self) -> Severity:
        """By what is spent."""
        spent = self.actual_cost * 100
        return next((how for least, how in SPENT if spent >= least * self.amount), "none")

    @property
    def forecast_severity(self) -> Severity:
        """By what the month will have cost."""
        if self.forecast_cost is None:
            return "none"
        coming = self.forecast_cost * 100
        return next((how for most, how in FORESEEN if coming > most * self.amount), "none")

    @property
    def severity(self) -> Severity:
        """The worse of the two."""
        return max(self.actual_severity, self.forecast_severity, key=SEVERITIES.index)


def month_of(day: date) -> tuple[date, date]:
    """The month [first, end) that a day lies in."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def foreseen(outlook: Outlook | str, month: date) -> Decimal | None:
    """The forecast of a month, if the outlook is of that month."""
    if isinstance(outlook, str) or outlook.month != month:
        return None
    return outlook.forecast


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    return (part / whole * 100).quantize(CENTS, ROUND_HALF_UP)
