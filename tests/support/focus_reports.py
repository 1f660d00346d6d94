"""Small FOCUS reports of our own, written cell by cell."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.reports import table

FOCUS_HEADER = (
    "ProviderName",
    "BillingAccountId",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "BilledCost",
    "EffectiveCost",
    "BillingCurrency",
    "ServiceName",
    "SkuId",
    "ConsumedQuantity",
    "Tags",
)

FOCUS_LINE = {
    "ProviderName": "AWS",
    "BillingAccountId": "111122223333",
    "BillingPeriodStart": "2026-03-01T00:00:00Z",
    "BillingPeriodEnd": "2026-04-01T00:00:00Z",
    "ChargePeriodStart": "2026-03-01T00:00:00Z",
    "ChargePeriodEnd": "2026-03-02T00:00:00Z",
    "ChargeCategory": "Usage",
    "BilledCost": "1.5",
    "EffectiveCost": "1.5",
    "BillingCurrency": "USD",
    "ServiceName": "Amazon Simple Storage Service",
}


def focus(*lines: Mapping[str, str]) -> str:
    """A FOCUS report; each line overrides cells of a plain storage line."""
    return table(FOCUS_HEADER, [FOCUS_LINE | dict(line) for line in lines])
