"""Take in one object: read, normalise, set aside, prove, commit to the lake.

Nothing but the lake is written, so a kill at any point leaves either the object's former lines or
its new ones, and the next run finishes what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cloudledger.clouds.object_store import ObjectStore, ObjectStoreError, SourceObject
from cloudledger.lake.journal import Entry, ErrorKind, State
from cloudledger.lake.table import Lake
from cloudledger.ledger.differences import NotReconciled
from cloudledger.ledger.prepare import prepare
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.layout import NOTHING_GIVEN
from cloudledger.reports.read import LostLine


@dataclass(frozen=True, slots=True)
class Outcome:
    """What taking in one object came to; small enough for a task's result."""

    object_id: str
    uri: str
    state: str
    lines_kept: int = 0
    lines_set_aside: int = 0
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Outcome:
        """Back from :meth:`to_json`."""
        return cls(**value)


def take_in(
    source_object: SourceObject,
    store: ObjectStore,
    lake: Lake,
    *,
    run_id: str,
    format: str | None = None,
    given: Mapping[str, str] = NOTHING_GIVEN,
) -> Outcome:
    """Replace the object's lines in the lake by those of this version.

    An object that cannot be reached or read ends as an outcome in state ``failed``, journalled in
    the lake; its earlier lines stay. ``format`` names a report format instead of finding it from
    the header; ``given`` maps settings of the source to what they say of columns that its files
    lack. What fails here for another reason than the object (a full disk, a lost lake) raises.
    """
    entry = Entry(source_object, State.TAKEN_IN, run_id)
    if lake.stands(source_object):
        return _outcome(entry, "unchanged")
    with TemporaryDirectory(prefix="cloudledger-") as folder:
        try:
            path = Path(folder) / "object"
            store.download(source_object, path)
            object_id = source_object.object_id
            prepared = prepare(path, lake, object_id, format=format, given=given)
        except ObjectStoreError as error:
            return _failed(lake, entry, ErrorKind.ACCESS, str(error))
        except UnreadableReport as error:
            return _failed(lake, entry, ErrorKind.CONTENT, str(error.at(source_object.uri)))
        except (LostLine, NotReconciled) as error:
            return _failed(lake, entry, ErrorKind.CONTENT, f"{source_object.uri}: {error}")
    done = replace(
        entry,
        format=prepared.format,
        sha256=prepared.sha256,
        records=prepared.records,
        lines_kept=prepared.lines_kept,
        lines_set_aside=prepared.lines_set_aside,
        days=prepared.days,
        totals=prepared.totals,
        unknown_columns=prepared.unknown_columns,
        missing_columns=prepared.missing_columns,
        optional_columns=prepared.optional_columns,
        quarantine_file=prepared.quarantine_file,
    )
    committed = lake.commit(done, prepared.staged)
    return _outcome(committed, "taken_in") if committed else _outcome(entry, "unchanged")


def retire(source_object: SourceObject, lake: Lake, *, run_id: str) -> None:
    """Remove the lines of an object that its source no longer counts."""
    lake.retire(Entry(source_object, State.SUPERSEDED, run_id))


def _failed(lake: Lake, entry: Entry, kind: ErrorKind, reason: str) -> Outcome:
    failed = replace(entry, state=State.FAILED, error=reason, error_kind=kind)
    lake.journal(failed)
    return _outcome(failed, "failed")


def _outcome(entry: Entry, state: str) -> Outcome:
    return Outcome(
        object_id=entry.source_object.object_id,
        uri=entry.source_object.uri,
        state=state,
        lines_kept=entry.lines_kept,
        lines_set_aside=entry.lines_set_aside,
        error=entry.error,
    )
