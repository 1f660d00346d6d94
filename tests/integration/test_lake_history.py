"""What a commit and a look into the lake cost must not follow from how many came before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.object_store import SourceObject
from cloudledger.lake import table
from cloudledger.lake.journal import Entry, State
from cloudledger.lake.table import CHECKPOINT_EVERY, Lake, open_lake


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


def test_a_new_object_never_needs_the_list_of_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = open_lake(tmp_path)
    opened: list[Callable[..., Any]] = []
    real = table.DeltaTable
    monkeypatch.setattr(table, "DeltaTable", lambda *args: opened.append(real) or real(*args))
    fresh = items()
    for _ in range(2 * CHECKPOINT_EVERY):
        commit(lake, next(fresh))
    assert len(opened) == 2, "once for each checkpoint"


def test_a_lake_is_opened_by_its_newest_checkpoint_and_what_came_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, fresh = open_lake(tmp_path), items()
    for _ in range(CHECKPOINT_EVERY + 3):
        commit(lake, next(fresh))
    read: list[str] = []
    read_text = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda path, *args: read.append(path.name) or read_text(path, *args)
    )
    again = open_lake(tmp_path)
    assert again.version() == lake.version() == CHECKPOINT_EVERY + 3
    assert sum(name.endswith(".json") for name in read) < 10
    first = next(items())
    assert again.waiting(Delivery.of(first)) == ()
