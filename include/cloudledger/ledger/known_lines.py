"""The lines that counted at an instant: no line that came later, out of the versions of then."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from cloudledger.lake.files import LakeFile
from cloudledger.lake.table import Lake
from cloudledger.ledger import projection
from cloudledger.ledger.counted import counted_lines, standing_relation
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session

if TYPE_CHECKING:
    import duckdb

ProviderDay = tuple[str, date]


@contextmanager
def known_lines(
    session: Session,
    lake: Lake,
    as_of: datetime,
    *,
    first_day: date,
    end_day: date,
    precedence: Sequence[str],
    only: Collection[ProviderDay] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose ``counted_line`` holds the lines that counted at ``as_of``.

    :param only: the providers' days that are wanted of [``first_day``, ``end_day``); all if None.
    """
    rows = session.query(
        statement("ledger/standing_at"), as_of=as_of, first_day=first_day, end_day=end_day
    ).to_pylist()
    wanted = [row for row in rows if only is None or (row["provider"], row["charge_day"]) in only]
    files = _files(lake, wanted, projection.synced_version(session))
    objects = {row["object_id"]: row for row in wanted}
    with counted_lines(lake, files, standing_relation(objects.values(), precedence)) as con:
        yield con


def _files(lake: Lake, rows: Sequence[Mapping[str, Any]], newest: int) -> list[LakeFile]:
    """The lake's files of these objects' versions and days."""
    replaced = {
        (row["object_id"], row["generation"])
        for row in rows
        if row["generation"] != row["generation_now"]
    }
    # Files of replaced versions stay in the lake's folder; the commit of a version lists them.
    commits = _commits(lake, replaced) if replaced else {}
    by_commit: dict[int, set[tuple[str, str, date]]] = {}
    for row in rows:
        commit = commits.get((row["object_id"], row["generation"]), newest)
        key = (row["object_id"], row["provider"], row["charge_day"])
        by_commit.setdefault(commit, set()).add(key)
    return [
        file
        for commit, keys in sorted(by_commit.items())
        for file in lake.files(commit)
        if (file.object_id, file.provider, file.day) in keys
    ]


def _commits(lake: Lake, versions: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
    found = {}
    for commit, entry in lake.entries(-1):
        key = (entry.source_object.object_id, entry.generation)
        if key in versions and entry.state in projection.STANDING:
            found[key] = commit
    return found
