"""One entry of the journal: what happened to one version of one object.

The Delta log carries it as JSON under :data:`JOURNAL_KEY`, in the same commit as the lines, so the
warehouse's ledger can always be rebuilt from the lake alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

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
class Entry:
    """The journal's word on one version of one object."""

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
    quarantine_file: str | None = None
    error: str | None = None
    error_kind: ErrorKind | None = None

    def to_json(self) -> str:
        """As JSON text; decimals and days as strings."""
        return json.dumps(
            asdict(self) | {"source_object": self.source_object.to_json()}, default=str
        )

    @classmethod
    def from_json(cls, text: str) -> Entry:
        """Back from :meth:`to_json`, exactly."""
        value = json.loads(text)
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
                "error_kind": value["error_kind"] and ErrorKind(value["error_kind"]),
            }
        )
