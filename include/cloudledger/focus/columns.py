"""The columns of a ledger line: FOCUS 1.2 in full, then what FOCUS has no place for.

Source: FOCUS 1.2, https://focus.finops.org/focus-specification/v1-2/. Money and quantities are
DECIMAL(38,24); times are UTC instants; costs are in ``BillingCurrency``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    DECIMAL = "decimal"
    INSTANT = "instant"
    INTEGER = "integer"
    MAP = "map"


DUCKDB_TYPE = {
    Kind.TEXT: "VARCHAR",
    Kind.DECIMAL: "DECIMAL(38,24)",
    Kind.INSTANT: "TIMESTAMP WITH TIME ZONE",
    Kind.INTEGER: "BIGINT",
    Kind.MAP: "MAP(VARCHAR, VARCHAR)",
}


@dataclass(frozen=True, slots=True)
class LineColumn:
    """One column of a ledger line."""

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False


def _columns(kind: Kind, *names: str) -> tuple[LineColumn, ...]:
    return tuple(LineColumn(name.rstrip("!"), kind, name.endswith("!")) for name in names)


FOCUS_COLUMNS: tuple[LineColumn, ...] = (
    *_columns(Kind.TEXT, "ProviderName!", "PublisherName", "InvoiceIssuerName", "InvoiceId"),
    *_columns(Kind.TEXT, "BillingAccountId!", "BillingAccountName", "BillingAccountType"),
    *_columns(Kind.TEXT, "SubAccountId", "SubAccountName", "SubAccountType"),
    *_columns(Kind.INSTANT, "BillingPeriodStart!", "BillingPeriodEnd!"),
    *_columns(Kind.INSTANT, "ChargePeriodStart!", "ChargePeriodEnd!"),
    *_columns(Kind.TEXT, "ChargeCategory!", "ChargeClass", "ChargeDescription", "ChargeFrequency"),
    *_columns(Kind.DECIMAL, "BilledCost!", "EffectiveCost!", "ListCost", "ContractedCost"),
    *_columns(Kind.DECIMAL, "ListUnitPrice", "ContractedUnitPrice"),
    *_columns(Kind.TEXT, "PricingCategory"),
    *_columns(Kind.DECIMAL, "PricingQuantity"),
    *_columns(Kind.TEXT, "PricingUnit", "PricingCurrency"),
    *_columns(Kind.DECIMAL, "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost"),
    *_columns(Kind.DECIMAL, "PricingCurrencyListUnitPrice"),
    *_columns(Kind.TEXT, "BillingCurrency!"),
    *_columns(Kind.DECIMAL, "ConsumedQuantity"),
    *_columns(Kind.TEXT, "ConsumedUnit", "ServiceName!", "ServiceCategory", "ServiceSubcategory"),
    *_columns(Kind.TEXT, "SkuId", "SkuMeter", "SkuPriceId", "SkuPriceDetails"),
    *_columns(Kind.TEXT, "ResourceId", "ResourceName", "ResourceType"),
    *_columns(Kind.TEXT, "RegionId", "RegionName", "AvailabilityZone"),
    *_columns(Kind.TEXT, "CommitmentDiscountId", "CommitmentDiscountName"),
    *_columns(Kind.TEXT, "CommitmentDiscountCategory", "CommitmentDiscountType"),
    *_columns(Kind.TEXT, "CommitmentDiscountStatus"),
    *_columns(Kind.DECIMAL, "CommitmentDiscountQuantity"),
    *_columns(Kind.TEXT, "CommitmentDiscountUnit"),
    *_columns(Kind.TEXT, "CapacityReservationId", "CapacityReservationStatus"),
    *_columns(Kind.MAP, "Tags"),
)

EXTENSION_COLUMNS: tuple[LineColumn, ...] = (
    *_columns(Kind.TEXT, "x_reference_number", "x_back_reference_number", "x_compartment_path"),
    *_columns(Kind.TEXT, "x_overage_flag"),
    *_columns(Kind.DECIMAL, "x_billed_quantity_overage", "x_cost_overage"),
    *_columns(Kind.DECIMAL, "x_attributed_usage", "x_attributed_cost"),
    *_columns(Kind.MAP, "x_extra", "x_exact"),
    *_columns(Kind.INTEGER, "x_record_number!"),
)
"""Unknown source columns go to ``x_extra``; ``x_exact`` keeps the original text of a decimal that
needs more than 24 decimals, or of a quantity or unit price too long to be held as a number (the
column is NULL then), by FOCUS column name."""

LINE_COLUMNS: tuple[LineColumn, ...] = FOCUS_COLUMNS + EXTENSION_COLUMNS
"""What every sql/focus/<format>.sql selects, in this order."""

COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
QUANTITIES = ("PricingQuantity", "ConsumedQuantity")
MEASURES = COSTS + QUANTITIES
"""The decimals that the ledger reconciles and ``daily_cost`` sums."""

COST_COLUMNS = (*COSTS, "PricingCurrencyEffectiveCost", "x_cost_overage", "x_attributed_cost")
"""The decimals that are costs; every other one is a quantity or a unit price."""

MART_COLUMN = {
    "BilledCost": "billed_cost",
    "EffectiveCost": "effective_cost",
    "ListCost": "list_cost",
    "ContractedCost": "contracted_cost",
    "PricingQuantity": "pricing_quantity",
    "ConsumedQuantity": "consumed_quantity",
}
"""The warehouse's name of each measure."""

SPLIT = "Kubernetes"
"""The provider whose lines split what others bill: their effective cost is in the others' already,
so they are told apart and in no total."""

NO_CURRENCY = "XXX"
"""ISO 4217's code for "no currency": a zero line whose currency the provider left empty."""
