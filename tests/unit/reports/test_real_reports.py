"""Real and realistic reports, where the folder with them lies beside the project."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from report_files import exact_totals, opened_path

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
    found = opened_path(DATA / name, tmp_path)
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


def test_the_usage_report_is_refused_by_what_it_lacks(tmp_path: Path) -> None:
    from cloudledger.reports.errors import UnreadableReport

    with pytest.raises(UnreadableReport, match=r"nearest is oci_cost.*missing cost/productSku"):
        opened_path(DATA / "oci_usage_csv_0001000000829494.csv", tmp_path)
