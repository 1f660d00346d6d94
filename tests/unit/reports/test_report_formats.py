from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from report_files import FOCUS_LINE, OCI_HEADER

from cloudledger.focus.columns import DUCKDB_TYPE, LINE_COLUMNS, MEASURES
from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.formats import FORMATS, detect
from cloudledger.reports.layout import lay_out
from cloudledger.sql import statement

OCI_FOCUS_HEADER = [
    "AvailabilityZone",
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ChargeSubcategory",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountType",
    "EffectiveCost",
    "InvoiceIssuer",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "Provider",
    "Publisher",
    "Region",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "Tags",
    "UsageQuantity",
    "UsageUnit",
    "oci_ReferenceNumber",
    "oci_CompartmentId",
    "oci_CompartmentName",
    "oci_OverageFlag",
    "oci_UnitPriceOverage",
    "oci_BilledQuantityOverage",
    "oci_CostOverage",
    "oci_AttributedUsage",
    "oci_AttributedCost",
    "oci_BackReferenceNumber",
]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (OCI_HEADER, "oci_cost"),
        (OCI_FOCUS_HEADER, "oci_focus"),
        (list(FOCUS_LINE), "focus"),
        ([*FOCUS_LINE, "oci_Something"], "focus"),
        ([*FOCUS_LINE, "oci_ReferenceNumber"], "oci_focus"),
        ([name.upper() for name in OCI_HEADER], "oci_cost"),
        ([f" {name} " for name in FOCUS_LINE], "focus"),
        (
            [n.replace("ProviderName", "ServiceProviderName") for n in FOCUS_LINE],
            "focus",
        ),
        (list(reversed(OCI_FOCUS_HEADER)), "oci_focus"),
    ],
)
def test_the_header_tells_the_format(header: list[str], name: str) -> None:
    assert detect(header).name == name


def test_the_preview_shape_leaves_no_column_unknown() -> None:
    layout = lay_out(OCI_FOCUS_HEADER, FORMATS["oci_focus"], where="x")
    assert layout.unknown == ()
    assert len(OCI_FOCUS_HEADER) == 49


def test_an_unknown_header_names_the_nearest_and_the_difference() -> None:
    header = [n for n in OCI_HEADER if n != "cost/myCost"] + ["cost/yourCost"]
    with pytest.raises(UnreadableReport) as caught:
        detect(header, where="oci://n/b/k")
    assert caught.value.where == "oci://n/b/k"
    assert "nearest is oci_cost" in caught.value.what
    assert "missing cost/myCost;" in caught.value.what
    assert "cost/yourCost" in caught.value.what
    assert "tags/team" not in caught.value.what


def test_the_wanted_format_is_the_only_one() -> None:
    with pytest.raises(UnreadableReport, match="nearest is focus"):
        detect(OCI_HEADER, "focus")
    assert detect([*FOCUS_LINE, "oci_ReferenceNumber"], "focus").name == "focus"


def test_a_declared_column_twice_is_refused() -> None:
    with pytest.raises(UnreadableReport, match="cost/myCost 2 times"):
        lay_out([*OCI_HEADER[:-2], "cost/mycost"], FORMATS["oci_cost"], where="x")


def test_columns_that_differ_in_case_only_are_two_tags() -> None:
    layout = lay_out([*OCI_HEADER, "tags/Team", "tags/team"], FORMATS["oci_cost"], where="x")
    assert list(layout.tags) == ["Oracle-Tags.CreatedBy", "team", "Team", "team#29"]


def test_no_name_takes_anothers_place() -> None:
    names = ["x#30", "", "x", "x", ""]
    layout = lay_out([*OCI_HEADER, *names], FORMATS["oci_cost"], where="x")
    kept = [name for name, position in layout.extra.items() if position >= len(OCI_HEADER)]
    assert kept == ["x#30", "#29", "x", "x#31", "#32"]
    layout = lay_out([*OCI_HEADER, "x#30", "x", "x"], FORMATS["oci_cost"], where="x")
    assert [name for name, at in layout.extra.items() if at >= len(OCI_HEADER)] == [
        "x#30",
        "x",
        "x#30#30",
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_every_decimal_feeds_a_column_and_every_measure_but_a_price_not_given(name: str) -> None:
    report_format = FORMATS[name]
    decimals = {c.name for c in LINE_COLUMNS if DUCKDB_TYPE[c.kind].startswith("DECIMAL")}
    mapping = statement(f"focus/{name}")
    for column in report_format.of(RawKind.DECIMAL):
        assert column.feeds or re.search(rf'\."?{column.name}\b', mapping)
        assert set(column.feeds) <= decimals
    products = {"ListCost", "ContractedCost"} if name == "azure_cost_details" else set()
    assert set(report_format.controls) == set(MEASURES) - products


@pytest.mark.parametrize("name", FORMATS)
def test_raw_names_are_distinct_without_regard_to_case(name: str) -> None:
    names = [n.casefold() for c in FORMATS[name].columns for n in c.names]
    assert len(names) == len(set(names))
    columns = {column.name for column in FORMATS[name].columns}
    report_format = FORMATS[name]
    assert {report_format.currency, report_format.charge_start} <= columns


def test_duckdb_here_needs_no_download() -> None:
    loaded = duckdb.connect().execute(
        "SELECT extension_name FROM duckdb_extensions() WHERE loaded ORDER BY 1"
    )
    assert {"icu", "json", "parquet"} <= {name for (name,) in loaded.fetchall()}


DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_its_page(name: str) -> None:
    assert f"[{name}](formats/{name}.md)" in (DOCS / "formats.md").read_text()
    page = (DOCS / "formats" / f"{name}.md").read_text()
    assert page.startswith(f"# {name}: ")
    assert f"sql/focus/{name}.sql" in page


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "aws_cur"])
def test_the_documentation_says_where_every_column_goes(name: str) -> None:
    page = (DOCS / "formats" / f"{name}.md").read_text().casefold()
    lines = {column.name for column in LINE_COLUMNS}
    for column in FORMATS[name].columns:
        for delivered in column.names:
            assert delivered in lines or f"`{delivered}`".casefold() in page


CLUSTER = ReportFormat(
    name="cluster",
    title="a cluster's costs",
    currency="currency",
    charge_start="start",
    columns=(
        RawColumn("start", RawKind.INSTANT, required=True, filled=True),
        RawColumn("currency", given="currency"),
    ),
)


def test_a_setting_says_the_column_that_a_file_lacks() -> None:
    layout = lay_out(["start"], CLUSTER, {"currency": "EUR"}, where="x")
    assert (dict(layout.given), layout.missing) == ({"currency": "EUR"}, ())
    own = lay_out(["start", "Currency"], CLUSTER, {"currency": "EUR"}, where="x")
    assert (own.declared["currency"], dict(own.given)) == (1, {})


def test_a_setting_that_is_needed_and_missing_is_named() -> None:
    what = r"no column currency\. Say currency in the settings"
    with pytest.raises(UnreadableReport, match=what):
        lay_out(["start"], CLUSTER, where="x")
