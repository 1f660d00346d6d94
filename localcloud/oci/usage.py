"""What was used, by the hour: loaded from cost reports, answered by the Usage API."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from localcloud.oci.state import State, instant, parse_instant

DIMENSIONS = {
    "tenantId": "lineItem/tenantId",
    "service": "product/service",
    "skuName": "product/Description",
    "skuPartNumber": "cost/productSku",
    "compartmentId": "product/compartmentId",
    "compartmentName": "product/compartmentName",
    "compartmentPath": "product/compartmentPath",
    "region": "product/region",
    "logicalAd": "product/availabilityDomain",
    "resourceId": "product/resourceId",
    "subscriptionId": "cost/subscriptionId",
}
"""The Usage API's dimensions and the cost-csv columns that hold them."""


@dataclass(frozen=True)
class UsageRow:
    """One hour of one resource; ``tags`` is keyed ``namespace.key``."""

    start: datetime
    amount: Decimal
    quantity: Decimal
    currency: str
    unit: str
    dimensions: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)


class Usage:
    """Every loaded row."""

    def __init__(self, state: State) -> None:
        self._state = state

    def load(self, rows: Iterable[UsageRow], *, report: str = "") -> int:
        """The rows, in place of those loaded under the same ``report``; how many."""
        values = [
            (
                *(report, instant(row.start), row.currency, row.unit),
                *(str(row.amount), str(row.quantity)),
                *(json.dumps(dict(row.dimensions)), json.dumps(dict(row.tags))),
            )
            for row in rows
        ]
        with self._state.write() as db:
            db.execute("DELETE FROM usage WHERE report = ?", (report,))
            db.executemany("INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        return len(values)

    def between(self, start: datetime, end: datetime) -> Iterator[UsageRow]:
        """The rows that start in ``[start, end)``."""
        for row in self._state.rows(
            "SELECT * FROM usage WHERE start >= ? AND start < ?", instant(start), instant(end)
        ):
            yield UsageRow(
                start=parse_instant(row["start"]),
                amount=Decimal(row["amount"]),
                quantity=Decimal(row["quantity"]),
                currency=row["currency"],
                unit=row["unit"],
                dimensions=json.loads(row["dimensions"]),
                tags=json.loads(row["tags"]),
            )


def cost_report_rows(path: Path, without: Container[str] = ()) -> Iterator[UsageRow]:
    """The usage that an OCI cost-csv report, gzip or plain, tells of.

    A line that the file garbles is left out: the service itself would not have it garbled, and
    what it was cannot be known.

    :param without: reference numbers of lines to leave out.
    :raises KeyError: for a file without the columns of such a report.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", errors="replace", newline="") as file:
        for line in csv.DictReader(file):
            if None in line or None in line.values():
                continue
            if line.get("lineItem/referenceNo") in without:
                continue
            try:
                row = _row(line)
            except (ValueError, InvalidOperation):
                continue
            if row.amount.is_finite() and (row.currency or not row.amount):
                yield row


def _row(line: dict[str, str]) -> UsageRow:
    return UsageRow(
        start=parse_instant(line["lineItem/intervalUsageStart"]),
        amount=Decimal(line["cost/myCost"] or 0),
        quantity=Decimal(line["usage/billedQuantity"] or 0),
        currency=line["cost/currencyCode"],
        unit=line["cost/skuUnitDescription"],
        dimensions={name: line[column] for name, column in DIMENSIONS.items() if line.get(column)},
        tags={
            name.removeprefix("tags/").replace("/", ".", 1): value
            for name, value in line.items()
            if name.startswith("tags/") and value
        },
    )
