"""A closed version as an ERP's journal: debits and credits in cents that balance to zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cloudledger import exact
from cloudledger.governance.chargeback.allocation import Bearer, Line
from cloudledger.governance.chargeback.config import Chargeback, Journal
from cloudledger.governance.chargeback.split import minor_unit, rounded
from cloudledger.governance.chargeback.store import Version


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of a journal, in the version's currency and with all of its decimals; one of
    ``debit`` and ``credit`` is zero."""

    account: str
    cost_center: str
    debit: Decimal
    credit: Decimal
    text: str


def document(version: Version, number: int | None = None) -> str:
    """What a version's journal is called; an ERP reverses the version before by its name."""
    told = version.version if number is None else number
    return f"CB-{version.month}-{version.billing_currency}-v{told}"


def postings(version: Version, lines: Iterable[Line], rules: Chargeback) -> list[Posting]:
    """What each center bears, directly and of each pool, against the clearing account.

    Amounts are rounded to the currency's smallest unit by the largest remainder, so that they add
    up to the rounded bill. What no known center bears is the unassigned account's. Postings of
    zero are left out.

    :raises ValueError: the settings have no journal.
    """
    journal = rules.journal
    if journal is None:
        raise ValueError("chargeback has no journal: name its accounts in the settings")
    sums: dict[tuple[str, str, str], Decimal] = {}
    for line in lines:
        key = (*_place(line, rules, journal), _text(line))
        sums[key] = exact.add(sums.get(key, Decimal(0)), line.amount)
    cents = rounded(list(sums.values()), minor_unit(version.billing_currency))
    month = f"cloud cost {version.month}"
    found = [
        _posting(account, center, amount, f"{month} {text}")
        for (account, center, text), amount in zip(sums, cents, strict=True)
        if amount
    ]
    total = exact.total(cents)
    if total:
        found.append(_posting(journal.clearing_account, "", total.copy_negate(), f"{month} bill"))
    return found


def balance(found: Sequence[Posting]) -> Decimal:
    """Debits less credits: zero."""
    debits = exact.total(one.debit for one in found)
    return exact.subtract(debits, exact.total(one.credit for one in found))


def _place(line: Line, rules: Chargeback, journal: Journal) -> tuple[str, str]:
    if line.bearer is not Bearer.CENTER:
        return journal.unassigned_account, journal.unassigned_center
    own = next((one.account for one in rules.centers if one.code == line.cost_center), None)
    if own:
        return own, line.cost_center
    shared = journal.shared_account if line.kind.pool else None
    return shared or journal.expense_account, line.cost_center


def _text(line: Line) -> str:
    if line.bearer is Bearer.UNTAGGED:
        return "untagged"
    if line.bearer is Bearer.UNKNOWN:
        return f"unknown center {line.cost_center}"
    return f"shared {line.kind.pool}" if line.kind.pool else "direct"


def _posting(account: str, center: str, amount: Decimal, text: str) -> Posting:
    nothing = exact.subtract(amount, amount)
    if amount > 0:
        return Posting(account, center, amount, nothing, text)
    return Posting(account, center, nothing, amount.copy_abs(), text)
