"""Which release is searched: switched to, refused, gone back from; one call each.

``embedding_release.state`` is what searches read. The name ``knowledge_vector`` (a view in DuckDB,
a synonym in Oracle) is for other readers, and follows in the same call: first, so that a kill
between the two, where Oracle has committed the name already, is healed by the same call again.
"""

from __future__ import annotations

from datetime import datetime

from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.index import NotReady, readiness
from cloudledger.knowledge.releases.release_store import find, releases
from cloudledger.knowledge.statements import filled
from cloudledger.warehouse.port import Session, Warehouse

REASON_BYTES = 2000


class WrongState(Exception):
    """A release is not in a state that allows this: which, and what to do."""


def switch(warehouse: Warehouse, release: Release, at: datetime) -> Release:
    """Let a release that is ready be the one that is searched; the one before is retired.

    :raises WrongState: it is neither being built nor live already.
    """
    with warehouse.transaction() as session:
        state = find(session, release.release_id).state
    if state not in ("building", "live"):
        raise WrongState(f"release {release.number} is {state}: begin it again, then switch")
    return _go_live(warehouse, release, at, leaving="retired")


def refuse(warehouse: Warehouse, release: Release, at: datetime, because: str) -> None:
    """Keep that a release must not be searched, and why.

    :raises WrongState: it is live: go back from it.
    """
    with warehouse.transaction() as session:
        if find(session, release.release_id).state == "live":
            raise WrongState(f"release {release.number} is live: roll it back")
        end(session, release, "refused", at, because)


def roll_back(warehouse: Warehouse, at: datetime, to: str = "", *, because: str) -> Release:
    """Go back to a release that was live: the newest retired one, or the one of an id or number.

    The one that is left is refused, so that the next run does not make it live again.

    :raises WrongState: there is none, or it cannot be gone back to.
    :raises UnknownRelease: there is none of that name.
    """
    with warehouse.transaction() as session:
        target = find(session, to) if to else _newest_retired(session)
    if target.state not in ("retired", "refused") or target.released_at is None:
        raise WrongState(
            f"release {target.number} is {target.state}"
            f"{'' if target.released_at else ' and was never live'}: "
            "go back to one that was live and is kept"
        )
    try:
        readiness(warehouse, target)
    except NotReady as error:
        raise WrongState(f"release {target.number} cannot be gone back to: {error}") from error
    return _go_live(warehouse, target, at, leaving="refused", because=because)


def _newest_retired(session: Session) -> Release:
    retired = [one for one in releases(session) if one.state == "retired"]
    if not retired:
        raise WrongState("no release is retired: there is none to go back to")
    return max(retired, key=lambda one: (one.ended_at, one.number))


def _go_live(
    warehouse: Warehouse, release: Release, at: datetime, *, leaving: str, because: str = ""
) -> Release:
    reason = because.encode()[:REASON_BYTES].decode(errors="ignore")
    with warehouse.transaction() as session:
        show(warehouse, session, release.vector_table)
        session.execute(
            filled("retire_live", None),
            release_id=release.release_id,
            new_state=leaving,
            reason=reason,
            at=at,
        )
        session.execute(
            filled("make_live", None), release_id=release.release_id, reason=reason, at=at
        )
        return find(session, release.release_id)


def show(warehouse: Warehouse, session: Session, table: str) -> None:
    """Let ``knowledge_vector`` stand for a table. Oracle commits what came before."""
    session.execute(filled("show_vectors", warehouse.engine, vector_table=table))


def end(session: Session, release: Release, state: str, at: datetime, because: str) -> None:
    """Keep since when a release is ``refused`` or ``dropped``."""
    session.execute(
        filled("end_release", None),
        release_id=release.release_id,
        new_state=state,
        reason=because.encode()[:REASON_BYTES].decode(errors="ignore"),
        at=at,
    )
