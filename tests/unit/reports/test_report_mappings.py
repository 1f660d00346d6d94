from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from report_files import (
    FOCUS_LINE,
    OCI_HEADER,
    OCI_LINE,
    Opened,
    as_csv,
    exact_totals,
    focus_csv,
    opened,
)
from test_report_formats import OCI_FOCUS_HEADER

OCI_FOCUS_LINE = {
    "AvailabilityZone": "AD-1",
    "BilledCost": "1.25",
    "BillingAccountId": "ocid1.tenancy.oc1..a",
    "BillingCurrency": "GBP",
    "BillingPeriodEnd": "2025-02-01T00:00:00.000Z",
    "BillingPeriodStart": "2025-01-01T00:00:00.000Z",
    "ChargeCategory": "Usage",
    "ChargeDescription": "Standard E4",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodEnd": "2025-01-28T01:00Z",
    "ChargePeriodStart": "2025-01-28T00:00Z",
    "ChargeSubcategory": "On-Demand",
    "EffectiveCost": "1.25",
    "InvoiceIssuer": "Oracle",
    "ListCost": "1.5",
    "ListUnitPrice": "0.6",
    "PricingQuantity": "2.5",
    "PricingUnit": "OCPU Hours",
    "Provider": "Oracle",
    "Publisher": "Oracle",
    "Region": "uk-london-1",
    "ResourceId": "ocid1.instance.oc1..i",
    "ServiceCategory": "Compute",
    "ServiceName": "COMPUTE",
    "SkuId": "B88317",
    "SubAccountId": "ocid1.compartment.oc1..c",
    "SubAccountName": "apps",
    "Tags": '{"Oracle-Tags.CreatedBy":"a"}',
    "UsageQuantity": "2.5",
    "UsageUnit": "OCPU Hours",
    "oci_ReferenceNumber": "r-1",
    "oci_CompartmentId": "ocid1.compartment.oc1..c",
    "oci_OverageFlag": "N",
    "oci_UnitPriceOverage": "0.7",
    "oci_BilledQuantityOverage": "0.1",
    "oci_CostOverage": "0.2",
    "oci_AttributedUsage": "0.3",
    "oci_AttributedCost": "0.4",
    "oci_BackReferenceNumber": "r-0",
}


def line(found: Opened) -> dict[str, Any]:
    """The only line, without what is empty."""
    row = found.con.sql("FROM focus_line").to_arrow_table().to_pylist()[0]
    maps = {name: dict(row[name]) for name in ("Tags", "x_extra", "x_exact")}
    return {name: value for name, value in (row | maps).items() if value not in (None, {})}


def test_an_oci_cost_line_column_by_column(tmp_path: Path) -> None:
    header = [
        *OCI_HEADER,
        "product/compartmentPath",
        "usage/attributedUsage",
        "cost/attributedCost",
        "tags/ns\\team.cost",
    ]
    raw = OCI_LINE | {
        "usage/billedQuantityOverage": "0.5",
        "cost/unitPriceOverage": "0.75",
        "cost/myCostOverage": "9.99",
        "cost/billingUnitReadable": "ONE HOURS OCPUS",
        "lineItem/backreferenceNo": "ref-0",
        "product/compartmentPath": "root/apps",
        "usage/attributedUsage": "2.25",
        "cost/attributedCost": "1.125",
        "tags/Oracle-Tags.CreatedBy": "someone@example.com",
        "tags/team": "",
        "tags/ns\\team.cost": "cc-1",
    }
    assert line(opened(as_csv([raw], header), tmp_path)) == {
        "ProviderName": "Oracle",
        "PublisherName": "Oracle",
        "InvoiceIssuerName": "Oracle",
        "BillingAccountId": "ocid1.tenancy.oc1..a",
        "BillingAccountType": "Tenancy",
        "SubAccountId": "ocid1.compartment.oc1..c",
        "SubAccountName": "apps",
        "SubAccountType": "Compartment",
        "BillingPeriodStart": datetime(2023, 11, 1, tzinfo=UTC),
        "BillingPeriodEnd": datetime(2023, 12, 1, tzinfo=UTC),
        "ChargePeriodStart": datetime(2023, 11, 13, 10, tzinfo=UTC),
        "ChargePeriodEnd": datetime(2023, 11, 13, 11, tzinfo=UTC),
        "ChargeCategory": "Usage",
        "ChargeDescription": "Standard E4",
        "ChargeFrequency": "Usage-Based",
        "BilledCost": Decimal("1.25"),
        "EffectiveCost": Decimal("1.25"),
        "ListCost": Decimal("1.25"),
        "ContractedCost": Decimal("1.25"),
        "ContractedUnitPrice": Decimal("0.5"),
        "PricingCategory": "Standard",
        "PricingQuantity": Decimal("2.5"),
        "PricingUnit": "OCPU-Hours",
        "PricingCurrency": "GBP",
        "PricingCurrencyContractedUnitPrice": Decimal("0.5"),
        "PricingCurrencyEffectiveCost": Decimal("1.25"),
        "BillingCurrency": "GBP",
        "ConsumedQuantity": Decimal("2.5"),
        "ConsumedUnit": "OCPU-Hours",
        "ServiceName": "COMPUTE",
        "ServiceCategory": "Compute",
        "ServiceSubcategory": "Virtual Machines",
        "SkuId": "B88317",
        "SkuMeter": "Standard E4",
        "SkuPriceId": "B88317",
        "ResourceId": "ocid1.instance.oc1..i",
        "ResourceType": "instance",
        "RegionId": "uk-london-1",
        "RegionName": "UK South (London)",
        "AvailabilityZone": "AD-1",
        "Tags": {"Oracle-Tags.CreatedBy": "someone@example.com", "ns\\team.cost": "cc-1"},
        "x_reference_number": "ref-1",
        "x_back_reference_number": "ref-0",
        "x_compartment_path": "root/apps",
        "x_overage_flag": "N",
        "x_billed_quantity_overage": Decimal("0.5"),
        "x_cost_overage": Decimal("9.99"),
        "x_attributed_usage": Decimal("2.25"),
        "x_attributed_cost": Decimal("1.125"),
        "x_extra": {
            "cost/subscriptionId": "0123",
            "cost/unitPriceOverage": "0.75",
            "cost/billingUnitReadable": "ONE HOURS OCPUS",
            "cost/skuUnitDescription": "OCPU Hours",
            "lineItem/isCorrection": "false",
        },
        "x_record_number": 1,
    }


@pytest.mark.parametrize(
    ("flag", "back", "charge_class"),
    [
        ("true", "ref-0", "Correction"),
        ("TRUE", "ref-0", "Correction"),
        ("true", "", None),
        ("true", "ref-1", None),
        ("false", "ref-0", None),
        ("", "ref-0", None),
    ],
)
def test_a_correction_says_so_and_points_back(
    tmp_path: Path, flag: str, back: str, charge_class: str | None
) -> None:
    raw = OCI_LINE | {"lineItem/isCorrection": flag, "lineItem/backreferenceNo": back}
    found = opened(as_csv([raw]), tmp_path)
    assert found.lines("ChargeClass") == [(charge_class,)]


@pytest.mark.parametrize(
    ("start", "first", "last"),
    [
        ("2024-02-29T23:59Z", datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)),
        (
            "2024-12-31T23:00:00Z",
            datetime(2024, 12, 1, tzinfo=UTC),
            datetime(2025, 1, 1, tzinfo=UTC),
        ),
        (
            "2024-03-01T00:30+01:00",
            datetime(2024, 2, 1, tzinfo=UTC),
            datetime(2024, 3, 1, tzinfo=UTC),
        ),
    ],
)
def test_the_billing_period_is_the_utc_month(
    tmp_path: Path, start: str, first: datetime, last: datetime
) -> None:
    found = opened(as_csv([OCI_LINE | {"lineItem/intervalUsageStart": start}]), tmp_path)
    assert found.lines("BillingPeriodStart", "BillingPeriodEnd") == [(first, last)]


def test_an_oci_focus_line_of_the_preview_shape(tmp_path: Path) -> None:
    found = opened(as_csv([OCI_FOCUS_LINE], OCI_FOCUS_HEADER, end="\r\n"), tmp_path)
    assert found.report.format.name == "oci_focus"
    same = {
        name: OCI_FOCUS_LINE[name]
        for name in (
            "AvailabilityZone",
            "BillingAccountId",
            "BillingCurrency",
            "ChargeCategory",
            "ChargeDescription",
            "ChargeFrequency",
            "ResourceId",
            "ServiceCategory",
            "ServiceName",
            "SkuId",
            "SubAccountId",
            "SubAccountName",
        )
    }
    assert line(found) == same | {
        "ProviderName": "Oracle",
        "PublisherName": "Oracle",
        "InvoiceIssuerName": "Oracle",
        "BillingPeriodStart": datetime(2025, 1, 1, tzinfo=UTC),
        "BillingPeriodEnd": datetime(2025, 2, 1, tzinfo=UTC),
        "ChargePeriodStart": datetime(2025, 1, 28, tzinfo=UTC),
        "ChargePeriodEnd": datetime(2025, 1, 28, 1, tzinfo=UTC),
        "BilledCost": Decimal("1.25"),
        "EffectiveCost": Decimal("1.25"),
        "ListCost": Decimal("1.5"),
        "ContractedCost": Decimal("1.5"),
        "ListUnitPrice": Decimal("0.6"),
        "ContractedUnitPrice": Decimal("0.6"),
        "PricingCategory": "Standard",
        "PricingQuantity": Decimal("2.5"),
        "PricingUnit": "OCPU-Hours",
        "PricingCurrency": OCI_FOCUS_LINE["BillingCurrency"],
        "PricingCurrencyContractedUnitPrice": Decimal("0.6"),
        "PricingCurrencyEffectiveCost": Decimal("1.25"),
        "PricingCurrencyListUnitPrice": Decimal("0.6"),
        "ConsumedQuantity": Decimal("2.5"),
        "ConsumedUnit": "OCPU-Hours",
        "BillingAccountType": "Tenancy",
        "SubAccountType": "Compartment",
        "SkuMeter": OCI_FOCUS_LINE["ChargeDescription"],
        "SkuPriceId": "B88317",
        "ResourceType": "instance",
        "ServiceSubcategory": "Virtual Machines",
        "RegionId": "uk-london-1",
        "RegionName": "UK South (London)",
        "Tags": {"Oracle-Tags.CreatedBy": "a"},
        "x_reference_number": "r-1",
        "x_back_reference_number": "r-0",
        "x_overage_flag": "N",
        "x_billed_quantity_overage": Decimal("0.1"),
        "x_cost_overage": Decimal("0.2"),
        "x_attributed_usage": Decimal("0.3"),
        "x_attributed_cost": Decimal("0.4"),
        "x_extra": {
            "ChargeSubcategory": "On-Demand",
            "PricingUnit": "OCPU Hours",
            "UsageUnit": "OCPU Hours",
            "oci_CompartmentId": "ocid1.compartment.oc1..c",
            "oci_UnitPriceOverage": "0.7",
        },
        "x_record_number": 1,
    }


def test_the_previews_subcategory_is_the_pricing_category(tmp_path: Path) -> None:
    lines = [OCI_FOCUS_LINE | {"ChargeSubcategory": "Used Commitment"}]
    lines.append(OCI_FOCUS_LINE | {"oci_ReferenceNumber": "r-2"})
    lines.append(lines[0] | {"oci_ReferenceNumber": "r-3", "ChargeCategory": "Tax"})
    found = opened(as_csv(lines, OCI_FOCUS_HEADER), tmp_path)
    assert found.lines("PricingCategory") == [("Committed",), ("Standard",), (None,)]


@pytest.mark.parametrize(
    ("subcategory", "status"),
    [("Used Commitment", "Used"), ("Unused Commitment", "Unused"), ("On-Demand", None)],
)
def test_the_previews_subcategory_is_the_commitment_status(
    tmp_path: Path, subcategory: str, status: str | None
) -> None:
    raw = OCI_FOCUS_LINE | {"ChargeSubcategory": subcategory}
    found = opened(as_csv([raw], OCI_FOCUS_HEADER), tmp_path)
    assert found.lines("CommitmentDiscountStatus") == [(status,)]


def test_oci_focus_under_its_1_0_names_is_the_same_line(tmp_path: Path) -> None:
    renamed = {
        "Provider": "ProviderName",
        "Publisher": "PublisherName",
        "InvoiceIssuer": "InvoiceIssuerName",
        "Region": "RegionId",
        "UsageQuantity": "ConsumedQuantity",
        "UsageUnit": "ConsumedUnit",
    }
    raw = {renamed.get(name, name): value for name, value in OCI_FOCUS_LINE.items()}
    new = line(opened(as_csv([raw], list(raw)), tmp_path))
    old = line(opened(as_csv([OCI_FOCUS_LINE], OCI_FOCUS_HEADER), tmp_path))
    assert new.pop("x_extra") == {
        renamed.get(name, name): text for name, text in old.pop("x_extra").items()
    }
    assert new == old


@pytest.mark.parametrize(
    ("delivered", "category", "subcategory"),
    [
        ({}, "Storage", "Object Storage"),
        ({"ServiceCategory": "Storage"}, "Storage", "Object Storage"),
        ({"ServiceCategory": "Analytics"}, "Analytics", "Other (Analytics)"),
        ({"ServiceSubcategory": "Backup Storage"}, "Storage", "Backup Storage"),
        ({"ServiceName": "amazonS3"}, "Storage", "Object Storage"),
        ({"ServiceName": "A service of tomorrow"}, "Other", "Other (Other)"),
        ({"ProviderName": "Nobody"}, "Other", "Other (Other)"),
    ],
)
def test_focus_says_a_service_by_its_table_where_the_file_does_not(
    tmp_path: Path, delivered: dict[str, str], category: str, subcategory: str
) -> None:
    aws = {"ServiceName": "Amazon Simple Storage Service"}
    found = opened(focus_csv(aws | delivered), tmp_path)
    assert found.lines("ServiceCategory", "ServiceSubcategory") == [(category, subcategory)]


@pytest.mark.parametrize(
    ("delivered", "region"),
    [
        ({"RegionId": "eu-central-1"}, ("eu-central-1", "Europe (Frankfurt)")),
        (
            {"RegionId": "eu-central-1", "RegionName": "EU (Frankfurt)"},
            ("eu-central-1", "EU (Frankfurt)"),
        ),
        ({"RegionId": "mars-north-1"}, ("mars-north-1", "mars-north-1")),
        ({"RegionName": "us-west-2"}, ("us-west-2", "US West (Oregon)")),
        ({"RegionName": "The Moon"}, (None, "The Moon")),
        ({}, (None, None)),
    ],
)
def test_focus_says_a_region_by_its_table_where_the_file_does_not(
    tmp_path: Path, delivered: dict[str, str], region: tuple[str | None, str | None]
) -> None:
    found = opened(focus_csv({"RegionId": "", "RegionName": ""} | delivered), tmp_path)
    assert found.lines("RegionId", "RegionName") == [region]


def test_focus_columns_of_the_source_go_to_extra(tmp_path: Path) -> None:
    found = opened(focus_csv({"x_Operation": "GetObject", "x_Empty": ""}), tmp_path)
    assert found.lines("x_extra") == [({"x_Operation": "GetObject"},)]


def test_the_service_provider_stands_in_for_the_provider(tmp_path: Path) -> None:
    only = {"ServiceProviderName" if k == "ProviderName" else k: v for k, v in FOCUS_LINE.items()}
    found = opened(as_csv([only], list(only)), tmp_path)
    assert found.lines("ProviderName", "x_extra") == [("AWS", {})]
    found = opened(focus_csv({"ServiceProviderName": "Marketplace"}), tmp_path)
    assert found.lines("ProviderName", "x_extra") == [
        ("AWS", {"ServiceProviderName": "Marketplace"})
    ]
    assert found.report.unknown_columns == ()


@pytest.mark.parametrize(
    "column", ["ProviderName", "BillingAccountId", "ServiceName", "ChargeCategory", "EffectiveCost"]
)
def test_focus_allows_no_null_here(tmp_path: Path, column: str) -> None:
    found = opened(focus_csv({column: "NULL"}, {}), tmp_path)
    assert found.reasons() == {1: (column, "has no value")}


@pytest.mark.parametrize(
    ("delivered", "costs"),
    [
        ({"ListCost": "2", "ContractedCost": "1.75"}, ("2", "1.75")),
        ({"ListCost": "", "ContractedCost": "1.75"}, ("1.75", "1.75")),
        ({"ListCost": "2", "ContractedCost": "NULL"}, ("2", "2")),
        ({"ListCost": "NULL", "ContractedCost": ""}, ("1.25", "1.25")),
    ],
)
def test_a_list_or_contracted_cost_not_given_is_the_other_or_what_was_billed(
    tmp_path: Path, delivered: dict[str, str], costs: tuple[str, str]
) -> None:
    data = focus_csv({"BilledCost": "1.25"} | delivered)
    found = opened(data, tmp_path)
    assert found.lines("ListCost", "ContractedCost") == [tuple(map(Decimal, costs))]
    assert found.totals(kept=True) == exact_totals(data, "focus")


@pytest.mark.parametrize(
    ("pricing", "given", "line"),
    [
        ("", "", ("USD", "1.5")),
        ("USD", "", ("USD", "1.5")),
        ("CREDITS", "", ("CREDITS", None)),
        ("CREDITS", "30", ("CREDITS", "30")),
    ],
)
def test_prices_are_in_the_billing_currency_unless_the_file_names_another(
    tmp_path: Path, pricing: str, given: str, line: tuple[str, str | None]
) -> None:
    raw = {"PricingCurrency": pricing, "PricingCurrencyEffectiveCost": given}
    found = opened(focus_csv({"BillingCurrency": "USD", "EffectiveCost": "1.5"} | raw), tmp_path)
    currency, amount = line
    assert found.lines("PricingCurrency", "PricingCurrencyEffectiveCost") == [
        (currency, amount and Decimal(amount))
    ]


@pytest.mark.parametrize(
    ("delivered", "unit"),
    [
        ("OCPU Hours", "OCPU-Hours"),
        ("Gigabyte Hours", "GB-Hours"),
        ("10K Requests", "10000 Requests"),
        ("1M API Calls", "1000000 API Calls"),
        ("Million Datapoints", "1000000 Datapoints"),
        ("10K Gigabyte Memory-Seconds", "10000 GB Memory Seconds"),
        ("Gigabyte Per Hour", "GB/Hour"),
        ("Sessions", "Sessions"),
        ("", None),
    ],
)
def test_an_oci_unit_is_written_as_focus_writes_it(
    tmp_path: Path, delivered: str, unit: str | None
) -> None:
    found = opened(as_csv([OCI_LINE | {"cost/skuUnitDescription": delivered}]), tmp_path)
    assert found.lines("PricingUnit", "ConsumedUnit") == [(unit, unit)]


@pytest.mark.parametrize("column", ["ListUnitPrice", "ConsumedQuantity", "Tags"])
def test_null_is_no_value_and_no_error_here(tmp_path: Path, column: str) -> None:
    found = opened(focus_csv({column: "NULL"}), tmp_path)
    assert found.report.kept == 1
    assert found.lines(column) == [({} if column == "Tags" else None,)]


def test_a_focus_line_without_cost_may_lack_its_currency(tmp_path: Path) -> None:
    free = dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), "0.00")
    listed = free | {"ListCost": "2", "BillingCurrency": ""}
    found = opened(focus_csv(free | {"BillingCurrency": ""}, listed), tmp_path)
    assert found.reasons() == {2: ("BillingCurrency", "has no value on a line with a cost")}
    assert found.lines("BillingCurrency") == [("XXX",)]
