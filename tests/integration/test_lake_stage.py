"""Staged files: one for each provider, day and thread of an object."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pytest

from cloudledger.lake.files import StagedFile
from cloudledger.lake.stage import Stage
from cloudledger.reports.read import read_report
from cloudledger.workers import THREADS
from tests.support.reports import oci_cost


def staged(folder: Path, days: list[int], block: int) -> list[StagedFile]:
    """A report of one line for each of these days of March, staged in blocks of that size."""
    lines = [
        {
            "lineItem/intervalUsageStart": f"2026-03-{day:02}T10:00Z",
            "lineItem/intervalUsageEnd": f"2026-03-{day:02}T11:00Z",
            "cost/myCost": f"{at}.5",
        }
        for at, day in enumerate(days)
    ]
    path = folder / "report.csv"
    path.write_text(oci_cost(*lines))
    stage = Stage(folder / "lake", "a" * 32)
    (folder / "lake").mkdir()
    report = read_report(path, stage, block=block)
    files = stage.finish()
    assert report.kept == len(days) == sum(file.lines for file in files)
    with duckdb.connect() as con:
        for file in files:
            assert file.bytes == file.path.stat().st_size
            rows = con.execute(
                "SELECT DISTINCT CAST(ChargePeriodStart AS DATE) FROM read_parquet(?, "
                "hive_partitioning = false)",
                [str(file.path)],
            ).fetchall()
            assert rows == [(file.day,)]
            assert file.path.parent.name == f"day={file.day}"
        glob = str(folder / "lake" / "**" / "*.parquet")
        found = con.execute(
            "SELECT count(*), CAST(sum(BilledCost) AS DOUBLE) FROM read_parquet(?)", [glob]
        ).fetchall()
    assert found == [(len(days), sum(range(len(days))) + len(days) / 2)]
    return files


@pytest.mark.parametrize("block", [4_000, 10_000_000])
def test_an_object_of_many_days_has_one_file_for_each_day_and_thread(
    tmp_path: Path, block: int
) -> None:
    files = staged(tmp_path, [1 + at * 5 % 28 for at in range(112)], block)
    found = Counter(file.day.day for file in files)
    assert sorted(found) == list(range(1, 29))
    assert max(found.values()) <= (THREADS if block < 10_000 else 1)


def test_more_days_than_files_may_be_open_are_all_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudledger.lake.stage.MOST_OPEN", 3)
    files = staged(tmp_path, [1 + at * 5 % 28 for at in range(112)], 4_000)
    assert {file.day.day for file in files} == set(range(1, 29))


def test_a_block_of_few_days_has_one_file_for_each(tmp_path: Path) -> None:
    files = staged(tmp_path, [1] * 20 + [2] * 20 + [3] * 5, 10_000_000)
    assert [(file.day.day, file.lines) for file in files] == [(1, 20), (2, 20), (3, 5)]


def test_what_was_staged_is_gone_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text(oci_cost({}, {}))
    stage = Stage(tmp_path / "lake", "a" * 32)
    (tmp_path / "lake").mkdir()
    read_report(path, stage)
    assert len(list(tmp_path.rglob("*.parquet"))) == 1
    stage.restart()
    assert stage.finish() == []
    assert list(tmp_path.rglob("*.parquet")) == []
