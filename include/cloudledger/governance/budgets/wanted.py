"""Which budgets are wanted, and how far the account's own are from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from cloudledger.exact import digits
from cloudledger.governance.change import Change, Document, Found, same
from cloudledger.governance.config import AccountSettings, BudgetDefaults, BudgetSettings, Rule

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a budget's scope will have cost when the month ends, in the account's currency.

    :param month: its first day.
    :param upper: the bound that ``BudgetDefaults.level`` percent stay below.
    :param told: which forecast that is, for a person.
    """

    month: date
    forecast: Decimal
    upper: Decimal
    told: str


def wanted_amount(
    outlook: Outlook, budget: BudgetSettings, defaults: BudgetDefaults
) -> tuple[Decimal, str]:
    """A whole number of the currency, and where it comes from."""
    buffer = defaults.buffer if budget.buffer is None else budget.buffer
    step = budget.round_to or defaults.round_to
    buffered = outlook.upper * (1 + buffer)
    amount = max((buffered / step).to_integral_value(ROUND_CEILING), Decimal(1)) * step
    told = (
        f"{outlook.told}: {outlook.upper:,.2f} at most at {defaults.level} %, "
        f"{buffer * HUNDRED:.0f} % buffer, rounded up to {step}s: {amount:,.0f}"
    )
    if budget.floor and amount < budget.floor:
        return budget.floor, f"{told}; raised to the floor {budget.floor:,.0f}"
    if budget.ceiling and amount > budget.ceiling:
        return budget.ceiling, f"{told}; cut to the ceiling {budget.ceiling:,.0f}"
    return amount, told


def wanted(
    amount: Decimal, budget: BudgetSettings, account: AccountSettings, defaults: BudgetDefaults
) -> dict[str, Any]:
    """The document of a budget of this amount, as the account's adapter reads and writes it."""
    scope: dict[str, str] = {"kind": budget.scope.kind}
    if budget.scope.kind == "tag":
        scope["key"] = budget.scope.cloud_key or budget.scope.key
    if budget.scope.value:
        scope["value"] = budget.scope.cloud_value or budget.scope.value
    document: dict[str, Any] = {
        "name": budget.name,
        "amount": digits(amount),
        "scope": scope,
        "rules": sorted(
            (_rule(rule, budget, account, defaults) for rule in budget.rules or defaults.rules),
            key=lambda rule: (rule["type"], Decimal(rule["percent"])),
        ),
        "managed": True,
    }
    # A budget of OCI is in the tenancy's one currency, and says nothing of it.
    return document if account.kind == "oci" else document | {"currency": account.currency}


def _rule(
    rule: Rule, budget: BudgetSettings, account: AccountSettings, defaults: BudgetDefaults
) -> dict[str, Any]:
    percent = digits(rule.percent)
    document: dict[str, Any] = {
        "type": rule.type,
        "percent": percent,
        "emails": sorted(set(budget.owners or defaults.owners)),
    }
    if account.kind == "aws":  # whose notifications have a text of their own
        return document | {"topics": sorted(set(budget.topics))}
    when = "is spent" if rule.type == "ACTUAL" else "will be spent by its end"
    return document | {"message": f"{budget.name}: {percent} % of the month's budget {when}"}


def plan_budgets(
    account: AccountSettings,
    budgets: Iterable[BudgetSettings],
    outlooks: Mapping[str, Outlook | str],
    found: Mapping[str, Found],
    last: Mapping[str, Document],
    defaults: BudgetDefaults,
) -> list[Change]:
    """Every budget of an account: wanted, or there and ours.

    :param outlooks: by budget its outlook, or why there is none.
    :param found: what the account holds.
    :param last: by target what was last read back after a change of ours.
    """
    changes = []
    for budget in budgets:
        there = found.get(budget.name)
        changes.append(_change(account, budget, outlooks[budget.name], there, defaults))
    names = {change.target for change in changes}
    for target, there in found.items():
        if target not in names and there.document.get("managed"):
            why = "no budget of this name is configured for the account any more"
            changes.append(
                Change(account.name, target, there.document, None, there.version, (why,))
            )
    return [_with_drift(change, last.get(change.target)) for change in changes]


def _change(
    account: AccountSettings,
    budget: BudgetSettings,
    outlook: Outlook | str,
    there: Found | None,
    defaults: BudgetDefaults,
) -> Change:
    before = there.document if there else None
    amount, why = _amount(budget, outlook, before, defaults)
    after = before if amount is None else wanted(amount, budget, account, defaults)
    reasons = [why, *(differing(before, after) if before and after else ())]
    if before and not before.get("managed"):
        reasons.append("it is adopted: the marker tag is put on it")
    version = there.version if there else None
    return Change(account.name, budget.name, before, after, version, tuple(reasons))


def _amount(
    budget: BudgetSettings,
    outlook: Outlook | str,
    before: Document | None,
    defaults: BudgetDefaults,
) -> tuple[Decimal | None, str]:
    held = Decimal(before["amount"]) if before else None
    if isinstance(outlook, str):
        if held is not None:
            return held, f"{outlook}: its amount stays"
        if budget.floor:
            return budget.floor, f"{outlook}: the floor {budget.floor:,.0f}"
        return None, f"{outlook}, and it has no floor: it is not made"
    amount, why = wanted_amount(outlook, budget, defaults)
    if held is None or held == amount or abs(amount - held) > defaults.steady * held:
        return amount, why
    if held < (budget.floor or 0) or held > (budget.ceiling or held):
        return amount, why
    return held, f"{why}; within {defaults.steady * HUNDRED:.0f} % of {held:,.0f}, which stays"


def differing(before: Document, after: Document) -> list[str]:
    """By field what differs, in words."""
    told = []
    for name in sorted({*before, *after} - {"managed"}):
        old, new = before.get(name), after.get(name)
        if same({"": old}, {"": new}):
            continue
        if name == "rules":
            told.append(f"alert rules {_said(old or [])} become {_said(new or [])}")
        else:
            told.append(f"{name} {_plain(old)} becomes {_plain(new)}")
    return told


def _with_drift(change: Change, last: Document | None) -> Change:
    """With what somebody else changed since this project did, if anything."""
    if last is None or same(change.before, last):
        return change
    if change.before is None:
        drift = ["it was deleted by somebody else"]
    else:
        drift = [f"changed by somebody else: {what}" for what in differing(last, change.before)]
    return Change(
        change.account,
        change.target,
        change.before,
        change.after,
        change.version,
        (*drift, *change.reasons),
    )


def _said(rules: Iterable[Document]) -> str:
    told = [f"{rule['type']} {rule['percent']} %" for rule in rules]
    return ", ".join(told) or "(none)"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(each) for each in value.values())
    return str(value)
