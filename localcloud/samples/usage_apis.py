"""What the providers' usage APIs say of the sample bills: the reports' own figures, in the APIs'
words, and a few differences that a comparison has to find.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from localcloud.oci.usage import UsageRow, cost_report_rows
from localcloud.samples.manifest import Manifest

OCI_SOURCE = "oci_main"
AWS_SOURCE = "aws_main"
LATE = Decimal("3.21")
UNKNOWN = Decimal("12.34")
UNKNOWN_BACK = 11
"""On which day, counted back from the end, the API knows a cost that no report will ever hold."""

OCI_NAMES = {"OBJECTSTORE": "Object Storage", "BLOCK_STORAGE": "Block Storage"}
"""Services that OCI's Usage API calls otherwise than the reports."""

EC2 = "Amazon Elastic Compute Cloud"
COMPUTE_USAGE = ("EUC1-BoxUsage",)


@dataclass(frozen=True, slots=True)
class Planted:
    """A difference: ``amount`` is what the reports hold more than the API, in ``currency``."""

    source: str
    cause: str
    day: date
    service: str
    currency: str
    amount: Decimal


class OciUsage(Protocol):
    """Where OCI's Usage API takes its rows from."""

    def load(self, rows: Iterable[UsageRow], *, report: str = "") -> int:
        """The rows, in place of those loaded under the same ``report``."""
        ...


class AwsCosts(Protocol):
    """Where Cost Explorer takes its rows from."""

    def load_costs(self, rows: Iterable[dict[str, Any]]) -> None:
        """The rows, in place of all others."""
        ...


def load_usage_apis(
    manifest: Manifest, *, oci: OciUsage | None = None, aws: AwsCosts | None = None
) -> list[Planted]:
    """Let the APIs know what the standing reports hold; what was planted in it.

    OCI's knows a line that no report holds yet (late), not the first correction of the reports
    (correction), and a cost that no report ever holds (unknown). Cost Explorer knows no credit
    (credit). Both round, as the real ones do.
    """
    planted: list[Planted] = []
    if oci is not None:
        rows = list(_oci_rows(manifest))
        correction = min((row for row in rows if row.amount < 0), key=lambda row: row.start)
        rows.remove(correction)
        extra = _oci_extra(manifest, rows)
        planted.append(_planted("correction", correction, correction.amount))
        planted += [_planted(cause, row, row.amount.copy_negate()) for cause, row in extra.items()]
        oci.load([_renamed(row) for row in (*rows, *extra.values())], report="usage")
    if aws is not None:
        lines = list(_aws_lines(manifest))
        credit = [line for line in lines if line["ChargeCategory"] == "Credit"]
        aws.load_costs(_aws_cost(line) for line in lines if line not in credit)
        planted += [
            Planted(
                AWS_SOURCE,
                "credit",
                date.fromisoformat(line["ChargePeriodStart"][:10]),
                line["ServiceName"],
                line["BillingCurrency"],
                Decimal(line["BilledCost"]),
            )
            for line in credit
        ]
    return planted


def _oci_rows(manifest: Manifest) -> Iterator[UsageRow]:
    current = [each for each in manifest.current() if each.source == OCI_SOURCE]
    for at, delivery in enumerate(current):
        anew = {reference for later in current[at + 1 :] for reference in later.repeated}
        yield from cost_report_rows(manifest.root / delivery.path, anew)


def _oci_extra(manifest: Manifest, rows: list[UsageRow]) -> dict[str, UsageRow]:
    model = next(row for row in rows if row.dimensions["service"] == "COMPUTE" and row.amount)

    def on(day: date, amount: Decimal) -> UsageRow:
        return replace(model, start=datetime.combine(day, time(), UTC), amount=amount)

    return {
        "late": on(manifest.end - timedelta(days=1), LATE),
        "unknown": on(manifest.end - timedelta(days=UNKNOWN_BACK), UNKNOWN),
    }


def _planted(cause: str, row: UsageRow, amount: Decimal) -> Planted:
    day, service = row.start.date(), row.dimensions["service"]
    return Planted(OCI_SOURCE, cause, day, service, row.currency, amount)


def _renamed(row: UsageRow) -> UsageRow:
    service = row.dimensions["service"]
    return replace(row, dimensions={**row.dimensions, "service": OCI_NAMES.get(service, service)})


def _aws_lines(manifest: Manifest) -> Iterator[dict[str, str]]:
    for delivery in manifest.current():
        if delivery.source == AWS_SOURCE and delivery.days:
            yield from _csv(manifest.root / delivery.path)


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _aws_cost(line: dict[str, str]) -> dict[str, Any]:
    return {
        "day": line["ChargePeriodStart"][:10],
        "unit": line["BillingCurrency"],
        "metrics": {
            "UNBLENDED_COST": line["BilledCost"],
            "AMORTIZED_COST": line["EffectiveCost"],
            "USAGE_QUANTITY": line["ConsumedQuantity"] or "0",
        },
        "dimensions": {
            "SERVICE": _aws_service(line),
            "LINKED_ACCOUNT": line["SubAccountId"],
            "RECORD_TYPE": line["ChargeCategory"],
        },
        "tags": json.loads(line["Tags"]),
    }


def _aws_service(line: dict[str, str]) -> str:
    """Cost Explorer tells virtual machines from the rest of EC2, and tax from what is taxed."""
    if line["ChargeCategory"] == "Tax":
        return "Tax"
    if line["ServiceName"] != EC2:
        return line["ServiceName"]
    machines = line["x_UsageType"].startswith(COMPUTE_USAGE)
    return f"{EC2} - Compute" if machines else "EC2 - Other"
