"""Usage API costs kept beside the reports, replaced by day, and compared, on a real warehouse."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cloudledger.clouds.usage import Answer, UsageCost
from cloudledger.ledger import usage, usage_compare
from cloudledger.ledger.usage import Question
from cloudledger.ledger.usage_explain import Comparison
from cloudledger.ledger.usage_services import Services
from cloudledger.reporting.usage import told, unexplained
from cloudledger.warehouse.duckdb import DuckDbSession
from tests.support.empty_warehouse import migrated

FIRST = date(2026, 3, 1)
END = date(2026, 3, 5)
AT = datetime(2026, 3, 20, 5, tzinfo=UTC)
TENANCY = "ocid1.tenancy.oc1..local"
ASKED = Question("oci", "oracle", TENANCY, FIRST, END)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[DuckDbSession]:
    with migrated(tmp_path / "warehouse.duckdb") as warehouse, warehouse.transaction() as session:
        yield session


def told_by_api(day: int, cost: str, service: str = "Compute", **values: Any) -> UsageCost:
    bound = values.pop("bound", Decimal("1E-9"))
    return UsageCost(date(2026, 3, day), service, "EUR", Decimal(cost), bound, **values)


def keep(session: Any, *costs: UsageCost, question: Question = ASKED, at: datetime = AT) -> int:
    return usage.keep(session, question, Answer(costs, 1), at=at, run_id=f"run {at:%d}")


def report(session: Any, day: int, cost: str, service: str = "COMPUTE", **changes: Any) -> None:
    row = {
        "provider": "oracle",
        "charge_day": date(2026, 3, day),
        "provider_name": "Oracle",
        "billing_account_id": TENANCY,
        "service_name": service,
        "charge_category": "Usage",
        "charge_class": None,
        "billing_currency": "EUR",
        "billed_cost": Decimal(cost),
        "effective_cost": Decimal(cost),
        "line_count": 1,
        "mart_version": 1,
    } | changes
    row["grain_key"] = hashlib.sha256(repr(sorted(row.items())).encode()).hexdigest()[:32]
    session.insert("daily_cost", pa.Table.from_pylist([row]))


def compare(session: Any, source: str = "oci") -> Comparison:
    found = usage_compare.compare(
        session, source, FIRST, END, services=Services(), settled_after=timedelta(days=3)
    )
    usage_compare.keep(session, found, FIRST, END)
    return found


def kept(session: Any) -> list[tuple[Any, ...]]:
    rows = session.query(
        "SELECT charge_day, service_name, billed_cost, as_of, run_id FROM usage_api_cost "
        "ORDER BY charge_day, service_name"
    ).to_pylist()
    return [tuple(row.values()) for row in rows]


def differences(session: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = session.query(
        "SELECT * FROM usage_difference WHERE difference <> 0 "
        "ORDER BY source, charge_day, service_name, measure"
    ).to_pylist()
    return rows


def test_a_day_is_replaced_whole_and_a_question_twice_changes_nothing(session: Any) -> None:
    assert keep(session, told_by_api(1, "5"), told_by_api(1, "2", "Gone"), told_by_api(4, "1")) == 3
    assert keep(session, told_by_api(1, "6")) == 1
    assert keep(session, told_by_api(1, "6")) == 1
    assert kept(session) == [(FIRST, "Compute", Decimal(6), AT, "run 20")]
    counts = session.query("SELECT charge_day, answer_rows FROM usage_collected ORDER BY 1")
    assert counts["answer_rows"].to_pylist() == [1, 0, 0, 0]


def test_a_run_of_an_earlier_instant_leaves_the_days_of_a_later_one(session: Any) -> None:
    earlier = Question("oci", "oracle", TENANCY, date(2026, 2, 27), date(2026, 3, 3))
    keep(session, told_by_api(1, "6"))
    before = AT - timedelta(days=2)
    feb = UsageCost(date(2026, 2, 28), "Compute", "EUR", Decimal(7), Decimal(0))
    assert keep(session, told_by_api(1, "5"), feb, question=earlier, at=before) == 1
    assert [row[2:] for row in kept(session)] == [
        (Decimal(7), before, "run 18"),
        (Decimal(6), AT, "run 20"),
    ]


def test_a_group_told_twice_is_one_row(session: Any) -> None:
    twice = told_by_api(1, "0.1", quantity=Decimal(2), unit="h", effective_cost=Decimal(1))
    assert keep(session, twice, twice, told_by_api(1, "0.1")) == 2
    (row,) = session.query("SELECT * FROM usage_api_cost WHERE consumed_unit = 'h'").to_pylist()
    assert (row["billed_cost"], row["effective_cost"]) == (Decimal("0.2"), Decimal(2))
    assert (row["consumed_quantity"], row["rounding_bound"]) == (Decimal(4), Decimal("2E-9"))


def test_tags_stand_beside_and_are_not_compared(session: Any) -> None:
    tagged = Question("oci", "oracle", TENANCY, FIRST, END, tag="Finance.cost_center")
    keep(session, told_by_api(1, "5"))
    keep(session, told_by_api(1, "5", tag_value="42"), question=tagged)
    assert len(kept(session)) == 2
    report(session, 1, "5")
    assert [one.amount for one in compare(session).differences] == [Decimal(0)]


def test_each_difference_is_found_and_explained(session: Any) -> None:
    keep(
        session,
        told_by_api(1, "10.0000000004"),
        told_by_api(2, "20"),
        told_by_api(3, "30"),
        told_by_api(3, "0.25", "Block Storage"),
        told_by_api(4, "1", "Vision"),
    )
    report(session, 1, "10")
    report(session, 2, "20")
    report(session, 2, "-3", charge_class="Correction")
    report(session, 3, "42.5")
    report(session, 3, "0.25", "BLOCK_STORAGE")
    report(session, 4, "-8", "MARKETPLACE", charge_category="Credit")
    report(session, 4, "99", billing_account_id="ocid1.tenancy.oc1..other")
    report(session, 4, "99", billing_currency="USD", provider="aws", provider_name="AWS")
    found = compare(session)
    parts = ("late_cost", "correction_cost", "credit_cost", "rounding_cost", "unknown_cost")
    assert [
        (row["charge_day"].day, row["service_name"], *(row[name] for name in parts))
        for row in differences(session)
    ] == [
        (1, "COMPUTE", 0, 0, 0, Decimal("-0.0000000004"), 0),
        (2, "COMPUTE", 0, -3, 0, 0, 0),
        (3, "COMPUTE", 0, 0, 0, 0, Decimal("12.5")),
        (4, "MARKETPLACE", 0, 0, -8, 0, 0),
        (4, "Vision", 0, 0, 0, 0, -1),
    ]
    assert told(found) == (
        "oci: 4 days, 4 services: BilledCost 61.75 EUR in the reports, 61.2500000004 in the usage "
        "API, difference 0.4999999996 (correction -3, credit -8, rounding -0.0000000004, "
        "unknown 11.5); services in the usage API only: Vision; services in the reports only: "
        "MARKETPLACE"
    )
    assert list(unexplained(found, Decimal(1))) == [
        "oci 2026-03-03 COMPUTE BilledCost: the reports say 42.5 EUR, the usage API 30; "
        "12.5 is unexplained"
    ]
    again = compare(session)
    assert again == found


def test_a_day_that_may_still_grow_is_late(session: Any) -> None:
    keep(session, told_by_api(1, "5"), told_by_api(4, "5"), at=datetime(2026, 3, 7, 5, tzinfo=UTC))
    compare(session)
    first, last = differences(session)
    assert (first["unknown_cost"], first["late_cost"]) == (Decimal(-5), 0)
    assert (last["unknown_cost"], last["late_cost"]) == (0, Decimal(-5))


def test_a_day_that_reports_are_still_to_come_for_is_late_however_old(session: Any) -> None:
    for delivered in range(-40, 0):
        arrive(session, FIRST + timedelta(days=delivered), 100, hours=30)
    arrive(session, FIRST, 40, hours=12)
    keep(session, told_by_api(1, "5"))
    compare(session)
    (row,) = differences(session)
    assert (row["late_cost"], row["unknown_cost"]) == (Decimal(-5), 0)
    arrive(session, FIRST, 60, hours=30, object_id="more")
    arrive(session, date(2026, 3, 18), 100, hours=30)
    compare(session)
    (row,) = differences(session)
    assert (row["late_cost"], row["unknown_cost"]) == (0, Decimal(-5))


def arrive(session: Any, day: date, lines: int, *, hours: int, object_id: str = "") -> None:
    row = {
        "object_id": object_id or day.isoformat(),
        "generation": 1,
        "provider": "oracle",
        "charge_day": day,
        "source": "oci",
        "format": "oci_cost",
        "delivered_at": datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours),
        "lines": lines,
    }
    session.insert("arrival", pa.Table.from_pylist([row]))


def test_a_correction_told_on_another_day_explains_both(session: Any) -> None:
    keep(session, told_by_api(1, "7"), told_by_api(4, "10"))
    report(session, 1, "10")
    report(session, 4, "10")
    report(session, 4, "-3", charge_class="Correction")
    compare(session)
    assert [row["unknown_cost"] for row in differences(session)] == [Decimal(3), 0]
    correct(session, day=4, corrected=1, cost="-3")
    correct(session, day=3, corrected=2, cost="-1", service="UNHEARD")
    compare(session)
    assert [(row["charge_day"].day, row["correction_cost"]) for row in differences(session)] == [
        (1, 3),
        (4, -3),
    ]


def correct(session: Any, *, day: int, corrected: int, cost: str, service: str = "COMPUTE") -> None:
    start = datetime(2026, 3, day, tzinfo=UTC)
    row = {
        "object_id": "o",
        "record_number": day,
        "provider": "oracle",
        "charge_day": start.date(),
        "charge_period_start": start,
        "charge_period_end": start + timedelta(hours=1),
        "account": TENANCY,
        "billing_account_id": TENANCY,
        "service_name": service,
        "billing_currency": "EUR",
        "billed_cost": Decimal(cost),
        "effective_cost": Decimal(cost),
        "corrected_reference": "r",
        "corrected_day": date(2026, 3, corrected),
        "status": "resolved",
    }
    session.insert("correction", pa.Table.from_pylist([row]))


def test_what_was_not_asked_for_is_not_compared(session: Any) -> None:
    report(session, 1, "5")
    assert told(compare(session)) == "oci: nothing was collected from its usage API"
    keep(session, question=Question("oci", "oracle", TENANCY, FIRST, date(2026, 3, 2)))
    report(session, 2, "7")
    assert [row["report_cost"] for row in differences(compare_and_back(session))] == [Decimal(5)]


def compare_and_back(session: Any) -> Any:
    compare(session)
    return session


def test_aws_is_compared_by_both_costs_and_its_tax_by_itself(session: Any) -> None:
    asked = Question("aws", "aws", "", FIRST, END)
    ec2 = "Amazon Elastic Compute Cloud"
    costs = [
        (f"{ec2} - Compute", "3", "4"),
        ("EC2 - Other", "1", "1"),
        ("Tax", "0.7", "0.7"),
    ]
    keep(
        session,
        *(
            UsageCost(
                FIRST,
                service,
                "USD",
                Decimal(billed),
                Decimal("5E-11"),
                effective_cost=Decimal(effective),
            )
            for service, billed, effective in costs
        ),
        question=asked,
    )
    on_aws = {"provider": "aws", "provider_name": "AWS", "billing_currency": "USD"}
    report(session, 1, "4", ec2, **on_aws, effective_cost=Decimal(6))
    report(session, 1, "0.7", ec2, **on_aws, charge_category="Tax")
    found = compare(session, "aws")
    assert [(one.service_name, one.measure, one.amount) for one in found.differences] == [
        (ec2, "BilledCost", 0),
        (ec2, "EffectiveCost", 1),
        ("Tax", "BilledCost", 0),
        ("Tax", "EffectiveCost", 0),
    ]
