"""The usage APIs' adapters over HTTP, by the real SDKs: exact, whole, and clear when refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import boto3
import oci
import pytest
from botocore.config import Config

from cloudledger.clouds.aws.cost_explorer import CostExplorer
from cloudledger.clouds.object_store import AccessDenied, StoreUnavailable
from cloudledger.clouds.oci.usage import OciUsageApi
from cloudledger.clouds.usage import UsageCost, UsageRefused
from localcloud.aws.cloud import Cloud as AwsCloud
from localcloud.aws.server import serve as serve_aws
from localcloud.oci.cloud import Cloud as OciCloud
from localcloud.oci.identity import TENANCY, new_key
from localcloud.oci.server import serve as serve_oci
from localcloud.oci.usage import UsageRow
from tests.support.local_oci import ONCE, QUICK, sdk

FIRST = date(2026, 1, 1)
DAYS = 70
END = FIRST + timedelta(days=DAYS)


@pytest.fixture(scope="module")
def oci_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OciCloud]:
    with serve_oci(tmp_path_factory.mktemp("oci")) as cloud:
        cloud.usage.load(
            UsageRow(
                start=datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=day),
                amount=Decimal("0.1"),
                quantity=Decimal(2),
                currency="EUR",
                unit="OCPU Hours",
                dimensions={"service": "Compute", "compartmentId": "c", "resourceId": resource},
                tags={"Finance.cost_center": "42"} if resource == "a" else {},
            )
            for day in range(DAYS)
            for hour in (0, 11, 23)
            for resource in ("a", "b")
        )
        yield cloud


@pytest.fixture(autouse=True)
def _no_faults_left(oci_cloud: OciCloud, aws_cloud: AwsCloud) -> None:
    oci_cloud.faults.clear()
    aws_cloud.faults.clear()


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[AwsCloud]:
    with serve_aws() as cloud:
        yield cloud


def usage(cloud: OciCloud, *, retries: Any = ONCE, tenancy: str = TENANCY, **options: Any) -> Any:
    config = {name: options.pop(name) for name in ("key_content",) if name in options}
    client = sdk(oci.usage_api.UsageapiClient, cloud, retry_strategy=retries, **config)
    return OciUsageApi(client, tenancy, **options)


def explorer(cloud: AwsCloud, attempts: int = 1) -> CostExplorer:
    return CostExplorer(
        boto3.client(
            "ce",
            endpoint_url=cloud.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"mode": "standard", "total_max_attempts": attempts}),
        )
    )


def test_oci_tells_each_day_and_resource_once_over_calls_and_pages(oci_cloud: OciCloud) -> None:
    answer = usage(oci_cloud, page_size=7).costs(FIRST, END)
    assert len(answer.rows) == 2 * DAYS
    assert answer.rows[0] == UsageCost(
        charge_day=FIRST,
        service_name="Compute",
        billing_currency="EUR",
        billed_cost=Decimal("0.3"),
        rounding_bound=Decimal("5E-9"),
        sub_account_id="c",
        resource_id="a",
        quantity=Decimal(6),
        unit="OCPU Hours",
    )
    days = [FIRST + timedelta(days=day) for day in range(DAYS)]
    assert sorted(row.charge_day for row in answer.rows) == sorted([*days, *days])
    assert answer.requests == 9 + 9 + 3
    assert usage(oci_cloud).costs(FIRST, END).requests == 3
    asked = oci_cloud.calls.matching("/20200107/usage", "POST")
    assert len(asked) == answer.requests + 3


def test_oci_tells_by_a_tag_and_mixes_no_units(oci_cloud: OciCloud) -> None:
    rows = usage(oci_cloud).costs(FIRST, FIRST + timedelta(days=1), tag="Finance.cost_center").rows
    assert {(r.resource_id, r.tag_value, r.quantity, r.unit) for r in rows} == {
        ("a", "42", None, ""),
        ("b", "", None, ""),
    }


def test_oci_amounts_are_those_that_are_written(oci_cloud: OciCloud) -> None:
    day = datetime(2025, 6, 1, tzinfo=UTC)
    for number, amount in enumerate(("12345.678901234567", "1.2345678901234567E-10", "-0.07")):
        oci_cloud.usage.load(
            [
                UsageRow(
                    start=day + timedelta(days=number),
                    amount=Decimal(amount),
                    quantity=Decimal(0),
                    currency="USD" if number else "",
                    unit="",
                    dimensions={"service": "S"},
                )
            ],
            report=amount,
        )
    rows = usage(oci_cloud).costs(day.date(), day.date() + timedelta(days=3)).rows
    assert [(r.billing_currency, r.billed_cost, r.rounding_bound) for r in rows] == [
        ("XXX", Decimal("12345.678901234567"), Decimal("1E-10")),
        ("USD", Decimal("0.000000000123456789012346"), Decimal("1E-24")),
        ("USD", Decimal("-0.07"), Decimal("1E-16")),
    ]


def test_oci_forecasts_are_no_cost() -> None:
    item = {"timeUsageStarted": "2026-01-01T00:00:00.000Z", "computedAmount": 1, "currency": "USD"}
    items = [item | {"isForecast": forecast, "service": "S"} for forecast in (True, False)]
    response = SimpleNamespace(data=json.dumps({"items": items}).encode(), next_page=None)
    client = SimpleNamespace(
        retry_strategy=ONCE, base_client=SimpleNamespace(call_api=lambda **_: response)
    )
    assert len(OciUsageApi(client, TENANCY).costs(FIRST, FIRST + timedelta(days=1)).rows) == 1


def test_oci_a_throttled_question_is_asked_again(oci_cloud: OciCloud) -> None:
    oci_cloud.faults.throttle(2)
    assert usage(oci_cloud, retries=QUICK).costs(FIRST, END).rows
    oci_cloud.faults.throttle(3)
    with pytest.raises(StoreUnavailable, match="429"):
        usage(oci_cloud, retries=QUICK).costs(FIRST, END)


def test_oci_what_is_refused_says_what_to_allow(oci_cloud: OciCloud) -> None:
    with pytest.raises(AccessDenied, match=r"401.*to read usage-report in tenancy"):
        usage(oci_cloud, key_content=new_key()).costs(FIRST, END)
    with pytest.raises(AccessDenied, match=r"404.*to read usage-report in tenancy"):
        usage(oci_cloud, tenancy="ocid1.tenancy.oc1..other").costs(FIRST, END)
    with pytest.raises(UsageRefused, match="limit"):
        usage(oci_cloud, page_size=0).costs(FIRST, END)


def test_days_without_cost_are_an_empty_answer(oci_cloud: OciCloud, aws_cloud: AwsCloud) -> None:
    aws_cloud.load_costs([])
    start, end = date(2020, 1, 1), date(2020, 1, 3)
    assert usage(oci_cloud).costs(start, end).rows == ()
    assert explorer(aws_cloud).costs(start, end).rows == ()


def spend(cloud: AwsCloud, days: int, accounts: int) -> None:
    cloud.load_costs(
        {
            "day": (FIRST + timedelta(days=day)).isoformat(),
            "unit": "USD",
            "metrics": {
                "UNBLENDED_COST": "1.00000000004",
                "AMORTIZED_COST": "2.5",
                "USAGE_QUANTITY": "3",
            },
            "dimensions": {"SERVICE": "AWS Lambda", "LINKED_ACCOUNT": f"{account:012d}"},
            "tags": {"team": "core"} if account else {},
        }
        for day in range(days)
        for account in range(accounts)
    )


def test_cost_explorer_tells_each_day_and_account_once_over_pages(aws_cloud: AwsCloud) -> None:
    spend(aws_cloud, days=90, accounts=13)
    answer = explorer(aws_cloud).costs(FIRST, FIRST + timedelta(days=90))
    assert answer.requests == 3
    assert len(answer.rows) == len({(r.charge_day, r.sub_account_id) for r in answer.rows}) == 1170
    assert answer.rows[0] == UsageCost(
        charge_day=FIRST,
        service_name="AWS Lambda",
        billing_currency="USD",
        billed_cost=Decimal(1),
        effective_cost=Decimal("2.5"),
        rounding_bound=Decimal("5E-11"),
        sub_account_id="000000000000",
    )


def test_cost_explorer_tells_by_a_tag(aws_cloud: AwsCloud) -> None:
    spend(aws_cloud, days=1, accounts=3)
    rows = explorer(aws_cloud).costs(FIRST, FIRST + timedelta(days=1), tag="team").rows
    assert {(r.tag_value, r.sub_account_id, r.effective_cost) for r in rows} == {
        ("", "", Decimal("2.5")),
        ("core", "", Decimal(5)),
    }


def test_cost_explorer_a_throttled_question_is_asked_again(aws_cloud: AwsCloud) -> None:
    spend(aws_cloud, days=1, accounts=1)
    aws_cloud.faults.throttle(1, service="ce")
    assert explorer(aws_cloud, attempts=2).costs(FIRST, END).rows
    aws_cloud.faults.throttle(2, service="ce")
    with pytest.raises(StoreUnavailable, match="Throttling"):
        explorer(aws_cloud, attempts=2).costs(FIRST, END)
    aws_cloud.faults.fail(1, service="ce", status=503)
    with pytest.raises(StoreUnavailable, match="503"):
        explorer(aws_cloud).costs(FIRST, END)


def test_cost_explorer_what_is_refused_says_what_to_allow(aws_cloud: AwsCloud) -> None:
    aws_cloud.faults.deny(1, service="ce")
    with pytest.raises(AccessDenied, match="Allow ce:GetCostAndUsage"):
        explorer(aws_cloud).costs(FIRST, END)
    with pytest.raises(UsageRefused, match="Start date"):
        explorer(aws_cloud).costs(END, FIRST)
    gone = AwsCloud("http://127.0.0.1:9")
    with pytest.raises(StoreUnavailable, match="Check the network"):
        explorer(gone).costs(FIRST, END)
