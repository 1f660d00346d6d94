"""The gate judges exactly what the next publish would publish, and keeps what it found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudledger.quality.expectations import ExpectationResult, Severity
from cloudledger.quality.results import save
from cloudledger.quality.slice import pending_slice
from cloudledger.quality.suites import TAKEN_IN
from cloudledger.quality.validate import validate
from tests.support.books import Books
from tests.support.reports import gzipped, oci_cost

NIGHT = datetime(2026, 3, 3, 2, tzinfo=UTC)
SECOND = {
    "lineItem/intervalUsageStart": "2026-03-02T10:00Z",
    "lineItem/intervalUsageEnd": "2026-03-02T11:00Z",
}


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def judged_lines(books: Books) -> int:
    with books.warehouse() as warehouse:
        return int(pending_slice(warehouse, books.lake, precedence=())["lines"].sum())


def test_lines_are_judged_until_they_are_published(books: Books) -> None:
    assert judged_lines(books) == 0
    books.deliver("a.csv.gz", gzipped(oci_cost({}, {}, {"cost/myCost": "-4"})))
    books.take_in(books.discover())
    assert judged_lines(books) == 3
    books.deliver("b.csv.gz", gzipped(oci_cost(SECOND)), at="2026-03-03T04:00:00Z")
    books.take_in(books.discover())
    assert judged_lines(books) == 4
    books.publish()
    assert judged_lines(books) == 0


def test_every_line_of_a_touched_day_is_judged(books: Books) -> None:
    books.deliver("a.csv.gz", gzipped(oci_cost({}, SECOND)))
    books.run()
    books.deliver("b.csv.gz", gzipped(oci_cost(SECOND)), at="2026-03-03T04:00:00Z")
    books.take_in(books.discover())
    assert judged_lines(books) == 2


def test_what_is_wrong_in_a_delivery_is_found_through_the_lake(books: Books) -> None:
    lines = [{} for _ in range(40)] + [{"cost/myCost": "-4"}]
    books.deliver("a.csv.gz", gzipped(oci_cost(*lines)))
    books.take_in(books.discover())
    with books.warehouse() as warehouse:
        frame = pending_slice(warehouse, books.lake, precedence=())
        assert len(frame) == 2
        broken = {r.expectation: r for r in validate(frame, TAKEN_IN) if not r.success}
    found = broken["BilledCost of usage is not negative, unless it corrects"]
    assert (found.severity, found.observed) == (Severity.WARNING, "1 of 41 lines")
    (item,) = books.store.list("")
    assert found.details == f"found -4; see {item.object_id} record 41"


def test_a_repeated_run_replaces_its_results(books: Books) -> None:
    def result(observed: str, details: str = "") -> ExpectationResult:
        return ExpectationResult(
            "taken_in", "a rule", "BilledCost", Severity.ERROR, False, observed, 3, details
        )

    def rows() -> list[dict[str, object]]:
        return books.rows("SELECT * FROM quality_result ORDER BY run_id")

    with books.warehouse() as warehouse:
        for run_id, found in (
            ("first", [result("3 of 4 lines")]),
            ("second", [result("3 of 4 lines")]),
            ("second", [result("3 of 5 lines", "\u00e9" * 3000)]),
        ):
            with warehouse.transaction() as session:
                save(session, found, run_id=run_id, at=NIGHT)
    first, second = rows()
    assert (first["run_id"], first["observed"], first["details"]) == ("first", "3 of 4 lines", None)
    assert (second["observed"], second["judged_at"]) == ("3 of 5 lines", NIGHT)
    assert second["details"] == "\u00e9" * 2000
