"""How severe it is that a budget is spent, or will be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cloudledger.governance.budgets.status import BudgetStatus, foreseen, month_of
from cloudledger.governance.budgets.wanted import Outlook

MARCH = date(2026, 3, 1)


def status(actual: str, forecast: str | None) -> BudgetStatus:
    return BudgetStatus(
        budget_id="1",
        account="main",
        budget_name="shop",
        month=MARCH,
        as_of_day=date(2026, 3, 20),
        billing_currency="EUR",
        amount=Decimal(1000),
        actual_cost=Decimal(actual),
        forecast_cost=None if forecast is None else Decimal(forecast),
        days_left=12,
    )


@pytest.mark.parametrize(
    ("actual", "forecast", "severity"),
    [
        ("599.99", "900", "none"),
        ("600", "900", "medium"),
        ("749.99", None, "medium"),
        ("750", None, "high"),
        ("899.999", None, "high"),
        ("900", None, "critical"),
        ("100", "1000", "none"),
        ("100", "1000.001", "high"),
        ("100", "1100", "high"),
        ("100", "1100.001", "critical"),
        ("950", "1050", "critical"),
        ("-5", "-3", "none"),
    ],
)
def test_the_worse_of_spent_and_foreseen_counts(
    actual: str, forecast: str | None, severity: str
) -> None:
    assert status(actual, forecast).severity == severity


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2026, 2, 28), (date(2026, 2, 1), date(2026, 3, 1))),
        (date(2026, 12, 31), (date(2026, 12, 1), date(2027, 1, 1))),
        (date(2028, 2, 29), (date(2028, 2, 1), date(2028, 3, 1))),
    ],
)
def test_a_month_ends_before_the_next_one(day: date, month: tuple[date, date]) -> None:
    assert month_of(day) == month


def test_an_outlook_of_another_month_foretells_nothing() -> None:
    outlook = Outlook(MARCH, Decimal(10), Decimal(12), "forecast")
    assert foreseen(outlook, MARCH) == 10
    assert foreseen(outlook, date(2026, 4, 1)) is None
    assert foreseen("no forecast", MARCH) is None
