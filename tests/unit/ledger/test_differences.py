from __future__ import annotations

from datetime import date
from decimal import Decimal

from cloudledger import exact
from cloudledger.ledger.differences import Cell, NotReconciled, differences

CELL = Cell(date(2026, 3, 1), "USD", "BilledCost")


def test_equal_figures_have_no_difference() -> None:
    assert differences("day", {CELL: Decimal("1.10")}, {CELL: Decimal("1.1")}) == []


def test_the_last_of_38_digits_counts() -> None:
    left = Decimal("12345678901234.123456789012345678901234")
    right = Decimal("12345678901234.123456789012345678901235")
    (found,) = differences("day", {CELL: left}, {CELL: right})
    assert found.amount == Decimal("1E-24")
    assert "expected 12345678901234.123456789012345678901234" in str(found)
    assert "difference 0.000000000000000000000001" in str(found)


def test_a_cell_that_one_side_lacks_counts_as_zero() -> None:
    (missing,) = differences("day", {CELL: Decimal(2)}, {})
    assert missing.amount == -2
    (extra,) = differences("day", {}, {CELL: Decimal(2)})
    assert extra.amount == 2


def test_a_long_list_is_cut_and_says_so() -> None:
    cells = {Cell(date(2026, 3, day), "USD", "BilledCost"): Decimal(1) for day in range(1, 15)}
    message = str(NotReconciled(differences("day", cells, {})))
    assert message.count("difference -1") == 10
    assert message.endswith("and 4 more")


def test_sums_keep_every_digit() -> None:
    amounts = [Decimal("99999999999999.999999999999999999999999")] * 1000
    assert exact.total(amounts) == Decimal("99999999999999999.999999999999999999999000")
