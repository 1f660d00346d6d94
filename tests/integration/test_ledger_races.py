"""Two processes at the same new object, again and again: its lines are there once."""

from __future__ import annotations

import multiprocessing
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from cloudledger.clouds.delivery import Delivery
from cloudledger.clouds.local import LocalObjectStore
from cloudledger.lake.table import open_lake
from cloudledger.ledger.take_in import take_in
from tests.support.books import Books
from tests.support.reports import gzipped, oci_cost


def _race(home: Path, start: Barrier) -> None:
    store = LocalObjectStore([home / "delivered"], "sample")
    for item in store.list(""):
        start.wait(timeout=60)
        lake = open_lake(home / "lake")
        (outcome,) = take_in(Delivery.of(item), store, lake, run_id="race").outcomes
        assert outcome.state in ("taken_in", "unchanged")


@pytest.mark.parametrize("races", [15, pytest.param(50, marks=pytest.mark.slow)])
def test_two_processes_taking_in_the_same_object_leave_it_there_once(
    tmp_path: Path, races: int
) -> None:
    books = Books(tmp_path)
    for race in range(races):
        report = oci_cost({"lineItem/referenceNo": str(race)}, {"cost/myCost": "broken"})
        books.deliver(f"{race:02}.csv.gz", gzipped(report))
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    takers = [context.Process(target=_race, args=(tmp_path, start)) for _ in range(2)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert [taker.exitcode for taker in takers] == [0, 0]
    assert len([entry for _, entry in books.lake.entries(-1)]) == races
    books.publish()
    assert books.billed() == {"USD": races * Decimal("0.05")}
    assert len(books.rows("SELECT * FROM quarantine")) == races
    assert books.reconcile().amount == 0
