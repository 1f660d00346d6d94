"""What is delivered, however broken, late or often, ends in the books once, to the digit."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cloudledger.ledger.differences import NotReconciled
from cloudledger.ledger.period import Period
from tests.support.books import EVER, Books
from tests.support.reports import gzipped, oci_cost


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def day(number: int) -> Period:
    return Period(datetime(2026, 3, number, tzinfo=UTC), datetime(2026, 3, number + 1, tzinfo=UTC))


def test_a_report_is_taken_in_published_and_reconciled(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {"cost/myCost": "2.3E-9"})))
    (outcome,) = books.run()
    assert (outcome.state, outcome.lines_kept, outcome.lines_set_aside) == ("taken_in", 2, 0)
    assert books.billed() == {"USD": Decimal("0.0500000023")}
    found = books.reconcile()
    assert (found.objects, found.days, found.pending, found.behind) == (1, 1, 0, 0)
    assert found.amount == 0


def test_a_second_run_changes_nothing(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {"cost/myCost": "broken"})))
    books.run()
    before = books.tables()
    assert books.run() == []
    assert books.tables() == before


def test_an_overwritten_object_replaces_its_lines(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {}, {})))
    books.run()
    books.deliver("a.csv.gz", gzipped(oci_cost({"cost/myCost": "7"})), at="2026-03-03T04:00:00Z")
    books.run()
    assert books.billed() == {"USD": Decimal(7)}
    assert books.reconcile().amount == 0


def test_a_line_that_moves_to_another_day_leaves_its_former_day(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({})))
    books.run()
    moved = {
        "lineItem/intervalUsageStart": "2026-03-02T10:00Z",
        "lineItem/intervalUsageEnd": "2026-03-02T11:00Z",
    }
    books.deliver("a.csv.gz", gzipped(oci_cost(moved)), at="2026-03-03T04:00:00Z")
    books.run()
    rows = books.rows("SELECT DISTINCT charge_day FROM daily_cost")
    assert [row["charge_day"].isoformat() for row in rows] == ["2026-03-02"]


def test_bad_lines_are_set_aside_with_their_text(books: Books) -> None:
    report = oci_cost({}, {"cost/myCost": "1,5"}, {"lineItem/intervalUsageStart": "2026-02-30"})
    books.deliver("a.csv.gz", gzipped(report))
    (outcome,) = books.run()
    assert (outcome.state, outcome.lines_kept, outcome.lines_set_aside) == ("taken_in", 1, 2)
    number, date = books.rows("SELECT * FROM quarantine ORDER BY record_number")
    assert (number["record_number"], number["line_number"]) == (2, 3)
    assert number["column_name"] == "cost/myCost"
    assert "1,5" in number["reason"]
    assert number["original_text"] == report.splitlines()[2]
    assert (date["record_number"], date["column_name"]) == (3, "lineItem/intervalUsageStart")
    (kept,) = books.rows(
        "SELECT * FROM source_object_total WHERE measure = 'BilledCost' AND billing_currency='USD'"
    )
    assert kept["lake_amount"] == Decimal("0.05")
    assert kept["source_amount"] == kept["lake_amount"] + kept["set_aside_amount"]
    assert books.reconcile().amount == 0


def test_currencies_stay_apart(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {"cost/currencyCode": "EUR"})))
    books.run()
    assert books.billed() == {"USD": Decimal("0.05"), "EUR": Decimal("0.05")}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (gzipped(oci_cost({}))[:-9], "cut off"),
        (b"", "empty"),
        (bytes(range(256)), "binary"),
        (gzipped("some,other,header\n1,2,3\n"), "header"),
        (gzipped(oci_cost({}).replace("cost/myCost,", "cost/other,")), "cost/myCost"),
        (gzipped(oci_cost({}))[:-8] + b"\0" * 8, "checksum"),
    ],
    ids=["truncated", "empty", "binary", "unknown header", "missing column", "flipped crc"],
)
def test_an_unreadable_object_fails_alone(books: Books, data: bytes, says: str) -> None:
    books.deliver("bad.csv.gz", data)
    books.deliver("good.csv.gz", gzipped(oci_cost({})))
    bad, good = books.run()
    assert (bad.state, good.state) == ("failed", "taken_in")
    assert bad.error is not None
    assert bad.error.startswith(bad.uri)
    assert "/object" not in bad.error
    assert says.lower() in bad.error.lower()
    assert books.billed() == {"USD": Decimal("0.05")}
    (row,) = books.rows("SELECT state, error, error_kind FROM open_object")
    assert row == {"state": "failed", "error": bad.error, "error_kind": "content"}


def test_a_failed_version_leaves_the_former_lines(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({})))
    books.run()
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {}))[:-5], at="2026-03-03T04:00:00Z")
    (outcome,) = books.run()
    assert outcome.state == "failed"
    assert books.billed() == {"USD": Decimal("0.05")}
    assert books.reconcile().amount == 0


def test_broken_content_is_tried_again_only_when_it_changes_or_on_request(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({}))[:-5])
    assert [outcome.state for outcome in books.run()] == ["failed"]
    assert books.run() == []
    assert [outcome.state for outcome in books.run(retry_failed=True)] == ["failed"]
    books.deliver("a.csv.gz", gzipped(oci_cost({})), at="2026-03-03T04:00:00Z")
    assert [outcome.state for outcome in books.run()] == ["taken_in"]
    assert books.rows("SELECT * FROM open_object") == []


def test_an_object_that_vanishes_between_listing_and_reading_is_named(books: Books) -> None:
    gone = books.deliver("gone.csv.gz", gzipped(oci_cost({})))
    books.deliver("here.csv.gz", gzipped(oci_cost({})))
    discovery = books.discover()
    gone.unlink()
    failed, taken = books.take_in(discovery)
    assert (failed.state, taken.state) == ("failed", "taken_in")
    assert failed.error is not None
    assert "gone.csv.gz" in failed.error
    books.publish()
    (row,) = books.rows("SELECT error_kind FROM open_object")
    assert row == {"error_kind": "access"}


def test_an_object_overwritten_between_listing_and_reading_is_taken_in_by_the_next_run(
    books: Books,
) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({})))
    discovery = books.discover()
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {})), at="2026-03-03T04:00:00Z")
    assert [outcome.state for outcome in books.take_in(discovery)] == ["failed"]
    assert [outcome.state for outcome in books.run()] == ["taken_in"]
    assert books.billed() == {"USD": Decimal("0.1")}


def test_a_repeated_reference_number_counts_once(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {"lineItem/referenceNo": "ref-1"})))
    (outcome,) = books.run()
    assert (outcome.lines_kept, outcome.lines_set_aside) == (1, 1)
    assert books.billed() == {"USD": Decimal("0.05")}


def test_a_header_alone_is_an_object_without_lines(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost()))
    (outcome,) = books.run()
    assert (outcome.state, outcome.lines_kept) == ("taken_in", 0)
    assert books.run() == []


def test_an_unclosed_quote_costs_its_own_line_at_most(books: Books) -> None:
    text = oci_cost(*({"product/Description": "plain"} for _ in range(10_000)))
    lines = text.splitlines(keepends=True)
    lines[5_000] = lines[5_000].replace("plain", 'pla"in', 1).replace(",web,", ',"web,', 1)
    books.deliver("a.csv.gz", gzip.compress("".join(lines).encode()))
    (outcome,) = books.run()
    assert (outcome.lines_kept, outcome.lines_set_aside) == (9_999, 1)
    (line,) = books.rows("SELECT record_number, original_text FROM quarantine")
    assert line == {"record_number": 5_000, "original_text": lines[5_000].rstrip("\n")}
    assert books.billed() == {"USD": Decimal("499.95")}


def test_each_run_has_its_own_list_of_objects(books: Books) -> None:
    for number in range(1, 6):
        report = oci_cost({"lineItem/referenceNo": f"r{number}"})
        books.deliver(f"{number}.csv.gz", gzipped(report), at=f"2026-03-0{number}T06:00:00Z")
    for number in (3, 1, 5, 2, 4):
        outcomes = books.run(day(number))
        assert [Path(outcome.uri).name for outcome in outcomes] == [f"{number}.csv.gz"]
    assert books.run(day(3)) == []
    assert books.billed() == {"USD": Decimal("0.25")}


def test_the_ledger_keeps_when_a_version_was_first_seen(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({})))
    books.at = datetime(2026, 3, 3, 2, tzinfo=UTC)
    books.discover()
    books.at = datetime(2026, 3, 4, 2, tzinfo=UTC)
    books.deliver("b.csv.gz", gzipped(oci_cost({"lineItem/referenceNo": "b"}))[:-5])
    books.run()
    seen = "SELECT uri, first_seen_at FROM ledger_object ORDER BY uri"
    before = books.rows(seen)
    assert [row["first_seen_at"].day for row in before] == [3, 4]
    books.at = datetime(2026, 3, 5, 2, tzinfo=UTC)
    books.run(retry_failed=True)
    assert books.rows(seen) == before
    (books.home / "warehouse.duckdb").unlink()
    rebuilt = Books(books.home)
    rebuilt.publish()
    assert rebuilt.rows(seen) == before


def test_a_scheduled_run_covers_what_a_stopped_scheduler_left_out(books: Books) -> None:
    for number in range(1, 6):
        report = oci_cost({"lineItem/referenceNo": f"r{number}"})
        books.deliver(f"{number}.csv.gz", gzipped(report), at=f"2026-03-0{number}T06:00:00Z")
    assert len(books.run(day(2), since_last=True)) == 1
    discovery = books.discover(day(5), since_last=True)
    names = [Path(item.uri).name for item in discovery.objects]
    assert names == ["3.csv.gz", "4.csv.gz", "5.csv.gz"]
    assert discovery.outside == 1


def test_an_object_that_its_bucket_no_longer_keeps_stays_in_the_books(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({})))
    former = books.deliver("b.csv.gz", gzipped(oci_cost({"lineItem/referenceNo": "other"})))
    books.run()
    former.unlink()
    books.run()
    assert books.billed() == {"USD": Decimal("0.1")}


def test_an_object_deleted_and_delivered_again_counts_once(books: Books) -> None:
    same = books.deliver("a.csv.gz", gzipped(oci_cost({})))
    other = books.deliver("b.csv.gz", gzipped(oci_cost({"lineItem/referenceNo": "b"})))
    books.run()
    same.unlink()
    other.unlink()
    assert books.run() == []
    books.deliver(same.name, gzipped(oci_cost({})), at="2026-03-05T04:00:00Z")
    changed = gzipped(oci_cost({"lineItem/referenceNo": "b", "cost/myCost": "3"}))
    books.deliver(other.name, changed, at="2026-03-05T04:00:00Z")
    assert [outcome.state for outcome in books.run(day(5))] == ["taken_in"]
    assert books.billed() == {"USD": Decimal("3.05")}
    assert books.reconcile().amount == 0


@pytest.mark.parametrize("at", ["2026-03-01T04:00:00Z", "2026-03-02T04:00:00Z"])
def test_a_version_dated_before_the_one_that_stands_replaces_it(books: Books, at: str) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({})))
    books.run()
    books.deliver("a.csv.gz", gzipped(oci_cost({"cost/myCost": "3"})), at=at)
    discovery = books.discover(day(6))
    assert [Path(item.uri).name for item in discovery.redated] == ["a.csv.gz"]
    assert [outcome.state for outcome in books.take_in(discovery)] == ["taken_in"]
    books.publish()
    assert books.billed() == {"USD": Decimal(3)}
    assert books.run() == []


def test_a_broken_version_dated_before_the_one_that_stands_is_tried_once(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({})))
    books.run()
    books.deliver("a.csv.gz", gzipped(oci_cost({}))[:-5], at="2026-03-01T04:00:00Z")
    assert [outcome.state for outcome in books.run()] == ["failed"]
    assert books.run() == []
    assert books.billed() == {"USD": Decimal("0.05")}


def test_a_listing_older_than_what_another_run_took_in_replaces_nothing(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({})))
    before, listed = books.lake.version(), books.listing(EVER)
    books.deliver("a.csv.gz", gzipped(oci_cost({"cost/myCost": "3"})), at="2026-03-03T04:00:00Z")
    books.run()
    books.listing = lambda period: listed
    late = books.discover(as_of=before)
    assert late.redated == ()
    assert [outcome.state for outcome in books.take_in(late)] == ["unchanged"]
    books.publish()
    assert books.billed() == {"USD": Decimal(3)}
    assert books.rows("SELECT * FROM open_object") == []


def test_other_tag_keys_republish_every_day(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {"tags/environment": "test"})))
    books.run()
    assert len(books.rows("SELECT * FROM daily_cost")) == 2
    books.tag_keys = ("cost_center",)
    publication = books.publish()
    assert len(publication.days) == 1
    (row,) = books.rows("SELECT mart_version, billed_cost FROM daily_cost")
    assert row == {"mart_version": 2, "billed_cost": Decimal("0.1")}


def test_the_ledger_is_rebuilt_from_the_lake_alone(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {"cost/myCost": "broken"})))
    books.deliver("b.csv.gz", gzipped(oci_cost({"lineItem/referenceNo": "b"}))[:-5])
    books.run()
    before = books.tables()
    (books.home / "warehouse.duckdb").unlink()
    rebuilt = Books(books.home)
    rebuilt.publish()
    assert rebuilt.tables() == before


def test_a_line_lost_from_the_lake_stops_the_publish(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {})))
    books.take_in(books.discover())
    (file,) = books.lake.files()
    import pyarrow.parquet as pq

    lines = pq.ParquetFile(file.path).read()
    pq.write_table(lines.slice(0, 1), file.path)
    with pytest.raises(NotReconciled, match=r"BilledCost in USD: expected 0\.10*, found 0\.050*"):
        books.publish()
    assert books.rows("SELECT * FROM daily_cost") == []
    assert len(books.rows("SELECT * FROM pending_day")) == 1
