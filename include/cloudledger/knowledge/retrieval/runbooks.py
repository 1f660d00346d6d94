"""Which runbooks fit an event: the nearest documents of one category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from cloudledger.knowledge.embedding.encoder import Encoder
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.retrieval.candidates import Where
from cloudledger.knowledge.retrieval.search import Found, search
from cloudledger.run import Run
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT, MONEY
from cloudledger.warehouse.port import Engine, Session

FLOOR = 0.3
"""The lowest cosine of a runbook that is worth opening."""
AT_MOST = 3
_SIX = Decimal("0.000001")

_EVENT_RUNBOOK = pa.schema(
    [
        ("event_id", pa.string()),
        ("place", pa.int64()),
        ("release_id", pa.string()),
        ("chunk_id", pa.string()),
        ("title_path", pa.string()),
        ("uri", pa.string()),
        ("score", MONEY),
        ("run_id", pa.string()),
        ("as_of", INSTANT),
    ]
)


@dataclass(frozen=True, slots=True)
class EventText:
    """An event in words.

    :param kind: runbooks that bear it as a tag, such as ``level-shift``, are for its like; empty:
        any may be.
    """

    event_id: str
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class EventRunbook:
    """A runbook for an event.

    :param place: from 1, the nearest first.
    :param score: the cosine of the event's text to the passage.
    """

    event_id: str
    place: int
    release_id: str
    chunk_id: str
    title_path: str
    uri: str
    score: Decimal


def runbooks_for(
    session: Session,
    engine: Engine,
    release: Release,
    encoder: Encoder,
    events: Sequence[EventText],
    category: str,
    *,
    floor: float = FLOOR,
    at_most: int = AT_MOST,
) -> list[EventRunbook]:
    """For each event its runbooks, one passage of each; none where none is near enough.

    Those that are tagged with the event's kind come alone, where there are any: a drop and a spike
    of one service are told in nearly the same words.

    :param encoder: of the release's own embedding_key.
    """

    def near(event: EventText, where: Where) -> list[Found]:
        return search(
            session,
            engine,
            release,
            encoder,
            event.text,
            where,
            at_most,
            mode="meaning",
            per_document=1,
            min_score=floor,
        )

    runbooks = []
    for event in events:
        if not event.text.strip():
            continue
        found = near(event, Where(category=category, tag=event.kind)) if event.kind else []
        runbooks += [_runbook(event, one) for one in found or near(event, Where(category=category))]
    return runbooks


def _runbook(event: EventText, found: Found) -> EventRunbook:
    return EventRunbook(
        event.event_id,
        found.rank,
        found.release_id,
        found.chunk_id,
        found.title_path or found.title or found.uri,
        found.uri,
        Decimal(found.cosine or 0).quantize(_SIX),
    )


def save_runbooks(
    session: Session, events: Sequence[EventText], runbooks: Sequence[EventRunbook], run: Run
) -> int:
    """Keep the runbooks of these events instead of those they had; how many."""
    forget = statement("knowledge/forget_event_runbooks")
    session.execute_many(forget, [{"event_id": event.event_id} for event in events])
    if not runbooks:
        return 0
    rows = [
        {
            "event_id": one.event_id,
            "place": one.place,
            "release_id": one.release_id,
            "chunk_id": one.chunk_id,
            "title_path": one.title_path,
            "uri": one.uri,
            "score": one.score,
            "run_id": run.run_id,
            "as_of": run.as_of,
        }
        for one in runbooks
    ]
    return session.insert("event_runbook", pa.Table.from_pylist(rows, schema=_EVENT_RUNBOOK))


def served_events(session: Session, release: Release) -> frozenset[str]:
    """The events that have a runbook of a release."""
    rows = session.query(statement("knowledge/known_event_runbooks"), release_id=release.release_id)
    return frozenset(rows["event_id"].to_pylist())


def event_runbooks(session: Session, event_id: str) -> list[EventRunbook]:
    """What is kept for an event, the nearest first."""
    rows = session.query(statement("knowledge/event_runbooks"), event_id=event_id).to_pylist()
    return [EventRunbook(**row) for row in rows]
