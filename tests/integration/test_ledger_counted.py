"""The same charge in two objects, or in two kinds of report, counts once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudledger.clouds.local import LocalObjectStore
from tests.support.books import Books
from tests.support.oci_focus_reports import oci_focus
from tests.support.reports import OCI_COST_LINE, oci_cost, table

SECOND_DAY = {
    "lineItem/intervalUsageStart": "2026-03-02T10:00Z",
    "lineItem/intervalUsageEnd": "2026-03-02T11:00:00Z",
}
DISPLACED = (
    "SELECT uri, charge_day, reason, displaced_line.lines, amount FROM displaced_line"
    " JOIN source_object USING (object_id) WHERE measure = 'BilledCost' ORDER BY uri, charge_day"
)


def named(reference: str, cost: str, **cells: str) -> dict[str, str]:
    return {"lineItem/referenceNo": reference, "cost/myCost": cost} | cells


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def displaced(books: Books) -> list[tuple[Any, ...]]:
    return [
        (Path(r["uri"]).name, r["charge_day"], r["reason"], r["lines"], r["amount"])
        for r in books.rows(DISPLACED)
    ]


def deliver_two(books: Books) -> None:
    books.deliver("a.csv", oci_cost(named("r1", "1"), named("r2", "2")), at="2026-03-02T04:00:00Z")
    books.deliver("b.csv", oci_cost(named("r2", "7"), named("r3", "4")), at="2026-03-02T10:00:00Z")


def test_the_newer_objects_line_counts_once(books: Books) -> None:
    deliver_two(books)
    books.run()
    assert books.billed() == {"USD": Decimal(12)}
    assert displaced(books) == [("a.csv", date(2026, 3, 1), "newer_object", 1, Decimal(2))]
    found = books.reconcile()
    assert (found.amount, found.displaced) == (0, 1)
    (row,) = books.rows("SELECT * FROM reconciliation WHERE measure = 'BilledCost'")
    amounts = (row["lake_amount"], row["mart_amount"], row["displaced_amount"], row["difference"])
    assert amounts == (14, 12, 2, 0)


def test_the_order_of_taking_in_does_not_decide(books: Books, tmp_path: Path) -> None:
    deliver_two(books)
    discovery = books.discover()
    for delivery in reversed(discovery.deliveries):
        books.take_in(replace(discovery, deliveries=(delivery,)))
        books.publish()
    other = Books(tmp_path / "other")
    other.delivered, other.store = books.delivered, books.store
    other.run()
    assert books.tables() == other.tables()
    assert books.billed() == {"USD": Decimal(12)}


def test_the_older_line_counts_again_when_the_newer_object_drops_it(books: Books) -> None:
    deliver_two(books)
    books.run()
    books.deliver("b.csv", oci_cost(named("r3", "4")), at="2026-03-03T04:00:00Z")
    books.run()
    assert books.billed() == {"USD": Decimal(7)}
    assert displaced(books) == []
    assert books.reconcile().amount == 0


def test_the_uri_decides_between_objects_of_the_same_instant(books: Books) -> None:
    for name, cost in (("b.csv", "5"), ("a.csv", "3")):
        books.deliver(name, oci_cost(named("r", cost)))
    books.run()
    assert books.billed() == {"USD": Decimal(5)}


def test_the_same_number_of_another_account_or_day_is_another_line(books: Books) -> None:
    books.deliver("a.csv", oci_cost(named("r", "1")))
    books.deliver("b.csv", oci_cost(named("r", "2", **{"lineItem/tenantId": "other"})))
    books.deliver("c.csv", oci_cost(named("r", "4", **SECOND_DAY)))
    books.run()
    assert books.billed() == {"USD": Decimal(7)}


def both_kinds(books: Books) -> None:
    """Two lines of one day as OCI says them in both kinds, and one of a day that FOCUS has only."""
    (books.delivered / "cost").mkdir(exist_ok=True)
    (books.delivered / "focus").mkdir(exist_ok=True)
    books.deliver("cost/1.csv", oci_cost(named("r1", "1"), named("r2", "2")))
    later = {"ChargePeriodStart": "2026-03-02T10:00Z", "ChargePeriodEnd": "2026-03-02T11:00Z"}
    books.deliver(
        "focus/1.csv",
        oci_focus(
            {"oci_ReferenceNumber": "r1", "BilledCost": "1.5"},
            {"oci_ReferenceNumber": "r2", "BilledCost": "2.5"},
            later | {"oci_ReferenceNumber": "r9", "BilledCost": "8"},
        ),
        at="2026-03-04T04:00:00Z",
    )


def run_both(books: Books, *precedence: str) -> None:
    books.precedence = precedence
    for source in ("cost", "focus"):
        books.store = LocalObjectStore([books.delivered / source], f"{source}_reports")
        books.take_in(books.discover(source=f"{source}_reports"))
    books.publish()


@pytest.mark.parametrize(
    ("precedence", "billed", "loser", "left"),
    [
        (("cost_reports", "focus_reports"), Decimal(11), "focus", Decimal(4)),
        (("focus_reports", "cost_reports"), Decimal(12), "cost", Decimal(3)),
        ((), Decimal(11), "focus", Decimal(4)),
        (("focus_reports",), Decimal(12), "cost", Decimal(3)),
    ],
)
def test_of_two_kinds_of_oci_report_the_source_that_comes_first_counts_the_day(
    books: Books, precedence: tuple[str, ...], billed: Decimal, loser: str, left: Decimal
) -> None:
    both_kinds(books)
    run_both(books, *precedence)
    assert books.billed() == {"USD": billed}
    (row,) = books.rows(DISPLACED)
    assert (row["uri"].split("/")[-2], row["reason"]) == (loser, "source_priority")
    assert (row["charge_day"], row["lines"], row["amount"]) == (date(2026, 3, 1), 2, left)
    assert books.reconcile().amount == 0


def test_other_precedence_republishes_the_days_that_both_kinds_bring(books: Books) -> None:
    both_kinds(books)
    run_both(books, "cost_reports", "focus_reports")
    books.precedence = ("focus_reports", "cost_reports")
    assert books.publish().days == (("oracle", date(2026, 3, 1)),)
    assert books.billed() == {"USD": Decimal(12)}
    assert books.publish().days == ()


def test_a_usage_report_displaces_no_costs_whatever_comes_first(books: Books) -> None:
    usage = {
        "lineItem/referenceNo": "r1",
        "lineItem/tenantId": OCI_COST_LINE["lineItem/tenantId"],
        "lineItem/intervalUsageStart": "2026-03-01T10:00Z",
        "lineItem/intervalUsageEnd": "2026-03-01T11:00Z",
        "product/service": "COMPUTE",
        "product/resource": "PIC_COMPUTE",
        "product/compartmentId": "c1",
        "product/compartmentName": "web",
        "product/region": "eu-frankfurt-1",
        "product/resourceId": "a",
        "usage/consumedQuantity": "2",
        "usage/billedQuantity": "2",
        "usage/consumedQuantityUnits": "HOURS",
        "usage/consumedQuantityMeasure": "OCPU",
        "lineItem/isCorrection": "false",
    }
    both_kinds(books)
    books.deliver("focus/usage.csv", table(list(usage), [usage]))
    run_both(books, "focus_reports", "cost_reports")
    assert books.billed() == {"USD": Decimal(12)}
    formats = {row["format"] for row in books.rows("SELECT format FROM source_object")}
    assert formats == {"oci_cost", "oci_focus", "oci_usage"}
    lost = books.rows(DISPLACED)
    assert {row["uri"].rpartition("/")[2] for row in lost} == {"1.csv", "usage.csv"}


def test_both_kinds_in_one_source_count_once_too(books: Books) -> None:
    both_kinds(books)
    books.run()
    assert books.billed() == {"USD": Decimal(11)}


def test_the_tenancy_is_known_by_whichever_account_names_it(books: Books) -> None:
    tenancy = {"BillingAccountId": OCI_COST_LINE["lineItem/tenantId"], "SubAccountId": "c1"}
    books.deliver("a.csv", oci_cost(named("r1", "1")))
    books.deliver("b.csv", oci_focus(tenancy), at="2026-03-04T04:00:00Z")
    books.run()
    assert books.billed() == {"USD": Decimal(1)}
    assert [reason for _, _, reason, *_ in displaced(books)] == ["source_priority"]


def test_another_tenancys_day_is_not_displaced(books: Books) -> None:
    books.deliver("a.csv", oci_cost(named("r1", "1")))
    books.deliver("b.csv", oci_focus({"SubAccountId": "ocid1.tenancy.oc1..lab"}))
    books.run()
    assert books.billed() == {"USD": Decimal("1.05")}
    assert displaced(books) == []
