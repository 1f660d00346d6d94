"""The Delta log: what it knows, and one commit more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, RemoveAction

from cloudledger.lake.schema import PARTITIONS


class CommitConflict(Exception):
    """Another commit came first that carries one of the same transactions."""


class DeltaLog:
    """The log of the table in ``folder``, as far as it was read last, or up to ``version``."""

    def __init__(self, folder: Path, version: int | None = None) -> None:
        self._folder = folder
        self._table = DeltaTable(folder, version=version)

    @property
    def version(self) -> int:
        """The number of the newest commit that is known."""
        return self._table.version()

    def refresh(self) -> None:
        """Read the commits that are new."""
        self._table.update_incremental()

    def transaction(self, application: str) -> int | None:
        """The version that an application stated last."""
        return self._table.transaction_version(application)

    def files(self) -> pa.Table:
        """The table's files: ``path``, ``size_bytes``, ``partition.provider``, ``.day``..."""
        return pa.table(self._table.get_add_actions(flatten=True))

    def commit(
        self,
        actions: Sequence[AddAction | RemoveAction],
        transactions: Mapping[str, int],
        said: Mapping[str, str],
    ) -> None:
        """Add and remove files in one commit that states these transactions.

        :param said: what the commit says of itself.
        :raises CommitConflict: a commit that was not known here states one of them.
        """
        properties = CommitProperties(
            custom_metadata=dict(said),
            app_transactions=[Transaction(*stated) for stated in transactions.items()],
        )
        try:
            self._table.create_write_transaction(
                actions=list(actions),
                mode="append",
                schema=self._table.schema(),
                partition_by=list(PARTITIONS),
                commit_properties=properties,
            )
        except CommitFailedError as error:
            raise CommitConflict from error

    def infos(self, after_version: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """What each known commit after a version says of itself, oldest first.

        Read from the commits by their numbers: the library's own history counts back from the
        version that is known here, also when newer commits have come since.

        :raises FileNotFoundError: a commit is not in the log any more.
        """
        for version in range(after_version + 1, self.version + 1):
            text = (self._folder / "_delta_log" / f"{version:020}.json").read_text("utf-8")
            for line in text.splitlines():
                if line.startswith('{"commitInfo"'):
                    yield version, json.loads(line)["commitInfo"]
