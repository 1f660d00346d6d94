"""A broken statement never reaches the books: each mutation is caught by its own sums or counts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from cloudledger import sql
from cloudledger.ledger.differences import NotReconciled
from tests.support.books import Books
from tests.support.reports import gzipped, oci_cost

Mutate = Callable[[str, str], None]


@pytest.fixture
def mutate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mutate]:
    root = tmp_path / "sql"
    shutil.copytree(sql.SQL_ROOT, root)
    monkeypatch.setattr(sql, "SQL_ROOT", root)
    sql.statement.cache_clear()

    def change(name: str, around: str) -> None:
        path = root / f"{name}.sql"
        path.write_text(around.format(original=path.read_text()))
        sql.statement.cache_clear()

    yield change
    sql.statement.cache_clear()


@pytest.fixture
def books(tmp_path: Path) -> Books:
    books = Books(tmp_path / "home")
    report = oci_cost(
        {}, {"cost/myCost": "1.25"}, {"cost/myCost": "3", "usage/billedQuantity": "7"}
    )
    books.deliver("a.csv.gz", gzipped(report))
    return books


@pytest.mark.parametrize(
    ("around", "says"),
    [
        (
            "SELECT * REPLACE (ConsumedQuantity AS BilledCost) FROM ({original})",
            "BilledCost in USD",
        ),
        ("SELECT * REPLACE (-EffectiveCost AS EffectiveCost) FROM ({original})", "EffectiveCost"),
        ("SELECT * REPLACE ('EUR' AS BillingCurrency) FROM ({original})", "in EUR"),
        (
            "SELECT * REPLACE (ChargePeriodStart + INTERVAL 1 DAY AS ChargePeriodStart)"
            " FROM ({original})",
            "2026-03-02",
        ),
        (
            "SELECT * REPLACE (cast(cast(BilledCost AS DOUBLE) / 3 * 3 AS DECIMAL(38,24))"
            " AS BilledCost) FROM ({original})",
            "BilledCost in USD",
        ),
        ("SELECT * FROM ({original}) WHERE x_record_number <> 2", "of 3 records"),
        (
            "SELECT * FROM ({original}) UNION ALL SELECT * FROM ({original})"
            " WHERE x_record_number = 2",
            "of 3 records",
        ),
    ],
    ids=["cost", "sign", "currency", "day", "float", "dropped line", "doubled line"],
)
def test_a_broken_mapping_is_caught_before_the_lake(
    books: Books, mutate: Mutate, around: str, says: str
) -> None:
    mutate("focus/oci_cost", around)
    (outcome,) = books.run()
    assert outcome.state == "failed"
    assert outcome.error is not None
    assert "a.csv.gz" in outcome.error
    assert says in outcome.error
    assert "difference" in outcome.error
    assert books.lake.files() == []
    assert books.billed() == {}
    assert not list(books.lake.folder.rglob("provider=*/**/*.parquet"))


@pytest.mark.parametrize(
    "around",
    [
        "SELECT * REPLACE (consumed_quantity AS billed_cost) FROM ({original})",
        "SELECT * FROM ({original}) WHERE billed_cost < 1",
        "SELECT * FROM ({original}) UNION ALL SELECT * REPLACE (md5(grain_key) AS grain_key)"
        " FROM ({original})",
    ],
    ids=["cost", "dropped row", "doubled row"],
)
def test_a_broken_roll_up_is_rolled_back(books: Books, mutate: Mutate, around: str) -> None:
    books.run()
    before = books.rows("SELECT * FROM daily_cost")
    books.deliver(
        "b.csv.gz", gzipped(oci_cost({"lineItem/referenceNo": "b"})), at="2026-03-04T00:00:00Z"
    )
    books.take_in(books.discover())
    mutate("lake/daily_cost", around)
    with pytest.raises(NotReconciled, match="daily_cost of oracle: 2026-03-01"):
        books.publish()
    assert books.rows("SELECT * FROM daily_cost") == before
    assert books.rows("SELECT provider FROM pending_day") == [{"provider": "oracle"}]


@pytest.mark.parametrize(
    "around",
    [
        "SELECT x_object_id, x_record_number, 'newer_object' AS reason FROM line",
        "SELECT x_object_id, x_record_number, 'source_priority' AS reason FROM line",
        "FROM ({original}) UNION ALL SELECT x_object_id, x_record_number, 'newer_object'"
        " FROM line WHERE x_record_number = 2",
    ],
    ids=["both", "every source", "another line"],
)
def test_a_charge_that_no_line_counts_stops_the_publish(
    books: Books, mutate: Mutate, around: str
) -> None:
    again = oci_cost({"cost/myCost": "0.06"})
    books.deliver("b.csv.gz", gzipped(again), at="2026-03-04T00:00:00Z")
    books.take_in(books.discover())
    mutate("lake/displaced", around)
    with pytest.raises(NotReconciled, match="displaced lines of oracle whose charge no line"):
        books.publish()
    assert books.billed() == {}


def test_the_unbroken_statements_pass(books: Books, mutate: Mutate) -> None:
    mutate("focus/oci_cost", "SELECT * FROM ({original})")
    books.run()
    assert books.billed() == {"USD": Decimal("4.3")}
