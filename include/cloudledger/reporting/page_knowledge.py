"""The page of the knowledge base: what is searched, how well it finds, what was set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cloudledger.knowledge.gate.store import drift
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.release_store import releases
from cloudledger.reporting.page import Sheet
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

ROWS = 25
"""Releases, measurements and documents set aside that one page of each holds."""
FIELDS = ("department", "category", "region")
"""What a reader chooses documents by, out of the values that there are."""


@dataclass(frozen=True, slots=True)
class KnowledgePage:
    """Everything on the page but an answer. ``choices``: the values by field of :data:`FIELDS`."""

    live: Release | None
    choices: Mapping[str, Sequence[str]]
    releases: Sheet
    quality: Sheet
    set_aside: Sheet


def knowledge(
    session: Session, *, number: int = 1, release_number: int = 1, quality_number: int = 1
) -> KnowledgePage:
    """The page; each list has its own number, ``number`` that of documents set aside."""
    known = releases(session)
    live = next((one for one in known if one.state == "live"), None)
    return KnowledgePage(
        live=live,
        choices=_choices(session, live) if live else dict.fromkeys(FIELDS, ()),
        releases=_part([asdict(one) for one in known], release_number),
        quality=_part([asdict(one) for one in drift(session)], quality_number),
        set_aside=_set_aside(session, number),
    )


def _choices(session: Session, release: Release) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {field: [] for field in FIELDS}
    rows = session.query(
        statement("reporting/page_knowledge_choices"), release_id=release.release_id
    )
    for row in rows.to_pylist():
        found[row["field_name"]].append(row["field_value"])
    return found


def _part(rows: Sequence[dict[str, Any]], number: int) -> Sheet:
    return Sheet(rows[(number - 1) * ROWS : number * ROWS], number, len(rows), ROWS)


def _set_aside(session: Session, number: int) -> Sheet:
    rows = session.query(
        statement("reporting/page_set_aside_documents"),
        first_row=(number - 1) * ROWS + 1,
        last_row=number * ROWS,
    ).to_pylist()
    return Sheet(rows, number, rows[0]["total"] if rows else 0, ROWS)
