"""Usage cost as of an instant, out of a real ledger: what came later is not in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from cloudledger.insights.known import GRAIN, UsageCost, usage_cost
from tests.support.books import Books
from tests.support.focus_reports import FOCUS_HEADER, FOCUS_LINE
from tests.support.reports import gzipped, oci_cost, table

FIRST = datetime(2026, 3, 4, 4, tzinfo=UTC)
LATER = datetime(2026, 3, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def lines(*charged: tuple[int, str]) -> bytes:
    """A report with a line for each day of March and cost."""
    return gzipped(
        oci_cost(
            *(
                {"lineItem/intervalUsageStart": f"2026-03-{day:02}T10:00Z", "cost/myCost": cost}
                for day, cost in charged
            )
        )
    )


def known(books: Books, as_of: datetime) -> UsageCost:
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        return usage_cost(
            session,
            books.lake,
            as_of,
            first_day=date(2026, 1, 1),
            tag_keys=books.tag_keys,
            precedence=(),
        )


def rows_of(cost: UsageCost) -> pd.DataFrame:
    return cost.parts.iloc[cost.part].assign(day=cost.day, cost=cost.cost)


def by_day(books: Books, as_of: datetime) -> dict[int, float]:
    rows = rows_of(known(books, as_of))
    return {stamp.day: round(cost, 9) for stamp, cost in rows.groupby("day")["cost"].sum().items()}


def test_a_rewritten_object_counts_by_the_version_of_the_instant(books: Books) -> None:
    books.deliver("a.csv.gz", lines((1, "1.5"), (2, "2.5")), at=FIRST.isoformat())
    books.run()
    books.deliver("a.csv.gz", lines((1, "1.25"), (3, "8")), at=LATER.isoformat())
    books.run()
    assert by_day(books, FIRST - HOUR) == {}
    assert by_day(books, FIRST) == {1: 1.5, 2: 2.5}
    assert by_day(books, LATER - HOUR) == {1: 1.5, 2: 2.5}
    assert by_day(books, LATER) == {1: 1.25, 3: 8}


def test_an_object_that_comes_later_adds_nothing_to_an_earlier_instant(books: Books) -> None:
    books.deliver("a.csv.gz", lines((1, "1.5"), (2, "2.5")), at=FIRST.isoformat())
    books.run()
    before = rows_of(known(books, FIRST))
    books.deliver("b.csv.gz", lines((2, "40"), (3, "8")), at=LATER.isoformat())
    books.run()
    assert by_day(books, FIRST) == {1: 1.5, 2: 2.5}
    assert by_day(books, LATER) == {1: 1.5, 2: 42.5, 3: 8}
    # The same grain, whether it is read from the warehouse or added up again.
    again = rows_of(known(books, FIRST))
    order = [*GRAIN, "day"]
    assert again.astype(dict.fromkeys(order, str)).sort_values(order).to_dict(
        "list"
    ) == before.astype(dict.fromkeys(order, str)).sort_values(order).to_dict("list")


def test_the_day_that_has_not_ended_is_not_known(books: Books) -> None:
    books.deliver("a.csv.gz", lines((1, "1.5"), (2, "2.5")), at="2026-03-02T12:00:00+00:00")
    books.run()
    assert by_day(books, datetime(2026, 3, 2, 23, tzinfo=UTC)) == {1: 1.5}
    assert by_day(books, datetime(2026, 3, 3, tzinfo=UTC)) == {1: 1.5, 2: 2.5}


def test_credits_taxes_purchases_and_corrections_are_no_usage(books: Books) -> None:
    usage = {"ChargeCategory": "Usage", "EffectiveCost": "5", "BilledCost": "0"}
    lines = (
        usage,
        *({"ChargeCategory": one, "EffectiveCost": "70"} for one in ("Credit", "Tax", "Purchase")),
        usage | {"ChargeClass": "Correction", "EffectiveCost": "-3"},
    )
    report = table([*FOCUS_HEADER, "ChargeClass"], [FOCUS_LINE | line for line in lines])
    books.deliver("a.csv", report, at=FIRST.isoformat())
    books.run()
    assert known(books, FIRST).cost.tolist() == [5.0]
