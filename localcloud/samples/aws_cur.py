"""A month of an AWS Cost and Usage Report: every line item type, amounts to be checked by hand.

One account uses a machine, a disk and a bucket each day. A reservation pays for a second machine 20
hours a day, a Savings Plan for a third 22 hours a day; what is left of both is unused. An agreement
takes 5 % off usage, by lines of its own. A fee, taxes, a credit and a refund are of the month.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from localcloud.samples.text import EXACT, identifier, number, second
from localcloud.samples.usage import DAY, HOUR, month_of

Line = dict[str, str]
"""Cells by CUR 2.0's column names; a tag by ``tag:`` and the key that the user gave it."""

PAYER, ACCOUNT = "310000000001", "310000000002"
RESERVATION = f"arn:aws:ec2:eu-central-1:{PAYER}:reserved-instances/6a7b"
PLAN = f"arn:aws:savingsplans::{PAYER}:savingsplan/4c5d"

UPFRONT_HOUR, RECURRING_HOUR = Decimal("0.010"), Decimal("0.020")
RESERVED_DAY = 20
PLAN_HOUR, PLAN_RATE, PLAN_ON_DEMAND = Decimal("0.50"), Decimal("0.48"), Decimal("0.68")
PLAN_DAY = 22
AGREED = Decimal("0.05")
"""US dollars an hour, hours a day, and the share that the agreement takes off usage."""


def cost_and_usage(month: datetime) -> list[Line]:
    """The lines of the UTC month that holds ``month``."""
    start, end = month_of(month)
    days = [start + days * DAY for days in range((end - start).days)]
    lines = [line for day in days for line in _day(day)]
    lines += _of_the_month(start, end, lines)
    return [
        _of_the_bill(start, end) | {"identity_line_item_id": identifier("cur", at, start)} | line
        for at, line in enumerate(lines)
    ]


def _of_the_bill(start: datetime, end: datetime) -> Line:
    return {
        "bill_billing_entity": "AWS",
        "bill_bill_type": "Anniversary",
        "bill_payer_account_id": PAYER,
        "bill_billing_period_start_date": second(start),
        "bill_billing_period_end_date": second(end),
        "line_item_usage_account_id": ACCOUNT,
        "line_item_currency_code": "USD",
        "line_item_legal_entity": "Amazon Web Services, Inc.",
    }


def _day(day: datetime) -> Iterator[Line]:
    web = _machine("i-web", "m5.large", Decimal(24), Decimal("0.115"))
    disk = _priced(Decimal("1.613"), Decimal("0.119"), "GB-Mo") | {
        "line_item_usage_type": "EUC1-EBS:VolumeUsage.gp2",
        "line_item_resource_id": "vol-web",
        "product_sku": "EBSGP2EUC1000001",
    }
    bucket = _priced(Decimal("0.5"), Decimal("0.0245"), "GB-Mo") | {
        "line_item_product_code": "AmazonS3",
        "line_item_usage_type": "EUC1-TimedStorage-ByteHrs",
        "line_item_resource_id": "shop-images",
        "product_product_name": "Amazon Simple Storage Service",
        "product_sku": "S3STANDARDEUC101",
    }
    for line in (web, disk, bucket):
        yield _used(day, line) | {"tag:team": "shop", "tag:env": "prod"}
    yield _reserved(day)
    yield from _planned(day)


def _reserved(day: datetime) -> Line:
    hours = Decimal(RESERVED_DAY)
    machine = _machine("i-db", "t3.medium", hours, Decimal("0.048"))
    return _used(day, machine) | {
        "line_item_line_item_type": "DiscountedUsage",
        "line_item_unblended_cost": "0",
        "line_item_unblended_rate": "0",
        "line_item_normalized_usage_amount": number(hours * 2),
        "reservation_reservation_a_r_n": RESERVATION,
        "reservation_effective_cost": number(hours * (UPFRONT_HOUR + RECURRING_HOUR)),
        "tag:team": "shop",
    }


def _planned(day: datetime) -> Iterator[Line]:
    hours = Decimal(PLAN_DAY)
    machine = _machine("i-batch", "c5.2xlarge", hours, PLAN_ON_DEMAND)
    covered = _used(day, machine) | {
        "line_item_line_item_type": "SavingsPlanCoveredUsage",
        "savings_plan_savings_plan_a_r_n": PLAN,
        "savings_plan_savings_plan_effective_cost": number(hours * PLAN_RATE),
        "tag:team": "data",
    }
    yield covered
    cost = EXACT.multiply(hours, PLAN_ON_DEMAND)
    yield covered | {
        "line_item_line_item_type": "SavingsPlanNegation",
        "line_item_unblended_cost": number(-cost),
        "line_item_resource_id": "",
        "savings_plan_savings_plan_effective_cost": "0",
        "pricing_public_on_demand_cost": "0",
        "tag:team": "",
    }
    yield _plain(day, day + DAY) | {
        "line_item_line_item_type": "SavingsPlanRecurringFee",
        "line_item_product_code": "ComputeSavingsPlans",
        "line_item_usage_type": "ComputeSP:1yrNoUpfront",
        "line_item_usage_amount": "24",
        "line_item_unblended_rate": number(PLAN_HOUR),
        "line_item_unblended_cost": number(24 * PLAN_HOUR),
        "line_item_line_item_description": "1 year No Upfront Compute Savings Plan",
        "savings_plan_savings_plan_a_r_n": PLAN,
        "savings_plan_total_commitment_to_date": number(24 * PLAN_HOUR),
        "savings_plan_used_commitment": number(hours * PLAN_RATE),
    }


def _of_the_month(start: datetime, end: datetime, lines: list[Line]) -> Iterator[Line]:
    hours = Decimal((end - start) // HOUR)
    unused = hours - RESERVED_DAY * ((end - start) // DAY)
    reservation = _plain(start, end) | {
        "line_item_usage_type": "EUC1-HeavyUsage:t3.medium",
        "reservation_reservation_a_r_n": RESERVATION,
        "pricing_unit": "Hrs",
        "product_sku": "T3MEDIUMEUC10001",
    }
    yield reservation | {
        "line_item_line_item_type": "RIFee",
        "line_item_usage_amount": number(hours),
        "line_item_unblended_rate": number(RECURRING_HOUR),
        "line_item_unblended_cost": number(hours * RECURRING_HOUR),
        "reservation_total_reserved_units": number(hours),
        "reservation_total_reserved_normalized_units": number(hours * 2),
        "reservation_unused_amortized_upfront_fee_for_billing_period": number(
            unused * UPFRONT_HOUR
        ),
        "reservation_unused_recurring_fee": number(unused * RECURRING_HOUR),
    }
    yield reservation | {
        "line_item_line_item_type": "Fee",
        "line_item_usage_end_date": second(start + HOUR),
        "line_item_usage_amount": "1",
        "line_item_unblended_cost": number(8760 * UPFRONT_HOUR),
        "line_item_line_item_description": "Upfront fee of a reservation of a t3.medium",
    }
    support = {"line_item_product_code": "AWSSupportBusiness", "pricing_unit": "Fee"}
    for kind, cost, cells in (
        ("Fee", Decimal(100), support | {"line_item_usage_amount": "1"}),
        ("Credit", Decimal(-25), {"line_item_product_code": "AmazonEC2"}),
        ("Refund", Decimal("-1.84"), {"line_item_product_code": "AmazonEC2"}),
        ("EdpDiscount", -_agreed(lines), {"line_item_product_code": "AmazonEC2"}),
        ("Tax", Decimal("19.17"), {"line_item_tax_type": "VAT", "line_item_product_code": ""}),
    ):
        yield (
            _plain(start, end)
            | cells
            | {
                "line_item_line_item_type": kind,
                "line_item_unblended_cost": number(cost),
                "line_item_line_item_description": f"{kind} of {start:%B %Y}",
            }
        )


def _agreed(lines: list[Line]) -> Decimal:
    """What the agreement takes off the month's plain usage."""
    used = Decimal(0)
    for line in lines:
        if line["line_item_line_item_type"] == "Usage":
            used = EXACT.add(used, Decimal(line["line_item_unblended_cost"]))
    return EXACT.multiply(used, AGREED)


def _machine(name: str, kind: str, hours: Decimal, price: Decimal) -> Line:
    return _priced(hours, price, "Hrs") | {
        "line_item_usage_type": f"EUC1-BoxUsage:{kind}",
        "line_item_operation": "RunInstances",
        "line_item_availability_zone": "eu-central-1a",
        "line_item_resource_id": name,
        "line_item_line_item_description": f"${price} per On Demand Linux {kind} Instance Hour",
        "product_sku": identifier("sku", kind, length=16).upper(),
    }


def _used(day: datetime, priced: Line) -> Line:
    cells = {
        "product_product_name": "Amazon Elastic Compute Cloud",
        "product_region_code": "eu-central-1",
    }
    return _plain(day, day + DAY) | cells | priced


def _plain(start: datetime, end: datetime) -> Line:
    return {
        "line_item_line_item_type": "Usage",
        "line_item_product_code": "AmazonEC2",
        "line_item_usage_start_date": second(start),
        "line_item_usage_end_date": second(end),
    }


def _priced(amount: Decimal, price: Decimal, unit: str) -> Line:
    cost = number(EXACT.multiply(amount, price))
    return {
        "line_item_usage_amount": number(amount),
        "line_item_unblended_rate": number(price),
        "line_item_unblended_cost": cost,
        "pricing_public_on_demand_rate": number(price),
        "pricing_public_on_demand_cost": cost,
        "pricing_rate_code": identifier("rate", price, length=24).upper(),
        "pricing_unit": unit,
    }
