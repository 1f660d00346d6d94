"""A CUR's lines as FOCUS lines, whatever of its three shapes they come in."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from report_files import opened, opened_path
from test_aws_cur_costs import (
    COST,
    COVERED,
    DISCOUNTED,
    NET,
    NOTHING,
    PLAN,
    PLAN_FEE,
    RESERVATION,
    RETURNED,
    RI_FEE,
    TYPE,
)
from test_report_mappings import line

from cloudledger.reports.aws_formats import AWS_CUR
from cloudledger.reports.formats import detect
from tests.support.cur import cur

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "aws_cur_with_manifest"


def test_a_line_column_by_column(tmp_path: Path) -> None:
    data = cur(
        {
            "identity_time_interval": "2026-10-05T00:00:00Z/2026-10-06T00:00:00Z",
            "bill_invoice_id": "9001",
            "bill_invoicing_entity": "Amazon Web Services EMEA SARL",
            "bill_billing_entity": "AWS",
            "line_item_legal_entity": "Amazon Web Services EMEA SARL",
            "line_item_availability_zone": "eu-central-1a",
            "line_item_resource_id": "i-1",
            "line_item_operation": "RunInstances",
            "product/vcpu": "2",
            "resourceTags/user:team": "web",
            "resourceTags/aws:createdBy": "someone",
            "costCategory/unit": "shop",
        },
        legacy=True,
    )
    assert line(opened(data, tmp_path)) == {
        "ProviderName": "AWS",
        "PublisherName": "Amazon Web Services EMEA SARL",
        "InvoiceIssuerName": "Amazon Web Services EMEA SARL",
        "InvoiceId": "9001",
        "BillingAccountId": "111111111111",
        "BillingAccountType": "Payer Account",
        "SubAccountId": "222222222222",
        "SubAccountType": "Linked Account",
        "BillingPeriodStart": datetime(2026, 10, 1, tzinfo=UTC),
        "BillingPeriodEnd": datetime(2026, 11, 1, tzinfo=UTC),
        "ChargePeriodStart": datetime(2026, 10, 5, tzinfo=UTC),
        "ChargePeriodEnd": datetime(2026, 10, 6, tzinfo=UTC),
        "ChargeCategory": "Usage",
        "ChargeDescription": "$0.10 per On Demand Linux m5.large Instance Hour",
        "ChargeFrequency": "Usage-Based",
        "BilledCost": Decimal(1),
        "EffectiveCost": Decimal(1),
        "ListCost": Decimal("1.2"),
        "ContractedCost": Decimal(1),
        "ListUnitPrice": Decimal("0.12"),
        "ContractedUnitPrice": Decimal("0.1"),
        "PricingCategory": "Standard",
        "PricingQuantity": Decimal(10),
        "PricingUnit": "Hours",
        "PricingCurrency": "USD",
        "PricingCurrencyContractedUnitPrice": Decimal("0.1"),
        "PricingCurrencyEffectiveCost": Decimal(1),
        "PricingCurrencyListUnitPrice": Decimal("0.12"),
        "BillingCurrency": "USD",
        "ConsumedQuantity": Decimal(10),
        "ConsumedUnit": "Hours",
        "ServiceName": "Amazon Elastic Compute Cloud",
        "ServiceCategory": "Compute",
        "ServiceSubcategory": "Virtual Machines",
        "SkuId": "SKU1",
        "SkuMeter": "EUC1-BoxUsage:m5.large",
        "SkuPriceId": "SKU1.T.R",
        "ResourceId": "i-1",
        "RegionId": "eu-central-1",
        "RegionName": "Europe (Frankfurt)",
        "AvailabilityZone": "eu-central-1a",
        "Tags": {"team": "web", "aws:createdBy": "someone"},
        "x_extra": {
            "identity/LineItemId": "line-1",
            "identity/TimeInterval": "2026-10-05T00:00:00Z/2026-10-06T00:00:00Z",
            "bill/BillingEntity": "AWS",
            "lineItem/LineItemType": "Usage",
            "lineItem/ProductCode": "AmazonEC2",
            "lineItem/UsageType": "EUC1-BoxUsage:m5.large",
            "lineItem/Operation": "RunInstances",
            "product/vcpu": "2",
            "costCategory/unit": "shop",
        },
        "x_record_number": 1,
    }


CHARGE = ("ChargeCategory", "ChargeClass", "ChargeFrequency", "PricingCategory")
TAXED = {"line_item_tax_type": "VAT"}


@pytest.mark.parametrize(
    ("raw", "category", "class_", "frequency", "pricing"),
    [
        ({}, "Usage", None, "Usage-Based", "Standard"),
        ({"line_item_usage_type": "SpotUsage:m5"}, "Usage", None, "Usage-Based", "Dynamic"),
        (DISCOUNTED, "Usage", None, "Usage-Based", "Committed"),
        (COVERED, "Usage", None, "Usage-Based", "Committed"),
        (COVERED | {TYPE: "SavingsPlanNegation"}, "Adjustment", None, "Usage-Based", None),
        (PLAN_FEE, "Purchase", None, "Recurring", "Standard"),
        (PLAN_FEE | {TYPE: "SavingsPlanUpfrontFee"}, "Purchase", None, "One-Time", "Standard"),
        (RI_FEE, "Purchase", None, "Recurring", "Standard"),
        (RI_FEE | {TYPE: "Fee"}, "Purchase", None, "One-Time", "Standard"),
        (NOTHING | {TYPE: "Fee"}, "Purchase", None, "One-Time", "Standard"),
        (NOTHING | {TYPE: "FlatRateSubscription"}, "Purchase", None, "Recurring", "Standard"),
        (NOTHING | {TYPE: "Tax"} | TAXED, "Tax", None, "One-Time", None),
        (NOTHING | {TYPE: "Credit"}, "Credit", None, "One-Time", None),
        (NOTHING | {TYPE: "Refund"}, "Usage", "Correction", "One-Time", None),
        (NOTHING | {TYPE: "Refund"} | TAXED, "Tax", "Correction", "One-Time", None),
        (RI_FEE | {TYPE: "Refund"}, "Purchase", "Correction", "One-Time", None),
        (NOTHING | {TYPE: "Refund"} | RETURNED, "Purchase", "Correction", "One-Time", None),
        ({"line_item_operation": "EKSPod-EC2"}, "Adjustment", None, "Usage-Based", None),
        (NOTHING | {TYPE: "EdpDiscount"}, "Adjustment", None, "Usage-Based", None),
        (NOTHING | {TYPE: "SppDiscount"}, "Adjustment", None, "Usage-Based", None),
        (NOTHING | {TYPE: "Rounding"}, "Adjustment", None, "Usage-Based", None),
    ],
)
def test_a_line_item_type_is_this_charge(
    tmp_path: Path,
    raw: dict[str, str],
    category: str,
    class_: str | None,
    frequency: str,
    pricing: str | None,
) -> None:
    found = opened(cur(raw), tmp_path)
    assert found.lines(*CHARGE) == [(category, class_, frequency, pricing)]


RESERVED_UNITS = {
    "reservation_total_reserved_units": "744",
    "reservation_total_reserved_normalized_units": "2976",
}
COMMITMENT = tuple(f"CommitmentDiscount{name}" for name in ("Id", "Category", "Type", "Status"))


@pytest.mark.parametrize(
    ("raw", "commitment", "quantity", "unit"),
    [
        ({}, (None, None, None, None), None, None),
        (
            DISCOUNTED | {"line_item_normalized_usage_amount": "40"},
            (RESERVATION, "Usage", "Reserved Instance", "Used"),
            *("40", "Normalized Units"),
        ),
        (DISCOUNTED, (RESERVATION, "Usage", "Reserved Instance", "Used"), "10", "Hours"),
        (
            RI_FEE | RESERVED_UNITS,
            (RESERVATION, "Usage", "Reserved Instance", None),
            *("2976", "Normalized Units"),
        ),
        (
            RI_FEE | {"reservation_total_reserved_units": "744"},
            (RESERVATION, "Usage", "Reserved Instance", None),
            *("744", "Hours"),
        ),
        (COVERED, (PLAN, "Spend", "Savings Plan", "Used"), "0.72", "USD"),
        (PLAN_FEE, (PLAN, "Spend", "Savings Plan", None), "0.80", "USD"),
        (
            COVERED | {TYPE: "SavingsPlanNegation"},
            (PLAN, "Spend", "Savings Plan", None),
            *(None, None),
        ),
        (NOTHING | {TYPE: "Tax"}, (None, None, None, None), None, None),
    ],
)
def test_a_commitment_is_told(
    tmp_path: Path,
    raw: dict[str, str],
    commitment: tuple[str | None, ...],
    quantity: str | None,
    unit: str | None,
) -> None:
    found = opened(cur(raw), tmp_path)
    assert found.lines(*COMMITMENT) == [commitment]
    expected = None if quantity is None else Decimal(quantity)
    assert found.lines("CommitmentDiscountQuantity", "CommitmentDiscountUnit") == [(expected, unit)]


def test_a_capacity_reservation_is_no_commitment(tmp_path: Path) -> None:
    arn = "arn:aws:ec2:eu-central-1:222222222222:capacity-reservation/cr-1"
    held = {"reservation_reservation_a_r_n": arn}
    idle = held | {"line_item_usage_type": "EUC1-UnusedBox:m5.large"}
    said = {
        "capacity_reservation_capacity_reservation_arn": arn,
        "capacity_reservation_capacity_reservation_status": "UNUSED",
    }
    found = opened(cur(held | dict.fromkeys(said, ""), idle, said), tmp_path)
    columns = ("CapacityReservationId", "CapacityReservationStatus", "CommitmentDiscountId")
    assert found.lines(*columns) == [
        (arn, "Used", None),
        (arn, "Unused", None),
        (arn, "Unused", None),
    ]


def test_quantities_are_those_of_usage_and_purchases_only(tmp_path: Path) -> None:
    raw = [{}, COVERED, COVERED | {TYPE: "SavingsPlanNegation"}, RI_FEE, NOTHING | {TYPE: "Tax"}]
    found = opened(cur(*raw), tmp_path)
    assert found.lines("PricingQuantity", "ConsumedQuantity", "ConsumedUnit", "SkuId") == [
        (Decimal(10), Decimal(10), "Hours", "SKU1"),
        (Decimal(10), Decimal(10), "Hours", "SKU1"),
        (None, None, None, "SKU1"),
        (Decimal(10), None, None, "SKU1"),
        (None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("raw", "service", "region"),
    [
        ({"line_item_product_code": "AmazonS3"}, "Amazon Simple Storage Service", "eu-central-1"),
        (
            {"line_item_product_code": "abc123", "product_product_name": "Their Appliance"},
            *("Their Appliance", "eu-central-1"),
        ),
        (
            {"line_item_product_code": "abc123", "product": '{"product_name":"Theirs"}'},
            *("Theirs", "eu-central-1"),
        ),
        ({"line_item_product_code": "abc123", "product": "{"}, "abc123", "eu-central-1"),
        ({"line_item_product_code": ""}, "AWS", "eu-central-1"),
        (
            {"product_region_code": "", "line_item_availability_zone": "us-gov-west-1b"},
            *("Amazon Elastic Compute Cloud", "us-gov-west-1"),
        ),
        (
            {"product_region_code": "", "product_region": "xx-new-9"},
            *("Amazon Elastic Compute Cloud", "xx-new-9"),
        ),
    ],
)
def test_services_and_regions_have_names(
    tmp_path: Path, raw: dict[str, str], service: str, region: str
) -> None:
    assert opened(cur(raw), tmp_path).lines("ServiceName", "RegionId") == [(service, region)]


def test_the_users_tags_go_by_their_own_names(tmp_path: Path) -> None:
    tags = '{"user_team":"web","aws_created_by":"a","user_env":"b","env":"c","user_none":""}'
    found = opened(cur({"resource_tags": tags}), tmp_path)
    assert found.lines("Tags") == [
        ({"team": "web", "aws_created_by": "a", "user_env": "b", "env": "c"},)
    ]


def test_a_line_without_type_or_cost_is_set_aside(tmp_path: Path) -> None:
    found = opened(cur({TYPE: ""}, {COST: ""}, {}), tmp_path)
    assert found.reasons() == {1: (TYPE, "has no value"), 2: (COST, "has no value")}
    assert found.report.kept == 1


def test_columns_that_come_and_go_with_what_is_used_are_no_drift(tmp_path: Path) -> None:
    raw = dict.fromkeys(("product_vcpu", "discount", "tags", "cost_category", "line_item_new"), "x")
    found = opened(cur(raw | {NET: ""}), tmp_path)
    assert found.report.unknown_columns == ("line_item_new",)
    (extra,) = found.lines("x_extra")[0]
    assert {name: extra.get(name) for name in raw} == raw


def test_the_header_tells_a_cur_of_either_age() -> None:
    for legacy in (False, True):
        header = next(csv.reader(io.StringIO(cur({}, legacy=legacy).decode())))
        assert detect(header).name == "aws_cur"


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared reports are not here")
def test_a_real_report_comes_in_digit_for_digit(tmp_path: Path) -> None:
    (path,) = DATA.glob("*/*/koku-local-1.csv.gz")
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
    found = opened_path(path)
    report = found.report
    assert (report.format.name, report.records, report.kept) == ("aws_cur", 13380, 13380)
    assert (report.set_aside, report.unknown_columns) == ((), ())
    assert {row["lineItem/LineItemType"] for row in rows} == {"Usage"}
    sums = {
        measure: sum(Decimal(row[column]) for row in rows)
        for measure, column in (
            ("BilledCost", "lineItem/UnblendedCost"),
            ("EffectiveCost", "lineItem/UnblendedCost"),
            ("ListCost", "pricing/publicOnDemandCost"),
            ("ContractedCost", "lineItem/UnblendedCost"),
            ("PricingQuantity", "lineItem/UsageAmount"),
            ("ConsumedQuantity", "lineItem/UsageAmount"),
        )
    }
    assert sums["BilledCost"] == Decimal("143227.76367818761501799105")
    assert found.totals(kept=True) == {("USD", name): amount for name, amount in sums.items()}
    (lake,) = found.con.execute(
        f"SELECT {', '.join(f'sum({measure})' for measure in sums)} FROM focus_line"
    ).fetchall()
    assert lake == tuple(sums.values())


def test_the_documentation_says_where_every_column_goes() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "formats" / "aws_cur.md").read_text()
    for column in AWS_CUR.columns:
        for name in column.names:
            assert f"`{name}`" in page, name
