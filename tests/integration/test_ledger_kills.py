"""kill -9 at any point: the next run ends in the same tables as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.books import Books
from tests.support.reports import gzipped, oci_cost


def deliver(books: Books) -> None:
    for number in range(6):
        lines = [
            {
                "lineItem/referenceNo": f"{number}-{line}",
                "lineItem/intervalUsageStart": f"2026-03-0{1 + line % 4}T10:00Z",
                "cost/myCost": "broken" if line == 5 else f"{number}.{line:06d}",
            }
            for line in range(300)
        ]
        report = gzipped(oci_cost(*lines))
        books.deliver(f"{number}.csv.gz", report[:-5] if number == 5 else report)


def start(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.run_books", str(home)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], float]:
    """The tables of a run that nobody disturbs, and how long it takes after its imports."""
    books = Books(tmp_path_factory.mktemp("whole"))
    deliver(books)
    run = start(books.home)
    assert run.stdout is not None
    run.stdout.readline()
    begun = time.monotonic()
    assert run.wait() == 0
    return comparable(books), time.monotonic() - begun


def comparable(books: Books) -> dict[str, object]:
    """The tables without what names the home that they lie in."""
    return {
        table: [
            {key: value for key, value in row.items() if key not in ("object_id", "uri")}
            for row in rows
        ]
        for table, rows in books.tables().items()
        if table in ("daily_cost", "tag_set_value", "pending_day")
    } | {"billed": books.billed(), "aside": len(books.rows("SELECT * FROM quarantine"))}


@pytest.mark.parametrize("seed", range(12))
def test_a_killed_run_is_finished_by_the_next(
    tmp_path: Path, whole: tuple[dict[str, object], float], seed: int
) -> None:
    tables, seconds = whole
    books = Books(tmp_path)
    deliver(books)
    for kill in range(2):
        run = start(books.home)
        assert run.stdout is not None
        run.stdout.readline()
        time.sleep(random.Random(seed * 10 + kill).uniform(0, seconds))
        run.send_signal(signal.SIGKILL)
        run.wait()
    books.run()
    assert comparable(books) == tables
    assert books.reconcile().amount == 0
