"""Arrivals through the lake: what had come by an instant, whatever came after, also rebuilt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cloudledger.clouds.delivery import Delivery
from cloudledger.ledger import completeness
from cloudledger.ledger.arrivals import arrivals, delivery_instants
from cloudledger.ledger.projection import sync
from cloudledger.ledger.take_in import take_in
from tests.support.books import Books
from tests.support.focus_reports import focus
from tests.support.reports import gzipped, oci_cost

FIRST = datetime(2026, 3, 2, 4, tzinfo=UTC)
LATER = datetime(2026, 3, 3, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def lines(*days: int) -> bytes:
    """A report with a line for each of these days of March."""
    return gzipped(
        oci_cost(*({"lineItem/intervalUsageStart": f"2026-03-{day:02}T10:00Z"} for day in days))
    )


def arrived(books: Books, as_of: datetime) -> dict[date, int]:
    """Lines by day that had arrived by an instant."""
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        found = arrivals(session, as_of=as_of, first_day=date(2026, 1, 1))
    days: dict[date, int] = {}
    for one in found:
        days[one.charge_day] = days.get(one.charge_day, 0) + one.added
    return days


def history(books: Books) -> list[dict[str, Any]]:
    return books.rows("SELECT * FROM arrival ORDER BY ALL")


def test_a_rewritten_object_counts_by_the_version_of_the_instant(books: Books) -> None:
    books.deliver("a.csv.gz", lines(1, 1, 2), at=FIRST.isoformat())
    books.run()
    books.deliver("a.csv.gz", lines(1, 3, 3, 3), at=LATER.isoformat())
    books.run()
    day = [date(2026, 3, number) for number in (1, 2, 3)]
    assert arrived(books, FIRST - HOUR) == {}
    assert arrived(books, FIRST) == {day[0]: 2, day[1]: 1}
    assert arrived(books, LATER - HOUR) == {day[0]: 2, day[1]: 1}
    assert arrived(books, LATER) == {day[0]: 1, day[1]: 0, day[2]: 3}
    assert [(row["generation"], row["charge_day"].day, row["lines"]) for row in history(books)] == [
        (1, 1, 2),
        (1, 2, 1),
        (2, 1, 1),
        (2, 2, 0),
        (2, 3, 3),
    ]


def test_a_whole_execution_arrives_at_once_and_takes_the_one_before_it_out(books: Books) -> None:
    def deliver(name: str, *names: str, at: datetime) -> None:
        folder = books.delivered / "month"
        folder.mkdir(exist_ok=True)
        for number, file in enumerate(names):
            instant = (at + number * HOUR / 4).isoformat()
            books.deliver(f"month/{file}", gzipped(focus({}, {"SkuId": file})), at=instant)
        listed = {Path(item.uri).name: item for item in books.store.list("")}
        objects = tuple(listed[file] for file in names)
        done = max(item.delivered_at for item in objects)
        delivery = Delivery(name, objects, done, done, folder=f"{folder.as_uri()}/")
        outcomes = take_in(delivery, books.store, books.lake, run_id="run").outcomes
        assert {outcome.state for outcome in outcomes} == {"taken_in"}

    deliver("first", "1-a.csv.gz", "1-b.csv.gz", at=FIRST)
    deliver("second", "2-a.csv.gz", "2-b.csv.gz", "2-c.csv.gz", at=LATER)
    books.publish()
    day = date(2026, 3, 1)
    assert arrived(books, FIRST) == {}
    assert arrived(books, FIRST + HOUR / 4) == {day: 4}
    assert arrived(books, LATER + HOUR / 4) == {day: 4}
    assert arrived(books, LATER + HOUR / 2) == {day: 6}


def test_the_history_is_rebuilt_from_the_lake_alone(books: Books) -> None:
    for at, days in ((FIRST, (1, 1, 2)), (LATER, (1, 3))):
        books.deliver("a.csv.gz", lines(*days), at=at.isoformat())
        books.run()
    before = history(books)
    (books.home / "warehouse.duckdb").unlink()
    rebuilt = Books(books.home)
    rebuilt.publish()
    assert history(rebuilt) == before
    rebuilt.publish()
    assert history(rebuilt) == before


def test_a_ledger_without_history_reads_what_it_lacks(books: Books) -> None:
    """As one does that was kept before these tables were."""
    books.deliver("a.csv.gz", lines(1), at=FIRST.isoformat())
    books.run()
    before = history(books)
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        session.execute("DELETE FROM arrival")
        session.execute("DELETE FROM ledger_state WHERE name = 'history_version'")
    books.deliver("b.csv.gz", lines(2, 2), at=LATER.isoformat())
    books.run()
    assert [row for row in history(books) if row["delivered_at"] == FIRST] == before
    assert arrived(books, LATER) == {date(2026, 3, 1): 1, date(2026, 3, 2): 2}
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        session.execute("DELETE FROM ledger_state")
        sync(session, books.lake)
    assert arrived(books, LATER) == {date(2026, 3, 1): 1, date(2026, 3, 2): 2}


def test_objects_without_lines_and_broken_ones_have_arrived_too(books: Books) -> None:
    books.deliver("a.csv.gz", lines(1), at=FIRST.isoformat())
    books.deliver("empty.csv.gz", gzipped(oci_cost()), at=(FIRST + HOUR).isoformat())
    books.deliver("broken.csv.gz", lines(2)[:-5], at=LATER.isoformat())
    books.run()
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        found = delivery_instants(session, as_of=LATER, since=FIRST)
        before = delivery_instants(session, as_of=LATER - HOUR, since=FIRST)
    assert found == {"sample": [FIRST, FIRST + HOUR, LATER]}
    assert before == {"sample": [FIRST, FIRST + HOUR]}


def test_what_is_kept_is_as_of_the_newest_run(books: Books) -> None:
    for day in range(1, 9):
        at = datetime(2026, 3, day, 14, tzinfo=UTC).isoformat()
        books.deliver(f"{day}.csv.gz", lines(*[day] * 3), at=at)
    books.run()
    stalled = datetime(2026, 3, 12, 2, tzinfo=UTC)
    early = datetime(2026, 3, 5, 2, tzinfo=UTC)
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        assert completeness.save(session, completeness.assess_now(session, stalled))
        assert not completeness.save(session, completeness.assess_now(session, early))
        past = completeness.by_day(session, early).to_pylist()
    (source,) = books.rows("SELECT * FROM source_rhythm")
    assert (source["status"], source["usual_gap_seconds"]) == ("stalled", 86_400)
    assert source["stalled_since"] == datetime(2026, 3, 10, 14, tzinfo=UTC)
    kept = books.rows("SELECT charge_day, status, lines FROM completeness ORDER BY charge_day")
    assert [(row["charge_day"].day, row["lines"]) for row in kept] == [
        *((day, 3) for day in range(1, 9)),
        *((day, 0) for day in range(9, 12)),
    ]
    assert {row["status"] for row in kept[8:]} == {"stalled"}
    assert [(row["charge_day"].day, row["lines"]) for row in past] == [(d, 3) for d in (1, 2, 3, 4)]
    assert {row["as_of"] for row in past} == {early}
