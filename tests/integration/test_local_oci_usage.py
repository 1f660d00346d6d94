"""The local Usage API, and requests held against the SDK's definitions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import oci
import pytest

from localcloud.oci.cloud import Cloud
from localcloud.oci.identity import TENANCY
from localcloud.oci.server import serve
from localcloud.oci.usage import UsageRow
from localcloud.samples import generate
from tests.support.local_oci import FIRST, raw, refused, sdk


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serve(tmp_path_factory.mktemp("oci")) as cloud:
        yield cloud


@pytest.fixture
def usage(cloud: Cloud) -> Any:
    return sdk(oci.usage_api.UsageapiClient, cloud)


@pytest.fixture(scope="module")
def _spent(cloud: Cloud) -> None:
    cloud.usage.load(
        UsageRow(
            start=FIRST + timedelta(days=day, hours=hour),
            amount=Decimal("0.1"),
            quantity=Decimal(2),
            currency=currency,
            unit="OCPU Hours",
            dimensions={"service": service, "compartmentId": f"c{day % 2}"},
            tags={"Finance.cost_center": "42"} if service == "Compute" else {},
        )
        for day in range(40)
        for hour in (0, 23)
        for service, currency in (("Compute", "USD"), ("Storage", "USD"), ("Storage", "EUR"))
    )


def ask(usage: Any, start: datetime, end: datetime, **options: Any) -> list[Any]:
    details = oci.usage_api.models.RequestSummarizedUsagesDetails(
        **{"tenant_id": TENANCY, "granularity": "DAILY"} | options,
        time_usage_started=start,
        time_usage_ended=end,
    )
    items: list[Any] = oci.pagination.list_call_get_all_results(
        usage.request_summarized_usages, details, limit=7
    ).data
    return items


@pytest.mark.usefixtures("_spent")
def test_usage_is_summed_by_day_month_and_group(usage: Any) -> None:
    end = FIRST + timedelta(days=40)
    daily = ask(usage, FIRST, end, group_by=["service"])
    assert len(daily) == 120
    assert {(i.computed_amount, i.computed_quantity) for i in daily} == {(0.2, 4.0)}
    assert daily[0].time_usage_started == FIRST
    assert daily[0].time_usage_ended == FIRST + timedelta(days=1)

    monthly = ask(usage, FIRST, end, granularity="MONTHLY")
    assert {(i.time_usage_started.month, i.currency, i.computed_amount) for i in monthly} == {
        (10, "USD", 12.4),
        (10, "EUR", 6.2),
        (11, "USD", 3.6),
        (11, "EUR", 1.8),
    }
    (whole,) = ask(
        usage,
        FIRST,
        end,
        is_aggregate_by_time=True,
        group_by_tag=[oci.usage_api.models.Tag(namespace="Finance", key="cost_center")],
        filter=oci.usage_api.models.Filter(
            operator="AND",
            dimensions=[oci.usage_api.models.Dimension(key="service", value="Compute")],
        ),
    )
    assert (whole.computed_amount, whole.tags[0].value) == (8.0, "42")
    assert (whole.time_usage_started, whole.time_usage_ended) == (FIRST, end)


@pytest.mark.usefixtures("_spent")
@pytest.mark.parametrize(
    ("operator", "lines"), [("AND", 0), ("OR", 160 + 40), ("NOT", 40)], ids=str
)
def test_usage_filters_nest(usage: Any, operator: str, lines: int) -> None:
    models = oci.usage_api.models
    wanted = models.Filter(
        operator=operator,
        dimensions=[models.Dimension(key="service", value="Storage")],
        filters=[
            models.Filter(
                operator="AND",
                tags=[models.Tag(namespace="Finance", key="cost_center", value="42")],
                dimensions=[models.Dimension(key="compartmentId", value="c1")],
            )
        ],
    )
    end = FIRST + timedelta(days=40)
    items = ask(usage, FIRST, end, filter=wanted, query_type="USAGE_ONLY", group_by=["service"])
    assert sum(i.computed_quantity for i in items) == 2 * lines
    assert {i.computed_amount for i in items} <= {None}


def test_usage_wants_exact_midnights(usage: Any) -> None:
    error = refused(400, "InvalidParameter", ask, usage, FIRST + timedelta(hours=1), FIRST)
    assert "does not have the right precision: hours" in error.message
    hour = FIRST + timedelta(hours=1)
    assert (
        ask(usage, hour - timedelta(days=99), hour - timedelta(days=98), granularity="HOURLY") == []
    )
    late = FIRST + timedelta(minutes=1)
    refused(400, "InvalidParameter", ask, usage, FIRST, late, granularity="HOURLY")
    refused(400, "InvalidParameter", ask, usage, FIRST, FIRST)
    refused(400, "InvalidParameter", ask, usage, FIRST, late, granularity="TOTAL")
    refused(400, "InvalidParameter", ask, usage, FIRST, hour, group_by=["tag.cost_center"])
    refused(404, "NotAuthorizedOrNotFound", ask, usage, FIRST, hour, tenant_id="other")


def test_usage_comes_from_the_cost_report(cloud: Cloud, usage: Any, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    header = (
        "lineItem/intervalUsageStart,product/service,product/compartmentId,usage/billedQuantity,"
        "cost/skuUnitDescription,cost/myCost,cost/currencyCode,tags/Finance.cost_center"
    )
    line = "2025-01-05T10:00Z,Compute,c1,3,Hours,{},USD,7"
    for amounts, total in [(["2.3E-2", "1.5"], 1.523), (["4"], 4.0)]:
        report.write_text("\n".join([header, *(line.format(a) for a in amounts), ""]))
        assert cloud.load_cost_report("reports/cost-csv/1.csv.gz", report) == len(amounts)
        start = datetime(2025, 1, 1, tzinfo=UTC)
        (item,) = ask(usage, start, start + timedelta(days=31), granularity="MONTHLY")
        assert item.computed_amount == total


def test_usage_of_the_samples_is_what_their_manifest_says(tmp_path: Path) -> None:
    manifest = generate(tmp_path / "samples", days=14)
    told: dict[str, float] = defaultdict(float)
    with serve(tmp_path / "cloud") as cloud:
        for delivery in manifest.deliveries:
            if "cost-csv" in delivery.key:
                cloud.load_cost_report(delivery.key, manifest.root / delivery.path)
        usage = sdk(oci.usage_api.UsageapiClient, cloud)
        start, end = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
        for item in ask(usage, start, end, granularity="MONTHLY"):
            told[item.currency] += item.computed_amount
    again = sum(held.billed_cost for each in manifest.deliveries for held in each.displaced)
    assert again > 0
    expected = float(manifest.totals()["oci", "EUR"] + again)
    assert told["EUR"] == pytest.approx(expected, abs=1e-9)


def test_fields_are_held_against_the_sdks_definitions(cloud: Cloud, usage: Any) -> None:
    budgets = sdk(oci.budget.BudgetClient, cloud)
    whole: dict[str, Any] = {
        "compartmentId": TENANCY,
        "targetType": "COMPARTMENT",
        "targets": ["c1"],
        "amount": 10,
        "resetPeriod": "MONTHLY",
    }
    for name in ("compartmentId", "amount", "resetPeriod"):
        body = {k: v for k, v in whole.items() if k != name}
        error = refused(400, "MissingParameter", raw, budgets, "POST", "/budgets", body)
        assert error.message == f"{name} is required"
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"colour": "red"}, "colour is not a field of CreateBudgetDetails"),
        ({"resetPeriod": "WEEKLY"}, "resetPeriod: Invalid value"),
        ({"amount": "10"}, "amount must be of type float"),
        ({"amount": True}, "amount must be of type float"),
        ({"amount": 10.5}, "whole number"),
        ({"targets": "c1"}, "targets must be a list"),
        ({"targets": [1]}, r"targets\[0\] must be of type str"),
        ({"targets": ["c1", "c2"]}, "exactly one target"),
        ({"targetCompartmentId": "c1"}, "exclude each other"),
        ({"startDate": "yesterday"}, "startDate must be an RFC 3339 datetime"),
        ({"freeformTags": {"a": 1}}, r"freeformTags\.a must be of type str"),
    ]
    for wrong, reason in wrongs:
        error = refused(400, "InvalidParameter", raw, budgets, "POST", "/budgets", whole | wrong)
        assert re.search(reason, error.message)
    assert (
        "body must be an object"
        in refused(400, "InvalidParameter", raw, budgets, "POST", "/budgets", ["x"]).message
    )
    ask_for: dict[str, Any] = {
        "tenantId": TENANCY,
        "timeUsageStarted": "2026-10-01T00:00:00Z",
        "timeUsageEnded": "2026-10-02T00:00:00Z",
        "granularity": "DAILY",
    }
    wrong_queries: list[tuple[dict[str, Any], str, str]] = [
        ({"granularity": None}, "MissingParameter", "granularity is required"),
        ({"groupby": []}, "InvalidParameter", "groupby is not a field"),
        (
            {"filter": {"operator": "AND", "dimensions": [{"key": "service"}]}},
            "MissingParameter",
            r"filter\.dimensions\[0\]\.value is required",
        ),
        ({"filter": {"operator": "XOR"}}, "InvalidParameter", "filter.operator: Invalid value"),
        (
            {"filter": {"filters": [{"dims": []}]}},
            "InvalidParameter",
            r"filter\.filters\[0\]\.dims is not a field of Filter",
        ),
    ]
    for wrong_usage, code, reason in wrong_queries:
        error = refused(400, code, raw, usage, "POST", "/usage", ask_for | wrong_usage)
        assert re.search(reason, error.message)
