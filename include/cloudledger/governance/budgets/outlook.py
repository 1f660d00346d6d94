"""What a budget's scope has cost, and will have cost at the end of the month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudledger.governance.budgets.wanted import Outlook
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
            month,
            sum((row["forecast_cost"] for row in rows), Decimal(0)) * share,
            sum((row[f"upper_{level}"] for row in rows), Decimal(0)) * share,
            told,
        )

    def _providers(self, account: AccountSettings) -> list[str]:
        found = self._session.query(
            statement("governance/account_providers"), billing_account_id=account.billed_as
        )
        return [row["provider_name"] for row in found.to_pylist()]

    def spent(
        self, budget: BudgetSettings, account: AccountSettings, first_day: date, end_day: date
    ) -> Decimal:
        """Usage cost (EffectiveCost) of a budget's scope over [first_day, end_day)."""
        names = self._providers(account)
        return self._costs(budget.scope, account, names, first_day, end_day)[1]

    def _share(self, scope: Scope, account: AccountSettings, names: list[str]) -> Decimal | None:
        if KINDS[scope.kind] == "sub_account":
            return Decimal(1)
        end = self._as_of.date()
        whole, own = self._costs(scope, account, names, end - timedelta(days=SHARE_DAYS), end)
        return own / whole if whole > 0 else None

    def _costs(
        self,
        scope: Scope,
        account: AccountSettings,
        names: Sequence[str],
        first_day: date,
        end_day: date,
    ) -> tuple[Decimal, Decimal]:
        """What the scope's series cost, and how much of it is the account's."""
        whole = own = Decimal(0)
        by_account = KINDS[scope.kind] == "sub_account"
        # A tag's series holds the cost of every provider.
        for name in [None] if scope.kind == "tag" else names:
            for sub_account in (scope.value, *scope.includes) if by_account else [None]:
                (row,) = self._session.query(
                    statement("governance/account_cost"),
                    billing_account_id=account.billed_as,
                    billing_currency=account.currency,
                    first_day=first_day,
                    end_day=end_day,
                    provider_name=name,
                    service_name=scope.value if scope.kind == "service" else None,
                    sub_account_id=sub_account,
                    tag_key=scope.key or None,
                    tag_value=scope.value if scope.kind == "tag" else None,
                ).to_pylist()
                whole += row["cost"]
                own += row["account_cost"]
        return whole, own


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
