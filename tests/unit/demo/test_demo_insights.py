"""What the demo finds wrong with the events that cost_insights found."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from localcloud.demo.insights import differences
from localcloud.samples.manifest import Anomaly

FIRST = date(2026, 3, 10)
PLANTED = Anomaly(
    id="loop",
    kind="spike",
    source="oci_main",
    cloud="oci",
    account="shop",
    account_id="ocid1.shop",
    compartment="shop",
    service="COMPUTE",
    sku="B1",
    resource="web",
    resource_id="ocid1.web",
    region="fra",
    first_day=FIRST,
    last_day=FIRST,
    currency="EUR",
    excess=Decimal(100),
    cause="a loop",
)


def event(**changes: Any) -> dict[str, Any]:
    cause = {"dimension_values": {"resource_id": changes.pop("resource", "ocid1.web")}}
    return {
        "event_id": "e",
        "billing_currency": "EUR",
        "excess_cost": "98.5",
        "start_day": FIRST.isoformat(),
        "end_day": FIRST.isoformat(),
        "service_name": "COMPUTE",
        "sub_account_id": "ocid1.shop",
        "causes": [cause],
    } | changes


OTHER = event(service_name="DATABASE")


def test_what_was_planted_and_two_others_are_right():
    assert differences([PLANTED], [event(), OTHER, OTHER]) == []


def test_what_is_not_found_is_told():
    later = (FIRST + timedelta(days=1)).isoformat()
    for missed in (
        event(billing_currency="USD"),
        event(excess_cost="-98.5"),
        event(start_day=later, end_day=later),
        event(sub_account_id="ocid1.lab"),
        OTHER,
    ):
        assert differences([PLANTED], [missed]) == ["loop is not found: a loop"]


def test_another_cause_or_none_is_told():
    for wrong in (event(resource="ocid1.db"), event(causes=[])):
        assert differences([PLANTED], [wrong]) == [
            "loop is found, and its cause is not named first"
        ]


def test_more_than_two_others_are_told():
    (line,) = differences([PLANTED], [event(), OTHER, OTHER, OTHER])
    assert line.startswith("3 other events")
