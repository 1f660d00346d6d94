"""A correction as replacement, as a delta and as reversal with a new line: the same totals.

By hand: March billed resource A 10 units at 0.50 (5.00, effective 4.00) and resource B 3 units
(1.50, effective 1.20). A ran 8 units only: 4.00, effective 3.20. B stays.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudledger.ledger.counted import counted_lines, standing_objects
from tests.support.books import Books
from tests.support.focus_reports import FOCUS_HEADER, FOCUS_LINE
from tests.support.reports import table

HEADER = (*FOCUS_HEADER, "ResourceId", "ChargeClass", "ConsumedUnit")
TRUE_TOTALS = {
    "a": (Decimal("4.00"), Decimal("3.20"), Decimal(8)),
    "b": (Decimal("1.50"), Decimal("1.20"), Decimal(3)),
}
MARCH, APRIL = "2026-04-02T04:00:00Z", "2026-05-02T04:00:00Z"


def line(resource: str, units: str, billed: str, effective: str, **cells: str) -> dict[str, str]:
    return FOCUS_LINE | {
        "ResourceId": resource,
        "ConsumedQuantity": units,
        "ConsumedUnit": "Hours",
        "BilledCost": billed,
        "EffectiveCost": effective,
        **cells,
    }


def correcting(units: str, billed: str, effective: str) -> dict[str, str]:
    """A line of April's bill that speaks of March."""
    period = {
        "BillingPeriodStart": "2026-04-01T00:00:00Z",
        "BillingPeriodEnd": "2026-05-01T00:00:00Z",
    }
    return line("a", units, billed, effective, ChargeClass="Correction", **period)


A, B = line("a", "10", "5.00", "4.00"), line("b", "3", "1.50", "1.20")


def replacement(books: Books) -> None:
    """The same object again, with another line in the wrong one's place."""
    books.deliver("march.csv", table(HEADER, [line("a", "8", "4.00", "3.20"), B]), at=APRIL)


def delta(books: Books) -> None:
    """Another object, with what the correction adds."""
    books.deliver("april.csv", table(HEADER, [correcting("-2", "-1.00", "-0.80")]), at=APRIL)


def ledger(books: Books) -> None:
    """Another object, which takes the wrong line back and says the right one."""
    lines = [correcting("-10", "-5.00", "-4.00"), correcting("8", "4.00", "3.20")]
    books.deliver("april.csv", table(HEADER, lines), at=APRIL)


def by_resource(books: Books) -> dict[str, tuple[Any, ...]]:
    """Billed, effective and quantity of every resource, from the counted lines."""
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        standing = standing_objects(session, (), pending_only=False)
    with counted_lines(books.lake, books.lake.files(), standing) as con:
        rows = con.execute(
            "SELECT ResourceId, sum(BilledCost), sum(EffectiveCost), sum(ConsumedQuantity)"
            " FROM counted_line GROUP BY 1"
        ).fetchall()
    return {resource: tuple(sums) for resource, *sums in rows}


@pytest.mark.parametrize("correct", [replacement, delta, ledger])
@pytest.mark.parametrize("at_once", [False, True], ids=["month by month", "at once"])
def test_every_style_nets_to_the_same_totals(
    tmp_path: Path, correct: Callable[[Books], None], at_once: bool
) -> None:
    books = Books(tmp_path)
    books.deliver("march.csv", table(HEADER, [A, B]), at=MARCH)
    if not at_once:
        books.run()
        assert by_resource(books)["a"] == (Decimal(5), Decimal(4), Decimal(10))
    correct(books)
    books.run()
    assert by_resource(books) == TRUE_TOTALS
    assert books.billed() == {"USD": Decimal("5.50")}
    (day,) = books.rows(
        "SELECT charge_day, sum(effective_cost) AS cost FROM daily_cost GROUP BY ALL"
    )
    assert (str(day["charge_day"]), day["cost"]) == ("2026-03-01", Decimal("4.40"))
    assert books.rows("SELECT * FROM displaced_line") == []
    assert books.reconcile().amount == 0


@pytest.mark.parametrize("correct", [delta, ledger])
def test_a_correction_delivered_again_counts_once(
    tmp_path: Path, correct: Callable[[Books], None]
) -> None:
    books = Books(tmp_path)
    books.deliver("march.csv", table(HEADER, [A, B]), at=MARCH)
    correct(books)
    books.run()
    text = (books.delivered / "april.csv").read_text()
    books.deliver("april.csv", text + "\n", at="2026-05-03T04:00:00Z")
    books.run()
    assert by_resource(books) == TRUE_TOTALS
