"""Everything the local cloud knows, under one folder: ``state.sqlite`` and the objects' bytes.

A second process may open the same folder to plant data while the server runs.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SCHEMA = (Path(__file__).parent / "schema.sql").read_text()


def utc_now() -> datetime:
    """The machine's clock in UTC."""
    return datetime.now(UTC)


class State:
    """The folder, opened."""

    def __init__(self, root: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self.root = root
        self.clock = clock
        self.blobs = root / "objects"
        self.blobs.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            root / "state.sqlite", isolation_level=None, check_same_thread=False, timeout=30
        )
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        with self.write() as db:
            for statement in SCHEMA.split(";"):
                db.execute(statement)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or none."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """Every row of one query."""
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def row(self, statement: str, *values: Any) -> sqlite3.Row | None:
        """The first row of one query, or None."""
        with self._lock:
            found: sqlite3.Row | None = self._db.execute(statement, values).fetchone()
            return found

    def new_blob(self) -> Path:
        """Where the bytes of one version go; no path is used twice."""
        return self.blobs / uuid.uuid4().hex

    def close(self) -> None:
        """Lets go of the database."""
        with self._lock:
            self._db.close()


def instant(value: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as OCI writes it.

    :raises ValueError: for a datetime without a time zone.
    """
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone; pass a UTC datetime")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Back from :func:`instant`, or from any RFC 3339 text, in UTC.

    :raises ValueError: for text that is not an instant with a time zone.
    """
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return value.astimezone(UTC)
