"""Columns that come and go, end to end: kept or NULL, told once; or the object set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudledger.ledger import drift
from tests.support.books import Books
from tests.support.focus_reports import focus
from tests.support.reports import OCI_COST_HEADER, OCI_COST_LINE, gzipped, table

NEW = "product/newThing"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def deliver(books: Books, day: int, *, without: str = "", new: str = "") -> None:
    """One report of a line, delivered on a day in March, its header changed."""
    header = [*(name for name in OCI_COST_HEADER if name != without), *([new] if new else [])]
    cells = OCI_COST_LINE | {"lineItem/referenceNo": f"line-{day}", new: "kept"}
    row = {name: cells[name] for name in header if name in cells}
    text = table(header, [row])
    books.deliver(f"{day:02}.csv.gz", gzipped(text), at=f"2026-03-{day:02}T04:00:00+00:00")


def told(books: Books, run_id: str) -> list[str]:
    """What a run tells, but for where the objects lie."""
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        return [
            str(one).replace(books.delivered.as_uri(), "") for one in drift.tell(session, run_id)
        ]


def extras(books: Books) -> list[str | None]:
    """What the lake's lines have of the new column, in the order of their reference numbers."""
    with books.lake.lines([file.path for file in books.lake.files()]) as con:
        rows = con.execute(
            f"SELECT x_extra['{NEW}'] FROM line ORDER BY x_reference_number"
        ).fetchall()
    return [value for (value,) in rows]


def test_a_new_column_is_kept_and_told_once(books: Books) -> None:
    deliver(books, 1)
    books.run()
    assert told(books, "first") == []
    deliver(books, 2, new=NEW)
    books.run()
    assert extras(books) == [None, "kept"]
    line = f"sample (oci_cost): new column {NEW}, kept in x_extra; first in /02.csv.gz"
    assert told(books, "second") == [line]
    deliver(books, 3, new=NEW)
    deliver(books, 4)
    deliver(books, 5, new=NEW)
    books.run()
    assert told(books, "third") == []
    assert told(books, "second") == [line]
    assert extras(books) == [None, "kept", "kept", None, "kept"]


def test_a_lost_optional_column_is_null_and_told_once(books: Books) -> None:
    deliver(books, 1)
    deliver(books, 2, without="product/Description")
    deliver(books, 3, without="product/Description")
    books.run()
    assert told(books, "first") == [
        "sample (oci_cost): column product/Description is no longer delivered, NULL from here; "
        "first in /02.csv.gz"
    ]
    with books.lake.lines([file.path for file in books.lake.files()]) as con:
        rows = con.execute("SELECT ChargeDescription FROM line ORDER BY x_reference_number")
        assert rows.fetchall() == [(OCI_COST_LINE["product/Description"],), (None,), (None,)]
    deliver(books, 4)
    deliver(books, 5, without="product/Description")
    books.run()
    assert told(books, "second") == []


def test_what_reports_never_had_is_not_lost(books: Books) -> None:
    """The first object lacks several optional columns; so does an older one that comes later."""
    deliver(books, 3)
    deliver(books, 1, without="product/Description")
    books.run()
    missing = books.rows("SELECT missing_columns FROM source_object")
    assert all("cost/attributedCost" in row["missing_columns"] for row in missing)
    assert told(books, "first") == []


def test_another_format_is_told(books: Books) -> None:
    deliver(books, 1)
    books.run()
    books.deliver("other.csv.gz", gzipped(focus({})), at="2026-03-02T04:00:00+00:00")
    books.run()
    assert told(books, "first") == [
        "sample (focus): reports are focus now, before oci_cost; first in /other.csv.gz"
    ]


def test_a_lost_required_column_sets_the_object_aside_until_it_is_mended(books: Books) -> None:
    deliver(books, 1)
    deliver(books, 2, without="cost/myCost", new=NEW)
    deliver(books, 3)
    outcomes = {Path(outcome.uri).name: outcome for outcome in books.run()}
    assert {name: outcome.state for name, outcome in outcomes.items()} == {
        "01.csv.gz": "taken_in",
        "02.csv.gz": "failed",
        "03.csv.gz": "taken_in",
    }
    error = str(outcomes["02.csv.gz"].error)
    assert "nearest is oci_cost" in error
    assert f"missing cost/myCost; unknown {NEW}." in error
    (waiting,) = books.rows("SELECT uri, state, error_kind, error FROM open_object")
    assert waiting["uri"].endswith("/02.csv.gz")
    assert (waiting["state"], waiting["error_kind"]) == ("failed", "content")
    assert waiting["error"] == error
    assert books.run() == []
    deliver(books, 2)
    (mended,) = books.run()
    assert mended.state == "taken_in"
    assert books.rows("SELECT * FROM open_object") == []
    assert books.reconcile().amount == 0


def test_odd_names_have_a_place(books: Books) -> None:
    long = "x" * 1000
    header = [*OCI_COST_HEADER, "", long, long]
    books.deliver("a.csv.gz", gzipped(table(header, [OCI_COST_LINE])))
    books.run()
    names = [row["column_name"] for row in books.rows("SELECT column_name FROM schema_drift")]
    assert sorted(names) == ["(no name)", "x" * 512]


def test_drift_is_rebuilt_from_the_lake_alone(books: Books) -> None:
    for day, options in ((1, {}), (2, {"new": NEW}), (3, {"without": "product/Description"})):
        deliver(books, day, **options)
        books.run()
    drifted = "SELECT * EXCLUDE (told_by) FROM schema_drift ORDER BY ALL"
    columns = "SELECT * FROM source_column ORDER BY ALL"
    before = (books.rows(drifted), books.rows(columns))
    assert len(before[0]) == 2
    (books.home / "warehouse.duckdb").unlink()
    rebuilt = Books(books.home)
    rebuilt.publish()
    assert (rebuilt.rows(drifted), rebuilt.rows(columns)) == before
