"""Take in one delivery: read, normalise, set aside and prove each object, commit them together.

Nothing but the lake is written, so a kill at any point leaves either the former lines or the new
ones of all the delivery's objects, and the next run finishes what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.object_store import ObjectStore, ObjectStoreError, SourceObject
from cloudledger.lake.journal import Change, Entry, ErrorKind, State
from cloudledger.lake.table import Lake
from cloudledger.ledger.differences import NotReconciled
from cloudledger.ledger.prepare import Prepared, prepare
from cloudledger.ledger.redelivery import changes
from cloudledger.reports.errors import LostLine, UnreadableReport
from cloudledger.reports.layout import NOTHING_GIVEN


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


@dataclass(frozen=True, slots=True)
class Intake:
    """What taking in one delivery came to: an outcome for each object, and what changed."""

    outcomes: tuple[Outcome, ...]
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class _Failure:
    kind: ErrorKind
    reason: str


def take_in(
    delivery: Delivery,
    store: ObjectStore,
    lake: Lake,
    *,
    run_id: str,
    format: str | None = None,
    given: Mapping[str, str] = NOTHING_GIVEN,
) -> Intake:
    """Replace the lines of the delivery's objects in the lake by those of this version, at once.

    When one of them cannot be reached or read, none is taken in: each ends as an outcome in state
    ``failed``, journalled in the lake, and what stood before stands. ``format`` names a report
    format instead of finding it from the header; ``given`` maps settings of the source to what
    they say of columns that its files lack. What fails here for another reason than the objects (a
    full disk, a lost lake) raises.

    :raises LakeBusy: other runs kept winning the same delivery; run again.
    """
    prepared: dict[SourceObject, Prepared] = {}
    failures: dict[SourceObject, _Failure] = {}
    waiting = lake.waiting(delivery)
    for item in waiting:
        read = _read(item, store, lake, format=format, given=given)
        if isinstance(read, _Failure):
            failures[item] = read
        else:
            prepared[item] = read
    if failures:
        for read in prepared.values():
            _remove(read, lake)
        return _failed(delivery, waiting, failures, lake, run_id)
    entries = [_entry(item, read, run_id) for item, read in prepared.items()]
    staged = [file for read in prepared.values() for file in read.staged]
    record = lake.commit(delivery, entries, staged, run_id=run_id, compare=changes)
    if record is None:
        return _intake(delivery, ())
    return replace(_intake(delivery, record.entries), changes=record.changes)


def _read(
    item: SourceObject,
    store: ObjectStore,
    lake: Lake,
    *,
    format: str | None,
    given: Mapping[str, str],
) -> Prepared | _Failure:
    with TemporaryDirectory(prefix="cloudledger-") as folder:
        path = Path(folder) / "object"
        try:
            store.download(item, path)
            return prepare(path, lake, item.object_id, format=format, given=given)
        except ObjectStoreError as error:
            return _Failure(ErrorKind.ACCESS, str(error))
        except UnreadableReport as error:
            return _Failure(ErrorKind.CONTENT, str(error.at(item.uri)))
        except (LostLine, NotReconciled) as error:
            return _Failure(ErrorKind.CONTENT, f"{item.uri}: {error}")


def _remove(prepared: Prepared, lake: Lake) -> None:
    """Leave nothing of what no commit names."""
    for file in prepared.staged:
        file.path.unlink(missing_ok=True)
    if prepared.quarantine_file:
        (lake.quarantine_folder() / prepared.quarantine_file).unlink()


def _entry(item: SourceObject, prepared: Prepared, run_id: str) -> Entry:
    return Entry(
        item,
        State.TAKEN_IN,
        run_id,
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


def _failed(
    delivery: Delivery,
    waiting: Sequence[SourceObject],
    failures: Mapping[SourceObject, _Failure],
    lake: Lake,
    run_id: str,
) -> Intake:
    cause, failure = next(iter(failures.items()))
    entries = []
    for item in waiting:
        waits = _Failure(failure.kind, f"{item.uri}: waits for {cause.uri}")
        why = failures.get(item, waits)
        entries.append(Entry(item, State.FAILED, run_id, error=why.reason, error_kind=why.kind))
    lake.journal(delivery, entries)
    return _intake(delivery, entries)


def _intake(delivery: Delivery, entries: Sequence[Entry]) -> Intake:
    by_object = {entry.source_object.object_id: entry for entry in entries}
    return Intake(tuple(_outcome(item, by_object.get(item.object_id)) for item in delivery.objects))


def _outcome(item: SourceObject, entry: Entry | None) -> Outcome:
    if entry is None:
        return Outcome(item.object_id, item.uri, "unchanged")
    return Outcome(
        object_id=item.object_id,
        uri=item.uri,
        state=entry.state.value,
        lines_kept=entry.lines_kept,
        lines_set_aside=entry.lines_set_aside,
        error=entry.error,
    )
