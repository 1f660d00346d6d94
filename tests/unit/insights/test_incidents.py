"""One incident in many series is told once."""

from __future__ import annotations

from datetime import date, timedelta

from cloudledger.insights.dimensions import Kind, Series
from cloudledger.insights.event_kinds import Kind as EventKind
from cloudledger.insights.event_kinds import Severity
from cloudledger.insights.events import Event
from cloudledger.insights.incidents import parts_of

FIRST = date(2026, 3, 1)
ORACLE = {"provider_name": "Oracle"}
SERIES = {
    one.series_id: one
    for one in (
        Series("total", Kind.TOTAL, "EUR", {}),
        Series("dollars", Kind.TOTAL, "USD", {}),
        Series("oracle", Kind.PROVIDER, "EUR", ORACLE),
        Series("aws", Kind.PROVIDER, "EUR", {"provider_name": "AWS"}),
        Series("compute", Kind.SERVICE, "EUR", ORACLE | {"service_name": "COMPUTE"}),
        Series("shop", Kind.SUB_ACCOUNT, "EUR", ORACLE | {"sub_account_id": "shop"}),
        Series("data", Kind.SUB_ACCOUNT, "EUR", ORACLE | {"sub_account_id": "data"}),
        Series(
            "compute-shop",
            Kind.SERVICE_SUB_ACCOUNT,
            "EUR",
            ORACLE | {"service_name": "COMPUTE", "sub_account_id": "shop"},
        ),
        Series("owner-shop", Kind.TAG, "EUR", {"tag_key": "owner", "tag_value": "shop"}),
        Series("owner-data", Kind.TAG, "EUR", {"tag_key": "owner", "tag_value": "data"}),
    )
}


def event(series: str, excess: float = 100.0, start: int = 10, days: int = 3) -> Event:
    first = FIRST + timedelta(days=start)
    return Event(
        event_id=f"{series}-{start}",
        series_id=series,
        start=first,
        end=first + timedelta(days=days - 1),
        peak_day=first,
        kind=EventKind.BURST,
        expected=50.0,
        actual=50.0 + excess,
        excess=excess,
        severity=Severity.HIGH,
        score=9.0,
    )


def test_the_narrowest_series_stands_for_all_that_show_it():
    wide = ("total", "oracle", "compute", "shop", "owner-shop")
    found = parts_of([event(name) for name in (*wide, "compute-shop")], SERIES)
    assert found == {f"{name}-10": "compute-shop-10" for name in wide}


def test_series_without_a_line_in_common_are_told_apart():
    for one, other in (("shop", "data"), ("oracle", "aws"), ("owner-shop", "owner-data")):
        assert parts_of([event(one), event(other)], SERIES) == {}
    assert parts_of([event("dollars"), event("compute-shop")], SERIES) == {}


def test_another_time_or_the_other_direction_is_another_event():
    assert parts_of([event("compute-shop"), event("total", start=13)], SERIES) == {}
    assert parts_of([event("compute-shop"), event("total", excess=-100.0)], SERIES) == {}
    assert parts_of([event("compute-shop"), event("total", start=12)], SERIES) == {
        "total-12": "compute-shop-10"
    }


def test_what_narrower_events_do_not_come_to_is_an_event_of_its_own():
    assert parts_of([event("compute-shop"), event("total", excess=400.0)], SERIES) == {}
    both = [event("compute-shop"), event("data", excess=150.0), event("total", excess=400.0)]
    assert parts_of(both, SERIES) == {"total-10": "data-10"}


def test_the_order_of_events_does_not_matter():
    events = [event(name) for name in SERIES if name not in ("aws", "dollars")]
    assert parts_of(events, SERIES) == parts_of(events[::-1], SERIES)
