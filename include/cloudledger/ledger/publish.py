"""Publish the touched days: roll up, replace, reconcile, in one warehouse transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from cloudledger import exact
from cloudledger.lake.files import LakeFile
from cloudledger.lake.table import Lake
from cloudledger.ledger import corrections, projection
from cloudledger.ledger.corrections import Links
from cloudledger.ledger.counted import counted_lines, standing_objects, uncounted
from cloudledger.ledger.differences import NotReconciled
from cloudledger.ledger.projection import ProviderDay
from cloudledger.ledger.reconcile import compare_days, compare_objects, day_rows, object_rows
from cloudledger.ledger.roll_up import RollUp, roll_up
from cloudledger.ledger.shown import day_figures, displaced_figures, displaced_rows, mart_figures
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session, Warehouse

MART = "daily_cost"
PRECEDENCE = "counted_line"
BY_DAY = ("daily_cost", "long_quantity", "displaced_line", "correction", "reconciliation")


class LedgerMoved(RuntimeError):
    """Another run changed the pending days between roll-up and replacement."""

    def __init__(self) -> None:
        super().__init__("another run took in or published days at the same time: run again")


class SumTooLarge(RuntimeError):
    """Days whose cost is more than DECIMAL(38,24) holds were not published; all others were."""

    def __init__(self, refused: Iterable[str]) -> None:
        super().__init__(
            f"{'; '.join(refused)}: needs more than {exact.WHOLE_DIGITS} digits before the decimal "
            "point; deliver the objects of that day again with the amount mended or in a larger "
            "unit. Every other day is published"
        )


@dataclass(frozen=True, slots=True)
class Publication:
    """What one publish came to: the (provider, day) pairs replaced, objects and counted lines
    behind them, lines that do not count, rows written to ``daily_cost``, corrections on these days
    and all unresolved ones, and the version of the ledger (the lake's) that they show. ``refused``
    says of each day that stays pending why."""

    days: tuple[tuple[str, date], ...]
    objects: int
    lines: int
    rows: int
    ledger_version: int
    displaced: int = 0
    corrections: int = 0
    unresolved: int = 0
    refused: tuple[str, ...] = ()

    def check(self) -> None:
        """
        :raises SumTooLarge: naming the days that stay pending.
        """
        if self.refused:
            raise SumTooLarge(self.refused)


def publish(
    warehouse: Warehouse,
    lake: Lake,
    *,
    tag_keys: Sequence[str],
    precedence: Sequence[str],
    run_id: str,
    at: datetime,
) -> Publication:
    """Sync the ledger from the lake, then replace every pending day's rows in ``daily_cost``.

    Inside the one transaction, before its commit: per object, source = ledger = lake + set aside;
    per day and currency, lake = ``daily_cost`` + displaced, for every measure and the line count.
    Days stay pending until they are published, so a run that died is finished by the next. A day
    whose cost has no place in ``daily_cost`` stays pending alone; the publication names it.

    :param tag_keys: the tags that make a tag set; a change bumps the mart's version and
        republishes every day.
    :param precedence: the sources' names, the one that counts first before the others; a change
        republishes the days that several kinds of OCI report bring.
    :param at: the instant the run stands for, written beside the reconciliation.
    :raises NotReconciled: naming objects or days with both figures; nothing is changed then but
        the ledger's own record of what was taken in.
    :raises LedgerMoved: another run synced or published meanwhile.
    """
    with warehouse.transaction() as session:
        projection.sync(session, lake)
        mart_version = _mart_version(session, tag_keys)
        _note_precedence(session, precedence)
        pending = projection.pending_days(session)
        version = projection.synced_version(session)
        standing = standing_objects(session, precedence, pending_only=True)
        known = corrections.known(session)
    if not pending:
        return Publication((), 0, 0, 0, version)
    held = lake.files(version)
    files = [file for file in held if (file.provider, file.day) in pending]
    with counted_lines(lake, files, standing) as con:
        if lost := uncounted(con):
            raise NotReconciled(lost)
        found = roll_up(con, tag_keys=tag_keys, mart_version=mart_version)
        days = pending - found.refused.keys()
        corrected = corrections.on_days(con, days, known)
    if corrected.wanted:
        with warehouse.transaction() as session:
            standing = standing_objects(session, precedence, pending_only=False)
    links = corrections.link(lake, held, standing, corrected)
    warehouse.stage("daily_cost_stage", found.rows)
    with warehouse.transaction() as session:
        moved = projection.synced_version(session) != version
        if moved or projection.pending_days(session) != pending:
            raise LedgerMoved
        projection.forget_pending(session, found.refused)
        _replace(session, found, links)
        _reconcile(session, found, run_id=run_id, at=at)
        projection.forget_pending(session, days)
        _keep_pending(session, found.refused)
        unresolved = corrections.unresolved(session)
    return _publication(days, files, found, version, len(links.rows), unresolved)


def _mart_version(session: Session, tag_keys: Sequence[str]) -> int:
    definition = {"tag_keys": list(tag_keys), "lines": "counted"}
    version, changed = _noted(session, MART, definition)
    if changed:
        session.execute(statement("ledger/mark_all_days_pending"))
    return version


def _note_precedence(session: Session, precedence: Sequence[str]) -> None:
    _, changed = _noted(session, PRECEDENCE, list(precedence))
    if changed:
        session.execute(statement("ledger/mark_shared_days_pending"))


def _noted(session: Session, mart: str, definition: object) -> tuple[int, bool]:
    """The version of a mart's definition, and whether it is a new one."""
    text = json.dumps(definition)
    rows = session.query(statement("marts/state"), mart=mart).to_pylist()
    if rows and rows[0]["built_by"] == text:
        return int(rows[0]["version"]), False
    version = int(rows[0]["version"]) + 1 if rows else 1
    session.execute(statement("marts/forget_state"), mart=mart)
    row = {"mart": [mart], "version": [version], "built_by": [text]}
    session.insert("mart_state", pa.table(row))
    return version, True


def _replace(session: Session, found: RollUp, links: Links) -> None:
    for table in BY_DAY:
        session.execute(statement(f"marts/{table}/delete_pending"))
    session.execute(statement("marts/daily_cost/insert_staged"))
    if found.long_quantities:
        session.insert("long_quantity", pa.Table.from_pylist(list(found.long_quantities)))
    if found.displaced:
        session.insert("displaced_line", displaced_rows(found.displaced))
    corrections.keep(session, links)
    known = session.query(statement("marts/tag_set_ids"))["tag_set_id"].to_pylist()
    new = set(found.rows["tag_set_id"].unique().to_pylist()) - set(known)
    fresh = [row for row in found.tag_sets.to_pylist() if row["tag_set_id"] in new]
    if fresh:
        session.insert("tag_set_value", pa.Table.from_pylist(fresh))


def _reconcile(session: Session, found: RollUp, *, run_id: str, at: datetime) -> None:
    lake = day_figures(found.totals)
    mart = mart_figures(session, pending_only=True)
    displaced = displaced_figures(session, pending_only=True)
    ledger, counts = object_rows(session, pending_only=True)
    wrong = compare_objects(ledger, counts, found.totals) + compare_days(lake, mart, displaced)
    if wrong:
        raise NotReconciled(wrong)
    session.insert("reconciliation", day_rows(lake, mart, displaced, run_id=run_id, at=at))


def _keep_pending(session: Session, days: Iterable[ProviderDay]) -> None:
    rows = [{"provider": provider, "charge_day": day} for provider, day in sorted(days)]
    if rows:
        session.insert("pending_day", pa.Table.from_pylist(rows))


def _publication(
    days: set[ProviderDay],
    files: Sequence[LakeFile],
    found: RollUp,
    version: int,
    corrected: int,
    unresolved: int,
) -> Publication:
    lines = sum(row["line_count"] for row in found.totals)
    displaced = sum(row["line_count"] for row in found.displaced)
    return Publication(
        days=tuple(sorted(days)),
        objects=len({file.object_id for file in files if (file.provider, file.day) in days}),
        lines=lines - displaced,
        rows=found.rows.num_rows,
        ledger_version=version,
        displaced=displaced,
        corrections=corrected,
        unresolved=unresolved,
        refused=tuple(
            f"{provider} {day}: {why}" for (provider, day), why in sorted(found.refused.items())
        ),
    )
