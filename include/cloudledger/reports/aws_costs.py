"""What a line of AWS's Cost and Usage Report costs, as sums of raw columns on conditions.

The rules of sql/focus/aws_cur.sql once more, over the raw text: docs/formats/aws_cur.md has them
with their sources.
"""

from __future__ import annotations

from collections.abc import Mapping

from cloudledger.reports.declared import Term

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

DERIVED: Mapping[str, tuple[Term, ...]] = {
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
}
