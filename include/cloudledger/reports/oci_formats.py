"""The report formats that OCI delivers. Column by column with sources: docs/formats/."""

from __future__ import annotations

from cloudledger.focus.columns import COSTS
from cloudledger.reports.declared import LIST_AND_CONTRACTED, RawColumn, RawKind, ReportFormat

OCI_COST = ReportFormat(
    name="oci_cost",
    title="OCI cost report (reports/cost-csv/)",
    currency="cost/currencyCode",
    charge_start="lineItem/intervalUsageStart",
    reference="lineItem/referenceNo",
    tag_prefixes=("tags/",),
    columns=(
        RawColumn("lineItem/referenceNo", required=True),
        RawColumn("lineItem/tenantId", required=True, filled=True),
        RawColumn("lineItem/intervalUsageStart", RawKind.INSTANT, required=True, filled=True),
        RawColumn("lineItem/intervalUsageEnd", RawKind.INSTANT, required=True, filled=True),
        RawColumn("product/service", required=True, filled=True),
        RawColumn("product/compartmentId", required=True),
        RawColumn("product/compartmentName", required=True),
        RawColumn("product/compartmentPath"),
        RawColumn("product/region", required=True),
        RawColumn("product/availabilityDomain"),
        RawColumn("product/resourceId", required=True),
        RawColumn("product/Description"),
        RawColumn(
            "usage/billedQuantity",
            RawKind.DECIMAL,
            required=True,
            feeds=("PricingQuantity", "ConsumedQuantity"),
        ),
        RawColumn(
            "usage/billedQuantityOverage", RawKind.DECIMAL, feeds=("x_billed_quantity_overage",)
        ),
        RawColumn("usage/attributedUsage", RawKind.DECIMAL, feeds=("x_attributed_usage",)),
        RawColumn("cost/subscriptionId", as_extra=True),
        RawColumn("cost/productSku", required=True),
        RawColumn(
            "cost/unitPrice",
            RawKind.DECIMAL,
            feeds=("ContractedUnitPrice", "PricingCurrencyContractedUnitPrice"),
        ),
        RawColumn("cost/unitPriceOverage", as_extra=True),
        RawColumn(
            "cost/myCost",
            RawKind.DECIMAL,
            required=True,
            filled=True,
            feeds=(
                "BilledCost",
                "EffectiveCost",
                "ListCost",
                "ContractedCost",
                "PricingCurrencyEffectiveCost",
            ),
        ),
        RawColumn("cost/myCostOverage", RawKind.DECIMAL, feeds=("x_cost_overage",)),
        RawColumn("cost/attributedCost", RawKind.DECIMAL, feeds=("x_attributed_cost",)),
        RawColumn("cost/currencyCode", required=True),
        RawColumn("cost/billingUnitReadable", as_extra=True),
        RawColumn("cost/skuUnitDescription", as_extra=True),
        RawColumn("cost/overageFlag"),
        RawColumn("lineItem/isCorrection", as_extra=True),
        RawColumn("lineItem/backreferenceNo", aliases=("lineItem/backReference",)),
    ),
)

OCI_USAGE = ReportFormat(
    name="oci_usage",
    title="OCI usage report (reports/usage-csv/)",
    currency="currency",
    charge_start="lineItem/intervalUsageStart",
    reference="lineItem/referenceNo",
    tag_prefixes=("tags/",),
    columns=(
        RawColumn("lineItem/referenceNo", required=True),
        RawColumn("lineItem/tenantId", required=True, filled=True),
        RawColumn("lineItem/intervalUsageStart", RawKind.INSTANT, required=True, filled=True),
        RawColumn("lineItem/intervalUsageEnd", RawKind.INSTANT, required=True, filled=True),
        RawColumn("product/service", required=True, filled=True),
        RawColumn("product/resource", required=True, as_extra=True),
        RawColumn("product/compartmentId", required=True),
        RawColumn("product/compartmentName", required=True),
        RawColumn("product/compartmentPath"),
        RawColumn("product/region", required=True),
        RawColumn("product/availabilityDomain"),
        RawColumn("product/resourceId", required=True),
        RawColumn(
            "usage/consumedQuantity", RawKind.DECIMAL, required=True, feeds=("ConsumedQuantity",)
        ),
        RawColumn(
            "usage/billedQuantity", RawKind.DECIMAL, required=True, feeds=("PricingQuantity",)
        ),
        RawColumn("usage/consumedQuantityUnits", required=True, as_extra=True),
        RawColumn("usage/consumedQuantityMeasure", as_extra=True),
        RawColumn("lineItem/isCorrection", as_extra=True),
        RawColumn("lineItem/backreferenceNo", aliases=("lineItem/backReference",)),
        RawColumn("currency", given="currency", may_lack=True),
    ),
    derived=dict.fromkeys(COSTS, ()),
)


def _focus(
    name: str, *preview: str, required: bool = False, filled: bool = False, as_extra: bool = False
) -> RawColumn:
    return RawColumn(name, RawKind.TEXT, required, filled, preview, (), as_extra)


def _amount(name: str, *preview: str, required: bool = False, filled: bool = False) -> RawColumn:
    return RawColumn(name, RawKind.DECIMAL, required, filled, preview, (name,))


def _instant(name: str) -> RawColumn:
    return RawColumn(name, RawKind.INSTANT, required=True, filled=True)


def _oci_amount(name: str, focus_column: str) -> RawColumn:
    return RawColumn(name, RawKind.DECIMAL, feeds=(focus_column,))


OCI_FOCUS = ReportFormat(
    name="oci_focus",
    title="OCI FOCUS report (FOCUS Reports/), 1.0-preview names or 1.0 names",
    currency="BillingCurrency",
    charge_start="ChargePeriodStart",
    reference="oci_ReferenceNumber",
    derived=LIST_AND_CONTRACTED,
    columns=(
        _focus("AvailabilityZone"),
        _amount("BilledCost", required=True, filled=True),
        _focus("BillingAccountId", required=True, filled=True),
        _focus("BillingAccountName"),
        _focus("BillingCurrency", required=True),
        _instant("BillingPeriodEnd"),
        _instant("BillingPeriodStart"),
        _focus("ChargeCategory", required=True, filled=True),
        _focus("ChargeClass"),
        _focus("ChargeDescription"),
        _focus("ChargeFrequency"),
        _instant("ChargePeriodEnd"),
        _instant("ChargePeriodStart"),
        _focus("ChargeSubcategory", as_extra=True),
        _focus("CommitmentDiscountCategory"),
        _focus("CommitmentDiscountId"),
        _focus("CommitmentDiscountName"),
        _focus("CommitmentDiscountStatus"),
        _focus("CommitmentDiscountType"),
        _focus("ConsumedUnit", "UsageUnit", as_extra=True),
        _amount("ConsumedQuantity", "UsageQuantity"),
        _amount("ContractedCost"),
        _amount("ContractedUnitPrice"),
        _amount("EffectiveCost", required=True, filled=True),
        _focus("InvoiceIssuerName", "InvoiceIssuer"),
        _amount("ListCost"),
        _amount("ListUnitPrice"),
        _focus("PricingCategory"),
        _amount("PricingQuantity"),
        _focus("PricingUnit", as_extra=True),
        _focus("ProviderName", "Provider", required=True, filled=True),
        _focus("PublisherName", "Publisher"),
        _focus("RegionId", "Region"),
        _focus("RegionName"),
        _focus("ResourceId"),
        _focus("ResourceName"),
        _focus("ResourceType"),
        _focus("ServiceCategory"),
        _focus("ServiceName", required=True, filled=True),
        _focus("SkuId"),
        _focus("SkuPriceId"),
        _focus("SubAccountId"),
        _focus("SubAccountName"),
        RawColumn("Tags", RawKind.TAGS),
        _focus("oci_ReferenceNumber", required=True),
        _focus("oci_CompartmentId", as_extra=True),
        _focus("oci_CompartmentName", as_extra=True),
        _focus("oci_OverageFlag"),
        _focus("oci_UnitPriceOverage", as_extra=True),
        _oci_amount("oci_BilledQuantityOverage", "x_billed_quantity_overage"),
        _oci_amount("oci_CostOverage", "x_cost_overage"),
        _oci_amount("oci_AttributedUsage", "x_attributed_usage"),
        _oci_amount("oci_AttributedCost", "x_attributed_cost"),
        _focus("oci_BackReferenceNumber"),
    ),
)
