"""Chargeback lines as CSV: every digit of an amount, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from cloudledger import exact
from cloudledger.governance.chargeback.allocation import Line
from cloudledger.governance.chargeback.config import Chargeback
from cloudledger.governance.chargeback.store import Version

Row = Mapping[str, str | Decimal]
LINE_COLUMNS = (
    *("month", "currency", "version", "state", "bearer", "cost_center", "name", "owner"),
    *("pool", "provider", "service", "charge_category", "amount", "rule"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line_rows(version: Version, lines: Iterable[Line], rules: Chargeback) -> list[Row]:
    """A row for each line; ``pool`` is empty for direct cost. Without lines one row of zero."""
    centers = {center.code: center for center in rules.centers}
    head: dict[str, str | Decimal] = dict.fromkeys(LINE_COLUMNS, "")
    head["month"] = version.month
    head["currency"] = version.billing_currency
    head["version"] = str(version.version)
    head["state"] = version.state
    head["amount"] = Decimal(0)
    rows: list[Row] = []
    for line in lines:
        center = centers.get(line.cost_center)
        rows.append(
            head
            | {
                "bearer": line.bearer.value,
                "cost_center": line.cost_center,
                "name": center.name if center else "",
                "owner": center.owner if center else "",
                "pool": line.kind.pool,
                "provider": line.kind.provider_name,
                "service": line.kind.service_name,
                "charge_category": line.kind.charge_category,
                "amount": line.amount,
                "rule": line.rule,
            }
        )
    return rows or [head]


def csv_text(rows: Sequence[Row]) -> str:
    """The rows with a header, as RFC 4180 has it; empty for none."""
    if not rows:
        return ""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(rows[0])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return out.getvalue()


def _cell(value: str | Decimal) -> str:
    """A text that begins as a formula does is quoted (OWASP, CSV Injection)."""
    if isinstance(value, Decimal):
        return exact.digits(value)
    return f"'{value}" if value.startswith(_FORMULA) else value
