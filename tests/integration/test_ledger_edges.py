"""What no provider should deliver and no operator should do, and what the books make of it."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudledger.lake.log import CommitConflict, DeltaLog
from cloudledger.lake.table import open_lake
from cloudledger.ledger import publish
from cloudledger.ledger.period import Period
from cloudledger.ledger.publish import LedgerMoved, SumTooLarge
from tests.support.books import Books
from tests.support.focus_reports import focus
from tests.support.reports import gzipped, oci_cost

LARGEST = "9" * 14
LONG = "Compute - Standard - E4 - OCPU hours"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def day(number: int) -> Period:
    return Period(datetime(2026, 3, number, tzinfo=UTC), datetime(2026, 3, number + 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "stop", [KeyboardInterrupt(), OSError("no checkpoint"), CommitConflict("told too late")]
)
def test_lines_that_are_committed_survive_whatever_comes_after(
    books: Books, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    books.deliver("a.csv", focus({}))
    commit = DeltaLog.commit

    def commit_then_stop(*arguments: Any) -> None:
        commit(*arguments)
        monkeypatch.setattr(DeltaLog, "commit", commit)
        raise stop

    monkeypatch.setattr(DeltaLog, "commit", commit_then_stop)
    discovery = books.discover()
    with suppress(KeyboardInterrupt, OSError):
        books.take_in(discovery)
    assert [outcome.state for outcome in books.take_in(discovery)] == ["unchanged"]
    books.publish()
    assert books.billed() == {"USD": Decimal("1.5")}
    assert books.reconcile().amount == 0


@pytest.mark.parametrize("folder", ["it's mine", "[a]*", "day=2020-01-01/provider=x", "€ 云"])
def test_a_lake_may_lie_in_any_folder(tmp_path: Path, folder: str) -> None:
    books = Books(tmp_path / folder)
    books.deliver("a.csv", focus({}, {"ProviderName": "GCP"}))
    books.run()
    assert books.billed() == {"USD": Decimal(3)}
    assert books.reconcile().amount == 0


@pytest.mark.parametrize("sign", ["#", "?", "%"])
def test_a_folder_that_delta_lake_cannot_find_is_refused(tmp_path: Path, sign: str) -> None:
    with pytest.raises(ValueError, match="name another folder"):
        open_lake(tmp_path / f"a{sign}b")


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("365", "365"),
        ("2026-01-01", "2026-01-01"),
        ("Яндекс", "provider-9e452a1c"),
        ("Télé", "t-l"),
        ("x" * 300, "x" * 64),
    ],
)
def test_every_providers_name_has_a_partition(books: Books, name: str, provider: str) -> None:
    books.deliver("a.csv", focus({"ProviderName": name}))
    books.run()
    assert books.rows("SELECT provider FROM daily_cost") == [{"provider": provider}]
    assert books.billed() == {"USD": Decimal("1.5")}
    assert books.reconcile().amount == 0


def test_texts_too_long_for_the_warehouse_are_cut_there_and_stay_apart(books: Books) -> None:
    books.deliver(
        "a.csv",
        focus(
            {"SkuId": "x" * 600},
            {"SkuId": "x" * 599 + "y"},
            {"ServiceName": "云" * 600},
            {"Tags": '{"cost_center": "' + "x" * 3000 + '"}'},
        ),
    )
    books.run()
    rows = books.rows("SELECT sku_id, service_name FROM daily_cost ORDER BY sku_id, service_name")
    assert [row["sku_id"] for row in rows[:2]] == ["x" * 127 + "…"] * 2
    assert "云" * 127 + "…" in {row["service_name"] for row in rows}
    (tag,) = books.rows("SELECT tag_value FROM tag_set_value")
    assert tag == {"tag_value": "x" * 511 + "…"}
    assert books.billed() == {"USD": Decimal(6)}


def test_a_text_in_the_currencys_place_is_set_aside(books: Books) -> None:
    shifted = {"BilledCost": "oops", "BillingCurrency": LONG}
    books.deliver("a.csv", focus({}, shifted, {"BillingCurrency": LONG}))
    (outcome,) = books.run()
    assert (outcome.state, outcome.lines_kept, outcome.lines_set_aside) == ("taken_in", 1, 2)
    rows = books.rows("SELECT column_name, reason FROM quarantine ORDER BY record_number")
    assert rows[1] == {
        "column_name": "BillingCurrency",
        "reason": f"is too long for a currency: {LONG}",
    }
    (total,) = books.rows(
        "SELECT set_aside_amount FROM source_object_total "
        "WHERE billing_currency = 'XXX' AND measure = 'BilledCost'"
    )
    assert total == {"set_aside_amount": Decimal("1.5")}
    assert books.reconcile().amount == 0


def test_an_objects_sum_that_no_column_holds_fails_it_alone(books: Books) -> None:
    second = {"BilledCost": LARGEST, "ChargePeriodStart": "2026-03-02T00:00:00Z"}
    books.deliver("a.csv", focus({"BilledCost": LARGEST}, second))
    books.deliver("b.csv", focus({}))
    large, plain = books.run()
    assert (large.state, plain.state) == ("failed", "taken_in")
    assert "a.csv: BilledCost in USD adds up to 199999999999998." in str(large.error)
    assert books.billed() == {"USD": Decimal("1.5")}
    assert len(list(books.lake.folder.rglob("provider=*/**/*.parquet"))) == 1


def test_a_days_cost_that_no_column_holds_stays_pending_alone(books: Books) -> None:
    second = {"ChargePeriodStart": "2026-03-02T00:00:00Z"}
    for name in ("a.csv", "b.csv"):
        books.deliver(name, focus({"BilledCost": "9" + "0" * 13}, second))
    books.take_in(books.discover())
    published = books.publish()
    with pytest.raises(SumTooLarge, match=r"aws 2026-03-01: BilledCost in USD adds up to 18"):
        published.check()
    assert [day for _, day in published.days] == [date(2026, 3, 2)]
    assert books.billed() == {"USD": Decimal(3)}
    assert books.rows("SELECT charge_day FROM pending_day") == [{"charge_day": date(2026, 3, 1)}]
    assert (books.reconcile().amount, books.reconcile().pending) == (0, 1)
    books.deliver("b.csv", focus({}, second), at="2026-03-03T04:00:00Z")
    books.run()
    assert books.billed() == {"USD": Decimal("90000000000004.5")}
    assert books.reconcile().pending == 0


def test_costs_too_large_apart_leave_their_day_pending_though_they_cancel(books: Books) -> None:
    for name in ("a.csv", "b.csv"):
        books.deliver(
            name,
            focus(
                {"BilledCost": LARGEST, "ServiceName": "one"},
                {"BilledCost": f"-{LARGEST}", "ServiceName": "other"},
            ),
        )
    books.run()
    assert books.billed() == {}
    assert len(books.rows("SELECT * FROM pending_day")) == 1


def test_a_quantity_that_no_column_holds_is_kept_beside_its_row(books: Books) -> None:
    for name in ("a.csv", "b.csv"):
        books.deliver(name, focus({"ConsumedQuantity": LARGEST}, {"SkuId": "x"}))
    published = books.publish() if books.take_in(books.discover()) else None
    assert published is not None
    assert (published.refused, len(published.days)) == ((), 1)
    assert books.billed() == {"USD": Decimal(6)}
    rows = books.rows("SELECT consumed_quantity, line_count FROM daily_cost ORDER BY sku_id")
    assert [row["consumed_quantity"] for row in rows] == [Decimal(0), None]
    (long,) = books.rows("SELECT measure, exact_amount FROM long_quantity")
    assert long == {"measure": "ConsumedQuantity", "exact_amount": "199999999999998"}
    (told,) = books.rows("SELECT * FROM reconciliation WHERE measure = 'ConsumedQuantity'")
    assert (told["lake_amount"], told["difference"]) == (None, 0)
    assert told["exact_amounts"] == "lake 199999999999998, mart 199999999999998, displaced 0"
    assert books.reconcile().amount == 0


def test_quantities_that_only_their_day_is_too_long_for_stay_in_their_rows(books: Books) -> None:
    for name in ("a.csv", "b.csv"):
        books.deliver(name, focus({"ConsumedQuantity": LARGEST, "SkuId": name}))
    books.run()
    rows = books.rows("SELECT consumed_quantity FROM daily_cost")
    assert rows == [{"consumed_quantity": Decimal(LARGEST)}] * 2
    assert books.rows("SELECT * FROM long_quantity") == []
    assert books.reconcile().amount == 0


def test_a_sync_between_roll_up_and_replacement_is_noticed(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.deliver("a.csv", focus({"ServiceName": "former"}))
    books.take_in(books.discover())
    roll_up = publish.roll_up

    def roll_up_while_another_syncs(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(publish, "roll_up", roll_up)
        rolled = roll_up(*arguments, **named)
        books.deliver("a.csv", focus({"ServiceName": "newer"}), at="2026-03-03T04:00:00Z")
        books.take_in(discovery)
        with sharing.transaction() as session:
            publish.projection.sync(session, books.lake)
        return rolled

    books.deliver("a.csv", focus({"ServiceName": "newer"}), at="2026-03-03T04:00:00Z")
    discovery = books.discover()
    monkeypatch.setattr(publish, "roll_up", roll_up_while_another_syncs)
    with books.warehouse() as sharing, pytest.raises(LedgerMoved):
        publish.publish(
            sharing,
            books.lake,
            tag_keys=(),
            precedence=(),
            run_id="run",
            at=discovery.period.start,
        )
    books.publish()
    assert books.rows("SELECT service_name FROM daily_cost") == [{"service_name": "newer"}]


def test_an_open_object_is_taken_in_whichever_version_is_listed(books: Books) -> None:
    books.deliver("a.csv", focus({}), at="2026-03-01T06:00:00Z")
    first = books.discover(day(1))
    books.deliver("a.csv", focus({}, {}), at="2026-03-02T06:00:00Z")
    books.discover(day(2))
    assert [outcome.state for outcome in books.take_in(first)] == ["failed"]
    books.publish()
    assert [outcome.lines_kept for outcome in books.run(day(3))] == [2]
    assert books.billed() == {"USD": Decimal(3)}


def test_lines_of_an_object_that_the_ledger_does_not_count_are_a_difference(books: Books) -> None:
    books.deliver("a.csv", focus({}))
    books.run()
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        for name in ("source_object", "source_object_total", "source_object_day"):
            session.execute(f"DELETE FROM {name}")
    found = books.reconcile()
    assert {difference.cell.measure for difference in found.differences} == {
        "BilledCost",
        "EffectiveCost",
        "ListCost",
        "ContractedCost",
        "lines",
    }
    assert "not in the ledger" in str(found.differences[0])


def test_the_machines_time_zone_moves_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        books = Books(tmp_path)
        books.deliver("a.csv.gz", gzipped(oci_cost({"lineItem/intervalUsageStart": "2026-03-02"})))
        books.deliver("b.csv", focus({"ChargePeriodStart": "2026-03-01T23:30:00-01:00"}))
        books.run()
        rows = books.rows("SELECT DISTINCT charge_day FROM daily_cost")
        assert [row["charge_day"].isoformat() for row in rows] == ["2026-03-02"]
        (delivered,) = books.rows("SELECT DISTINCT delivered_at FROM source_object")
        assert delivered == {"delivered_at": datetime(2026, 3, 2, 4, tzinfo=UTC)}
    finally:
        monkeypatch.undo()
        time.tzset()
