"""The reader takes from the sample reports exactly what the generator put into them."""

from __future__ import annotations

from datetime import date
from decimal import Context, Decimal, Inexact
from pathlib import Path

from cloudledger.reports.read import Report
from localcloud.samples import Delivery, generate
from tests.support.read_lines import read_lines

EXACT = Context(prec=80, traps=[Inexact])
FORMATS = {"oci_main": "oci_cost", "oci_lab": "oci_focus", "aws_main": "focus"}
BY_DAY = """
SELECT
    CAST("ChargePeriodStart" AS DATE),
    "BillingCurrency",
    CAST(sum("BilledCost") AS DECIMAL(38, 24)),
    count(*)
FROM focus_line
GROUP BY ALL
"""


def check_set_aside(report: Report, delivery: Delivery) -> None:
    found = [(one.record_number, one.line_number, one.column, one.text) for one in report.set_aside]
    planted = [
        (one.record_number, one.line_number, one.column, one.text) for one in delivery.bad_lines
    ]
    assert found == planted, delivery.key


def test_every_report_reads_to_the_cent(tmp_path: Path) -> None:
    manifest = generate(tmp_path / "samples", days=14)
    work = tmp_path / "work"
    work.mkdir()
    sums: dict[tuple[str, str, date, str], tuple[Decimal, int]] = {}
    for delivery in manifest.current():
        if not delivery.key.endswith(".csv.gz"):
            continue
        report, con = read_lines(manifest.root / delivery.path)
        assert report.format.name == FORMATS[delivery.source]
        assert report.records == delivery.lines
        check_set_aside(report, delivery)
        for day, currency, cost, lines in con.execute(BY_DAY).fetchall():
            key = (delivery.source, delivery.cloud, day, currency)
            before, counted = sums.get(key, (Decimal(0), 0))
            sums[key] = (EXACT.add(before, cost), counted + lines)
        con.close()
    again = [(each, held) for each in manifest.current() for held in each.displaced]
    for delivery, held in again:
        key = (delivery.source, delivery.cloud, held.day, held.currency)
        cost, counted = sums[key]
        sums[key] = (EXACT.subtract(cost, held.billed_cost), counted - held.lines)
    assert sum(held.lines for _, held in again) > 10
    assert sums == {
        key: (held.billed_cost, held.lines) for key, held in manifest.expected().items()
    }
