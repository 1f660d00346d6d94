"""AWS's Cost and Usage Report: the legacy one (CSV or Parquet) and CUR 2.0 of Data Exports.

Columns go by their CUR 2.0 names, which the legacy Parquet shares; the legacy CSV's names are
aliases. Column by column with sources, and the rules of the costs: docs/formats/aws_cur.md.
"""

from __future__ import annotations

from cloudledger.reports.declared import RawColumn, RawKind, ReportFormat, Term

TYPE, DESCRIPTION = "line_item_line_item_type", "line_item_line_item_description"
RETURNED_PLAN = "Refund for one-time fee for Savings Plan ID"
UNBLENDED, NET_UNBLENDED = "line_item_unblended_cost", "line_item_net_unblended_cost"
ON_DEMAND = "pricing_public_on_demand_cost"
RESERVED, NET_RESERVED = "reservation_effective_cost", "reservation_net_effective_cost"
UNUSED_UPFRONT = "reservation_unused_amortized_upfront_fee_for_billing_period"
NET_UNUSED_UPFRONT = "reservation_net_unused_amortized_upfront_fee_for_billing_period"
UNUSED_RECURRING = "reservation_unused_recurring_fee"
NET_UNUSED_RECURRING = "reservation_net_unused_recurring_fee"
COVERED = "savings_plan_savings_plan_effective_cost"
NET_COVERED = "savings_plan_net_savings_plan_effective_cost"
COMMITTED, USED = "savings_plan_total_commitment_to_date", "savings_plan_used_commitment"


_COME_AND_GO = (
    *("line_item_net_", "reservation_", "savings_plan_", "capacity_reservation_", "product_"),
    *("line_item_iam_principal", "bill_payer_account_name", "line_item_usage_account_name"),
    "pricing_currency",
)
"""An account has these as it buys and uses; CUR 2.0 has some that the legacy report has not."""


def _text(name: str, legacy: str, *, required: bool = False, filled: bool = False) -> RawColumn:
    return RawColumn(
        name,
        required=required,
        filled=filled,
        aliases=(legacy,),
        may_lack=name.startswith(_COME_AND_GO),
    )


def _instant(name: str, legacy: str) -> RawColumn:
    return RawColumn(name, RawKind.INSTANT, required=True, filled=True, aliases=(legacy,))


def _cost(name: str, legacy: str, *, required: bool = False, as_extra: bool = False) -> RawColumn:
    return RawColumn(
        name,
        RawKind.DECIMAL,
        required=required,
        filled=required,
        aliases=(legacy,),
        as_extra=as_extra,
        cost=True,
        may_lack=name.startswith(_COME_AND_GO),
    )


def _number(name: str, legacy: str, *, as_extra: bool = False) -> RawColumn:
    return RawColumn(
        name,
        RawKind.DECIMAL,
        aliases=(legacy,),
        as_extra=as_extra,
        may_lack=name.startswith(_COME_AND_GO),
    )


def _extra(name: str, legacy: str, *, required: bool = False) -> RawColumn:
    return RawColumn(
        name,
        required=required,
        filled=required,
        aliases=(legacy,),
        as_extra=True,
        may_lack=name.startswith(_COME_AND_GO),
    )


_COLUMNS = (
    _extra("identity_line_item_id", "identity/LineItemId"),
    _extra("identity_time_interval", "identity/TimeInterval"),
    _text("bill_invoice_id", "bill/InvoiceId"),
    _text("bill_invoicing_entity", "bill/InvoicingEntity"),
    _extra("bill_billing_entity", "bill/BillingEntity"),
    _extra("bill_bill_type", "bill/BillType"),
    _text("bill_payer_account_id", "bill/PayerAccountId", required=True, filled=True),
    _text("bill_payer_account_name", "bill/PayerAccountName"),
    _instant("bill_billing_period_start_date", "bill/BillingPeriodStartDate"),
    _instant("bill_billing_period_end_date", "bill/BillingPeriodEndDate"),
    _text("line_item_usage_account_id", "lineItem/UsageAccountId"),
    _text("line_item_usage_account_name", "lineItem/UsageAccountName"),
    _extra(TYPE, "lineItem/LineItemType", required=True),
    _instant("line_item_usage_start_date", "lineItem/UsageStartDate"),
    _instant("line_item_usage_end_date", "lineItem/UsageEndDate"),
    _extra("line_item_product_code", "lineItem/ProductCode"),
    _extra("line_item_usage_type", "lineItem/UsageType"),
    _extra("line_item_operation", "lineItem/Operation"),
    _text("line_item_availability_zone", "lineItem/AvailabilityZone"),
    _text("line_item_resource_id", "lineItem/ResourceId"),
    _number("line_item_usage_amount", "lineItem/UsageAmount"),
    _extra("line_item_normalization_factor", "lineItem/NormalizationFactor"),
    _number(
        "line_item_normalized_usage_amount",
        "lineItem/NormalizedUsageAmount",
        as_extra=True,
    ),
    _text("line_item_currency_code", "lineItem/CurrencyCode", required=True),
    _number("line_item_unblended_rate", "lineItem/UnblendedRate"),
    _cost(UNBLENDED, "lineItem/UnblendedCost", required=True),
    _number("line_item_net_unblended_rate", "lineItem/NetUnblendedRate"),
    _cost(NET_UNBLENDED, "lineItem/NetUnblendedCost"),
    _extra("line_item_blended_rate", "lineItem/BlendedRate"),
    _extra("line_item_blended_cost", "lineItem/BlendedCost"),
    _text(DESCRIPTION, "lineItem/LineItemDescription"),
    _extra("line_item_tax_type", "lineItem/TaxType"),
    _text("line_item_legal_entity", "lineItem/LegalEntity"),
    _extra("line_item_iam_principal", "lineItem/IamPrincipal"),
    _text("product_product_name", "product/ProductName"),
    _text("product_region_code", "product/regionCode"),
    _text("product_region", "product/region"),
    _text("product_location", "product/location"),
    _text("product_sku", "product/sku"),
    RawColumn("product", as_extra=True, may_lack=True),
    _cost(ON_DEMAND, "pricing/publicOnDemandCost"),
    _number("pricing_public_on_demand_rate", "pricing/publicOnDemandRate"),
    _text("pricing_currency", "pricing/currency"),
    _text("pricing_rate_code", "pricing/RateCode"),
    _text("pricing_unit", "pricing/unit"),
    _text("reservation_reservation_a_r_n", "reservation/ReservationARN"),
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
    _text("savings_plan_savings_plan_a_r_n", "savingsPlan/SavingsPlanARN"),
    _cost(COVERED, "savingsPlan/SavingsPlanEffectiveCost"),
    _cost(NET_COVERED, "savingsPlan/NetSavingsPlanEffectiveCost"),
    _cost(COMMITTED, "savingsPlan/TotalCommitmentToDate"),
    _cost(USED, "savingsPlan/UsedCommitment"),
    _text(
        "capacity_reservation_capacity_reservation_arn",
        "capacityReservation/CapacityReservationArn",
    ),
    _text(
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


_WHOLE = "coalesce(line_item_operation, '') NOT IN ('EKSPod-EC2', 'ECSTask-EC2')"
"""No pod's or task's share of a machine, which the machine's own line holds already."""


def _is(*types: str) -> str:
    return f"({TYPE} IN ({', '.join(repr(one) for one in types)}) AND {_WHOLE})"


def _none(*columns: str) -> str:
    return " AND ".join(f"{column} IS NULL" for column in columns)


def _some(*columns: str) -> str:
    return f"NOT ({_none(*columns)})"


def _on(*conditions: str) -> str:
    return " AND ".join(f"({condition})" for condition in conditions)


def _net(net: str, gross: str, *conditions: str) -> tuple[Term, Term]:
    """The net column where it has a value, else the other one."""
    return (
        Term(net, _on(*conditions, _some(net))),
        Term(gross, _on(*conditions, _none(net))),
    )


_USED = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")
_BOUGHT = (
    *("Fee", "RIFee", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee"),
    "FlatRateSubscription",
)
_CANCELLED = _is("SavingsPlanCoveredUsage", "SavingsPlanNegation")
_NEGATION = _is("SavingsPlanNegation")
_DISCOUNT = f"({TYPE} LIKE '%Discount' AND {_WHOLE})"
_UNUSED = (NET_UNUSED_UPFRONT, UNUSED_UPFRONT, NET_UNUSED_RECURRING, UNUSED_RECURRING)
_AMORTISED = " OR ".join(
    f"({condition})"
    for condition in (
        _is("SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanUpfrontFee"),
        _on(_is("SavingsPlanRecurringFee"), _some(COMMITTED)),
        _on(_is("DiscountedUsage"), _some(NET_RESERVED, RESERVED)),
        _on(_is("RIFee"), _some(*_UNUSED)),
        _on(_is("Fee"), "reservation_reservation_a_r_n IS NOT NULL"),
        _on(_is("Refund"), f"coalesce(starts_with({DESCRIPTION}, '{RETURNED_PLAN}'), FALSE)"),
    )
)
_UNUSED_RESERVATION = _on(_is("RIFee"), _some(*_UNUSED))
_UNUSED_PLAN = _on(_is("SavingsPlanRecurringFee"), _some(COMMITTED))
_LISTED = _on(_is(*_USED), _some(ON_DEMAND))
_LISTED_AS_BILLED = f"NOT ({_is(*_USED, *_BOUGHT, 'SavingsPlanNegation')} OR {_DISCOUNT})"
_LISTED_GROSS = _on(f"{_is(*_BOUGHT)} OR {_is(*_USED)}", f"NOT ({_LISTED})")
_RESERVED_LISTED = _on(_is("DiscountedUsage"), _some(ON_DEMAND))

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
    derived={
        "BilledCost": _net(NET_UNBLENDED, UNBLENDED, f"NOT ({_CANCELLED})"),
        "EffectiveCost": (
            *_net(NET_COVERED, COVERED, _is("SavingsPlanCoveredUsage")),
            *_net(NET_RESERVED, RESERVED, _is("DiscountedUsage")),
            *_net(NET_UNUSED_UPFRONT, UNUSED_UPFRONT, _UNUSED_RESERVATION),
            *_net(NET_UNUSED_RECURRING, UNUSED_RECURRING, _UNUSED_RESERVATION),
            Term(COMMITTED, _UNUSED_PLAN),
            Term(USED, _UNUSED_PLAN, negative=True),
            *_net(NET_UNBLENDED, UNBLENDED, f"NOT ({_AMORTISED})"),
        ),
        "ListCost": (
            Term(ON_DEMAND, _LISTED),
            Term(UNBLENDED, _LISTED_GROSS),
            *_net(NET_UNBLENDED, UNBLENDED, _LISTED_AS_BILLED),
        ),
        "ContractedCost": (
            Term(ON_DEMAND, _RESERVED_LISTED),
            *_net(NET_UNBLENDED, UNBLENDED, f"NOT ({_NEGATION} OR ({_RESERVED_LISTED}))"),
        ),
        "PricingQuantity": (Term("line_item_usage_amount", _is(*_USED, *_BOUGHT)),),
        "ConsumedQuantity": (Term("line_item_usage_amount", _is(*_USED)),),
    },
)
