"""Events, what explains them, and what people said of them, in the warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from cloudledger.insights.amounts import money
from cloudledger.insights.dimensions import Series
from cloudledger.insights.events import Event
from cloudledger.insights.rootcause import Cause
from cloudledger.run import Run
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Session

STANDS_FOR = "anomalies_as_of"
VALUES_BYTES = 4000


@dataclass(frozen=True, slots=True)
class Told:
    """An event with what is told of it: the event it is part of, whether it is worth an alert, the
    event a person's word on which covers it, and what explains it, the largest part first."""

    event: Event
    part_of: str | None
    material: bool
    covered_by: str | None
    causes: Sequence[Cause]


def stands_for(session: Session) -> datetime | None:
    """The instant that the events in the warehouse stand for."""
    rows = session.query(statement("ledger/state"), name=STANDS_FOR).to_pylist()
    return datetime.fromisoformat(rows[0]["value"]) if rows else None


def save_events(
    session: Session,
    run: Run,
    told: Iterable[Told],
    series: Mapping[str, Series],
    *,
    since: date,
    detector: str,
    sensitivity: str,
) -> bool:
    """Replace the events that end on ``since`` or later; whether that was done.

    A run that stands for an earlier instant than the events do leaves them as they are. An event
    that was known keeps the instant at which it was found first.
    """
    newest = stands_for(session)
    if newest is not None and newest > run.as_of:
        return False
    before = events(session, since)
    first_found = {row["event_id"]: row["first_found_at"] for row in before}
    for name in ("forget_causes", "forget_events"):
        session.execute(statement(f"insights/{name}"), first_day=since)
    told = list(told)
    made = {"detector": detector, "sensitivity": sensitivity}
    rows = [
        _event_row(run, one, series[one.event.series_id])
        | made
        | {"first_found_at": first_found.get(one.event.event_id, run.as_of)}
        for one in told
    ]
    if rows:
        session.insert("anomaly_event", pa.Table.from_pylist(rows, schema=_EVENTS))
    causes = [row for one in told for row in _cause_rows(one)]
    if causes:
        session.insert("anomaly_cause", pa.Table.from_pylist(causes, schema=_CAUSES))
    session.execute(statement("ledger/forget_state"), name=STANDS_FOR)
    stamp = {"name": [STANDS_FOR], "value": [run.as_of.isoformat()]}
    session.insert("ledger_state", pa.table(stamp))
    return True


def events(
    session: Session, since: date, *, with_parts: bool = True, material_only: bool = False
) -> list[dict[str, Any]]:
    """The events that end on ``since`` or later, the latest first, with their series and what a
    person said of them."""
    rows: list[dict[str, Any]] = session.query(
        statement("insights/events"),
        first_day=since,
        with_parts=int(with_parts),
        material_only=int(material_only),
    ).to_pylist()
    return rows


def causes(session: Session, since: date) -> dict[str, list[dict[str, Any]]]:
    """What explains the events that end on ``since`` or later, by event, the largest part first."""
    found: dict[str, list[dict[str, Any]]] = {}
    rows = session.query(statement("insights/event_causes"), first_day=since).to_pylist()
    for row in rows:
        told = row | {"dimension_values": json.loads(row["dimension_values"])}
        found.setdefault(row["event_id"], []).append(told)
    return found


@dataclass(frozen=True, slots=True)
class Before:
    """An event as an earlier run left it."""

    event_id: str
    series_id: str
    start: date
    end: date
    excess: float


def events_known(session: Session) -> list[Before]:
    """Every event that is kept."""
    return [
        Before(
            row["event_id"],
            row["series_id"],
            row["start_day"],
            row["end_day"],
            float(row["excess_cost"]),
        )
        for row in events(session, date.min)
    ]


def causes_known(session: Session, found: Iterable[Event]) -> dict[str, list[Cause]]:
    """The causes that are kept of the events whose days and cost are as they were."""
    told = {
        (row["event_id"], row["start_day"], row["end_day"], row["actual_cost"])
        for row in events(session, date.min)
    }
    kept = causes(session, date.min)
    same = [
        event.event_id
        for event in found
        if (event.event_id, event.start, event.end, money([event.actual])[0].as_py()) in told
    ]
    return {one: [_cause(row) for row in kept[one]] for one in same if one in kept}


def _cause(row: Mapping[str, Any]) -> Cause:
    return Cause(
        values=row["dimension_values"],
        share=float(row["share_of_excess"]),
        amount=row["amount"],
        expected=row["expected_cost"],
        actual=row["actual_cost"],
        is_new=bool(row["is_new"]),
        offsets=bool(row["offsets"]),
    )


_EVENTS = pa.schema(
    [
        *(
            (name, pa.string())
            for name in (
                "event_id",
                "series_id",
                "part_of",
                "covered_by",
                "kind",
                "severity",
                "billing_currency",
            )
        ),
        ("material", pa.int64()),
        *((name, pa.date32()) for name in ("start_day", "end_day", "peak_day")),
        *((name, MONEY) for name in ("expected_cost", "actual_cost", "excess_cost")),
        *((name, pa.string()) for name in ("detector", "sensitivity", "run_id")),
        *((name, INSTANT) for name in ("first_found_at", "as_of")),
    ]
)
_CAUSES = pa.schema(
    [
        ("event_id", pa.string()),
        ("place", pa.int64()),
        ("dimension_values", pa.string()),
        *((name, MONEY) for name in ("share_of_excess", "amount", "expected_cost", "actual_cost")),
        ("is_new", pa.int64()),
        ("offsets", pa.int64()),
    ]
)


def _event_row(run: Run, one: Told, series: Series) -> dict[str, Any]:
    event = one.event
    expected, actual, excess = money([event.expected, event.actual, event.excess]).to_pylist()
    return {
        "event_id": event.event_id,
        "series_id": event.series_id,
        "part_of": one.part_of,
        "covered_by": one.covered_by,
        "kind": event.kind.value,
        "severity": event.severity.value,
        "material": int(one.material),
        "start_day": event.start,
        "end_day": event.end,
        "peak_day": event.peak_day,
        "billing_currency": series.billing_currency,
        "expected_cost": expected,
        "actual_cost": actual,
        "excess_cost": excess,
        "as_of": run.as_of,
        "run_id": run.run_id,
    }


def _cause_rows(one: Told) -> Iterable[dict[str, Any]]:
    for place, cause in enumerate(one.causes, 1):
        yield {
            "event_id": one.event.event_id,
            "place": place,
            "dimension_values": _values(cause.values),
            "share_of_excess": money([cause.share])[0].as_py(),
            "amount": cause.amount,
            "expected_cost": cause.expected,
            "actual_cost": cause.actual,
            "is_new": int(cause.is_new),
            "offsets": int(cause.offsets),
        }


def _values(values: Mapping[str, str]) -> str:
    """The values as JSON, the longest ones cut until the warehouse has room for them."""
    told = dict(values)
    while (
        len((text := json.dumps(told, ensure_ascii=False, sort_keys=True)).encode()) > VALUES_BYTES
    ):
        longest = max(told, key=lambda name: len(told[name]))
        told[longest] = told[longest][: len(told[longest]) // 2] + "…"
    return text
