"""An AWS Data Export of FOCUS 1.2: every month is one file that is written again and again.

Layout and manifest follow docs.aws.amazon.com, "Understanding export delivery" (overwrite mode).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from localcloud.samples.charges import Charge
from localcloud.samples.fleet import Resource, Source
from localcloud.samples.report import ReportFile, due
from localcloud.samples.text import EXACT, identifier, number, packed, second
from localcloud.samples.usage import DAY, HOUR, Window, month_of

COLUMNS = (
    *("ProviderName", "PublisherName", "InvoiceIssuerName", "InvoiceId", "BillingAccountId"),
    *("BillingAccountName", "BillingAccountType", "SubAccountId", "SubAccountName"),
    *("SubAccountType", "BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart"),
    *("ChargePeriodEnd", "ChargeCategory", "ChargeClass", "ChargeDescription"),
    *("ChargeFrequency", "BilledCost", "EffectiveCost", "ListCost", "ContractedCost"),
    *("ListUnitPrice", "ContractedUnitPrice", "PricingCategory", "PricingQuantity"),
    *("PricingUnit", "PricingCurrency", "PricingCurrencyContractedUnitPrice"),
    *("PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice", "BillingCurrency"),
    *("ConsumedQuantity", "ConsumedUnit", "ServiceName", "ServiceCategory"),
    *("ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceId", "SkuPriceDetails", "ResourceId"),
    *("ResourceName", "ResourceType", "RegionId", "RegionName", "AvailabilityZone"),
    *("CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountCategory"),
    *("CommitmentDiscountType", "CommitmentDiscountStatus", "CommitmentDiscountQuantity"),
    *("CommitmentDiscountUnit", "CapacityReservationId", "CapacityReservationStatus", "Tags"),
    *("x_Discounts", "x_Operation", "x_ServiceCode", "x_UsageType"),
)
CATEGORIES = {
    "usage": ("Usage", "Usage-Based"),
    "fee": ("Purchase", "Recurring"),
    "commitment": ("Purchase", "Recurring"),
    "credit": ("Credit", "One-Time"),
    "tax": ("Tax", "One-Time"),
}
"""ChargeCategory and ChargeFrequency by the SKU's kind of charge."""

CLOSED_AFTER = 5 * DAY
"""When a month is invoiced."""


def deliver(
    source: Source, charges: Sequence[Charge], within: Window, seed: int
) -> Iterator[ReportFile]:
    """Every version of every month's file, each followed by its manifest."""
    known = [(at, _whole_month(charge)) for at, charge in due(charges, source.id, seed)]
    withdrawn = _withdrawn(source, charges, within)
    known.sort(key=lambda entry: entry[1].start)
    for month, group in groupby(known, key=lambda entry: month_of(entry[1].start)):
        entries = list(group)
        moments = _refreshes(month, within)
        for moment in moments:
            billed = [charge for at, charge in entries if at <= moment]
            if (
                withdrawn
                and month_of(withdrawn.start) == month
                and (withdrawn.end <= moment < within.back(5) and moment != moments[-1])
            ):
                billed.append(withdrawn)
            if billed:
                yield from _version(source, month, moment, billed)


def resource_arn(source: Source, resource: Resource) -> str:
    """The resource's ARN; empty for what has no resource, such as tax."""
    sku = resource.uses[0].sku
    if not sku.type:
        return ""
    owner = resource.account.name
    service = sku.code.removeprefix("Amazon").lower()
    kind = sku.type.lower().replace(" ", "-")
    return f"arn:aws:{service}:{resource.region}:{owner}:{kind}/{resource.name}"


def _whole_month(charge: Charge) -> Charge:
    """Fees and taxes are charged for the month, not for its first day."""
    if charge.sku.charge in ("fee", "tax"):
        return replace(charge, end=month_of(charge.start)[1])
    return charge


def _refreshes(month: tuple[datetime, datetime], within: Window) -> list[datetime]:
    """Every week, every day of the last ten, and twice after the month's end."""
    first, after = month
    weekly = [first + days * DAY for days in (6, 13, 20, 27)]
    daily = [within.back(days) for days in range(10, -3, -1)]
    closing = [after + 2 * DAY, after + CLOSED_AFTER]
    last = min(after + CLOSED_AFTER, within.end + 2 * DAY)
    return [
        moment + 9 * HOUR + HOUR / 4
        for moment in sorted({*weekly, *daily, *closing})
        if max(first, within.start) < moment <= last
    ]


def _withdrawn(source: Source, charges: Sequence[Charge], within: Window) -> Charge | None:
    """A line that AWS billed by mistake: the last versions of its month no longer hold it."""
    plan: dict[str, Any] = source.planted["withdrawn"]
    for charge in charges:
        same = (charge.resource.name, charge.sku.id) == (plan["resource"], plan["sku"])
        if same and charge.start == within.back(plan["charged"]):
            return replace(charge, quantity=Decimal(plan["quantity"]), reference="withdrawn")
    return None


def _version(
    source: Source, month: tuple[datetime, datetime], moment: datetime, billed: list[Charge]
) -> Iterator[ReportFile]:
    root = f"{source.prefix}/{source.export}"
    partition = f"BILLING_PERIOD={month[0]:%Y-%m}"
    key = f"{root}/data/{partition}/{source.export}-00001.csv.gz"
    closed = moment >= month[1] + CLOSED_AFTER
    rows = [_row(source, charge, closed) for charge in billed]
    cells = ([row.get(name, "") for name in COLUMNS] for row in rows)
    held = any(charge.reference == "withdrawn" for charge in billed)
    yield ReportFile(
        key, moment, packed(COLUMNS, cells), tuple(billed), feature="withdrawn" if held else ""
    )
    manifest = {
        "executionId": identifier("execution", key, moment, length=26),
        "exportArn": f"arn:aws:bcm-data-exports:us-east-1:{source.payer}:export/{source.export}",
        "columns": [{"name": name} for name in COLUMNS],
        "dataFiles": [f"s3://{source.bucket}/{key}"],
    }
    yield ReportFile(
        f"{root}/metadata/{partition}/{source.export}-Manifest.json",
        moment + HOUR / 30,
        json.dumps(manifest, indent=1).encode(),
    )


def _row(source: Source, charge: Charge, closed: bool) -> dict[str, str]:
    resource, sku = charge.resource, charge.sku
    month, next_month = month_of(charge.start)
    category, frequency = CATEGORIES[sku.charge]
    used = sku.charge == "usage"
    effective = Decimal(0) if sku.charge == "commitment" else charge.cost
    payer_name = f"{source.name} Payer"
    row = {
        "ProviderName": "AWS",
        "PublisherName": "Amazon Web Services, Inc.",
        "InvoiceIssuerName": "Amazon Web Services, Inc.",
        "InvoiceId": f"{month:%Y%m}{source.payer[-4:]}1" if closed else "",
        "BillingAccountId": source.payer,
        "BillingAccountName": payer_name,
        "BillingAccountType": "Management Account",
        "SubAccountId": resource.account.name,
        "SubAccountName": resource.account.path,
        "SubAccountType": "Member Account",
        "BillingPeriodStart": second(month),
        "BillingPeriodEnd": second(next_month),
        "ChargePeriodStart": second(charge.start),
        "ChargePeriodEnd": second(charge.end),
        "ChargeCategory": category,
        "ChargeDescription": sku.description,
        "ChargeFrequency": frequency,
        "BilledCost": number(charge.billed_cost),
        "EffectiveCost": number(effective),
        "ListCost": number(charge.cost),
        "ContractedCost": number(charge.cost),
        "PricingCurrency": charge.currency,
        "PricingCurrencyEffectiveCost": number(effective),
        "BillingCurrency": charge.currency,
        "ServiceName": sku.service,
        "ServiceCategory": sku.category,
        "ServiceSubcategory": sku.subcategory,
        "Tags": json.dumps(dict(resource.tags)),
        "x_Discounts": "{}",
        "x_Operation": sku.operation,
        "x_ServiceCode": sku.code,
    }
    if sku.charge in ("usage", "fee", "commitment"):
        row |= _priced(charge)
    if sku.type and sku.charge != "credit":
        arn = resource_arn(source, resource)
        row |= {"ResourceId": arn, "ResourceName": resource.name, "ResourceType": sku.type}
    if used:
        zone = f"{resource.region}{resource.zone}" if resource.zone else ""
        row |= {
            "ConsumedQuantity": number(charge.quantity),
            "ConsumedUnit": sku.unit,
            "RegionId": resource.region,
            "RegionName": source.regions[resource.region],
            "AvailabilityZone": zone,
            "x_UsageType": f"EUC1-{sku.id}",
        }
    return row | _commitment(source, charge)


def _priced(charge: Charge) -> dict[str, str]:
    """Prices and quantities, at the list price and at the contracted one."""
    sku = charge.sku
    listed = Decimal(0) if charge.free else sku.list or charge.price
    contracted = listed if sku.covered else charge.price
    kind, _, size = sku.id.partition(":")
    return {
        "ListCost": number(EXACT.multiply(charge.quantity, listed)),
        "ContractedCost": number(EXACT.multiply(charge.quantity, contracted)),
        "ListUnitPrice": number(listed),
        "ContractedUnitPrice": number(contracted),
        "PricingCurrencyListUnitPrice": number(listed),
        "PricingCurrencyContractedUnitPrice": number(contracted),
        "PricingCategory": "Committed" if sku.covered else "Standard",
        "PricingQuantity": number(charge.quantity),
        "PricingUnit": sku.unit,
        "SkuId": identifier("sku", sku.id, length=16).upper(),
        "SkuPriceId": identifier("price", sku.id, sku.list, length=32).upper(),
        "SkuMeter": kind,
        "SkuPriceDetails": json.dumps({"InstanceType": size}) if kind == "BoxUsage" else "",
    }


def _commitment(source: Source, charge: Charge) -> dict[str, str]:
    """The savings plan behind a purchase or a covered line."""
    if not charge.sku.covered and charge.sku.charge != "commitment":
        return {}
    made = identifier("plan", source.name, length=32)
    return {
        "CommitmentDiscountId": f"arn:aws:savingsplans::{source.payer}:savingsplan/{made}",
        "CommitmentDiscountName": "Compute Savings Plan",
        "CommitmentDiscountCategory": "Spend",
        "CommitmentDiscountType": "Compute Savings Plan",
        "CommitmentDiscountStatus": "Used" if charge.sku.covered else "",
        "CommitmentDiscountQuantity": number(charge.cost),
        "CommitmentDiscountUnit": charge.currency,
    }
