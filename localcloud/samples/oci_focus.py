"""OCI FOCUS reports of a tenancy: the 49 columns of FOCUS 1.0-preview with Oracle's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from localcloud.samples import oci_names
from localcloud.samples.charges import Charge
from localcloud.samples.fleet import Source
from localcloud.samples.oci_cost import corrections
from localcloud.samples.report import ReportFile, by_slot, due, sequence, slot_at
from localcloud.samples.text import minute, number, packed
from localcloud.samples.usage import HOUR, Window, month_of

PREFIX = "FOCUS Reports/"
COLUMNS = (
    *("AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName"),
    *("BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory"),
    *("ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart"),
    *("ChargeSubcategory", "CommitmentDiscountCategory", "CommitmentDiscountId"),
    *("CommitmentDiscountName", "CommitmentDiscountType", "EffectiveCost", "InvoiceIssuer"),
    *("ListCost", "ListUnitPrice", "PricingCategory", "PricingQuantity", "PricingUnit"),
    *("Provider", "Publisher", "Region", "ResourceId", "ResourceName", "ResourceType"),
    *("ServiceCategory", "ServiceName", "SkuId", "SkuPriceId", "SubAccountId"),
    *("SubAccountName", "Tags", "UsageQuantity", "UsageUnit", "oci_ReferenceNumber"),
    *("oci_CompartmentId", "oci_CompartmentName", "oci_OverageFlag", "oci_UnitPriceOverage"),
    *("oci_BilledQuantityOverage", "oci_CostOverage", "oci_AttributedUsage"),
    *("oci_AttributedCost", "oci_BackReferenceNumber"),
)


def deliver(
    source: Source, charges: Sequence[Charge], within: Window, seed: int
) -> Iterator[ReportFile]:
    """Every report, in no order; one of them holds adjustments of earlier lines."""
    slots = dict(by_slot(due(charges, source.id, seed), source.every_hours))
    plan = source.planted["corrections"]
    adjusting = slot_at(within.back(plan["delivered"]) + 12 * HOUR, source.every_hours)
    slots[adjusting] += corrections(charges, plan, within)
    for moment, billed in slots.items():
        rows = [_row(source, charge) for charge in billed]
        yield ReportFile(
            f"{PREFIX}{moment:%Y/%m/%d}/{sequence(moment)}-00001.csv.gz",
            moment,
            packed(COLUMNS, ([row.get(name, "") for name in COLUMNS] for row in rows)),
            tuple(billed),
            feature="corrections" if moment == adjusting else "",
        )


def _row(source: Source, charge: Charge) -> dict[str, str]:
    resource, sku = charge.resource, charge.sku
    month, next_month = month_of(charge.start)
    cost = number(charge.cost, sku.style)
    quantity = number(charge.quantity, sku.style)
    return {
        "AvailabilityZone": oci_names.availability_domain(source, resource),
        "BilledCost": cost,
        "BillingAccountId": source.subscription,
        "BillingCurrency": charge.currency,
        "BillingPeriodEnd": _thousandth(next_month),
        "BillingPeriodStart": _thousandth(month),
        "ChargeCategory": "Adjustment" if charge.correction else "Usage",
        "ChargeDescription": sku.description,
        "ChargeFrequency": "Recurring" if sku.charge == "fee" else "Usage-Based",
        "ChargePeriodEnd": minute(charge.end),
        "ChargePeriodStart": minute(charge.start),
        "EffectiveCost": cost,
        "InvoiceIssuer": "Oracle",
        "ListCost": cost,
        "ListUnitPrice": number(charge.price),
        "PricingQuantity": quantity,
        "PricingUnit": sku.unit,
        "Provider": "Oracle",
        "Publisher": "Oracle",
        "Region": resource.region,
        "ResourceId": oci_names.resource_id(source, resource),
        "ResourceType": sku.type,
        "ServiceCategory": sku.category,
        "ServiceName": sku.service,
        "SkuId": sku.id,
        "SubAccountId": source.ocid,
        "SubAccountName": source.name,
        "Tags": json.dumps(dict(resource.tags)),
        "UsageQuantity": quantity,
        "UsageUnit": sku.unit,
        "oci_ReferenceNumber": charge.reference,
        "oci_CompartmentId": oci_names.compartment(source, resource.account),
        "oci_CompartmentName": resource.account.name,
        "oci_OverageFlag": "N",
        "oci_BackReferenceNumber": charge.back_reference,
    }


def _thousandth(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.000Z}"
