"""``cloudledger take-in``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from cloudledger.clouds.aws.exports import UnreadableExport
from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.local import LocalObjectStore
from cloudledger.clouds.object_store import SourceObject
from cloudledger.lake.table import Lake, open_lake
from cloudledger.ledger import drift
from cloudledger.ledger.publish import publish
from cloudledger.ledger.take_in import Outcome, take_in
from cloudledger.reporting import terminal
from cloudledger.reporting.intake import TakenIn, taken_in, totals
from cloudledger.reporting.plain import to_json
from cloudledger.settings import Settings
from cloudledger.warehouse.duckdb import open_duckdb


def take_in_paths(
    settings: Settings,
    paths: Sequence[Path],
    *,
    format: str | None,
    given: Mapping[str, str],
    source: str,
    at: datetime,
    json: bool,
) -> int:
    """Take in every file, publish, tell; 1 when an object failed, else 0.

    :param given: what the files do not say, by name.
    :param at: the instant that the run stands for, UTC.
    """
    run_id = f"cli__{at.isoformat()}"
    lake = open_lake(settings.lake)
    store = LocalObjectStore(paths, source)
    outcomes = _take_in_all(store, lake, run_id=run_id, format=format, given=given, at=at)
    with open_duckdb(settings.warehouse) as warehouse:
        warehouse.migrate()
        published = publish(
            warehouse,
            lake,
            tag_keys=settings.tag_keys,
            precedence=settings.precedence,
            run_id=run_id,
            at=at,
        )
        with warehouse.transaction() as session:
            items = taken_in(session, outcomes)
            drifted = drift.tell(session, run_id)
        warehouse.publish_copy()
    if json:
        told = {"objects": items, "totals": totals(items), "drift": drifted}
        print(to_json({"run_id": run_id, **told}))
    else:
        terminal.show_intake(terminal.console(), items)
        for one in drifted:
            terminal.console().print(f"drift: {one}", markup=False, soft_wrap=True)
    published.check()
    return _told_failures(items)


def _take_in_all(
    store: LocalObjectStore,
    lake: Lake,
    *,
    run_id: str,
    format: str | None,
    given: Mapping[str, str],
    at: datetime,
) -> list[Outcome]:
    columns = (SpinnerColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=terminal.console(errors=True), transient=True) as progress:
        task = progress.add_task("listing", total=None)
        objects = [replace(item, first_seen_at=at) for item in store.list("")]
        _refuse_exports(objects)
        progress.update(task, total=len(objects))
        outcomes: list[Outcome] = []
        for item in objects:
            progress.update(task, description=terminal.place(item.uri))
            delivery = _dated(Delivery.of(item), lake)
            intake = take_in(delivery, store, lake, run_id=run_id, format=format, given=given)
            outcomes += intake.outcomes
            progress.advance(task)
    return outcomes


def _refuse_exports(objects: Sequence[SourceObject]) -> None:
    """An export's folder may hold several executions of a month, and all of them would count.

    :raises UnreadableExport: a manifest of an AWS export is among the files.
    """
    for item in objects:
        if item.uri.endswith("-Manifest.json"):
            raise UnreadableExport(
                item.uri,
                "this folder holds an AWS export, of which only the newest execution counts",
                "Name the data files of that execution, or configure the export as a source",
            )


def _dated(delivery: Delivery, lake: Lake) -> Delivery:
    if moved := lake.redated(delivery):
        terminal.console(errors=True).print(
            f"cloudledger: {terminal.place(delivery.name)} is dated before the version that stood: "
            "taken in as the newer one",
            highlight=False,
            soft_wrap=True,
        )
        return moved
    return delivery


def _told_failures(items: Sequence[TakenIn]) -> int:
    failed = sum(item.failed for item in items)
    if failed:
        terminal.console(errors=True).print(
            f"cloudledger: {failed} of {len(items)} objects could not be taken in; "
            "the others are published"
        )
    return 1 if failed else 0
