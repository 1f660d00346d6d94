"""What no one can go back to any more: releases' tables, and documents that none lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudledger.knowledge.release import EMPTY_TABLE, Release
from cloudledger.knowledge.releases.release_store import live, releases
from cloudledger.knowledge.releases.switch import end, show
from cloudledger.knowledge.statements import filled
from cloudledger.warehouse.port import Warehouse

_GARBAGE = ("garbage_tags", "garbage_chunks", "garbage_terms")


@dataclass(frozen=True, slots=True)
class Dropped:
    """The numbers of the releases that were dropped, and how many documents went with them."""

    releases: tuple[int, ...]
    documents: int


def drop_old(warehouse: Warehouse, at: datetime, keep_days: int) -> Dropped:
    """Drop the releases that have not been live, nor built, for ``keep_days``; then forget the
    documents that no release lists and that were read before then.
    """
    before = at - timedelta(days=keep_days)
    with warehouse.transaction() as session:
        old = [one for one in releases(session) if _is_old(one, before)]
        if old:
            standing = live(session)
            show(warehouse, session, standing.vector_table if standing else EMPTY_TABLE)
    for one in old:
        with warehouse.transaction() as session:
            session.execute(
                filled("drop_vector_table", warehouse.engine, vector_table=one.vector_table)
            )
            session.execute(filled("forget_release_documents", None), release_id=one.release_id)
            end(session, one, "dropped", at, "")
    return Dropped(tuple(one.number for one in old), _garbage(warehouse, before))


def _is_old(release: Release, before: datetime) -> bool:
    if release.state in ("live", "dropped"):
        return False
    since = release.ended_at or release.as_of
    return since is not None and since < before


def _garbage(warehouse: Warehouse, before: datetime) -> int:
    with warehouse.transaction() as session:
        for name in ("garbage_read_again", "garbage_set_asides", "garbage_objects"):
            session.execute(filled(name, None), saved_before=before)
        documents = session.execute(filled("garbage_documents", None))
        if documents:
            for name in _GARBAGE:
                session.execute(filled(name, None))
    return documents
