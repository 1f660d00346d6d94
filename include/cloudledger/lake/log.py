"""The Delta log of a local table, read and written one commit at a time.

A commit through deltalake costs time in proportion to all files of the table, because it rebuilds
its list of them. The lake only adds and removes files that it knows by name, and decides by
application transactions; so it reads the newest checkpoint's transactions once, then only commits
that are new, and writes a commit as the protocol says (github.com/delta-io/delta, PROTOCOL.md:
one JSON action a line, in a file that comes into being whole or not at all).
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Action = dict[str, Any]


def is_table(folder: Path) -> bool:
    """Whether a Delta table lies in a folder; its log is never cleaned up."""
    return (folder / "_delta_log" / f"{0:020}.json").exists()


class CommitConflict(Exception):
    """Another commit came first that carries one of the same transactions."""


class DeltaLog:
    """The log as far as it is known: its newest ``version`` and each application's transaction."""

    def __init__(self, table: Path) -> None:
        self._folder = table / "_delta_log"
        self.version, self._transactions = _checkpoint(self._folder)
        self.refresh()

    def refresh(self) -> None:
        """Read the commits that are new."""
        while (actions := self._read(self.version + 1)) is not None:
            self._apply(actions)

    def transaction(self, application: str) -> int | None:
        """The version that an application stated last."""
        return self._transactions.get(application)

    def commit(
        self, actions: Sequence[Action], transactions: Mapping[str, int], info: Mapping[str, Any]
    ) -> None:
        """Write one commit, whole or not at all, on top of every other.

        :raises CommitConflict: a commit that was not known here carries one of the transactions.
        """
        stated = [
            {"txn": {"appId": name, "version": version}} for name, version in transactions.items()
        ]
        lines = [{"commitInfo": dict(info)}, *stated, *actions]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        while not self._create(self.version + 1, text):
            others = self._read(self.version + 1)
            assert others is not None
            self._apply(others)
            if any("txn" in other and other["txn"]["appId"] in transactions for other in others):
                raise CommitConflict
        self._apply(stated)

    def infos(self, after_version: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """What each known commit after a version says of itself, oldest first."""
        for version in range(after_version + 1, self.version + 1):
            for action in self._read(version) or ():
                if "commitInfo" in action:
                    yield version, action["commitInfo"]

    def _apply(self, actions: Sequence[Action]) -> None:
        self.version += 1
        for action in actions:
            if "txn" in action:
                self._transactions[action["txn"]["appId"]] = action["txn"]["version"]

    def _read(self, version: int) -> list[Action] | None:
        try:
            text = self._path(version).read_text()
        except FileNotFoundError:
            return None
        return [json.loads(line) for line in text.splitlines()]

    def _create(self, version: int, text: str) -> bool:
        draft = self._folder / f".{uuid.uuid4()}.tmp"
        draft.write_text(text)
        try:
            # A link, unlike a rename, never replaces what another process has written.
            os.link(draft, self._path(version))
        except FileExistsError:
            return False
        finally:
            draft.unlink()
        return True

    def _path(self, version: int) -> Path:
        return self._folder / f"{version:020}.json"


def _checkpoint(folder: Path) -> tuple[int, dict[str, int]]:
    """The newest checkpoint's version and transactions; version -1 when there is none yet."""
    try:
        newest = json.loads((folder / "_last_checkpoint").read_text())["version"]
    except FileNotFoundError:
        return -1, {}
    table = pq.ParquetFile(folder / f"{newest:020}.checkpoint.parquet").read(columns=["txn"])
    stated = table["txn"].combine_chunks().drop_null()
    names, versions = stated.field("appId").to_pylist(), stated.field("version").to_pylist()
    return newest, dict(zip(names, versions, strict=True))
