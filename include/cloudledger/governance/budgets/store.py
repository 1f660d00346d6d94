"""The budgets of accounts in the warehouse, as they were last read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import pyarrow as pa

from cloudledger.governance.change import Found, written
from cloudledger.governance.config import AccountSettings
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

ADDRESS = re.compile(r"^[^ ]+@[^ ]+$")
"""As the guard ``recipient_email`` has it."""


def save_budgets(
    session: Session,
    account: AccountSettings,
    found: Mapping[str, Found],
    *,
    read_at: datetime,
    run_id: str,
) -> list[str]:
    """Replace what is kept of an account's budgets by what it holds now.

    A budget of this project that has no alert rule is half made, or was broken by hand: it is not
    kept as a budget before it tells somebody again, which the next plan sees to. The names of those
    are returned. What else an account lets be set by hand and the tables do not hold (a rule at
    0 %, a recipient that is no address) is left out, so that a plan can be made that mends it.
    """
    session.execute(statement("governance/forget_budget_emails"), account=account.name)
    session.execute(statement("governance/forget_budget_rules"), account=account.name)
    session.execute(statement("governance/forget_budgets"), account=account.name)
    budgets, rules, emails, silent = [], [], [], []
    for target, one in sorted(found.items()):
        document = one.document
        telling = [rule for rule in document["rules"] if Decimal(rule["percent"]) > 0]
        if document["managed"] and not telling:
            silent.append(target)
            continue
        budgets.append(
            {
                "budget_id": budget_id(account.name, target),
                "account": account.name,
                "budget_name": target,
                "amount": Decimal(document["amount"]),
                "billing_currency": document.get("currency", account.currency),
                "scope": written(document["scope"]),
                "managed": int(document["managed"]),
                "read_at": read_at,
                "run_id": run_id,
            }
        )
        rules += [
            {
                "budget_id": budget_id(account.name, target),
                "place": place,
                "rule_type": rule["type"],
                "percent": Decimal(rule["percent"]),
                "recipients": json.dumps([*rule["emails"], *rule.get("topics", ())]),
            }
            for place, rule in enumerate(telling, 1)
        ]
        emails += [
            {"budget_id": budget_id(account.name, target), "place": place, "email": email}
            for place, rule in enumerate(telling, 1)
            for email in sorted(set(filter(ADDRESS.search, rule["emails"])))
        ]
    if budgets:
        session.insert("budget", pa.Table.from_pylist(budgets, schema=_BUDGET))
    if rules:
        session.insert("budget_alert_rule", pa.Table.from_pylist(rules, schema=_RULE))
    if emails:
        session.insert("budget_alert_email", pa.Table.from_pylist(emails, schema=_EMAIL))
    return silent


def budget_id(account: str, name: str) -> str:
    """32 hex digits over what names a budget."""
    return hashlib.sha256(json.dumps([account, name]).encode()).hexdigest()[:32]


_BUDGET = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("budget_id", "account", "budget_name", "billing_currency", "scope")
        ),
        ("amount", MONEY),
        ("managed", pa.int64()),
        ("read_at", INSTANT),
        ("run_id", pa.string()),
    ]
)
_RULE = pa.schema(
    [
        ("budget_id", pa.string()),
        ("place", pa.int64()),
        ("rule_type", pa.string()),
        ("percent", MONEY),
        ("recipients", pa.string()),
    ]
)
_EMAIL = pa.schema([("budget_id", pa.string()), ("place", pa.int64()), ("email", pa.string())])
