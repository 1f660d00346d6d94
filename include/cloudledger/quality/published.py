"""The published days: their counted lines, and what FOCUS's rules say of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from cloudledger.ledger import projection
from cloudledger.ledger.counted import counted_lines, standing_objects
from cloudledger.quality.conformance import Judged, judge
from cloudledger.quality.focus_rules import Level
from cloudledger.sql import statement
from cloudledger.warehouse.arrow import INSTANT

if TYPE_CHECKING:
    import duckdb

    from cloudledger.lake.files import LakeFile
    from cloudledger.lake.table import Lake
    from cloudledger.warehouse.port import Session, Warehouse

ProviderDay = tuple[str, date]
EXAMPLE_BYTES = 128


class NoLines(LookupError):
    """The ledger holds no line of the days that were asked for."""


@contextmanager
def published_lines(
    warehouse: Warehouse,
    lake: Lake,
    wanted: Callable[[LakeFile], bool],
    *,
    precedence: Sequence[str],
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose ``counted_line`` holds the lines that count, as the ledger knows the lake.

    :param wanted: takes whole days of a provider: which lines count is decided over them.
    :param precedence: the sources' names, the one that counts first before the others.
    :raises NoLines: nothing is wanted of what is there.
    """
    with warehouse.transaction() as session:
        version = projection.synced_version(session)
        standing = standing_objects(session, precedence, pending_only=False)
    known = lake.files(version) if version >= 0 else []
    files = sorted((file for file in known if wanted(file)), key=lambda file: file.path)
    if not files:
        raise NoLines("the ledger holds no line of these days")
    with counted_lines(lake, files, standing) as con:
        yield con


def judge_published(
    warehouse: Warehouse,
    lake: Lake,
    days: Collection[date] = (),
    *,
    precedence: Sequence[str],
    run_id: str,
    at: datetime,
) -> tuple[Judged, ...]:
    """Hold the lines of the published days against FOCUS's rules, and keep what was found.

    Judged are the days that were published after they were judged, or never judged, and ``days``.

    :param at: the instant the run stands for.
    """
    with warehouse.transaction() as session:
        rows = session.query(statement("quality/unjudged_days")).to_pylist()
    unjudged = {(row["provider"], row["charge_day"]) for row in rows}

    def wanted(file: LakeFile) -> bool:
        return file.day in days or (file.provider, file.day) in unjudged

    try:
        with published_lines(warehouse, lake, wanted, precedence=precedence) as con:
            found = judge(con, "counted_line")
    except NoLines:
        found = ()
    with warehouse.transaction() as session:
        _save(session, found, unjudged, run_id=run_id, at=at)
    return found


def _save(
    session: Session,
    found: Sequence[Judged],
    unjudged: set[ProviderDay],
    *,
    run_id: str,
    at: datetime,
) -> None:
    empty = unjudged - {(one.provider, one.day) for one in found}
    judged = [*found, *(Judged(provider, day, 0, 0, ()) for provider, day in sorted(empty))]
    for one in judged:
        for name in ("forget_focus_day", "forget_focus_failures"):
            session.execute(statement(f"quality/{name}"), provider=one.provider, charge_day=one.day)
    days = [_day(one, run_id, at) for one in judged]
    failures = [failure for one in judged for failure in _failures(one)]
    if days:
        session.insert("focus_day", pa.Table.from_pylist(days, schema=_DAY))
    if failures:
        session.insert("focus_failure", pa.Table.from_pylist(failures, schema=_FAILURE))


_DAY = pa.schema(
    [
        ("provider", pa.string()),
        ("charge_day", pa.date32()),
        ("lines", pa.int64()),
        ("rules", pa.int64()),
        ("must_broken", pa.int64()),
        ("should_broken", pa.int64()),
        ("run_id", pa.string()),
        ("judged_at", INSTANT),
    ]
)
_FAILURE = pa.schema(
    [
        ("provider", pa.string()),
        ("charge_day", pa.date32()),
        ("rule_id", pa.string()),
        ("rule_level", pa.string()),
        ("column_name", pa.string()),
        ("requirement", pa.string()),
        ("broken_lines", pa.int64()),
        ("example", pa.string()),
    ]
)


def _day(one: Judged, run_id: str, at: datetime) -> dict[str, object]:
    return {
        "provider": one.provider,
        "charge_day": one.day,
        "lines": one.lines,
        "rules": one.rules,
        "must_broken": len(one.of(Level.MUST)),
        "should_broken": len(one.of(Level.SHOULD)),
        "run_id": run_id,
        "judged_at": at,
    }


def _failures(one: Judged) -> Iterator[dict[str, object]]:
    for broken in one.broken:
        rule = broken.rule
        yield {
            "provider": one.provider,
            "charge_day": one.day,
            "rule_id": rule.rule,
            "rule_level": rule.level.value,
            "column_name": rule.column,
            "requirement": rule.sentence,
            "broken_lines": broken.lines,
            "example": broken.example[:EXAMPLE_BYTES] or None,
        }
