"""The journal: what each commit of the lake did to the objects of a delivery.

The Delta log carries it as JSON under :data:`JOURNAL_KEY`, in the same commit as the lines, so the
warehouse's ledger can always be rebuilt from the lake alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cloudledger.clouds.object_store import SourceObject

JOURNAL_KEY = "cloudledger"


class State(StrEnum):
    """Where a version of an object stands."""

    OPEN = "open"
    TAKEN_IN = "taken_in"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class ErrorKind(StrEnum):
    """Why an object failed: it could not be reached (tried again), or what it holds is broken
    (tried again when it changes, or when a person asks)."""

    ACCESS = "access"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Total:
    """One measure of one currency over an object's lines, in that currency or in mixed units.

    ``source == lake + set_aside``, to the last of 24 decimals; ``rounding`` is what the source's
    own text held beyond what a DECIMAL(38,24) holds.
    """

    billing_currency: str
    measure: str
    source: Decimal
    lake: Decimal
    set_aside: Decimal
    rounding: Decimal


@dataclass(frozen=True, slots=True)
class DayLines:
    """How many lines of an object fall on one provider's day."""

    provider: str
    day: date
    lines: int


@dataclass(frozen=True, slots=True)
class Change:
    """What a redelivery changed in one service's lines of one billing period: before and after.

    Costs are in ``billing_currency``; ``billing_period`` is the period's first day.
    """

    provider: str
    billing_period: date
    service_name: str | None
    billing_currency: str
    billed_cost_before: Decimal
    billed_cost_after: Decimal
    effective_cost_before: Decimal
    effective_cost_after: Decimal
    lines_before: int
    lines_after: int

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Change:
        """Back from JSON values in which decimals and days are text."""
        costs = (name for name in value if "_cost_" in name)
        return cls(
            **value
            | {"billing_period": date.fromisoformat(value["billing_period"])}
            | {name: Decimal(value[name]) for name in costs}
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """The journal's word on one version of one object.

    ``unknown_columns`` are those its format does not declare; ``missing_columns`` and
    ``optional_columns`` are the declared ones that a file may lack and that it lacks or has.
    """

    source_object: SourceObject
    state: State
    run_id: str
    generation: int = 0
    format: str | None = None
    sha256: str | None = None
    records: int = 0
    lines_kept: int = 0
    lines_set_aside: int = 0
    days: tuple[DayLines, ...] = ()
    totals: tuple[Total, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    missing_columns: tuple[str, ...] = ()
    optional_columns: tuple[str, ...] = ()
    quarantine_file: str | None = None
    error: str | None = None
    error_kind: ErrorKind | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values, but for decimals and days."""
        return asdict(self) | {"source_object": self.source_object.to_json()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Entry:
        """Back from :meth:`to_json`, exactly; decimals and days are text by then."""
        amounts = ("source", "lake", "set_aside", "rounding")
        return cls(
            **value
            | {
                "source_object": SourceObject.from_json(value["source_object"]),
                "state": State(value["state"]),
                "days": tuple(
                    DayLines(**item | {"day": date.fromisoformat(item["day"])})
                    for item in value["days"]
                ),
                "totals": tuple(
                    Total(**item | {name: Decimal(item[name]) for name in amounts})
                    for item in value["totals"]
                ),
                "unknown_columns": tuple(value["unknown_columns"]),
                "missing_columns": tuple(value["missing_columns"]),
                "optional_columns": tuple(value.get("optional_columns", ())),
                "error_kind": value["error_kind"] and ErrorKind(value["error_kind"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Record:
    """What one commit says of a delivery: an entry for each object it concerns, what changed.

    ``delivered_at`` is when it was complete; ``folder`` is the export's, of which nothing that was
    delivered before is waited for any more.
    """

    delivery: str
    delivered_at: datetime
    folder: str | None
    entries: tuple[Entry, ...]
    changes: tuple[Change, ...] = ()

    def to_json(self) -> str:
        """As JSON text; decimals and days as strings."""
        return json.dumps(
            {
                "delivery": self.delivery,
                "delivered_at": self.delivered_at.isoformat(),
                "folder": self.folder,
                "entries": [entry.to_json() for entry in self.entries],
                "changes": [asdict(change) for change in self.changes],
            },
            default=str,
        )

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Back from :meth:`to_json`, exactly."""
        value = json.loads(text)
        return cls(
            value["delivery"],
            datetime.fromisoformat(value["delivered_at"]),
            value["folder"],
            tuple(map(Entry.from_json, value["entries"])),
            tuple(map(Change.from_json, value["changes"])),
        )
