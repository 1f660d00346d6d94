"""The benchmark's big report is exact and the same every time."""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal
from pathlib import Path

from bench.make_report import generate_oci_cost
from localcloud.samples.oci_cost import COLUMNS
from tests.unit.samples.report_lines import EXACT


def test_a_big_report_adds_up(tmp_path: Path) -> None:
    report = generate_oci_cost(tmp_path / "big.csv.gz", lines=30_000)
    again = generate_oci_cost(tmp_path / "again.csv", lines=30_000)
    text = gzip.decompress(report.path.read_bytes())
    assert text == again.path.read_bytes()
    lines = list(csv.DictReader(text.decode().splitlines()))
    total = Decimal(0)
    for line in lines:
        cost = EXACT.multiply(
            Decimal(line["usage/billedQuantity"]), Decimal(line["cost/unitPrice"])
        )
        assert cost == Decimal(line["cost/myCost"])
        total = EXACT.add(total, cost)
    assert total == report.cost == again.cost
    assert len(lines) == len({line["lineItem/referenceNo"] for line in lines}) == 30_000
    assert [name for name in lines[0] if not name.startswith("tags/")] == list(COLUMNS)
    assert len(lines[0]) == 30
