"""OCI cost reports (cost-csv) of a tenancy, with everything that real ones do.

Header and values follow docs.oracle.com, "Cost and Usage Reports Overview".
"""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from localcloud.samples import oci_names
from localcloud.samples.charges import Charge, corrected
from localcloud.samples.fleet import Source
from localcloud.samples.report import BadLine, ReportFile, by_slot, due, sequence, slot_at
from localcloud.samples.text import EXACT, identifier, minute, number, packed, second
from localcloud.samples.usage import DAY, HOUR, Window

MILLISECOND = timedelta(milliseconds=1)
PREFIX = "reports/cost-csv/"
COLUMNS = (
    *("lineItem/referenceNo", "lineItem/tenantId"),
    *("lineItem/intervalUsageStart", "lineItem/intervalUsageEnd"),
    *("product/service", "product/compartmentId", "product/compartmentName"),
    *("product/region", "product/availabilityDomain", "product/resourceId"),
    *("usage/billedQuantity", "usage/billedQuantityOverage", "cost/subscriptionId"),
    *("cost/productSku", "product/Description", "cost/unitPrice", "cost/unitPriceOverage"),
    *("cost/myCost", "cost/myCostOverage", "cost/currencyCode", "cost/billingUnitReadable"),
    *("cost/skuUnitDescription", "cost/overageFlag"),
    *("lineItem/isCorrection", "lineItem/backreferenceNo"),
)
GROWN = {
    "product/compartmentPath": "product/compartmentName",
    "usage/attributedUsage": "usage/billedQuantityOverage",
    "cost/attributedCost": "cost/myCostOverage",
}
"""The columns that appear one day, each with the column that it follows."""


def deliver(
    source: Source, charges: Sequence[Charge], within: Window, seed: int
) -> Iterator[ReportFile]:
    """Every version of every report, in no order."""
    planted = source.planted
    late = [charge for charge in charges if _is_late(charge, planted["late"], within)]
    held_back = {charge.reference for charge in late}
    known = due((each for each in charges if each.reference not in held_back), source.id, seed)
    slots = dict(by_slot(known, source.every_hours))
    writer = _Writer(source, within)

    def slot(days: int) -> datetime:
        return slot_at(within.back(days) + 12 * HOUR, source.every_hours)

    correcting = slot(planted["corrections"]["delivered"])
    slots[correcting] += corrections(charges, planted["corrections"], within)
    special = {
        slot(planted["overwritten"]["slot"]): _overwritten,
        slot(planted["split"]): _split,
        slot(planted["bad_lines"]): _with_bad_lines,
        correcting: _correcting,
    }
    for moment, billed in slots.items():
        yield from special.get(moment, _plain)(writer, moment, billed)
    moment = within.back(planted["late"]["delivered"]) + 13 * HOUR
    yield writer.file(moment, late, extra=5, feature="late")
    again = planted["repeated"]
    moment = within.back(again["delivered"]) + 13 * HOUR
    yield _repeated(writer, moment, slots[slot(again["slot"])], again)


def corrections(charges: Sequence[Charge], plan: Mapping[str, Any], within: Window) -> list[Charge]:
    """The planned credits for charges that lie within the window."""
    made = []
    for entry in plan["lines"]:
        for charge in charges:
            same = (charge.resource.name, charge.sku.id) == (entry["resource"], entry["sku"])
            if same and charge.start == within.back(entry["charged"]):
                reference = f"V2.{identifier('correction', charge.reference, length=24)}=="
                credit = corrected(charge, Decimal(plan["share"]), reference)
                made.append(_placed(credit, entry, within))
    return made


def _placed(credit: Charge, entry: Mapping[str, Any], within: Window) -> Charge:
    """On the day that it is billed, pointing to a line that never comes where that is planned."""
    if "billed" in entry:
        later = (entry["charged"] - entry["billed"]) * DAY
        credit = replace(credit, start=credit.start + later, end=credit.end + later)
    if entry.get("lost"):
        lost = f"V2.{identifier('lost', credit.back_reference, length=24)}=="
        credit = replace(credit, back_reference=lost)
    return credit


def _is_late(charge: Charge, plan: Mapping[str, Any], within: Window) -> bool:
    days = (within.end - charge.start).days
    return charge.resource.name == plan["resource"] and days in plan["charged"]


class _Writer:
    """Rows of one tenancy's reports."""

    def __init__(self, source: Source, within: Window) -> None:
        self.source = source
        self.grows_at = within.back(source.planted["header_grows"])
        keys = {key for resource in source.resources for key in resource.tags}
        self.tags = sorted(keys)
        self.tenancy = source.ocid

    def header(self, delivered_at: datetime) -> list[str]:
        columns = list(COLUMNS)
        if delivered_at >= self.grows_at:
            for name, before in GROWN.items():
                columns.insert(columns.index(before) + 1, name)
        made = ("Oracle-Tags.CreatedBy", "Oracle-Tags.CreatedOn", "orcl-cloud.free-tier-retained")
        return columns + [f"tags/{key}" for key in (*made, *self.tags)]

    def row(self, charge: Charge) -> dict[str, str]:
        """A line's cells by column; what is absent is empty."""
        resource, sku = charge.resource, charge.sku
        priced = not charge.free
        long_end = second if charge.end.hour % 2 else minute
        cost = charge.cost
        creator = resource.tags.get("owner", identifier("creator", resource.name, length=8))
        return {
            "lineItem/referenceNo": charge.reference,
            "lineItem/tenantId": self.tenancy,
            "lineItem/intervalUsageStart": minute(charge.start),
            "lineItem/intervalUsageEnd": long_end(charge.end),
            "product/service": sku.service,
            "product/compartmentId": oci_names.compartment(self.source, resource.account),
            "product/compartmentName": resource.account.name,
            "product/compartmentPath": resource.account.path,
            "product/region": resource.region,
            "product/availabilityDomain": oci_names.availability_domain(self.source, resource)
            or ("NULL" if sku.service == "TELEMETRY" else ""),
            "product/resourceId": oci_names.resource_id(self.source, resource),
            "usage/billedQuantity": number(charge.quantity, sku.style),
            "usage/attributedUsage": number(charge.quantity, sku.style),
            "cost/subscriptionId": self.source.subscription,
            "cost/productSku": sku.id,
            "product/Description": sku.description,
            "cost/unitPrice": number(charge.price, "padded") if priced else "",
            "cost/myCost": number(cost, sku.style if priced else "padded"),
            "cost/attributedCost": number(cost, sku.style if priced else "padded"),
            "cost/currencyCode": charge.currency,
            "cost/billingUnitReadable": sku.readable,
            "cost/skuUnitDescription": sku.unit,
            "cost/overageFlag": "N" if priced else "",
            "lineItem/isCorrection": str(charge.correction).lower(),
            "lineItem/backreferenceNo": charge.back_reference,
            "tags/Oracle-Tags.CreatedBy": f"default/{creator}@example.com",
            "tags/Oracle-Tags.CreatedOn": created_on(resource.name),
            "tags/orcl-cloud.free-tier-retained": "true" if charge.free else "",
            **{f"tags/{key}": value for key, value in resource.tags.items()},
        }

    def file(
        self,
        moment: datetime,
        charges: Sequence[Charge],
        *,
        part: int = 1,
        extra: int = 0,
        feature: str = "",
        numbered: datetime | None = None,
        bad: Sequence[tuple[dict[str, str], str, str]] = (),
        repeats: Sequence[Charge] = (),
    ) -> ReportFile:
        """A report of ``charges``, and of ``bad`` rows (row, column, reason) spread among them."""
        header = self.header(moment)
        rows = [[row.get(name, "") for name in header] for row in map(self.row, charges)]
        bad_lines = []
        for nth, (row, column, reason) in enumerate(bad, start=1):
            cells = [row.get(name, "") for name in header]
            at = nth * len(rows) // (len(bad) + 1)
            rows.insert(at, cells)
            bad_lines.append(BadLine(at + 1, at + 2, column, reason, _as_line(cells)))
        key = f"{PREFIX}{sequence(numbered or moment, extra)}-{part:05d}.csv.gz"
        data = packed(header, rows)
        return ReportFile(
            key, moment, data, tuple(charges), tuple(bad_lines), feature, tuple(repeats)
        )


def created_on(name: str) -> str:
    """Some instant of 2025, as Oracle's automatic tag writes it."""
    moment = datetime(2025, 1, 1, tzinfo=UTC) + zlib.crc32(name.encode()) % 10**10 * MILLISECOND
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _plain(writer: _Writer, moment: datetime, charges: list[Charge]) -> Iterator[ReportFile]:
    yield writer.file(moment, charges)


def _correcting(writer: _Writer, moment: datetime, charges: list[Charge]) -> Iterator[ReportFile]:
    yield writer.file(moment, charges, feature="corrections")


def _overwritten(writer: _Writer, moment: datetime, charges: list[Charge]) -> Iterator[ReportFile]:
    """First without every fifth line and with another amount on one, then whole."""
    first = [charge for at, charge in enumerate(charges) if at % 5]
    first[0] = replace(first[0], quantity=EXACT.multiply(first[0].quantity, Decimal("1.5")))
    yield writer.file(moment, first, feature="overwritten")
    again = moment + writer.source.planted["overwritten"]["again_after_hours"] * HOUR
    yield writer.file(again, charges, numbered=moment, feature="overwritten")


def _split(writer: _Writer, moment: datetime, charges: list[Charge]) -> Iterator[ReportFile]:
    half = len(charges) // 2
    yield writer.file(moment, charges[:half], feature="split")
    yield writer.file(moment + HOUR / 60, charges[half:], part=2, numbered=moment, feature="split")


def _repeated(
    writer: _Writer, moment: datetime, charges: Sequence[Charge], plan: Mapping[str, Any]
) -> ReportFile:
    """Some lines of an earlier report once more, under their own numbers; one with a new amount."""
    former = charges[:: plan["every"]]
    lines = list(former)
    paid = next(at for at, charge in enumerate(lines) if charge.cost)
    more = EXACT.multiply(lines[paid].quantity, Decimal(plan["share"]))
    lines[paid] = replace(lines[paid], quantity=more)
    return writer.file(moment, lines, extra=6, feature="repeated", repeats=former)


def _with_bad_lines(
    writer: _Writer, moment: datetime, charges: list[Charge]
) -> Iterator[ReportFile]:
    """Three damaged lines of their own among the good ones."""
    damage = (
        ("cost/myCost", "0.0031.7", "a number with two points"),
        ("lineItem/intervalUsageStart", f"{moment - DAY:%Y-%m}-32T25:00Z", "no such day or hour"),
        ("cost/currencyCode", "", "a cost without a currency"),
    )
    paid = [charge for charge in charges if charge.cost]
    bad = []
    for nth, (column, value, reason) in enumerate(damage):
        row = writer.row(paid[nth])
        made = f"V2.{identifier('bad', nth, moment, length=24)}=="
        bad.append((row | {"lineItem/referenceNo": made, column: value}, column, reason))
    yield writer.file(moment, charges, feature="bad_lines", bad=bad)


def _as_line(cells: Sequence[str]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
