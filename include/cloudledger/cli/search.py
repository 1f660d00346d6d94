"""``cloudledger search``: the passages of documents that answer a question."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cloudledger.knowledge.embedding import model
from cloudledger.knowledge.release import Release
from cloudledger.knowledge.releases.release_store import NOTHING_LIVE, UnknownRelease, live_one
from cloudledger.knowledge.retrieval.candidates import Where
from cloudledger.knowledge.retrieval.context import context
from cloudledger.knowledge.retrieval.search import Mode, search
from cloudledger.reporting import knowledge, terminal
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_copy
from cloudledger.warehouse.port import Engine, NoCopyYet, Session


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what may answer it.

    :param budget: tokens of the passages of a prompt; 0: passages for a reader.
    """

    question: str
    where: Where
    k: int
    mode: Mode
    half_life_days: int
    min_score: float | None
    budget: int


def tell_found(settings: Settings, asked: Asked, *, at: datetime, json: bool) -> None:
    """The best passages of the live release, searched by its own model.

    :param at: the instant that the age of documents is counted to.
    :raises UnknownRelease: none is live.
    :raises ModelUnusable: its model is not on this machine.
    :raises SearchRefused: the question makes no sense as it is asked.
    """
    with live_in_copy(settings) as (session, engine, release):
        encoder = None
        if asked.mode != "words" or asked.budget:
            encoder = model.open_encoder_of(release, settings.knowledge)
        found = search(
            session,
            engine,
            release,
            encoder,
            asked.question,
            asked.where,
            asked.k,
            mode=asked.mode,
            recency_half_life_days=asked.half_life_days,
            at=at,
            min_score=asked.min_score,
        )
    if encoder is not None and asked.budget:
        prompt = context(found, encoder, asked.budget)
        if json:
            print(jsonlib.dumps(prompt.as_json(), indent=2, ensure_ascii=False))
        else:
            knowledge.show_context(terminal.console(), prompt)
    elif json:
        named = {"release_id": release.release_id, "number": release.number, "model": release.model}
        told = {"release": named, "found": [one.as_json() for one in found]}
        print(jsonlib.dumps(told, indent=2, ensure_ascii=False))
    else:
        knowledge.show_found(terminal.console(), release, found)


@contextmanager
def live_in_copy(settings: Settings) -> Iterator[tuple[Session, Engine, Release]]:
    """The live release, and the read copy to ask for the rest of it.

    :raises UnknownRelease: none is live.
    """
    try:
        opened = open_copy(settings.warehouse)
    except NoCopyYet as error:
        raise UnknownRelease(NOTHING_LIVE) from error
    with opened as warehouse, warehouse.transaction() as session:
        yield session, warehouse.engine, live_one(session)
