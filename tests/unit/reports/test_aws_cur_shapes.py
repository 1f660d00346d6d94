"""A month as the legacy CSV, the legacy Parquet and CUR 2.0: the same FOCUS lines, by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from report_files import Opened, opened

from cloudledger.focus.columns import LINE_COLUMNS
from cloudledger.reports.aws_formats import AWS_CUR
from localcloud.samples.aws_cur import cost_and_usage
from localcloud.samples.aws_cur_files import (
    COLUMNS,
    Line,
    cur2_csv,
    cur2_name,
    cur2_parquet,
    deliver_cur2,
    deliver_legacy,
    legacy_csv,
    legacy_parquet,
)

OCTOBER = cost_and_usage(datetime(2026, 10, 1, tzinfo=UTC))
SHAPES = (legacy_csv, legacy_parquet, cur2_csv, cur2_parquet)
SAME = ", ".join(f'"{c.name}"' for c in LINE_COLUMNS if c.name not in ("x_extra", "Tags"))

# 31 days and 744 hours of October, US dollars:
# usage   2.76 (24 h at 0.115) + 0.191947 (disk) + 0.01225 (bucket) = 2.964197 a day
# reserved  87.60 upfront and 0.020 an hour; 620 hours used, 124 not, each at 0.030
# planned   12.00 a day; 10.56 of it used, for 14.96 on demand
USAGE = Decimal("91.890107")
AGREED = Decimal("4.59450535")
OF_THE_MONTH = 100 - 25 - Decimal("1.84") + Decimal("19.17")
COSTS = {
    "BilledCost": USAGE - AGREED + OF_THE_MONTH + Decimal("14.88") + Decimal("87.60") + 372,
    "EffectiveCost": USAGE - AGREED + OF_THE_MONTH + 744 * Decimal("0.030") + 372,
    "ListCost": Decimal("1152.220107"),
    "ContractedCost": Decimal("1147.62560165"),
}


def costs(found: Opened, where: str = "TRUE") -> dict[str, Decimal]:
    (line,) = found.con.execute(
        f"SELECT {', '.join(f'sum({cost})' for cost in COSTS)} FROM focus_line WHERE {where}"
    ).fetchall()
    return dict(zip(COSTS, line, strict=True))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_months_costs(tmp_path: Path, shape: Callable[[Sequence[Line]], bytes]) -> None:
    found = opened(shape(OCTOBER), tmp_path)
    report = found.report
    assert report.format.name == "aws_cur"
    assert (report.records, report.kept, report.unknown_columns) == (224, 224, ())
    assert COSTS["BilledCost"] == Decimal("654.10560165")
    assert COSTS["EffectiveCost"] == Decimal("573.94560165")
    assert costs(found) == COSTS
    control = found.totals(kept=True)
    assert {cost: control["USD", cost] for cost in COSTS} == COSTS


def test_a_commitments_effective_cost_is_what_it_cost_in_the_month(tmp_path: Path) -> None:
    found = opened(legacy_csv(OCTOBER), tmp_path)
    plan = costs(found, "CommitmentDiscountType = 'Savings Plan'")
    assert plan["EffectiveCost"] == plan["BilledCost"] == 31 * 12
    reservation = costs(found, "CommitmentDiscountType = 'Reserved Instance'")
    assert reservation["EffectiveCost"] == 744 * Decimal("0.030")
    unused = costs(found, "CommitmentDiscountId IS NOT NULL AND ChargeCategory = 'Purchase'")
    assert unused["EffectiveCost"] == 124 * Decimal("0.030") + 31 * Decimal("1.44")


def test_every_shape_is_the_same_focus_lines(tmp_path: Path) -> None:
    found = []
    for shape in SHAPES:
        one = opened(shape(OCTOBER), tmp_path)
        tags = "list_sort(map_entries(Tags))"
        lines = one.con.execute(
            f"SELECT {SAME}, {tags} FROM focus_line ORDER BY x_record_number"
        ).fetchall()
        found.append(lines)
    assert found[0] == found[1] == found[2] == found[3]
    assert found[0][0][-1] == [
        {"key": "env", "value": "prod"},
        {"key": "team", "value": "shop"},
    ]


def test_the_samples_names_are_those_the_format_declares() -> None:
    declared = {name for column in AWS_CUR.columns for name in column.names}
    assert set(COLUMNS) <= declared
    assert set(map(cur2_name, COLUMNS)) <= declared


def test_a_delivery_is_its_file_and_then_what_names_it() -> None:
    at = datetime(2026, 11, 3, 4, tzinfo=UTC)
    data, *manifests = deliver_legacy("reports", "cur", "bills", at)
    root = "reports/cur/20261001-20261101"
    assert [file.key for file in manifests][1] == f"{root}/cur-Manifest.json"
    assert data.key.startswith(f"{root}/")
    assert data.key.endswith("/cur-1.csv.gz")
    for file in manifests:
        assert json.loads(file.data)["reportKeys"] == [data.key]
        assert file.delivered_at > data.delivered_at
    data, manifest = deliver_cur2("exports", "cur2", "bills", at)
    assert manifest.key == "exports/cur2/metadata/BILLING_PERIOD=2026-10/cur2-Manifest.json"
    assert json.loads(manifest.data)["dataFiles"] == [f"s3://bills/{data.key}"]
