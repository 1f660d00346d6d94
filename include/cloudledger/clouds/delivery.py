"""What arrives together and counts together: the unit of a commit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cloudledger.clouds.object_store import SourceObject


@dataclass(frozen=True, slots=True)
class Delivery:
    """Objects that are taken in together, or none of them.

    A lone object is a delivery of one, named by its URI. An execution of an export is one of all
    its files of a billing period: whatever else stands in ``folder`` (a URI that ends with ``/``)
    no longer counts.

    ``delivered_at`` is the instant from which it was complete (of an execution: its manifest's);
    ``made_at`` the instant by which two deliveries of the same thing are told apart: the one made
    later counts. ``superseded`` are objects that stood in ``folder`` when it was listed and that
    it does not name; ``as_of`` is the lake's version at that time.
    """

    name: str
    objects: tuple[SourceObject, ...]
    delivered_at: datetime
    made_at: datetime
    folder: str | None = None
    superseded: tuple[SourceObject, ...] = ()
    as_of: int = -1

    @classmethod
    def of(cls, item: SourceObject) -> Delivery:
        """The delivery of a lone object."""
        return cls(item.uri, (item,), item.delivered_at, item.delivered_at)

    def after(self, standing: datetime) -> Delivery:
        """A lone object's delivery, dated a millisecond after the version that stands."""
        moment = standing + timedelta(milliseconds=1)
        return Delivery.of(replace(self.objects[0], delivered_at=moment))

    @property
    def scope(self) -> str:
        """The identity of what it delivers, over all deliveries of it: 32 hex digits."""
        if self.folder is None:
            return self.objects[0].object_id
        return hashlib.sha256(self.folder.encode()).hexdigest()[:32]

    @property
    def source(self) -> str:
        """The ledger's name of the source."""
        return self.objects[0].source

    @property
    def bytes(self) -> int:
        """The stored size of all its objects."""
        return sum(item.bytes for item in self.objects)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, for a task's result."""
        return {
            "name": self.name,
            "objects": [item.to_json() for item in self.objects],
            "delivered_at": self.delivered_at.isoformat(),
            "made_at": self.made_at.isoformat(),
            "folder": self.folder,
            "superseded": [item.to_json() for item in self.superseded],
            "as_of": self.as_of,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Delivery:
        """Back from :meth:`to_json`."""
        return cls(
            **value
            | {
                name: tuple(SourceObject.from_json(item) for item in value[name])
                for name in ("objects", "superseded")
            }
            | {name: datetime.fromisoformat(value[name]) for name in ("delivered_at", "made_at")}
        )
