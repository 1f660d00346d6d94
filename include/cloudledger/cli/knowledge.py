"""``cloudledger knowledge``: the releases of what is searched, and what is wrong with it."""

from __future__ import annotations

import getpass
import json as jsonlib
from datetime import datetime
from typing import Any

from cloudledger.cli.search import live_in_copy
from cloudledger.knowledge.embedding import model
from cloudledger.knowledge.embedding.vector_files import embedded_hashes, vector_folder
from cloudledger.knowledge.gate.feedback import tell
from cloudledger.knowledge.gate.store import drift
from cloudledger.knowledge.reading.prepare import prep_key
from cloudledger.knowledge.releases.planned import planned
from cloudledger.knowledge.releases.release_store import find, live, live_one, releases
from cloudledger.knowledge.releases.switch import roll_back
from cloudledger.reporting import knowledge, terminal
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy, open_duckdb


def tell_releases(settings: Settings, *, json: bool) -> None:
    """Every release, the newest first."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = releases(session)
    if json:
        print(to_json({"releases": found}))
    else:
        knowledge.show_releases(terminal.console(), found)


def tell_set_asides(settings: Settings, *, json: bool) -> None:
    """The documents that cannot be searched, and why."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = knowledge.set_asides(session)
    if json:
        told = [{**row, "searched": bool(row["searched"])} for row in found]
        print(to_json({"set_aside": told}))
    else:
        knowledge.show_set_asides(terminal.console(), found)


def tell_quality(settings: Settings, *, json: bool) -> None:
    """What the gate measured of each release."""
    with open_copy(settings.warehouse) as warehouse, warehouse.transaction() as session:
        found = drift(session)
    if json:
        _print({"quality": [one.as_json() for one in found]})
    else:
        knowledge.show_quality(terminal.console(), found)


def go_back(settings: Settings, to: str, *, because: str, at: datetime, json: bool) -> None:
    """Let an earlier release be searched, and refuse the one that is searched now.

    :param to: an id or a number; empty: the one before.
    :raises WrongState: there is none, or it cannot be gone back to.
    :raises UnknownRelease: there is none of that name.
    """
    with open_duckdb(settings.warehouse) as warehouse:
        warehouse.migrate()
        with warehouse.transaction() as session:
            left = live(session)
        release = roll_back(warehouse, at, to, because=because)
        warehouse.publish_copy()
    if json:
        named = {"release_id": release.release_id, "number": release.number}
        print(to_json({**named, "refused": left.number if left else None, "because": because}))
        return
    said = f"release {release.number} ({release.model}) is searched again"
    if left:
        said += (
            f", and release {left.number} is refused: a run that finds the same documents says so "
            "and ends, unless it is triggered with `again`"
        )
    terminal.console().print(said, markup=False, soft_wrap=True)


def tell_estimate(settings: Settings, *, json: bool) -> None:
    """What the next run would embed of the live release's documents; nothing is changed.

    :raises UnknownRelease: no release is live.
    :raises ModelUnusable: the settings' model cannot be loaded.
    """
    wanted = settings.knowledge
    with live_in_copy(settings) as (session, engine, release):
        encoder = model.open_encoder(wanted)
        found = planned(
            session,
            engine,
            release,
            encoder,
            prep_key=prep_key(wanted, encoder),
            in_files=embedded_hashes(vector_folder(settings.home), encoder.embedding_key),
            processes=wanted.processes,
        )
    if json:
        _print(knowledge.estimate_figures(found))
    else:
        knowledge.show_estimate(terminal.console(), found)


def keep_feedback(
    settings: Settings,
    question: str,
    chunk_id: str,
    *,
    release: str,
    helpful: bool,
    remark: str,
    at: datetime,
    json: bool,
) -> None:
    """Keep what the terminal's user says of a passage that was found.

    :param release: an id or a number; empty: the live one.
    :raises UnknownPassage: the release does not have it.
    :raises UnknownRelease: there is no such release.
    """
    with open_duckdb(settings.warehouse) as warehouse:
        warehouse.migrate()
        with warehouse.transaction() as session:
            meant = find(session, release) if release else live_one(session)
            feedback_id = tell(
                session,
                question,
                meant.release_id,
                chunk_id,
                helpful=helpful,
                told_by=getpass.getuser(),
                told_at=at,
                remark=remark,
            )
        warehouse.publish_copy()
    if json:
        print(to_json({"feedback_id": feedback_id}))
        return
    said = f"kept: {chunk_id} is {'helpful' if helpful else 'not helpful'} for {question}"
    terminal.console().print(said, markup=False, soft_wrap=True)


def _print(figures: dict[str, Any]) -> None:
    """Figures that were measured are numbers: they are not exact."""
    print(jsonlib.dumps(figures, indent=2, ensure_ascii=False))
