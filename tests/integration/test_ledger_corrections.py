"""Corrections are linked to what they correct, wherever it stands and whenever it comes."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudledger.ledger import corrections
from tests.support.books import Books
from tests.support.oci_focus_reports import oci_focus
from tests.support.reports import oci_cost


def line(reference: str, day: str, cost: str, back: str = "", **cells: str) -> dict[str, str]:
    """A line of one day; with ``back`` a correction of that line."""
    return {
        "lineItem/referenceNo": reference,
        "lineItem/intervalUsageStart": f"{day}T10:00Z",
        "lineItem/intervalUsageEnd": f"{day}T11:00Z",
        "cost/myCost": cost,
        "lineItem/isCorrection": "true" if back else "false",
        "lineItem/backreferenceNo": back,
    } | cells


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def links(books: Books) -> list[tuple[Any, ...]]:
    """Reference, what it corrects, that line's day and cost, days apart, status."""
    rows = books.rows("SELECT * FROM correction ORDER BY reference_number")
    return [
        (
            row["reference_number"],
            row["corrected_reference"],
            row["corrected_day"],
            row["corrected_billed_cost"],
            row["days_apart"],
            row["status"],
        )
        for row in rows
    ]


def test_a_correction_is_linked_across_files_and_months(books: Books) -> None:
    books.deliver("march.csv", oci_cost(line("r1", "2026-03-30", "2.50")))
    books.deliver("april.csv", oci_cost(line("c1", "2026-04-02", "-0.75", back="r1")))
    books.run()
    assert links(books) == [("c1", "r1", date(2026, 3, 30), Decimal("2.5"), 3, "resolved")]
    (row,) = books.rows("SELECT * FROM correction")
    ends = {item.object_id: Path(item.uri).name for item in books.store.list("")}
    assert (ends[row["object_id"]], row["record_number"]) == ("april.csv", 1)
    assert (ends[row["corrected_object_id"]], row["corrected_record_number"]) == ("march.csv", 1)
    assert (row["charge_day"], row["billed_cost"]) == (date(2026, 4, 2), Decimal("-0.75"))
    assert (row["quantity"], row["unit"]) == (Decimal(2), "OCPU-Hours")
    assert (row["service_name"], row["billing_currency"]) == ("COMPUTE", "USD")
    assert row["account"] == "ocid1.tenancy.oc1..sample"
    assert books.billed() == {"USD": Decimal("1.75")}


def test_a_back_reference_alone_is_no_correction(books: Books) -> None:
    needless = line("r2", "2026-03-02", "1", back="r1") | {"lineItem/isCorrection": "false"}
    books.deliver("a.csv", oci_cost(line("r1", "2026-03-01", "2"), needless))
    books.run()
    assert links(books) == []


def test_it_is_listed_until_the_corrected_line_comes(books: Books) -> None:
    books.deliver("b.csv", oci_cost(line("c1", "2026-04-02", "-1", back="r1")))
    books.run()
    assert links(books) == [("c1", "r1", None, None, None, "unresolved")]
    books.deliver("a.csv", oci_cost(line("r1", "2026-01-05", "2")), at="2026-04-04T04:00:00Z")
    books.take_in(books.discover())
    published = books.publish()
    assert published.days == (("oracle", date(2026, 1, 5)),)
    assert links(books) == [("c1", "r1", date(2026, 1, 5), Decimal(2), 87, "resolved")]
    assert published.unresolved == 0


def test_it_is_unresolved_again_when_the_corrected_line_vanishes(books: Books) -> None:
    books.deliver("a.csv", oci_cost(line("r1", "2026-03-30", "2")))
    books.deliver("b.csv", oci_cost(line("c1", "2026-04-02", "-1", back="r1")))
    books.run()
    books.deliver("a.csv", oci_cost(line("r7", "2026-03-30", "2")), at="2026-04-04T04:00:00Z")
    books.run()
    assert links(books) == [("c1", "r1", None, None, None, "unresolved")]
    books.deliver("a.csv", oci_cost(line("r1", "2026-03-31", "3")), at="2026-04-05T04:00:00Z")
    books.run()
    assert links(books) == [("c1", "r1", date(2026, 3, 31), Decimal(3), 2, "resolved")]


def test_a_correction_that_is_redelivered_without_it_is_gone(books: Books) -> None:
    books.deliver("a.csv", oci_cost(line("r1", "2026-03-30", "2")))
    books.deliver("b.csv", oci_cost(line("c1", "2026-04-02", "-1", back="r1")))
    books.run()
    books.deliver("b.csv", oci_cost(line("r2", "2026-04-02", "1")), at="2026-04-04T04:00:00Z")
    books.run()
    assert links(books) == []


def test_a_chain_links_each_to_the_one_before(books: Books) -> None:
    books.deliver(
        "a.csv",
        oci_cost(
            line("c2", "2026-05-01", "0.25", back="c1"),
            line("r1", "2026-03-30", "2"),
            line("c1", "2026-04-02", "-1", back="r1"),
        ),
    )
    books.run()
    assert links(books) == [
        ("c1", "r1", date(2026, 3, 30), Decimal(2), 3, "resolved"),
        ("c2", "c1", date(2026, 4, 2), Decimal(-1), 29, "resolved"),
    ]


def test_both_ends_are_counted_lines(books: Books) -> None:
    correction = line("c1", "2026-04-02", "-1", back="r1")
    books.deliver("a.csv", oci_cost(line("r1", "2026-03-30", "2"), correction))
    books.deliver(
        "b.csv",
        oci_cost(line("r1", "2026-03-30", "5"), correction | {"cost/myCost": "-3"}),
        at="2026-04-04T04:00:00Z",
    )
    books.run()
    assert links(books) == [("c1", "r1", date(2026, 3, 30), Decimal(5), 3, "resolved")]
    (row,) = books.rows("SELECT billed_cost FROM correction")
    assert row == {"billed_cost": Decimal(-3)}
    assert books.billed() == {"USD": Decimal(2)}


def test_the_nearest_line_before_is_meant_whichever_comes_first(books: Books) -> None:
    days = ("2026-01-03", "2026-03-28", "2026-03-30", "2026-04-04")
    books.deliver("c.csv", oci_cost(line("c1", "2026-04-02", "-1", back="r1")))
    books.run()
    for nearest, day in (
        ("2026-04-04", "2026-04-04"),
        ("2026-03-28", "2026-03-28"),
        ("2026-03-28", "2026-01-03"),
        ("2026-03-30", "2026-03-30"),
    ):
        assert day in days
        books.deliver(f"{day}.csv", oci_cost(line("r1", day, "2")), at="2026-04-09T04:00:00Z")
        books.run()
        assert [str(found) for _, _, found, *_ in links(books)] == [nearest]


def test_another_tenancys_line_is_not_meant(books: Books) -> None:
    other = {"lineItem/tenantId": "ocid1.tenancy.oc1..other"}
    books.deliver("a.csv", oci_cost(line("r1", "2026-03-30", "2", **other)))
    books.deliver("b.csv", oci_cost(line("c1", "2026-04-02", "-1", back="r1")))
    books.run()
    assert [status for *_, status in links(books)] == ["unresolved"]


def test_an_adjustment_of_a_focus_report_is_linked_as_well(books: Books) -> None:
    books.deliver("a.csv", oci_focus({"oci_ReferenceNumber": "r1", "BilledCost": "3"}))
    back = {"oci_BackReferenceNumber": "r1", "BilledCost": "-1"}
    adjustment = back | {"oci_ReferenceNumber": "c1", "ChargeCategory": "Adjustment"}
    books.deliver("b.csv", oci_focus(adjustment, back | {"oci_ReferenceNumber": "u1"}))
    books.run()
    assert links(books) == [("c1", "r1", date(2026, 3, 1), Decimal(3), 0, "resolved")]


def test_days_without_corrections_search_nothing(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.deliver("a.csv", oci_cost(line("r1", "2026-03-30", "2")))
    books.deliver("b.csv", oci_cost(line("c1", "2026-04-02", "-1", back="r1")))
    books.deliver("c.csv", oci_cost(line("c9", "2026-04-02", "-1", back="lost")))
    books.run()

    def searched(*_: object) -> None:
        raise AssertionError("the lake was searched")

    monkeypatch.setattr(corrections, "find_corrected", searched)
    books.deliver("d.csv", oci_cost(line("r4", "2026-04-05", "2")), at="2026-04-06T04:00:00Z")
    books.run()
    assert [status for *_, status in links(books)] == ["resolved", "unresolved"]


def test_a_missing_line_is_searched_for_once(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    books.deliver("c.csv", oci_cost(line("c9", "2026-04-02", "-1", back="lost")))
    books.run()

    def searched(*_: object) -> None:
        raise AssertionError("the lake was searched")

    monkeypatch.setattr(corrections, "find_corrected", searched)
    books.deliver("d.csv", oci_cost(line("r4", "2026-04-02", "2")), at="2026-04-06T04:00:00Z")
    books.run()
    assert [status for *_, status in links(books)] == ["unresolved"]


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))]
)
def test_any_order_of_arrival_ends_in_the_same_links(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    reports = {
        f"{number}.csv": oci_cost(
            *(
                line(
                    f"r{chance.randint(1, 9)}-{position}",
                    f"2026-0{chance.randint(1, 6)}-1{chance.randint(0, 9)}",
                    "1",
                    back=f"r{chance.randint(1, 9)}-{chance.randint(0, 5)}"
                    if chance.random() < 0.5
                    else "",
                )
                for position in range(6)
            )
        )
        for number in range(6)
    }
    lived, fresh = Books(tmp_path / "lived"), Books(tmp_path / "fresh")
    order = sorted(reports)
    chance.shuffle(order)
    for name in order:
        lived.deliver(name, reports[name])
        lived.run()
    fresh.delivered, fresh.store = lived.delivered, lived.store
    fresh.run()
    assert lived.tables()["correction"] == fresh.tables()["correction"]
    assert len(links(lived)) > 5
    assert {status for *_, status in links(lived)} == {"resolved", "unresolved"}
