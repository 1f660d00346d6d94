"""Sample reports read with nothing but csv and Decimal."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from datetime import date
from decimal import Context, Decimal, Inexact, InvalidOperation

from localcloud.samples import Delivery, Manifest

EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])
COLUMNS = {
    "oci_main": ("lineItem/intervalUsageStart", "cost/currencyCode", "cost/myCost"),
    "oci_lab": ("ChargePeriodStart", "BillingCurrency", "BilledCost"),
    "aws_main": ("ChargePeriodStart", "BillingCurrency", "BilledCost"),
}


def text_of(manifest: Manifest, delivery: Delivery) -> str:
    return gzip.decompress((manifest.root / delivery.path).read_bytes()).decode()


def lines_of(manifest: Manifest, delivery: Delivery) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(manifest, delivery), newline="")))


def final_reports(manifest: Manifest) -> Iterator[Delivery]:
    """The last version of every report."""
    last = {}
    for delivery in sorted(manifest.deliveries, key=lambda each: each.delivered_at):
        if delivery.key.endswith(".csv.gz"):
            last[delivery.bucket, delivery.key] = delivery
    yield from last.values()


def reference_of(line: dict[str, str]) -> str:
    """The number of an OCI line; empty on AWS."""
    return line.get("lineItem/referenceNo") or line.get("oci_ReferenceNumber") or ""


def newest_reports(manifest: Manifest) -> dict[str, str]:
    """Which report brings each reference number last."""
    newest: dict[str, str] = {}
    for delivery in final_reports(manifest):
        for line in lines_of(manifest, delivery):
            if reference := reference_of(line):
                newest[reference] = delivery.key
    return newest


Summed = dict[tuple[str, date, str], tuple[Decimal, int]]


def summed(manifest: Manifest) -> Summed:
    """Billed cost and lines by source, charge day and currency, over the final reports; of lines
    with the same reference number in two of them the newer one's."""
    sums: Summed = {}
    newest = newest_reports(manifest)
    for delivery in final_reports(manifest):
        start, currency, cost = COLUMNS[delivery.source]
        bad = {line.record_number for line in delivery.bad_lines}
        for number, line in enumerate(lines_of(manifest, delivery), start=1):
            if number in bad or newest.get(reference_of(line), delivery.key) != delivery.key:
                continue
            day = date.fromisoformat(line[start][:10])
            key = (delivery.source, day, line[currency] or "XXX")
            before, lines = sums.get(key, (Decimal(0), 0))
            sums[key] = (EXACT.add(before, Decimal(line[cost])), lines + 1)
    return sums
