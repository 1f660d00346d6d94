"""The runbooks of an event: the nearest of their category, and nothing where nothing is near."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from cloudledger.knowledge.document import Metadata
from cloudledger.knowledge.retrieval.runbooks import (
    EventText,
    event_runbooks,
    runbooks_for,
    save_runbooks,
)
from cloudledger.run import Run
from tests.support.empty_warehouse import migrated
from tests.support.encoders import FakeEncoder
from tests.support.knowledge_shelf import AT, shelved, written

ENCODER = FakeEncoder(dimensions=256)
RUNBOOK = Metadata(category="runbook")
SHELF = [
    written("nat", "NAT gateway bytes", ("", "The NAT gateway moves more bytes than it did."),
            ("Then", "Find which image the NAT gateway is asked for."), metadata=RUNBOOK),
    written("logs", "Log storage grows", ("", "Debug logs fill the storage."), metadata=RUNBOOK),
    written("policy", "NAT gateway policy", ("", "Who may build a NAT gateway and move bytes."),
            metadata=Metadata(category="policy")),
]  # fmt: skip
EVENTS = [
    EventText("nat-event", "NAT gateway bytes cost jumped for a day"),
    EventText("far-event", "quantum zebra"),
    EventText("empty-event", " "),
]


def test_each_event_gets_the_nearest_of_the_category_once_each(tmp_path):
    with migrated(tmp_path / "w.duckdb") as warehouse, warehouse.transaction() as session:
        release = shelved(session, SHELF, ENCODER)
        found = runbooks_for(session, "duckdb", release, ENCODER, EVENTS, "runbook", floor=0.25)
        assert [(one.event_id, one.place, one.uri) for one in found] == [
            ("nat-event", 1, "file:///shelf/nat")
        ]
        assert found[0].score > Decimal("0.25")
        low = runbooks_for(session, "duckdb", release, ENCODER, EVENTS[:1], "runbook", floor=-1)
        assert [one.uri for one in low] == ["file:///shelf/nat", "file:///shelf/logs"]
        one = runbooks_for(
            session, "duckdb", release, ENCODER, EVENTS[:1], "runbook", floor=-1, at_most=1
        )
        assert one == low[:1]


def test_what_an_event_had_is_replaced(tmp_path):
    with migrated(tmp_path / "w.duckdb") as warehouse, warehouse.transaction() as session:
        release = shelved(session, SHELF, ENCODER)
        both = runbooks_for(session, "duckdb", release, ENCODER, EVENTS[:1], "runbook", floor=-1)
        assert save_runbooks(session, EVENTS, both, Run("first", AT)) == 2
        assert event_runbooks(session, "nat-event") == both
        later = Run("second", AT + timedelta(days=1))
        assert save_runbooks(session, EVENTS, both[:1], later) == 1
        assert event_runbooks(session, "nat-event") == both[:1]
        assert save_runbooks(session, EVENTS, [], later) == 0
        assert event_runbooks(session, "nat-event") == []


def test_runbooks_for_the_kind_of_event_come_alone_and_others_where_there_are_none(tmp_path):
    dropped = written(
        "drop", "Cost drops", ("", "Look at the nodes."), metadata=replace(RUNBOOK, tags=("drop",))
    )
    told = "NAT gateway bytes cost jumped for a day, look at the nodes"
    with migrated(tmp_path / "w.duckdb") as warehouse, warehouse.transaction() as session:
        release = shelved(session, [*SHELF, dropped], ENCODER)
        for kind, uris in (("drop", {"drop"}), ("spike", {"drop", "nat"})):
            event = EventText("event", told, kind)
            found = runbooks_for(session, "duckdb", release, ENCODER, [event], "runbook", floor=0.2)
            assert {one.uri.rpartition("/")[2] for one in found} == uris
