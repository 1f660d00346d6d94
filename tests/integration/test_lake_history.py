"""What a look into the lake must not follow from: how many commits came before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.object_store import SourceObject
from cloudledger.lake import log
from cloudledger.lake.journal import Entry, State
from cloudledger.lake.log import DeltaLog
from cloudledger.lake.table import Lake, open_lake

COMMITS = 104
"""A few more than deltalake's checkpoints are apart."""


def items() -> Iterator[SourceObject]:
    for number in count():
        at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=number)
        yield SourceObject(f"oci://bling/tenancy/{number}.csv.gz", "one", 10, at, "sample")


def commit(lake: Lake, item: SourceObject) -> None:
    delivery = Delivery.of(item)
    assert lake.waiting(delivery) == (item,)
    entry = Entry(item, State.TAKEN_IN, "run")
    assert lake.commit(delivery, [entry], [], run_id="run", compare=_unasked)


def _unasked(*_: Any) -> Any:
    raise AssertionError("nothing stood before")


def test_a_new_object_needs_neither_the_log_from_its_beginning_nor_the_list_of_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = open_lake(tmp_path)
    monkeypatch.setattr(log, "DeltaTable", _unasked)
    monkeypatch.setattr(DeltaLog, "files", _unasked)
    for _, item in zip(range(3), items(), strict=False):
        commit(lake, item)
    assert lake.version() == 3


def test_a_lake_is_opened_by_its_newest_checkpoint_and_what_came_after(tmp_path: Path) -> None:
    lake, fresh = open_lake(tmp_path), items()
    for _ in range(COMMITS):
        commit(lake, next(fresh))
    logged = tmp_path / "_delta_log"
    checkpoint = max(logged.glob("*.checkpoint.parquet")).name.partition(".")[0]
    for commit_file in logged.glob("*.json"):
        if commit_file.stem < checkpoint:
            commit_file.unlink()
    assert len(list(logged.glob("*.json"))) < 10
    again = open_lake(tmp_path)
    assert again.version() == COMMITS
    assert all(
        again.waiting(Delivery.of(item)) == ()
        for _, item in zip(range(COMMITS), items(), strict=False)
    )
    assert again.waiting(Delivery.of(next(fresh)))
