"""The lake: one object's lines are replaced whole and once, whoever else writes."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from pathlib import Path

from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.object_store import SourceObject
from cloudledger.engine import engine
from cloudledger.focus.columns import DUCKDB_TYPE, LINE_COLUMNS
from cloudledger.lake.delta import records
from cloudledger.lake.journal import Entry, State
from cloudledger.lake.lines import day_lines
from cloudledger.lake.log import DeltaLog
from cloudledger.lake.stage import Stage
from cloudledger.lake.table import Lake, open_lake
from cloudledger.ledger.redelivery import changes

FIRST = SourceObject(
    uri="oci://bling/tenancy/reports/cost-csv/1.csv.gz",
    etag="one",
    bytes=10,
    delivered_at=datetime(2026, 3, 2, 4, tzinfo=UTC),
    source="sample",
)
SECOND = replace(FIRST, etag="two", delivered_at=FIRST.delivered_at + timedelta(hours=1))


def lines_of(amounts: list[str], day: str = "2026-03-01") -> str:
    """A SELECT of ledger lines with these billed costs."""
    given = {
        "ProviderName": "'Oracle'",
        "ChargePeriodStart": f"TIMESTAMPTZ '{day} 00:00:00+00'",
        "BillingCurrency": "'USD'",
        "BilledCost": "cast(amount AS DECIMAL(38,24))",
    }
    columns = ", ".join(
        f'{given.get(column.name, f"NULL::{DUCKDB_TYPE[column.kind]}")} AS "{column.name}"'
        for column in LINE_COLUMNS
    )
    return f"SELECT {columns} FROM (SELECT unnest({amounts}) AS amount)"


def put(
    lake: Lake, item: SourceObject, amounts: list[str], day: str = "2026-03-01"
) -> Entry | None:
    stage = Stage(lake.folder, item.object_id)
    with engine() as con:
        stage.take(con.sql(lines_of(amounts, day)).to_arrow_reader())
    staged = stage.finish()
    entry = Entry(item, State.TAKEN_IN, "run", days=day_lines(staged))
    record = lake.commit(Delivery.of(item), [entry], staged, run_id="run", compare=changes)
    return record and record.entries[0]


def stands(lake: Lake, item: SourceObject) -> bool:
    return not lake.waiting(Delivery.of(item))


def billed(lake: Lake) -> list[tuple[date, Decimal]]:
    with lake.lines([file.path for file in lake.files()]) as con:
        return con.execute("SELECT day, BilledCost FROM line ORDER BY ALL").fetchall()


def test_a_new_version_replaces_the_lines_of_the_former(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    assert put(lake, FIRST, ["1.5", "2.5"]).generation == 1
    assert put(lake, SECOND, ["0.000000000000000000000001"], "2026-03-02").generation == 2
    assert billed(lake) == [(date(2026, 3, 2), Decimal("1E-24"))]


def test_the_same_version_is_taken_in_once(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    put(lake, FIRST, ["1"])
    assert put(lake, FIRST, ["1"]) is None
    assert billed(lake) == [(date(2026, 3, 1), Decimal(1))]
    assert len(list(tmp_path.rglob("*.parquet"))) == 1


def test_an_older_version_never_replaces_a_newer_one(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    put(lake, SECOND, ["2"])
    assert put(lake, FIRST, ["1"]) is None
    assert billed(lake) == [(date(2026, 3, 1), Decimal(2))]


def test_a_version_that_comes_back_counts_again(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    put(lake, FIRST, ["1"])
    put(lake, SECOND, ["2"])
    back = replace(FIRST, delivered_at=SECOND.delivered_at + timedelta(hours=1))
    assert put(lake, back, ["1"]).generation == 3
    assert billed(lake) == [(date(2026, 3, 1), Decimal(1))]


def test_an_object_without_lines_is_still_journalled(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    put(lake, FIRST, [])
    assert stands(lake, FIRST)
    assert [entry.source_object for _, entry in lake.entries(-1)] == [FIRST]
    assert billed(lake) == []


def test_the_journal_survives_checkpoints(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    put(lake, FIRST, ["7"])
    for hour in range(1, 119):
        later = replace(
            FIRST, etag=str(hour), delivered_at=FIRST.delivered_at + timedelta(hours=hour)
        )
        lake.commit(
            Delivery.of(later),
            [Entry(later, State.TAKEN_IN, "run")],
            [],
            run_id="run",
            compare=lambda *_: (),
        )
    last = replace(later, etag="last", delivered_at=later.delivered_at + timedelta(hours=1))
    put(lake, last, ["119"])
    assert list((tmp_path / "_delta_log").glob("*.checkpoint.parquet"))
    assert [entry.generation for _, entry in lake.entries(-1)] == list(range(1, 121))
    assert stands(lake, last)
    assert billed(lake) == [(date(2026, 3, 1), Decimal(119))]


def test_a_commit_that_comes_while_the_log_is_read_shifts_no_number(tmp_path: Path) -> None:
    put(open_lake(tmp_path), FIRST, ["7"])
    log = DeltaLog(tmp_path)
    put(open_lake(tmp_path), SECOND, ["8"])
    assert [version for version, _ in log.infos(-1)] == [0, 1]
    assert [
        (version, entry.source_object)
        for version, record in records(log, 0)
        for entry in record.entries
    ] == [(1, FIRST)]


def test_entries_come_back_exactly(tmp_path: Path) -> None:
    lake = open_lake(tmp_path)
    entry = put(lake, FIRST, ["1"])
    assert [found for _, found in lake.entries(0)] == [entry]


RACES = 50


def _race(folder: Path, start: Barrier) -> None:
    for race in range(RACES):
        start.wait(timeout=60)
        put(open_lake(folder / str(race)), FIRST, ["1", "2"])


def test_three_processes_leave_a_new_object_there_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    writers = [context.Process(target=_race, args=(tmp_path, start)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    for race in range(RACES):
        lake = open_lake(tmp_path / str(race))
        assert billed(lake) == [(date(2026, 3, 1), Decimal(1)), (date(2026, 3, 1), Decimal(2))]
        assert len(list(lake.folder.rglob("*.parquet"))) == 1
        assert len(list(lake.entries(-1))) == 1
