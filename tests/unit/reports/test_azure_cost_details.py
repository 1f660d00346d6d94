"""Azure's prices and costs are those of Microsoft's own example, "Pricing behavior in cost
details": 24 hours of a machine at 1 listed, 0.8 contracted, 0.3 amortized; 15 reservations at 120.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from report_files import Opened, as_csv, opened
from test_report_mappings import line

EA_COLUMNS = """
    InvoiceSectionName,AccountName,AccountOwnerId,SubscriptionId,SubscriptionName,
    ResourceGroup,ResourceLocation,Date,ProductName,MeterCategory,MeterSubCategory,
    MeterId,MeterName,MeterRegion,UnitOfMeasure,Quantity,EffectivePrice,
    CostInBillingCurrency,CostCenter,ConsumedService,ResourceId,Tags,OfferId,
    AdditionalInfo,ServiceInfo1,ServiceInfo2,ResourceName,ReservationId,ReservationName,
    UnitPrice,ProductOrderId,ProductOrderName,Term,PublisherType,PublisherName,
    ChargeType,Frequency,PricingModel,AvailabilityZone,BillingAccountId,
    BillingAccountName,BillingCurrencyCode,BillingPeriodStartDate,BillingPeriodEndDate,
    BillingProfileId,BillingProfileName,InvoiceSectionId,IsAzureCreditEligible,PartNumber,
    PayGPrice,PlanName,ServiceFamily,CostAllocationRuleName,benefitId,benefitName
"""

MCA_COLUMNS = """
    invoiceId,previousInvoiceId,billingAccountId,billingAccountName,billingProfileId,
    billingProfileName,invoiceSectionId,invoiceSectionName,resellerName,resellerMpnId,
    costCenter,billingPeriodEndDate,billingPeriodStartDate,servicePeriodEndDate,
    servicePeriodStartDate,date,serviceFamily,productOrderId,productOrderName,
    consumedService,meterId,meterName,meterCategory,meterSubCategory,meterRegion,
    ProductId,ProductName,SubscriptionId,subscriptionName,publisherType,publisherId,
    publisherName,resourceGroupName,ResourceId,resourceLocation,location,effectivePrice,
    quantity,unitOfMeasure,chargeType,billingCurrency,pricingCurrency,
    costInBillingCurrency,costInPricingCurrency,costInUsd,paygCostInBillingCurrency,
    paygCostInUsd,exchangeRatePricingToBilling,exchangeRateDate,isAzureCreditEligible,
    serviceInfo1,serviceInfo2,additionalInfo,tags,PayGPrice,frequency,term,
    reservationId,reservationName,pricingModel,unitPrice,costAllocationRuleName,
    benefitId,benefitName,provider
"""

EA_HEADER = "".join(EA_COLUMNS.split()).split(",")
MCA_HEADER = "".join(MCA_COLUMNS.split()).split(",")

MACHINE = "/subscriptions/s-1/resourceGroups/web/providers/Microsoft.Compute/virtualMachines/vm-1"
EA_LINE = {
    "SubscriptionId": "s-1",
    "SubscriptionName": "shop",
    "ResourceGroup": "web",
    "ResourceLocation": "EastUS2",
    "Date": "9/2/2023",
    "ProductName": "Virtual Machines Dv3 - D4 v3",
    "MeterCategory": "Virtual Machines",
    "MeterId": "m-1",
    "MeterName": "D4 v3",
    "UnitOfMeasure": "1 Hour",
    "Quantity": "24",
    "EffectivePrice": "0.8",
    "CostInBillingCurrency": "19.2",
    "ConsumedService": "Microsoft.Compute",
    "ResourceId": MACHINE,
    "Tags": '"team": "shop","env": ""',
    "ResourceName": "vm-1",
    "UnitPrice": "0.8",
    "ChargeType": "Usage",
    "Frequency": "UsageBased",
    "PricingModel": "OnDemand",
    "BillingAccountId": "12345678",
    "BillingAccountName": "Example Ltd.",
    "BillingCurrencyCode": "EUR",
    "BillingPeriodStartDate": "9/1/2023",
    "BillingPeriodEndDate": "9/30/2023",
    "PartNumber": "AAD-1",
    "PayGPrice": "1",
}

RESERVED = {
    "PricingModel": "Reservation",
    "benefitId": "/providers/Microsoft.Capacity/reservationOrders/o-1/reservations/r-1",
    "benefitName": "vm-reservation",
}
PLANNED = {
    "PricingModel": "SavingsPlan",
    "benefitId": "/providers/Microsoft.BillingBenefits/savingsPlanOrders/o-2/savingsPlans/p-1",
    "benefitName": "compute-plan",
}
BOUGHT = {"UnitPrice": "120", "PayGPrice": "120", "Frequency": "OneTime"}


def ea(folder: Path, *lines: Mapping[str, str]) -> Opened:
    return opened(as_csv([EA_LINE | one for one in lines], EA_HEADER), folder)


def test_an_ea_line_column_by_column(tmp_path: Path) -> None:
    found = ea(tmp_path, {})
    assert found.report.format.name == "azure_cost_details"
    assert found.report.unknown_columns == ()
    assert line(found) == {
        "ProviderName": "Microsoft",
        "PublisherName": "Microsoft",
        "InvoiceIssuerName": "Microsoft",
        "BillingAccountId": "12345678",
        "BillingAccountName": "Example Ltd.",
        "BillingAccountType": "Billing Account",
        "SubAccountId": "s-1",
        "SubAccountName": "shop",
        "SubAccountType": "Subscription",
        "BillingPeriodStart": datetime(2023, 9, 1, tzinfo=UTC),
        "BillingPeriodEnd": datetime(2023, 10, 1, tzinfo=UTC),
        "ChargePeriodStart": datetime(2023, 9, 2, tzinfo=UTC),
        "ChargePeriodEnd": datetime(2023, 9, 3, tzinfo=UTC),
        "ChargeCategory": "Usage",
        "ChargeDescription": "Virtual Machines Dv3 - D4 v3",
        "ChargeFrequency": "Usage-Based",
        "BilledCost": Decimal("19.2"),
        "EffectiveCost": Decimal("19.2"),
        "ListCost": Decimal(24),
        "ContractedCost": Decimal("19.2"),
        "ListUnitPrice": Decimal(1),
        "ContractedUnitPrice": Decimal("0.8"),
        "PricingCategory": "Standard",
        "PricingQuantity": Decimal(24),
        "PricingUnit": "1 Hour",
        "PricingCurrency": "EUR",
        "PricingCurrencyContractedUnitPrice": Decimal("0.8"),
        "PricingCurrencyEffectiveCost": Decimal("19.2"),
        "PricingCurrencyListUnitPrice": Decimal(1),
        "BillingCurrency": "EUR",
        "ConsumedQuantity": Decimal(24),
        "ConsumedUnit": "1 Hour",
        "ServiceName": "Virtual Machines",
        "ServiceCategory": "Compute",
        "ServiceSubcategory": "Virtual Machines",
        "SkuId": "m-1",
        "SkuMeter": "D4 v3",
        "SkuPriceId": "AAD-1",
        "ResourceId": MACHINE,
        "ResourceName": "vm-1",
        "ResourceType": "microsoft.compute/virtualmachines",
        "RegionId": "eastus2",
        "RegionName": "East US 2",
        "Tags": {"team": "shop"},
        "x_extra": {
            "ResourceGroup": "web",
            "MeterId": "m-1",
            "UnitOfMeasure": "1 Hour",
            "ConsumedService": "Microsoft.Compute",
            "ChargeType": "Usage",
            "PricingModel": "OnDemand",
            "EffectivePrice": "0.8",
        },
        "x_record_number": 1,
    }


@pytest.mark.parametrize(
    ("of", "cells", "billed", "effective", "listed", "contracted"),
    [
        ("actual", {}, "19.2", "19.2", "24", "19.2"),
        ("actual", {"CostInBillingCurrency": "0"} | RESERVED, "0", "0", "24", "19.2"),
        (
            "actual",
            {"ChargeType": "Purchase", "Quantity": "15", "CostInBillingCurrency": "1800"}
            | BOUGHT
            | RESERVED,
            *("1800", "0", "1800", "1800"),
        ),
        (
            "actual",
            {"ChargeType": "Refund", "Quantity": "-1", "CostInBillingCurrency": "-120"}
            | BOUGHT
            | RESERVED,
            *("-120", "0", "-120", "-120"),
        ),
        ("amortized", {"CostInBillingCurrency": "7.2"} | RESERVED, "0", "7.2", "24", "19.2"),
        ("amortized", {"CostInBillingCurrency": "7.2"} | PLANNED, "0", "7.2", "24", "19.2"),
        (
            "amortized",
            {"ChargeType": "UnusedReservation", "CostInBillingCurrency": "2.4"} | RESERVED,
            *("0", "2.4", "2.4", "2.4"),
        ),
        (
            "amortized",
            {"ChargeType": "UnusedSavingsPlan", "CostInBillingCurrency": "1.5"} | PLANNED,
            *("0", "1.5", "1.5", "1.5"),
        ),
        (
            "both",
            {"ChargeType": "Purchase", "CostInBillingCurrency": "50", "Quantity": "1"}
            | {"UnitPrice": "50", "PayGPrice": "60"},
            *("50", "50", "60", "50"),
        ),
        (
            "both",
            {"ChargeType": "Refund", "CostInBillingCurrency": "-5", "Quantity": "-1"}
            | {"UnitPrice": "5", "PayGPrice": "6"},
            *("-5", "-5", "-6", "-5"),
        ),
        (
            "both",
            {"ChargeType": "RoundingAdjustment", "CostInBillingCurrency": "0.01"},
            *("0.01", "0.01", "0.01", "0.01"),
        ),
        (
            "both",
            {"ChargeType": "Tax", "CostInBillingCurrency": "3.8"},
            *("3.8", "3.8", "3.8", "3.8"),
        ),
        (
            "both, of the marketplace: no price is said",
            {"CostInBillingCurrency": "10", "UnitPrice": "", "PayGPrice": "0"},
            *("10", "10", "10", "10"),
        ),
        (
            "both, inside a free tier",
            {"CostInBillingCurrency": "0", "Quantity": "10"},
            *("0", "0", "10", "8"),
        ),
    ],
)
def test_the_four_costs(
    tmp_path: Path,
    of: str,
    cells: dict[str, str],
    billed: str,
    effective: str,
    listed: str,
    contracted: str,
) -> None:
    found = ea(tmp_path, cells)
    costs = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
    wanted = tuple(Decimal(cost) for cost in (billed, effective, listed, contracted))
    assert found.lines(*costs) == [wanted], of
    totals = found.totals(kept=True)
    assert (totals["EUR", "BilledCost"], totals["EUR", "EffectiveCost"]) == wanted[:2]
    assert ("EUR", "ListCost") not in totals


@pytest.mark.parametrize(
    ("charge", "model", "found"),
    [
        ("Usage", "OnDemand", ("Usage", None, "Standard", None)),
        ("usage", "On Demand", ("Usage", None, "Standard", None)),
        ("Usage", "Spot", ("Usage", None, "Dynamic", None)),
        ("Usage", "Reservation", ("Usage", None, "Committed", "Used")),
        ("UnusedReservation", "Reservation", ("Usage", None, "Committed", "Unused")),
        ("UnusedSavingsPlan", "SavingsPlan", ("Usage", None, "Committed", "Unused")),
        ("Purchase", "Reservation", ("Purchase", None, "Committed", None)),
        ("Refund", "OnDemand", ("Purchase", "Correction", "Standard", None)),
        ("Tax", "", ("Tax", None, None, None)),
        ("Credit", "", ("Credit", None, None, None)),
        ("RoundingAdjustment", "", ("Adjustment", None, None, None)),
    ],
)
def test_what_a_charge_is(
    tmp_path: Path, charge: str, model: str, found: tuple[str | None, ...]
) -> None:
    cells = {"ChargeType": charge, "PricingModel": model, "benefitId": "b-1"}
    assert ea(tmp_path, cells).lines(
        "ChargeCategory", "ChargeClass", "PricingCategory", "CommitmentDiscountStatus"
    ) == [found]


def test_quantities_are_those_of_usage_and_of_what_has_a_price(tmp_path: Path) -> None:
    found = ea(tmp_path, {}, {"ChargeType": "Purchase"}, {"ChargeType": "Tax", "Quantity": "1"})
    quantities = found.lines("PricingQuantity", "PricingUnit", "ConsumedQuantity", "ConsumedUnit")
    assert quantities == [
        (Decimal(24), "1 Hour", Decimal(24), "1 Hour"),
        (Decimal(24), "1 Hour", None, None),
        (None, None, None, None),
    ]
    totals = found.totals(kept=True)
    assert totals["EUR", "PricingQuantity"] == 48
    assert totals["EUR", "ConsumedQuantity"] == 24


@pytest.mark.parametrize(
    ("cells", "commitment"),
    [
        (
            RESERVED,
            (RESERVED["benefitId"], "vm-reservation", "Usage", "Reservation", 24, "1 Hour"),
        ),
        (
            PLANNED | {"CostInBillingCurrency": "7.2"},
            (PLANNED["benefitId"], "compute-plan", "Spend", "Savings Plan", Decimal("7.2"), "EUR"),
        ),
        (
            {"PricingModel": "Reservation", "ReservationId": "r-9", "ReservationName": "old"},
            ("r-9", "old", "Usage", "Reservation", 24, "1 Hour"),
        ),
        ({}, (None, None, None, None, None, None)),
    ],
)
def test_the_commitment(
    tmp_path: Path, cells: dict[str, str], commitment: tuple[object, ...]
) -> None:
    names = ("Id", "Name", "Category", "Type", "Quantity", "Unit")
    found = ea(tmp_path, cells).lines(*(f"CommitmentDiscount{name}" for name in names))
    assert found == [commitment]


def test_an_mca_line_has_its_list_cost_and_two_currencies(tmp_path: Path) -> None:
    ea_names = {name.casefold(): value for name, value in EA_LINE.items()}
    own = {
        "billingAccountId": "root-1",
        "billingProfileId": "profile-1",
        "billingProfileName": "Shop",
        "invoiceId": "E0100",
        "ProductId": "DZH318Z0BQ35001G",
        "billingCurrency": "EUR",
        "pricingCurrency": "USD",
        "costInBillingCurrency": "17.28",
        "costInPricingCurrency": "19.2",
        "paygCostInBillingCurrency": "21.6",
        "exchangeRatePricingToBilling": "0.9",
        "resourceLocation": "US East 2",
        "date": "09/02/2023",
        "tags": '{"team":"shop"}',
        "resourceGroupName": "web",
    }
    cells = {name: ea_names.get(name.casefold(), "") for name in MCA_HEADER} | own
    found = opened(as_csv([cells], MCA_HEADER), tmp_path)
    assert (found.report.format.name, found.report.unknown_columns) == ("azure_cost_details", ())
    assert found.lines("BilledCost", "EffectiveCost", "ListCost", "ContractedCost") == [
        (Decimal("17.28"), Decimal("17.28"), Decimal("21.6"), Decimal("17.28"))
    ]
    assert found.lines("ListUnitPrice", "ContractedUnitPrice", "BillingCurrency") == [
        (Decimal("0.9"), Decimal("0.72"), "EUR")
    ]
    assert found.lines(
        "PricingCurrency",
        "PricingCurrencyListUnitPrice",
        "PricingCurrencyContractedUnitPrice",
        "PricingCurrencyEffectiveCost",
    ) == [("USD", Decimal(1), Decimal("0.8"), Decimal("19.2"))]
    assert found.lines(
        "BillingAccountId", "BillingAccountName", "BillingAccountType", "InvoiceId", "SkuId"
    ) == [("profile-1", "Shop", "Billing Profile", "E0100", "DZH318Z0BQ35001G")]
    assert found.lines("ResourceName", "RegionId", "RegionName", "Tags") == [
        ("vm-1", "eastus2", "East US 2", {"team": "shop"})
    ]


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("9/2/2023", "2023-09-02"),
        ("09/02/2023", "2023-09-02"),
        ("12/31/2023", "2023-12-31"),
        ("2/29/2024", "2024-02-29"),
        ("2023-09-02", "2023-09-02"),
        ("2023-09-02T00:00:00Z", "2023-09-02"),
    ],
)
def test_a_date_is_month_day_year_or_iso(tmp_path: Path, date: str, day: str) -> None:
    found = ea(tmp_path, {"Date": date})
    assert found.lines("CAST(CAST(ChargePeriodStart AS DATE) AS VARCHAR)") == [(day,)]


@pytest.mark.parametrize("date", ["13/2/2023", "2/30/2023", "9/2/23", "2.9.2023", "9/2"])
def test_what_is_no_such_date_is_set_aside_as_it_stands(tmp_path: Path, date: str) -> None:
    found = ea(tmp_path, {"Date": date}, {})
    assert found.reasons() == {1: ("Date", f"is not a date and time: {date}")}
    assert found.report.kept == 1


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ('"a": "1","b": "2"', {"a": "1", "b": "2"}),
        ('{"a": "1"}', {"a": "1"}),
        (' {"a": "1"}', {"a": "1"}),
        ("", {}),
    ],
)
def test_tags_may_lack_their_braces(tmp_path: Path, text: str, tags: dict[str, str]) -> None:
    assert ea(tmp_path, {"Tags": text}).lines("Tags") == [(tags,)]


def test_tags_that_are_none_stay_as_text(tmp_path: Path) -> None:
    found = ea(tmp_path, {"Tags": "no tags"})
    assert found.lines("Tags", "x_extra['Tags']") == [({}, "{no tags}")]


@pytest.mark.parametrize(
    ("location", "region"),
    [
        ("westus2", ("westus2", "West US 2")),
        ("US Central", ("centralus", "Central US")),
        ("Newland North", ("newlandnorth", "Newland North")),
        ("Unassigned", (None, None)),
        ("", (None, None)),
    ],
)
def test_a_location_is_a_region(
    tmp_path: Path, location: str, region: tuple[str | None, str | None]
) -> None:
    assert ea(tmp_path, {"ResourceLocation": location}).lines("RegionId", "RegionName") == [region]


@pytest.mark.parametrize(
    ("cells", "service"),
    [
        ({"MeterCategory": "Storage"}, ("Storage Accounts", "Storage")),
        ({"MeterCategory": ""}, ("Virtual Machines", "Compute")),
        ({"MeterCategory": "Unassigned"}, ("Virtual Machines", "Compute")),
        ({"MeterCategory": "SaaS of tomorrow"}, ("SaaS of tomorrow", "Other")),
        (
            {"MeterCategory": "", "ConsumedService": ""},
            ("Virtual Machines Dv3 - D4 v3", "Other"),
        ),
        (
            {"MeterCategory": "", "ConsumedService": "", "ProductName": ""},
            ("Unassigned", "Other"),
        ),
    ],
)
def test_a_meters_category_is_a_service(
    tmp_path: Path, cells: dict[str, str], service: tuple[str, str]
) -> None:
    assert ea(tmp_path, cells).lines("ServiceName", "ServiceCategory") == [service]


@pytest.mark.parametrize(
    ("delivered", "unit"),
    [
        ("1 GB", "1 GB"),
        ("10K", "10000 Units"),
        ("1M", "1000000 Units"),
        ("1", "1 Units"),
        ("1/Month", "Units/Month"),
        ("1 /Day", "Units/Day"),
    ],
)
def test_a_unit_that_only_counts_is_written_out(tmp_path: Path, delivered: str, unit: str) -> None:
    found = ea(tmp_path, {"UnitOfMeasure": delivered})
    assert found.lines("PricingUnit", "ConsumedUnit", "x_extra['UnitOfMeasure']") == [
        (unit, unit, delivered)
    ]


def test_a_price_too_long_to_multiply_leaves_the_cost(tmp_path: Path) -> None:
    long = {"UnitPrice": "99999999999999", "Quantity": "99999999999999", "PayGPrice": ""}
    found = ea(tmp_path, long)
    assert found.lines("ListCost", "ContractedCost") == [(Decimal("19.2"), Decimal("19.2"))]
