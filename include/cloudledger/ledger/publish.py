"""Publish the touched days: roll up, replace, reconcile, in one warehouse transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

from cloudledger import exact
from cloudledger.lake.files import LakeFile
from cloudledger.lake.table import Lake
from cloudledger.ledger import projection
from cloudledger.ledger.differences import NotReconciled
from cloudledger.ledger.figures import by_day, figures, lake_totals
from cloudledger.ledger.reconcile import (
    compare_days,
    compare_objects,
    day_rows,
    mart_rows,
    object_rows,
)
from cloudledger.sql import statement
from cloudledger.warehouse.port import Session, Warehouse

MART = "daily_cost"


class LedgerMoved(RuntimeError):
    """Another run changed the pending days between roll-up and replacement."""

    def __init__(self) -> None:
        super().__init__("another run took in or published days at the same time: run again")


class SumTooLarge(RuntimeError):
    """Lines add up to more than DECIMAL(38,24) holds; nothing was published."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"{found}: needs more than {exact.WHOLE_DIGITS} digits before the decimal point; "
            "deliver the objects of that day again with the amount mended or in a larger unit"
        )


@dataclass(frozen=True, slots=True)
class Publication:
    """What one publish came to: the (provider, day) pairs replaced, objects and lines behind them,
    rows written to ``daily_cost``, and the version of the ledger (the lake's) that they show."""

    days: tuple[tuple[str, date], ...]
    objects: int
    lines: int
    rows: int
    ledger_version: int


def publish(
    warehouse: Warehouse, lake: Lake, *, tag_keys: Sequence[str], run_id: str, at: datetime
) -> Publication:
    """Sync the ledger from the lake, then replace every pending day's rows in ``daily_cost``.

    Inside the one transaction, before its commit: per object, source = ledger = lake + set aside;
    per day and currency, lake = ``daily_cost``, for every measure and the line count. Days stay
    pending until they are published, so a run that died is finished by the next.

    :param tag_keys: the tags that make a tag set; a change bumps the mart's version and
        republishes every day.
    :param at: the instant the run stands for, written beside the reconciliation.
    :raises NotReconciled: naming objects or days with both figures; nothing is changed then but
        the ledger's own record of what was taken in.
    :raises SumTooLarge: naming the days whose sums have no place in ``daily_cost``.
    :raises LedgerMoved: another run synced or published meanwhile.
    """
    with warehouse.transaction() as session:
        projection.sync(session, lake)
        mart_version = _mart_version(session, tag_keys)
        pending = projection.pending_days(session)
        version = projection.synced_version(session)
    if not pending:
        return Publication((), 0, 0, 0, version)
    files = [file for file in lake.files(version) if (file.provider, file.day) in pending]
    with lake.lines([file.path for file in files]) as con:
        totals = lake_totals(con)
        _check_sums(totals)
        rolled, tag_sets = _roll_up(con, tag_keys, mart_version)
    warehouse.stage("daily_cost_stage", rolled)
    with warehouse.transaction() as session:
        moved = projection.synced_version(session) != version
        if moved or projection.pending_days(session) != pending:
            raise LedgerMoved
        _replace(session, tag_sets)
        _reconcile(session, totals, run_id=run_id, at=at)
        projection.forget_pending(session, pending)
    return _publication(pending, files, totals, rolled, version)


def _mart_version(session: Session, tag_keys: Sequence[str]) -> int:
    definition = json.dumps({"tag_keys": list(tag_keys)})
    rows = session.query(statement("marts/state"), mart=MART).to_pylist()
    if rows and rows[0]["built_by"] == definition:
        return int(rows[0]["version"])
    version = int(rows[0]["version"]) + 1 if rows else 1
    session.execute(statement("marts/forget_state"), mart=MART)
    row = {"mart": [MART], "version": [version], "built_by": [definition]}
    session.insert("mart_state", pa.table(row))
    session.execute(statement("ledger/mark_all_days_pending"))
    return version


def _check_sums(totals: Sequence[dict[str, Any]]) -> None:
    sums = {
        provider: figures((row for row in totals if row["provider"] == provider), by_day)
        for provider in sorted({row["provider"] for row in totals})
    }
    too_large = [
        f"{provider} {cell.day}: {cell.measure} in {cell.billing_currency} adds up to {amount:f}"
        for provider, found in sums.items()
        for cell, amount in sorted(found.items(), key=str)
        if not exact.fits(amount)
    ]
    if too_large:
        raise SumTooLarge("; ".join(too_large))


def _roll_up(
    con: duckdb.DuckDBPyConnection, tag_keys: Sequence[str], mart_version: int
) -> tuple[pa.Table, pa.Table]:
    con.execute(statement("lake/macros"))
    params: dict[str, object] = {"tag_keys": list(tag_keys)}
    tag_sets = con.sql(statement("lake/tag_sets"), params=params).to_arrow_table()
    params["mart_version"] = mart_version
    rolled = con.sql(statement("lake/daily_cost"), params=params).to_arrow_table()
    return rolled, tag_sets


def _replace(session: Session, tag_sets: pa.Table) -> None:
    session.execute(statement("marts/daily_cost/delete_pending"))
    session.execute(statement("marts/daily_cost/insert_staged"))
    known = set(session.query(statement("marts/tag_set_ids"))["tag_set_id"].to_pylist())
    fresh = [row for row in tag_sets.to_pylist() if row["tag_set_id"] not in known]
    if fresh:
        session.insert("tag_set_value", pa.Table.from_pylist(fresh))


def _reconcile(
    session: Session, totals: list[dict[str, Any]], *, run_id: str, at: datetime
) -> None:
    mart = mart_rows(session, pending_only=True)
    ledger, counts = object_rows(session, pending_only=True)
    wrong = compare_objects(ledger, counts, totals) + compare_days(totals, mart)
    if wrong:
        raise NotReconciled(wrong)
    session.execute(statement("marts/reconciliation/delete_pending"))
    session.insert("reconciliation", day_rows(totals, mart, run_id=run_id, at=at))


def _publication(
    pending: set[tuple[str, date]],
    files: Sequence[LakeFile],
    totals: Sequence[dict[str, Any]],
    rolled: pa.Table,
    version: int,
) -> Publication:
    return Publication(
        days=tuple(sorted(pending)),
        objects=len({file.object_id for file in files}),
        lines=sum(row["line_count"] for row in totals),
        rows=rolled.num_rows,
        ledger_version=version,
    )
