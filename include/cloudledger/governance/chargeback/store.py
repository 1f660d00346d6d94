"""Versions of a chargeback in the warehouse: an open one is replaced, a closed one stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa

from cloudledger import exact
from cloudledger.governance.chargeback.allocation import Bearer, Kind, Line
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

RULE_BYTES = 1000


class NotBalanced(RuntimeError):
    """The lines in the table do not add up to the bill: a defect, nothing is committed."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a month in one currency, as ``chargeback_period`` has it."""

    charge_month: date
    billing_currency: str
    version: int
    state: Literal["open", "closed"]
    reason: str
    cost_column: str
    total_cost: Decimal
    bill_id: str
    rules_id: str
    ledger_version: int
    as_of: datetime
    closed_at: datetime | None
    run_id: str

    @property
    def month(self) -> str:
        """Such as ``2026-10``."""
        return f"{self.charge_month:%Y-%m}"

    @property
    def key(self) -> dict[str, object]:
        """The binds that name it."""
        return {
            "charge_month": self.charge_month,
            "billing_currency": self.billing_currency,
            "version_number": self.version,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """What a center is charged for a service in a version, and was in the closed one before."""

    earlier_version: int
    bearer: Bearer
    cost_center: str
    provider_name: str
    service_name: str
    amount_before: Decimal
    amount_after: Decimal

    @property
    def amount(self) -> Decimal:
        """After less before."""
        return exact.subtract(self.amount_after, self.amount_before)


def versions(session: Session, first_month: date, end_month: date) -> list[Version]:
    """Every version of the months [``first_month``, ``end_month``), a month's latest last."""
    rows = session.query(
        statement("governance/chargeback/versions"), first_month=first_month, end_month=end_month
    ).to_pylist()
    return [Version(**row) for row in rows]


def lines_of(session: Session, version: Version) -> list[Line]:
    """The lines of a version, in their order."""
    rows = session.query(statement("governance/chargeback/lines"), **version.key).to_pylist()
    return [
        Line(
            Bearer(row["bearer"]),
            row["cost_center"] or "",
            Kind(
                row["pool"] or "",
                *(row[name] for name in ("provider_name", "service_name", "charge_category")),
            ),
            row["amount"],
            row["split_rule"],
        )
        for row in rows
    ]


def differences_of(session: Session, version: Version) -> list[Difference]:
    """How a version differs from the closed one before it; empty for the first one."""
    rows = session.query(statement("governance/chargeback/changes"), **version.key).to_pylist()
    return [
        Difference(
            **{
                **row,
                "bearer": Bearer(row["bearer"]),
                "cost_center": row["cost_center"] or "",
            }
        )
        for row in rows
    ]


def differences(earlier: int, before: Iterable[Line], after: Iterable[Line]) -> list[Difference]:
    """What differs by center and service, pools and direct cost together."""
    sums: dict[tuple[Bearer, str, str, str], list[Decimal]] = {}
    for side, lines in enumerate((before, after)):
        for line in lines:
            key = line.bearer, line.cost_center, line.kind.provider_name, line.kind.service_name
            held = sums.setdefault(key, [Decimal(0), Decimal(0)])
            held[side] = exact.add(held[side], line.amount)
    order = list(Bearer)
    return [
        Difference(earlier, *key, *amounts)
        for key, amounts in sorted(
            sums.items(), key=lambda item: (order.index(item[0][0]), *item[0][1:])
        )
        if amounts[0] != amounts[1]
    ]


def keep(
    session: Session, version: Version, lines: Sequence[Line], changes: Sequence[Difference]
) -> None:
    """Write a version in place of the open one of its number; prove that the table adds up.

    :raises ConstraintViolated: the number is a closed version's.
    :raises NotBalanced: the lines in the table are not the bill.
    """
    session.execute(statement("governance/chargeback/forget_period"), **version.key)
    row = {field.name: getattr(version, field.name) for field in fields(version)}
    session.insert("chargeback_period", pa.Table.from_pylist([row], _PERIODS))
    for table in ("line", "change"):
        session.execute(statement(f"governance/chargeback/forget_{table}"), **version.key)
    if lines:
        session.insert("chargeback_line", pa.Table.from_pylist(_lines(version, lines), _LINES))
    if changes:
        rows = _changes(version, changes)
        session.insert("chargeback_change", pa.Table.from_pylist(rows, _CHANGES))
    (held,) = session.query(
        statement("governance/chargeback/line_total"), **version.key
    ).to_pylist()
    if (held["total_cost"] or Decimal(0)) != version.total_cost:
        raise NotBalanced(
            f"chargeback of {version.month} in {version.billing_currency}: the lines add up to "
            f"{exact.digits(held['total_cost'] or Decimal(0))}, the bill is "
            f"{exact.digits(version.total_cost)}: report this defect, nothing was changed"
        )


_KEY = {"charge_month": pa.date32(), "billing_currency": pa.string(), "version": pa.int64()}
_PERIODS = pa.schema(
    {
        **_KEY,
        **dict.fromkeys(("state", "reason", "cost_column"), pa.string()),
        "total_cost": MONEY,
        **dict.fromkeys(("bill_id", "rules_id"), pa.string()),
        "ledger_version": pa.int64(),
        **dict.fromkeys(("as_of", "closed_at"), INSTANT),
        "run_id": pa.string(),
    }
)
_LINES = pa.schema(
    {
        **_KEY,
        "line_number": pa.int64(),
        **dict.fromkeys(("bearer", "cost_center", "pool", "provider_name"), pa.string()),
        **dict.fromkeys(("service_name", "charge_category"), pa.string()),
        "amount": MONEY,
        "split_rule": pa.string(),
    }
)
_CHANGES = pa.schema(
    {
        **_KEY,
        **dict.fromkeys(("line_number", "earlier_version"), pa.int64()),
        **dict.fromkeys(("bearer", "cost_center", "provider_name"), pa.string()),
        "service_name": pa.string(),
        **dict.fromkeys(("amount_before", "amount_after"), MONEY),
    }
)


def _numbered(version: Version, number: int) -> dict[str, Any]:
    return {name: getattr(version, name) for name in _KEY} | {"line_number": number}


def _lines(version: Version, lines: Iterable[Line]) -> list[dict[str, Any]]:
    return [
        _numbered(version, number)
        | {
            "bearer": line.bearer.value,
            "cost_center": line.cost_center,
            "pool": line.kind.pool,
            "provider_name": line.kind.provider_name,
            "service_name": line.kind.service_name,
            "charge_category": line.kind.charge_category,
            "amount": line.amount,
            "split_rule": line.rule,
        }
        for number, line in enumerate(lines, 1)
    ]


def _changes(version: Version, changes: Iterable[Difference]) -> list[dict[str, Any]]:
    return [
        _numbered(version, number)
        | {field.name: getattr(change, field.name) for field in fields(change)}
        | {"bearer": change.bearer.value}
        for number, change in enumerate(changes, 1)
    ]
