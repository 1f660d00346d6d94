"""What a budget's scope will have cost at the end of the month, from the stored forecasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudledger.governance.budgets import Outlook
from cloudledger.governance.config import AccountSettings, BudgetSettings, Scope
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

SHARE_DAYS = 30
KINDS = {
    "total": "provider",
    "compartment": "sub_account",
    "account": "sub_account",
    "service": "service",
    "tag": "tag",
}
"""By a scope's kind the kind of series that tells it."""

Row = dict[str, Any]


class Outlooks:
    """The month's forecasts as they stood at an instant."""

    def __init__(self, session: Session, *, forecaster: str, as_of: datetime) -> None:
        self._session = session
        self._as_of = as_of
        self._rows: list[Row] = session.query(
            statement("governance/month_outlook"), forecaster=forecaster, as_of=as_of
        ).to_pylist()

    def of(self, budget: BudgetSettings, account: AccountSettings, level: int) -> Outlook | str:
        """A budget's outlook, or why there is none.

        A series that holds other accounts' cost, too, counts by the account's share of the last 30
        days.
        """
        scope = budget.scope
        names = self._providers(account)
        if not names:
            return f"no cost of billing account {account.billed_as} is known"
        rows = [row for row in self._rows if _is_of(row, scope, account, names)]
        if not rows:
            return f"no forecast of {_named(scope)} in {account.currency}"
        if any(row[f"upper_{level}"] is None for row in rows):
            return f"the forecast of {_named(scope)} has no upper bound at {level} %"
        share = self._share(scope, account, names)
        if share is None:
            return f"{_named(scope)} cost nothing in the last {SHARE_DAYS} days"
        month = max(row["charge_day"] for row in rows)
        rows = [row for row in rows if row["charge_day"] == month]
        told = f"forecast of {month:%B %Y} made with what was known to {rows[0]['origin_day']}"
        if share != 1:
            told += f", of which {share * 100:.1f} % is the account's"
        return Outlook(
            sum((row["forecast_cost"] for row in rows), Decimal(0)) * share,
            sum((row[f"upper_{level}"] for row in rows), Decimal(0)) * share,
            told,
        )

    def _providers(self, account: AccountSettings) -> list[str]:
        found = self._session.query(
            statement("governance/account_providers"), billing_account_id=account.billed_as
        )
        return [row["provider_name"] for row in found.to_pylist()]

    def _share(self, scope: Scope, account: AccountSettings, names: list[str]) -> Decimal | None:
        if KINDS[scope.kind] == "sub_account":
            return Decimal(1)
        end = self._as_of.date()
        costs = [
            self._session.query(
                statement("governance/account_cost"),
                billing_account_id=account.billed_as,
                billing_currency=account.currency,
                first_day=end - timedelta(days=SHARE_DAYS),
                end_day=end,
                provider_name=name,
                service_name=scope.value if scope.kind == "service" else None,
                tag_key=scope.key or None,
                tag_value=scope.value if scope.kind == "tag" else None,
            ).to_pylist()[0]
            # A tag's series holds the cost of every provider.
            for name in ([None] if scope.kind == "tag" else names)
        ]
        whole = sum((row["cost"] for row in costs), Decimal(0))
        own = sum((row["account_cost"] for row in costs), Decimal(0))
        return own / whole if whole > 0 else None


def _is_of(row: Row, scope: Scope, account: AccountSettings, names: list[str]) -> bool:
    if row["kind"] != KINDS[scope.kind] or row["billing_currency"] != account.currency:
        return False
    if scope.kind == "tag":
        return (row["tag_key"], row["tag_value"]) == (scope.key, scope.value)
    if row["provider_name"] not in names:
        return False
    if KINDS[scope.kind] == "sub_account":
        return row["sub_account_id"] in (scope.value, *scope.includes)
    return scope.kind == "total" or row["service_name"] == scope.value


def _named(scope: Scope) -> str:
    if scope.kind == "total":
        return "the whole account"
    return f"{scope.kind} {scope.key + '=' if scope.key else ''}{scope.value}"
