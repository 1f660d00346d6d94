"""Object storage as the ledger sees it: list, read, download one exact version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, order=True)
class SourceObject:
    """One version of one object: the unit of truth.

    ``uri`` is ``oci://namespace/bucket/key``, ``s3://bucket/key`` or ``file:///path``;
    ``delivered_at`` is the store's last-modified instant in UTC; ``bytes`` is the stored size;
    ``first_seen_at`` is the instant of the run that listed this version first, which a store does
    not know.
    """

    uri: str
    etag: str
    bytes: int
    delivered_at: datetime
    source: str
    first_seen_at: datetime | None = field(default=None, compare=False)

    @property
    def object_id(self) -> str:
        """The object's identity over all its versions: 32 hex digits."""
        return hashlib.sha256(self.uri.encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, for a task's result."""
        seen = self.first_seen_at
        return asdict(self) | {
            "delivered_at": self.delivered_at.isoformat(),
            "first_seen_at": seen and seen.isoformat(),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> SourceObject:
        """Back from :meth:`to_json`."""
        seen = value["first_seen_at"]
        instants = {
            "delivered_at": datetime.fromisoformat(value["delivered_at"]),
            "first_seen_at": seen and datetime.fromisoformat(seen),
        }
        return cls(**value | instants)


class ObjectStoreError(Exception):
    """An object could not be reached: what, where, and what to do."""

    def __init__(self, uri: str, what: str, mend: str) -> None:
        super().__init__(f"{uri}: {what}. {mend}")
        self.uri = uri


class ObjectVanished(ObjectStoreError):
    """404: it was listed and is gone."""


class ObjectChanged(ObjectStoreError):
    """412: another version stands where the listed one was."""


class AccessDenied(ObjectStoreError):
    """401 or 403."""


class StoreUnavailable(ObjectStoreError):
    """429, 5xx, a cut or refused connection: after every retry."""


class ObjectStore(Protocol):
    """One bucket (or folder) of one source."""

    def list(self, prefix: str) -> Iterator[SourceObject]:
        """Every object under ``prefix``, all pages, in key order."""
        ...

    def read(self, key: str) -> bytes:
        """A small object whole, such as a manifest."""
        ...

    def download(self, source_object: SourceObject, to: Path) -> None:
        """Exactly the listed version, streamed to ``to``.

        :raises ObjectVanished, ObjectChanged, AccessDenied, StoreUnavailable:
        """
        ...
