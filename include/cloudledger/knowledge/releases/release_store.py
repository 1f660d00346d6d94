"""Releases in the warehouse: which there are, and which is live."""

from __future__ import annotations

from cloudledger.knowledge.release import Release
from cloudledger.knowledge.statements import filled
from cloudledger.warehouse.port import Engine, Session

NOTHING_LIVE = (
    "nothing can be searched yet, no release is live: name places of documents in the settings "
    "(knowledge.sources) and run the DAG knowledge_refresh"
)


class UnknownRelease(Exception):
    """There is no such release, or documents that it should list are not kept."""


def releases(session: Session) -> list[Release]:
    """Every release, the newest first."""
    rows = session.query(filled("releases", None)).to_pylist()
    for row in rows:
        row["number"] = row.pop("release_number")
        row["precision"] = row.pop("model_precision")
    return [Release(**row) for row in rows]


def live(session: Session) -> Release | None:
    """The release that is searched."""
    return next((one for one in releases(session) if one.state == "live"), None)


def live_one(session: Session) -> Release:
    """The release that is searched.

    :raises UnknownRelease: none is live; says what to do.
    """
    found = live(session)
    if found is None:
        raise UnknownRelease(NOTHING_LIVE)
    return found


def find(session: Session, name: str) -> Release:
    """A release by its id or its number.

    :raises UnknownRelease: there is none.
    """
    for one in releases(session):
        if name in (one.release_id, str(one.number)):
            return one
    raise UnknownRelease(f"there is no release {name}: `cloudledger knowledge releases` lists them")


def tables(session: Session, engine: Engine) -> frozenset[str]:
    """The releases' tables that are there."""
    return frozenset(session.query(filled("vector_tables", engine))["table_name"].to_pylist())
