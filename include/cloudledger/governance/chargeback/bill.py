"""A month's bill, read from ``daily_cost``: the charges of its days, each currency by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from cloudledger import exact
from cloudledger.focus.columns import NO_CURRENCY, SPLIT
from cloudledger.governance.chargeback.allocation import BillLine
from cloudledger.governance.chargeback.config import Chargeback, ChargebackRefused
from cloudledger.ledger import projection
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

MART = "daily_cost"


@dataclass(frozen=True, slots=True)
class Bill:
    """A month's charges in one currency; ``total`` was added up apart from them."""

    currency: str
    lines: tuple[BillLine, ...]
    total: Decimal

    @property
    def id(self) -> str:
        """The same for the same charges: 64 hex digits."""
        told = sorted(
            json.dumps(
                [
                    *(line.provider_name, line.service_name, line.sub_account_id),
                    *(line.charge_category, dict(line.tags), exact.digits(line.amount)),
                ],
                sort_keys=True,
            )
            for line in self.lines
            if line.amount
        )
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def end_of(month: date) -> date:
    """The first day of the month after."""
    return (month + timedelta(days=31)).replace(day=1)


def bills(session: Session, month: date, rules: Chargeback) -> dict[str, Bill]:
    """The bills of a month's charge days by currency; what Kubernetes splits is in no bill.

    :param month: its first day.
    :raises ChargebackRefused: the settings go by a tag that ``daily_cost`` is not kept by.
    """
    tags = _tags(session, rules)
    span = {"first_day": month, "end_day": end_of(month), "split": SPLIT}
    sums = session.query(statement("governance/chargeback/bill_totals"), **span).to_pylist()
    lines: dict[str, list[BillLine]] = {row["billing_currency"]: [] for row in sums}
    for row in session.query(statement("governance/chargeback/bill"), **span).to_pylist():
        line = BillLine(
            provider_name=row["provider_name"],
            service_name=row["service_name"],
            sub_account_id=row["sub_account_id"],
            charge_category=row["charge_category"],
            tags=tags.get(row["tag_set_id"], {}),
            amount=row[rules.cost] or Decimal(0),
        )
        lines[row["billing_currency"]].append(line)
    found = {
        row["billing_currency"]: Bill(
            row["billing_currency"],
            tuple(lines[row["billing_currency"]]),
            row[rules.cost] or Decimal(0),
        )
        for row in sums
    }
    return {name: bill for name, bill in sorted(found.items()) if name != NO_CURRENCY or bill.total}


def waiting_days(session: Session, month: date) -> list[date]:
    """The days of a month of which something is taken in and not published yet."""
    end = end_of(month)
    return sorted({day for _, day in projection.pending_days(session) if month <= day < end})


def _tags(session: Session, rules: Chargeback) -> Mapping[str, Mapping[str, str]]:
    """By tag set, the values of the tags that the settings go by."""
    keys = {rules.tag_key, *(key for pool in rules.pools for key in pool.select.tags)}
    _require_kept(session, keys)
    held: dict[str, dict[str, str]] = {}
    for key in sorted(keys):
        for row in session.query(statement("reporting/tag_values"), tag_key=key).to_pylist():
            if row["tag_value"]:
                held.setdefault(row["tag_set_id"], {})[key] = row["tag_value"]
    return held


def _require_kept(session: Session, keys: Iterable[str]) -> None:
    rows = session.query(statement("marts/state"), mart=MART).to_pylist()
    kept = json.loads(rows[0]["built_by"])["tag_keys"] if rows else list(keys)
    if missing := sorted(set(keys) - set(kept)):
        raise ChargebackRefused(
            f"chargeback goes by the tag {', '.join(missing)}, and daily_cost is kept by "
            f"{', '.join(kept) or 'none'}: name it in the settings' tag_keys and publish"
        )
