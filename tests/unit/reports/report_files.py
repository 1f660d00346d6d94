"""Small reports for the tests, and the exact reading by Python's own csv and Decimal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from pathlib import Path

import duckdb

from cloudledger.reports.formats import FORMATS
from cloudledger.reports.layout import NOTHING_GIVEN
from cloudledger.reports.read import Report
from tests.support.read_lines import read_lines
from tests.support.reports import OCI_COST_COLUMNS, table

EXACT = Context(prec=2000)
"""Python's default context would round a sum to 28 digits."""

OCI_HEADER = [*OCI_COST_COLUMNS, "tags/Oracle-Tags.CreatedBy", "tags/team"]

OCI_LINE = {
    "lineItem/referenceNo": "ref-1",
    "lineItem/tenantId": "ocid1.tenancy.oc1..a",
    "lineItem/intervalUsageStart": "2023-11-13T10:00Z",
    "lineItem/intervalUsageEnd": "2023-11-13T11:00:00Z",
    "product/service": "COMPUTE",
    "product/compartmentId": "ocid1.compartment.oc1..c",
    "product/compartmentName": "apps",
    "product/region": "uk-london-1",
    "product/availabilityDomain": "AD-1",
    "product/resourceId": "ocid1.instance.oc1..i",
    "usage/billedQuantity": "2.5",
    "cost/subscriptionId": "0123",
    "cost/productSku": "B88317",
    "product/Description": "Standard E4",
    "cost/unitPrice": "0.5",
    "cost/myCost": "1.25",
    "cost/currencyCode": "GBP",
    "cost/skuUnitDescription": "OCPU Hours",
    "cost/overageFlag": "N",
    "lineItem/isCorrection": "false",
}

FOCUS_LINE = {
    "ProviderName": "AWS",
    "BillingAccountId": "1",
    "BillingPeriodStart": "2024-09-01 00:00:00",
    "BillingPeriodEnd": "2024-10-01 00:00:00",
    "ChargePeriodStart": "2024-09-18 22:00:00",
    "ChargePeriodEnd": "2024-09-18 23:00:00",
    "ChargeCategory": "Usage",
    "BilledCost": "1.5",
    "EffectiveCost": "1.25",
    "ListCost": "2",
    "ContractedCost": "1.5",
    "BillingCurrency": "USD",
    "ServiceName": "Amazon S3",
    "PricingQuantity": "3",
    "ConsumedQuantity": "4",
    "Tags": '{"team": "a"}',
}


def oci_lines(count: int) -> list[dict[str, str]]:
    """Lines with references ref-1, ref-2...."""
    return [OCI_LINE | {"lineItem/referenceNo": f"ref-{n}"} for n in range(1, count + 1)]


def as_csv(
    lines: Iterable[Mapping[str, str]], header: list[str] | None = None, end: str = "\n"
) -> bytes:
    """The lines under an OCI cost header, or under ``header``."""
    return table(header or OCI_HEADER, lines, end).encode()


def focus_csv(*lines: Mapping[str, str]) -> bytes:
    return as_csv([FOCUS_LINE | line for line in lines], list(FOCUS_LINE | lines[0]))


@dataclass
class Opened:
    """A report and the connection that holds its lines."""

    report: Report
    con: duckdb.DuckDBPyConnection

    def lines(self, *columns: str) -> list[tuple[object, ...]]:
        wanted = ", ".join(columns)
        return self.con.execute(
            f"SELECT {wanted} FROM focus_line ORDER BY x_record_number"
        ).fetchall()

    def reasons(self) -> dict[int, tuple[str | None, str]]:
        return {s.record_number: (s.column, s.reason) for s in self.report.set_aside}

    def totals(self, *, kept: bool) -> dict[tuple[str, str], Decimal]:
        """(currency, measure) -> exact sum, the rounding included."""
        found: dict[tuple[str, str], Decimal] = {}
        for control in self.report.controls:
            if control.group.kept is kept:
                key = control.group.billing_currency, control.measure
                for part in (control.amount, control.rounding):
                    found[key] = EXACT.add(found.get(key, Decimal(0)), part)
        return found


def opened(
    data: bytes,
    folder: Path,
    *,
    format: str | None = None,
    given: Mapping[str, str] = NOTHING_GIVEN,
) -> Opened:
    """Write ``data`` and open it as a report."""
    path = folder / "delivered"
    path.write_bytes(data)
    return opened_path(path, format=format, given=given)


def opened_path(
    path: Path,
    *,
    format: str | None = None,
    given: Mapping[str, str] = NOTHING_GIVEN,
) -> Opened:
    return Opened(*read_lines(path, format=format, given=given))


STAND_INS = {
    "ListCost": ["ListCost", "ContractedCost", "BilledCost"],
    "ContractedCost": ["ContractedCost", "ListCost", "BilledCost"],
}


def exact_totals(data: bytes, format_name: str) -> dict[tuple[str, str], Decimal]:
    """(currency, measure) -> sum, read by Python's csv and Decimal alone."""
    controls = FORMATS[format_name].controls
    currency = FORMATS[format_name].currency
    found: dict[tuple[str, str], Decimal] = {}
    text = io.StringIO(data.decode("utf-8-sig"), newline="")
    for row in csv.DictReader(text):
        code = row[currency] if row[currency] not in ("", "NULL") else "XXX"
        for measure, terms in controls.items():
            columns = STAND_INS[measure] if len(terms) > 1 else [terms[0].column]
            filled = [cell for name in columns if (cell := row.get(name)) not in (None, "", "NULL")]
            amount = Decimal(filled[0] if filled else 0)
            found[code, measure] = EXACT.add(found.get((code, measure), Decimal(0)), amount)
    return found
