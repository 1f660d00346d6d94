"""kill -9 at any point: the next run ends in the same tables as if nothing had happened."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.books import Books
from tests.support.bucket import FolderBucket
from tests.support.focus_reports import focus
from tests.support.reports import gzipped, oci_cost
from tests.support.run_books import opened


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


def export(home: Path) -> None:
    """Two executions of a month, the first of them taken in: a killed run replaces it."""
    bucket = FolderBucket(home / "bucket")
    for execution, files in (("20260305T060000Z-a", 4), ("20260306T060000Z-b", 3)):
        reports = {
            f"{number}.csv": focus(
                *(
                    {
                        "BilledCost": f"{number + files}.{line:06d}",
                        "ChargePeriodStart": f"2026-03-0{1 + line % 4}T10:00:00Z",
                    }
                    for line in range(200)
                )
            )
            for number in range(files)
        }
        at = datetime.strptime(execution[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).isoformat()
        bucket.put_execution(reports, at, execution=execution)
        if files == 4:
            opened(home).run()


def start(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.run_books", str(home)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )


Whole = tuple[dict[str, object], float]
Fill = Callable[[Path], None]


def reports(home: Path) -> None:
    deliver(Books(home))


@pytest.fixture(scope="module", params=[reports, export], ids=["reports", "export"])
def whole(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Fill, Whole]:
    """The tables of a run that nobody disturbs, and how long it takes after its imports."""
    fill, home = request.param, tmp_path_factory.mktemp("whole")
    fill(home)
    run = start(home)
    assert run.stdout is not None
    run.stdout.readline()
    begun = time.monotonic()
    assert run.wait() == 0
    return fill, (comparable(opened(home)), time.monotonic() - begun)


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


def killed(home: Path, after: float) -> bool:
    """Whether a run over the home was still at work when it was killed."""
    run = start(home)
    assert run.stdout is not None
    run.stdout.readline()
    time.sleep(after)
    run.send_signal(signal.SIGKILL)
    return run.wait() == -signal.SIGKILL


def hold(place: Path, whole: tuple[Fill, Whole], *, seed: int, kills: int) -> None:
    fill, (tables, seconds) = whole
    chance = random.Random(seed)
    for attempt in itertools.count():
        home = place / str(attempt)
        fill(home)
        if killed(home, chance.uniform(0, seconds)):
            break
        seconds *= 0.8
    for _ in range(kills - 1):
        killed(home, chance.uniform(0, seconds))
    books = opened(home)
    books.run()
    assert comparable(books) == tables
    assert books.reconcile().amount == 0


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 3))]
)
def test_a_killed_run_is_finished_by_the_next(
    tmp_path: Path, whole: tuple[Fill, Whole], seed: int
) -> None:
    hold(tmp_path, whole, seed=seed, kills=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 150))
def test_each_of_fifty_killed_runs_is_finished_by_the_next(
    tmp_path: Path, whole: tuple[Fill, Whole], seed: int
) -> None:
    hold(tmp_path, whole, seed=seed, kills=2)
