"""A broken statement never reaches the books: each mutation is caught by its own sums or counts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from cloudledger import sql
from cloudledger.focus.lineage import NotTraced
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
        path.write_text(around.replace("{original}", path.read_text()))
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
    ("right", "wrong", "says"),
    [
        (
            'amount(raw."cost/myCost") AS "BilledCost"',
            'amount(raw."usage/billedQuantity") AS "BilledCost"',
            "BilledCost in USD",
        ),
        (
            'amount(raw."cost/myCost") AS "EffectiveCost"',
            '-amount(raw."cost/myCost") AS "EffectiveCost"',
            "EffectiveCost",
        ),
        (
            """coalesce(raw."cost/currencyCode", 'XXX') AS "BillingCurrency\"""",
            """'EUR' AS "BillingCurrency\"""",
            "in EUR",
        ),
        (
            'AS "ChargePeriodStart"',
            '+ INTERVAL 1 DAY AS "ChargePeriodStart"',
            "2026-03-02",
        ),
        (
            'amount(raw."cost/myCost") AS "BilledCost"',
            'amount(cast(raw."cost/myCost" AS DOUBLE) / 3 * 3) AS "BilledCost"',
            "BilledCost in USD",
        ),
        ("= service.service_key", "<> service.service_key", "of 3 records"),
    ],
    ids=["cost", "sign", "currency", "day", "float", "doubled line"],
)
def test_a_broken_mapping_is_caught_before_the_lake(
    books: Books, mutate: Mutate, right: str, wrong: str, says: str
) -> None:
    mapping = sql.statement("focus/oci_cost")
    assert mapping.count(right) == 1
    mutate("focus/oci_cost", mapping.replace(right, wrong))
    (outcome,) = books.run()
    assert outcome.state == "failed"
    assert outcome.error is not None
    assert "a.csv.gz" in outcome.error
    assert says in outcome.error
    assert "difference" in outcome.error
    assert_nothing_taken_in(books)


@pytest.mark.parametrize(
    "around",
    [
        "{original} WHERE raw.record_number <> 2",
        "{original} UNION ALL {original}",
        "SELECT * REPLACE (ConsumedQuantity AS BilledCost) FROM ({original})",
    ],
    ids=["dropped line", "doubled lines", "wrapped"],
)
def test_a_mapping_that_could_drop_or_double_lines_is_refused(
    books: Books, mutate: Mutate, around: str
) -> None:
    mutate("focus/oci_cost", around)
    with pytest.raises(NotTraced):
        books.run()
    assert_nothing_taken_in(books)


def assert_nothing_taken_in(books: Books) -> None:
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
    mutate("focus/oci_cost", "{original}")
    books.run()
    assert books.billed() == {"USD": Decimal("4.3")}
