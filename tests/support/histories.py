"""Histories of deliveries that are stopped anywhere, and what of them must not show in the end."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest

from cloudledger.lake.log import DeltaLog
from cloudledger.ledger.discover import Discovery
from tests.support.books import Books


class Interrupted(BaseException):
    """A stop at a point that the test chose."""


def stopped(books: Books, discovery: Discovery, chance: random.Random) -> None:
    """Take in, and stop before or after the commit of some object."""
    commit, left = DeltaLog.commit, chance.randint(0, 2)
    before = chance.random() < 0.5

    def commit_or_stop(*arguments: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0 and before:
            raise Interrupted
        commit(*arguments)
        if left < 0:
            raise Interrupted

    with pytest.MonkeyPatch.context() as patch, suppress(Interrupted):
        patch.setattr(DeltaLog, "commit", commit_or_stop)
        books.take_in(discovery)


def comparable(books: Books) -> dict[str, list[dict[str, object]]]:
    """What only the deliveries that stand decide: no trace of those that came and went."""
    tables = books.tables()
    tables["source_object"] = [r for r in tables["source_object"] if r["state"] == "taken_in"]
    return {name: tables[name] for name in tables if name not in ("tag_set_value", "open_object")}
