"""Real and realistic reports, where the folder with them lies beside the project."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from report_files import exact_totals, opened_path

from cloudledger.focus.columns import COSTS

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared reports are not here")


@pytest.mark.parametrize(
    ("name", "format_name", "records", "unknown"),
    [
        ("oci_cost_csv_0001000000603747.csv", "oci_cost", 5, ()),
        ("oci_cost_generated_2025-06.csv.gz", "oci_cost", 2784, ()),
        ("focus_1.0_sample_1000.csv", "focus", 1000, ("Id",)),
        ("focus_1.2_aws_generated_2000.csv.gz", "focus", 2000, ()),
        ("focus_1.3_gcp_generated_2000.csv.gz", "focus", 2000, ()),
    ],
)
def test_every_line_comes_in_digit_for_digit(
    tmp_path: Path, name: str, format_name: str, records: int, unknown: tuple[str, ...]
) -> None:
    data = (DATA / name).read_bytes()
    text = gzip.decompress(data) if name.endswith(".gz") else data
    found = opened_path(DATA / name)
    report = found.report
    assert report.format.name == format_name
    assert (report.records, report.kept, report.set_aside) == (records, records, ())
    assert report.unknown_columns == unknown
    assert report.exactly_split is None
    exact = exact_totals(text, format_name)
    assert found.totals(kept=True) == exact
    measures = ", ".join(f"sum({measure})" for measure in report.format.controls)
    lake = found.con.execute(
        f"SELECT BillingCurrency, {measures} FROM focus_line GROUP BY ALL"
    ).fetchall()
    assert {
        (currency, measure): amount or 0
        for currency, *amounts in lake
        for measure, amount in zip(report.format.controls, amounts, strict=True)
    } == exact


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_ocis_usage_report_has_quantities_alone(tmp_path: Path) -> None:
    """Its last two lines, made anonymous, have one reference number: the first is kept."""
    name = "oci_usage_csv_0001000000829494.csv"
    found = opened_path(DATA / name)
    assert (found.report.format.name, found.report.unknown_columns) == ("oci_usage", ())
    assert (found.report.records, found.report.kept) == (6, 5)
    assert found.reasons() == {
        6: ("lineItem/referenceNo", "repeats the reference number of record 5")
    }
    *kept, repeated = rows(name)
    for records, flag in ((kept, True), ([repeated], False)):
        totals = found.totals(kept=flag)
        for raw, measure in (
            ("usage/billedQuantity", "PricingQuantity"),
            ("usage/consumedQuantity", "ConsumedQuantity"),
        ):
            assert totals["XXX", measure] == sum(Decimal(record[raw]) for record in records)
        assert {totals["XXX", cost] for cost in COSTS} == {0}


def test_azures_ea_file_costs_what_its_cells_add_up_to(tmp_path: Path) -> None:
    name = "azure_ea_anonymous.csv"
    found = opened_path(DATA / name)
    assert (found.report.format.name, found.report.unknown_columns) == ("azure_cost_details", ())
    assert (found.report.records, found.report.kept, found.report.set_aside) == (27, 27, ())
    records = rows(name)
    cost = sum(Decimal(record["CostInBillingCurrency"]) for record in records)
    quantity = sum(Decimal(record["Quantity"]) for record in records)
    assert cost == Decimal("1.26136926505726")
    assert found.totals(kept=True) == {
        ("CAD", "BilledCost"): cost,
        ("CAD", "EffectiveCost"): cost,
        ("CAD", "PricingQuantity"): quantity,
        ("CAD", "ConsumedQuantity"): quantity,
    }
    sums = ", ".join(f"sum({name})" for name in COSTS)
    listed, contracted = (
        sum(Decimal(record[price]) * Decimal(record["Quantity"]) for record in records)
        for price in ("PayGPrice", "UnitPrice")
    )
    assert found.con.execute(f"SELECT {sums} FROM focus_line").fetchall() == [
        (cost, cost, listed, contracted)
    ]
    assert found.con.execute(
        "SELECT DISTINCT CAST(ChargePeriodStart AS DATE), CAST(BillingPeriodEnd AS DATE), Tags "
        "FROM focus_line"
    ).fetchall() == [
        (
            date(2023, 9, 2),
            date(2023, 10, 1),
            {"tagA": "valueA", "tagB": "valueB", "tagC": "valueC"},
        )
    ]


def test_microsofts_and_oracles_lines_of_the_focus_sample_have_their_places(
    tmp_path: Path,
) -> None:
    found = opened_path(DATA / "focus_1.0_sample_1000.csv")
    placed = found.con.execute(
        "SELECT ProviderName, RegionId, RegionName, count(*) FROM focus_line "
        "WHERE ProviderName <> 'AWS' AND RegionId IN ('us-sanjose-1', 'eastus2') GROUP BY ALL "
        "ORDER BY 1"
    ).fetchall()
    assert placed == [
        ("Microsoft", "eastus2", "East US 2", 10),
        ("Oracle", "us-sanjose-1", "US West (San Jose)", 6),
    ]
    empty = "ServiceSubcategory IS NULL OR ListCost IS NULL OR ContractedCost IS NULL"
    assert found.con.execute(f"SELECT count(*) FROM focus_line WHERE {empty}").fetchall() == [(0,)]
