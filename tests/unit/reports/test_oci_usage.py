from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from report_files import as_csv, opened
from test_report_mappings import line

from cloudledger.focus.columns import COSTS

HEADER = [
    "lineItem/referenceNo",
    "lineItem/tenantId",
    "lineItem/intervalUsageStart",
    "lineItem/intervalUsageEnd",
    "product/service",
    "product/resource",
    "product/compartmentId",
    "product/compartmentName",
    "product/region",
    "product/availabilityDomain",
    "product/resourceId",
    "usage/consumedQuantity",
    "usage/billedQuantity",
    "usage/consumedQuantityUnits",
    "usage/consumedQuantityMeasure",
    "lineItem/isCorrection",
    "lineItem/backreferenceNo",
    "tags/team",
]

LINE = {
    "lineItem/referenceNo": "u-1",
    "lineItem/tenantId": "ocid1.tenancy.oc1..a",
    "lineItem/intervalUsageStart": "2026-03-01T10:00Z",
    "lineItem/intervalUsageEnd": "2026-03-01T11:00Z",
    "product/service": "BLOCK_STORAGE",
    "product/resource": "PIC_BLOCK_STORAGE_STANDARD",
    "product/compartmentId": "ocid1.compartment.oc1..c",
    "product/compartmentName": "apps",
    "product/region": "eu-frankfurt-1",
    "product/resourceId": "ocid1.bootvolume.oc1..v",
    "usage/consumedQuantity": "1.67674224E8",
    "usage/billedQuantity": "1.67674E8",
    "usage/consumedQuantityUnits": "GB_MS",
    "usage/consumedQuantityMeasure": "STORAGE_SIZE",
    "lineItem/isCorrection": "false",
    "tags/team": "shop",
}


def test_a_usage_line_has_quantities_and_no_cost(tmp_path: Path) -> None:
    found = opened(as_csv([LINE], HEADER), tmp_path)
    assert found.report.format.name == "oci_usage"
    assert line(found) == {
        "ProviderName": "Oracle",
        "PublisherName": "Oracle",
        "InvoiceIssuerName": "Oracle",
        "BillingAccountId": "ocid1.tenancy.oc1..a",
        "BillingAccountType": "Tenancy",
        "SubAccountId": "ocid1.compartment.oc1..c",
        "SubAccountName": "apps",
        "SubAccountType": "Compartment",
        "BillingPeriodStart": datetime(2026, 3, 1, tzinfo=UTC),
        "BillingPeriodEnd": datetime(2026, 4, 1, tzinfo=UTC),
        "ChargePeriodStart": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "ChargePeriodEnd": datetime(2026, 3, 1, 11, tzinfo=UTC),
        "ChargeCategory": "Usage",
        "ChargeDescription": "PIC_BLOCK_STORAGE_STANDARD",
        "ChargeFrequency": "Usage-Based",
        "BilledCost": Decimal(0),
        "EffectiveCost": Decimal(0),
        "ListCost": Decimal(0),
        "ContractedCost": Decimal(0),
        "PricingCategory": "Standard",
        "PricingQuantity": Decimal("167674000"),
        "PricingUnit": "GB_MS",
        "PricingCurrency": "XXX",
        "PricingCurrencyEffectiveCost": Decimal(0),
        "BillingCurrency": "XXX",
        "ConsumedQuantity": Decimal("167674224"),
        "ConsumedUnit": "GB_MS",
        "ServiceName": "BLOCK_STORAGE",
        "ServiceCategory": "Storage",
        "ServiceSubcategory": "Block Storage",
        "ResourceId": "ocid1.bootvolume.oc1..v",
        "ResourceType": "bootvolume",
        "RegionId": "eu-frankfurt-1",
        "RegionName": "Germany Central (Frankfurt)",
        "Tags": {"team": "shop"},
        "x_reference_number": "u-1",
        "x_extra": {
            "product/resource": "PIC_BLOCK_STORAGE_STANDARD",
            "usage/consumedQuantityMeasure": "STORAGE_SIZE",
            "usage/consumedQuantityUnits": "GB_MS",
            "lineItem/isCorrection": "false",
        },
        "x_record_number": 1,
    }


def test_only_quantities_are_controlled(tmp_path: Path) -> None:
    second = LINE | {"lineItem/referenceNo": "u-2", "usage/consumedQuantity": "0.5"}
    found = opened(as_csv([LINE, second], HEADER), tmp_path)
    assert found.totals(kept=True) == {
        **{("XXX", cost): Decimal(0) for cost in COSTS},
        ("XXX", "PricingQuantity"): Decimal("335348000"),
        ("XXX", "ConsumedQuantity"): Decimal("167674224.5"),
    }


def test_a_quantity_too_long_leaves_its_unit_beside_its_text(tmp_path: Path) -> None:
    long = {"usage/billedQuantity": "8.9957412E14", "usage/consumedQuantityUnits": "BYTE_MS"}
    found = opened(as_csv([LINE | long], HEADER), tmp_path)
    assert found.lines("PricingQuantity", "PricingUnit", "ConsumedUnit", "x_exact") == [
        (None, None, "BYTE_MS", {"PricingQuantity": "8.9957412E14"})
    ]
    assert found.lines("x_extra['usage/consumedQuantityUnits']") == [("BYTE_MS",)]


def test_a_correction_of_usage_points_back(tmp_path: Path) -> None:
    corrected = LINE | {"lineItem/isCorrection": "true", "lineItem/backreferenceNo": "u-0"}
    found = opened(as_csv([corrected], HEADER), tmp_path)
    assert found.lines("ChargeClass", "x_back_reference_number") == [("Correction", "u-0")]


def test_the_setting_of_the_source_says_the_currency(tmp_path: Path) -> None:
    found = opened(as_csv([LINE], HEADER), tmp_path, given={"currency": "EUR"})
    assert found.lines("BillingCurrency") == [("EUR",)]
    assert found.report.missing_columns == ("product/compartmentPath",)
