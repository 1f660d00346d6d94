"""Anomaly events in the words of a runbook, out of a real ledger."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cloudledger.insights.event_words import EventWords, event_words
from tests.support.books import Books
from tests.support.focus_reports import FOCUS_HEADER, FOCUS_LINE
from tests.support.planted_insights import LAST, cause, event, plant, series
from tests.support.reports import table

AS_OF = datetime(2026, 3, 22, 6, tzinfo=UTC)
GATEWAY = "arn:aws:ec2:eu-central-1:100000000901:nat-gateway/mobile-nat"
BYTES = "$0.052 per GB Data Processed by NAT Gateways"
HOURS = "$0.048 per NAT Gateway Hour"
SERVICE = "Amazon Elastic Compute Cloud"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    books = Books(tmp_path)
    lines = [
        line(LAST, "90", ChargeDescription=BYTES, SkuId="bytes", ResourceId=GATEWAY),
        line(LAST, "1", ChargeDescription=HOURS, SkuId="bytes", ResourceId=GATEWAY),
        line(LAST, "500", ChargeDescription="$9 per instance", SkuId="vm", ResourceId="i-1"),
        line(
            LAST - timedelta(days=5),
            "9000",
            ChargeDescription="before",
            SkuId="bytes",
            ResourceId=GATEWAY,
        ),
    ]
    header = [*FOCUS_HEADER, "ChargeDescription", "ResourceId"]
    books.deliver("a.csv", table(header, lines), at="2026-03-21T04:00:00+00:00")
    books.run()
    return books


def line(day: date, cost: str, **more: str) -> dict[str, str]:
    return FOCUS_LINE | {
        "ChargePeriodStart": f"{day}T00:00:00Z",
        "ChargePeriodEnd": f"{day + timedelta(days=1)}T00:00:00Z",
        "ServiceName": SERVICE,
        "EffectiveCost": cost,
        "BilledCost": cost,
        **more,
    }


def words(books: Books, **options: object) -> list[EventWords]:
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        since = LAST - timedelta(days=30)
        return event_words(session, books.lake, AS_OF, since, precedence=(), **options)  # type: ignore[arg-type]


def planted(books: Books) -> None:
    values = {
        "provider_name": "AWS",
        "service_name": SERVICE,
        "sku_id": "bytes",
        "resource_id": GATEWAY,
        "tag:environment": "prod",
    }
    spike = event("spiked", "s1") | {"kind": "spike", "billing_currency": "USD"}
    gone = event("gone", "s2") | {"kind": "drop", "billing_currency": "USD"}
    small = event("small", "s1", material=0) | {"billing_currency": "USD"}
    again = event("again", "s1", part_of="spiked") | {"billing_currency": "USD"}
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        plant(
            session,
            "cost_series",
            series("s1", "service", currency="USD", provider="AWS", service=SERVICE),
            series("s2", "service", currency="USD", provider="AWS", service="Amazon MQ"),
        )
        plant(session, "anomaly_event", *(one | {"part_of": None} for one in (spike, gone, small)))
        plant(session, "anomaly_event", again)
        plant(session, "anomaly_cause", cause("spiked", 1, json.dumps(values), "1"))


def test_an_event_says_what_happened_what_was_charged_for_and_of_what(books: Books) -> None:
    planted(books)
    told = {one.event_id: one for one in words(books)}
    assert told.keys() == {"spiked", "gone"}
    assert told["spiked"] == EventWords(
        "spiked",
        "spike",
        f"spike: cost jumped for a day. {SERVICE}: GB Data Processed by NAT Gateways. "
        "nat-gateway mobile-nat, prod",
    )


def test_what_left_no_line_is_told_by_its_service(books: Books) -> None:
    planted(books)
    (gone,) = [one for one in words(books) if one.event_id == "gone"]
    assert gone.text == "drop: cost dropped. Amazon MQ"


def test_events_that_are_not_asked_for_are_left_out(books: Books) -> None:
    planted(books)
    assert [one.event_id for one in words(books, without={"spiked"})] == ["gone"]
