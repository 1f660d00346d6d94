"""AWS's Cost and Usage Report: the legacy one (CSV or Parquet) and CUR 2.0 of Data Exports.

Columns go by their CUR 2.0 names, which the legacy Parquet shares; the legacy CSV's names are
aliases. Column by column with sources, and the rules of the costs: docs/formats/aws_cur.md.
"""

from __future__ import annotations

from cloudledger.reports.aws_costs import (
    COMMITTED,
    COVERED,
    DERIVED,
    DESCRIPTION,
    NET_COVERED,
    NET_RESERVED,
    NET_UNBLENDED,
    NET_UNUSED_RECURRING,
    NET_UNUSED_UPFRONT,
    ON_DEMAND,
    RESERVED,
    TYPE,
    UNBLENDED,
    UNUSED_RECURRING,
    UNUSED_UPFRONT,
    USED,
)
from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat

_COME_AND_GO = (
    *("line_item_net_", "reservation_", "savings_plan_", "capacity_reservation_", "product_"),
    *("line_item_iam_principal", "bill_payer_account_name", "line_item_usage_account_name"),
    "pricing_currency",
)
"""An account has these as it buys and uses; CUR 2.0 has some that the legacy report has not."""


def _column(
    name: str,
    legacy: str,
    kind: RawKind = RawKind.TEXT,
    *,
    required: bool = False,
    filled: bool = False,
    as_extra: bool = False,
    cost: bool = False,
) -> RawColumn:
    return RawColumn(
        name,
        kind,
        required=required or filled,
        filled=filled,
        aliases=(legacy,),
        as_extra=as_extra,
        cost=cost,
        may_lack=name.startswith(_COME_AND_GO),
    )


def _instant(name: str, legacy: str) -> RawColumn:
    return _column(name, legacy, RawKind.INSTANT, filled=True)


def _cost(name: str, legacy: str, *, filled: bool = False, as_extra: bool = False) -> RawColumn:
    return _column(name, legacy, RawKind.DECIMAL, filled=filled, as_extra=as_extra, cost=True)


def _number(name: str, legacy: str, *, as_extra: bool = False) -> RawColumn:
    return _column(name, legacy, RawKind.DECIMAL, as_extra=as_extra)


def _extra(name: str, legacy: str, *, filled: bool = False) -> RawColumn:
    return _column(name, legacy, filled=filled, as_extra=True)


_COLUMNS = (
    _extra("identity_line_item_id", "identity/LineItemId"),
    _extra("identity_time_interval", "identity/TimeInterval"),
    _column("bill_invoice_id", "bill/InvoiceId"),
    _column("bill_invoicing_entity", "bill/InvoicingEntity"),
    _extra("bill_billing_entity", "bill/BillingEntity"),
    _extra("bill_bill_type", "bill/BillType"),
    _column("bill_payer_account_id", "bill/PayerAccountId", filled=True),
    _column("bill_payer_account_name", "bill/PayerAccountName"),
    _instant("bill_billing_period_start_date", "bill/BillingPeriodStartDate"),
    _instant("bill_billing_period_end_date", "bill/BillingPeriodEndDate"),
    _column("line_item_usage_account_id", "lineItem/UsageAccountId"),
    _column("line_item_usage_account_name", "lineItem/UsageAccountName"),
    _extra(TYPE, "lineItem/LineItemType", filled=True),
    _instant("line_item_usage_start_date", "lineItem/UsageStartDate"),
    _instant("line_item_usage_end_date", "lineItem/UsageEndDate"),
    _extra("line_item_product_code", "lineItem/ProductCode"),
    _extra("line_item_usage_type", "lineItem/UsageType"),
    _extra("line_item_operation", "lineItem/Operation"),
    _column("line_item_availability_zone", "lineItem/AvailabilityZone"),
    _column("line_item_resource_id", "lineItem/ResourceId"),
    _number("line_item_usage_amount", "lineItem/UsageAmount"),
    _extra("line_item_normalization_factor", "lineItem/NormalizationFactor"),
    _number(
        "line_item_normalized_usage_amount",
        "lineItem/NormalizedUsageAmount",
        as_extra=True,
    ),
    _column("line_item_currency_code", "lineItem/CurrencyCode", required=True),
    _number("line_item_unblended_rate", "lineItem/UnblendedRate"),
    _cost(UNBLENDED, "lineItem/UnblendedCost", filled=True),
    _number("line_item_net_unblended_rate", "lineItem/NetUnblendedRate"),
    _cost(NET_UNBLENDED, "lineItem/NetUnblendedCost"),
    _extra("line_item_blended_rate", "lineItem/BlendedRate"),
    _extra("line_item_blended_cost", "lineItem/BlendedCost"),
    _column(DESCRIPTION, "lineItem/LineItemDescription"),
    _extra("line_item_tax_type", "lineItem/TaxType"),
    _column("line_item_legal_entity", "lineItem/LegalEntity"),
    _extra("line_item_iam_principal", "lineItem/IamPrincipal"),
    _column("product_product_name", "product/ProductName"),
    _column("product_region_code", "product/regionCode"),
    _column("product_region", "product/region"),
    _column("product_location", "product/location"),
    _column("product_sku", "product/sku"),
    RawColumn("product", as_extra=True, may_lack=True),
    _cost(ON_DEMAND, "pricing/publicOnDemandCost"),
    _number("pricing_public_on_demand_rate", "pricing/publicOnDemandRate"),
    _column("pricing_currency", "pricing/currency"),
    _column("pricing_rate_code", "pricing/RateCode"),
    _column("pricing_unit", "pricing/unit"),
    _column("reservation_reservation_a_r_n", "reservation/ReservationARN"),
    _cost(RESERVED, "reservation/EffectiveCost", as_extra=True),
    _cost(NET_RESERVED, "reservation/NetEffectiveCost"),
    _cost(UNUSED_UPFRONT, "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", as_extra=True),
    _cost(NET_UNUSED_UPFRONT, "reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod"),
    _cost(UNUSED_RECURRING, "reservation/UnusedRecurringFee", as_extra=True),
    _cost(NET_UNUSED_RECURRING, "reservation/NetUnusedRecurringFee"),
    _number(
        "reservation_total_reserved_normalized_units",
        "reservation/TotalReservedNormalizedUnits",
        as_extra=True,
    ),
    _number(
        "reservation_total_reserved_units",
        "reservation/TotalReservedUnits",
        as_extra=True,
    ),
    _column("savings_plan_savings_plan_a_r_n", "savingsPlan/SavingsPlanARN"),
    _cost(COVERED, "savingsPlan/SavingsPlanEffectiveCost"),
    _cost(NET_COVERED, "savingsPlan/NetSavingsPlanEffectiveCost"),
    _cost(COMMITTED, "savingsPlan/TotalCommitmentToDate"),
    _cost(USED, "savingsPlan/UsedCommitment"),
    _column(
        "capacity_reservation_capacity_reservation_arn",
        "capacityReservation/CapacityReservationArn",
    ),
    _column(
        "capacity_reservation_capacity_reservation_status",
        "capacityReservation/CapacityReservationStatus",
    ),
    RawColumn("resource_tags", RawKind.TAGS, may_lack=True),
)

_FAMILIES = (
    *("product/", "product_", "pricing/", "pricing_", "reservation/", "reservation_"),
    *("savingsPlan/", "savings_plan_", "capacityReservation/", "capacity_reservation_"),
    *("splitLineItem/", "split_line_item_", "costCategory/", "cost_category", "discount", "tags"),
)
"""Which of these a report has depends on what its account uses, tags and is granted."""

AWS_CUR = ReportFormat(
    name="aws_cur",
    title="AWS Cost and Usage Report, legacy or 2.0",
    currency="line_item_currency_code",
    charge_start="line_item_usage_start_date",
    tag_prefixes=(
        *("resourceTags/user:", "resourceTags/", "resource_tags_user_", "resource_tags_"),
    ),
    families=_FAMILIES,
    columns=_COLUMNS,
    derived=DERIVED,
)
