"""Azure cost details, of an Enterprise Agreement or a Microsoft Customer Agreement.

Column by column with sources: docs/formats/azure_cost_details.md.
"""

from __future__ import annotations

from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat, Term

US_DATE = (
    "CASE WHEN regexp_full_match({cell}, '[0-9]{{1,2}}/[0-9]{{1,2}}/[12][0-9]{{3}}') "
    "THEN coalesce(strftime(try_strptime({cell}, '%m/%d/%Y'), '%Y-%m-%d'), {cell}) "
    "ELSE {cell} END"
)
"""Month/day/year, with or without leading zeros; ISO 8601 stays as it is."""

BRACED = "CASE WHEN starts_with(trim({cell}), '{{') THEN {cell} ELSE '{{' || {cell} || '}}' END"
"""A JSON object, whose braces an Enterprise Agreement's file leaves out."""

COMMITTED = (
    """regexp_matches(coalesce("PricingModel", ''), '(?i)^(reservations?|savings ?plan)$')"""
)
"""Priced by a reservation or a savings plan."""


def charged(*types: str) -> str:
    """The condition that a line's ChargeType is one of these, whatever the letter case."""
    return f"""lower("ChargeType") IN ({", ".join(f"'{one.lower()}'" for one in types)})"""


UNUSED = charged("UnusedReservation", "UnusedSavingsPlan")
AMORTISED = f"{UNUSED} OR ({charged('Usage')} AND {COMMITTED})"
"""The share of a commitment that was bought on another line: nobody bills it again."""

BOUGHT = f"{charged('Purchase', 'Refund')} AND {COMMITTED}"
"""A commitment bought, or given back: its cost is that of the lines it is amortised over."""

PRICED = charged("Usage", "Purchase", "Refund", "UnusedReservation", "UnusedSavingsPlan")
COST = "CostInBillingCurrency"


def _date(name: str, *aliases: str, required: bool = False) -> RawColumn:
    return RawColumn(
        name,
        RawKind.INSTANT,
        required=required,
        filled=required,
        aliases=aliases,
        spelt=US_DATE,
    )


def _kept(*names: str) -> tuple[RawColumn, ...]:
    return tuple(RawColumn(name, as_extra=True) for name in names)


AZURE_COST_DETAILS = ReportFormat(
    name="azure_cost_details",
    title="Azure cost details of an EA or MCA, actual or amortized",
    currency="BillingCurrencyCode",
    charge_start="Date",
    columns=(
        _date("Date", "UsageDate", required=True),
        _date("BillingPeriodStartDate"),
        _date("BillingPeriodEndDate"),
        RawColumn("BillingAccountId", required=True, filled=True),
        RawColumn("BillingAccountName"),
        RawColumn("BillingProfileId"),
        RawColumn("BillingProfileName"),
        RawColumn("BillingCurrencyCode", required=True, aliases=("BillingCurrency", "Currency")),
        RawColumn("InvoiceId"),
        RawColumn("SubscriptionId", required=True),
        RawColumn("SubscriptionName"),
        RawColumn("ResourceId", required=True),
        RawColumn("ResourceName"),
        RawColumn("ResourceLocation"),
        RawColumn("Location", as_extra=True),
        RawColumn("AvailabilityZone"),
        RawColumn("ProductName", aliases=("Product",)),
        RawColumn("ProductId"),
        RawColumn("PartNumber"),
        RawColumn("MeterId", required=True, as_extra=True),
        RawColumn("MeterName"),
        RawColumn("MeterCategory", required=True),
        RawColumn("ConsumedService", as_extra=True),
        RawColumn("UnitOfMeasure", required=True, as_extra=True),
        RawColumn("Quantity", RawKind.DECIMAL, required=True),
        RawColumn(
            COST,
            RawKind.DECIMAL,
            required=True,
            filled=True,
            aliases=("Cost",),
            cost=True,
        ),
        RawColumn(
            "CostInPricingCurrency", RawKind.DECIMAL, feeds=("PricingCurrencyEffectiveCost",)
        ),
        RawColumn("PaygCostInBillingCurrency", RawKind.DECIMAL, cost=True),
        RawColumn("UnitPrice", RawKind.DECIMAL, feeds=("ContractedUnitPrice",)),
        RawColumn("PayGPrice", RawKind.DECIMAL, feeds=("ListUnitPrice",)),
        RawColumn("PricingCurrency"),
        RawColumn("ExchangeRatePricingToBilling", as_extra=True),
        RawColumn("ChargeType", required=True, filled=True, as_extra=True),
        RawColumn("Frequency"),
        RawColumn("PricingModel", as_extra=True),
        RawColumn("BenefitId"),
        RawColumn("BenefitName"),
        RawColumn("ReservationId"),
        RawColumn("ReservationName"),
        RawColumn("PublisherName"),
        RawColumn("PartnerName"),
        RawColumn("Tags", RawKind.TAGS, spelt=BRACED),
        *_kept(
            "AccountId", "AccountName", "AccountOwnerId", "CostCenter", "CostAllocationRuleName"
        ),
        *_kept("InvoiceSectionId", "InvoiceSectionName", "PreviousInvoiceId", "BillingPeriod"),
        *_kept("ServicePeriodStartDate", "ServicePeriodEndDate", "ExchangeRateDate", "Term"),
        *_kept("ResourceGroup", "ResourceGroupName", "ResourceType", "ServiceFamily", "Provider"),
        *_kept("MeterSubCategory", "MeterRegion", "EffectivePrice", "CostInUsd", "PaygCostInUsd"),
        *_kept("AdditionalInfo", "ServiceInfo1", "ServiceInfo2", "OfferId", "PlanName"),
        *_kept("ProductOrderId", "ProductOrderName", "PublisherId", "PublisherType"),
        *_kept("ResellerName", "ResellerMpnId", "IsAzureCreditEligible", "CustomerTenantId"),
        *_kept("CustomerName", "PartnerTenantId", "PartnerEarnedCreditApplied"),
        *_kept("PartnerEarnedCreditRate"),
    ),
    derived={
        "BilledCost": (Term(COST, f"NOT ({AMORTISED})"),),
        "EffectiveCost": (Term(COST, f"NOT ({BOUGHT})"),),
        "PricingQuantity": (Term("Quantity", PRICED),),
        "ConsumedQuantity": (Term("Quantity", charged("Usage")),),
    },
)
