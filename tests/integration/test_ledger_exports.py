"""Whatever an export delivers, in whatever order it is listed, stopped anywhere: the same books."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.books import EVER, Books
from tests.support.bucket import EXPORT, FolderBucket
from tests.support.focus_reports import focus
from tests.support.histories import comparable, stopped

STEPS = 14
MONTHS = ("BILLING_PERIOD=2026-03", "BILLING_PERIOD=2026-04")
BROKEN = "no,such,report\n1,2,3\n"


def cost(chance: random.Random, month: str) -> str:
    """Up to three lines of a month."""
    day = f"{month[-7:]}-0{chance.randint(1, 3)}T00:00:00Z"
    services = ("compute", "storage")
    return focus(
        *(
            {
                "BilledCost": chance.choice(("1.25", "-0.5", "3", "broken")),
                "ServiceName": chance.choice(services),
                "ChargePeriodStart": day,
            }
            for _ in range(chance.randint(0, 3))
        )
    )


def execution(
    bucket: FolderBucket, chance: random.Random, at: datetime, flaws: tuple[str, ...] = ()
) -> None:
    """One execution of a month, in a folder of its own or over the former one.

    It may have one of the flaws: hold a broken file, lack one, or have its manifest come late.
    """
    month = chance.choice(MONTHS)
    files = {f"{number}.csv": cost(chance, month) for number in range(chance.randint(1, 3))}
    flaw = chance.choice(("", "", *flaws))
    if flaw == "broken":
        files[chance.choice(sorted(files))] = BROKEN
    named = f"{at:%Y%m%dT%H%M%SZ}-x" if chance.random() < 0.5 else None
    late = at + timedelta(hours=chance.randint(1, 5)) if flaw == "late" else at
    uris = bucket.put_execution(
        files, at.isoformat(), execution=named, manifest_at=late.isoformat(), month=month
    )
    if flaw == "lacking":
        bucket.delete(chance.choice(uris).removeprefix("s3://exports/"))


def lived(home: Path, bucket: FolderBucket, chance: random.Random) -> Books:
    """A ledger after deliveries, takings-in that stop anywhere, of listings of any age."""
    books = Books(home, export=EXPORT)
    books.store = bucket
    at = EVER.start + timedelta(days=9000)
    flaws = chance.choice((("broken", "lacking", "late"), ("late",)))
    execution(bucket, chance, at)
    held = [books.discover()]
    for _ in range(STEPS):
        at += timedelta(hours=1)
        step = chance.choice(("deliver", "deliver", "take in", "take in", "publish"))
        if step == "deliver":
            execution(bucket, chance, at, flaws)
        elif step == "publish":
            books.publish()
        else:
            held.append(books.discover())
            stopped(books, chance.choice(held[-3:]), chance)
    # What a broken newest execution leaves in force depends on what stood before it.
    for month in range(8 if "broken" in flaws else 0):
        execution(bucket, chance, at + timedelta(hours=10 + month))
    return books


def hold(tmp_path: Path, seed: int) -> None:
    bucket = FolderBucket(tmp_path / "bucket")
    books = lived(tmp_path / "lived", bucket, random.Random(seed))
    books.run()
    fresh = Books(tmp_path / "fresh", export=EXPORT)
    fresh.store = bucket
    fresh.run()
    assert comparable(books) == comparable(fresh)
    assert books.rows("SELECT * FROM open_object") == []
    found = books.reconcile()
    assert (found.amount, found.behind, found.pending) == (0, 0, 0)
    (books.home / "warehouse.duckdb").unlink()
    rebuilt = Books(books.home, export=EXPORT)
    rebuilt.publish()
    assert comparable(rebuilt) == comparable(fresh)


@pytest.mark.parametrize(
    "seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 5))]
)
def test_any_history_of_an_export_ends_in_its_newest_executions(tmp_path: Path, seed: int) -> None:
    hold(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_any_longer_list_of_histories_does_too(tmp_path: Path, seed: int) -> None:
    hold(tmp_path, seed)
