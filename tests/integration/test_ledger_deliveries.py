"""An export's execution is one delivery: all of its files, or none, in the place of the former."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudledger.lake.log import DeltaLog
from cloudledger.ledger.period import Period
from cloudledger.ledger.redelivery import told
from cloudledger.ledger.take_in import take_in
from tests.support.books import Books
from tests.support.bucket import BUCKET, EXPORT, MONTH, FolderBucket
from tests.support.focus_reports import focus

FIRST, SECOND, THIRD = "20260305T060000Z-a", "20260306T060000Z-b", "20260307T060000Z-c"
BROKEN = "no,such,report\n1,2,3\n"


@pytest.fixture
def bucket(tmp_path: Path) -> FolderBucket:
    return FolderBucket(tmp_path / "bucket")


@pytest.fixture
def books(tmp_path: Path, bucket: FolderBucket) -> Books:
    books = Books(tmp_path, export=EXPORT)
    books.store = bucket
    return books


def cost(*amounts: str, service: str = "compute") -> str:
    """A FOCUS report with a line for each billed cost, all of the same service."""
    return focus(
        *({"BilledCost": amount, "ServiceName": service, **EFFECTIVE} for amount in amounts)
    )


EFFECTIVE = {"EffectiveCost": "0"}


def until(day: int) -> Period:
    return Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, day, tzinfo=UTC))


def during(day: int) -> Period:
    return Period(datetime(2026, 3, day, tzinfo=UTC), datetime(2026, 3, day + 1, tzinfo=UTC))


def states(books: Books) -> dict[str, str]:
    rows = books.rows("SELECT uri, state FROM source_object")
    return {row["uri"].removeprefix(BUCKET + EXPORT + "/data/"): row["state"] for row in rows}


def test_all_files_of_an_execution_go_in_by_one_commit(books: Books, bucket: FolderBucket) -> None:
    bucket.put_execution({"1.csv": cost("1"), "2.csv": cost("2")}, "2026-03-05T06:00Z")
    assert [outcome.state for outcome in books.run()] == ["taken_in", "taken_in"]
    ((version, record),) = books.lake.records(-1)
    assert (version, len(record.entries)) == (1, 2)
    assert record.delivery == f"{BUCKET}{EXPORT}/data/{MONTH}/ 2026-03-05T06:00Z"
    assert books.billed() == {"USD": Decimal(3)}
    assert books.run() == []


def test_a_newer_execution_replaces_the_former_one_whole(
    books: Books, bucket: FolderBucket
) -> None:
    bucket.put_execution(
        {"1.csv": cost("1"), "2.csv": cost("2")}, "2026-03-05T06:00Z", execution=FIRST
    )
    books.run()
    bucket.put_execution({"1.csv": cost("10")}, "2026-03-06T06:00Z", execution=SECOND)
    assert [outcome.state for outcome in books.run()] == ["taken_in"]
    assert books.lake.version() == 2
    assert books.billed() == {"USD": Decimal(10)}
    assert states(books) == {
        f"{MONTH}/{FIRST}/1.csv": "superseded",
        f"{MONTH}/{FIRST}/2.csv": "superseded",
        f"{MONTH}/{SECOND}/1.csv": "taken_in",
    }
    assert books.run() == []
    assert books.reconcile().amount == 0


def test_a_month_rewritten_with_fewer_files_loses_the_dropped_files_lines(
    books: Books, bucket: FolderBucket
) -> None:
    files = {"1.csv": cost("1"), "2.csv": cost("2"), "3.csv": cost("4")}
    bucket.put_execution(files, "2026-03-05T06:00Z")
    books.run()
    bucket.delete(f"{EXPORT}/data/{MONTH}/3.csv")
    bucket.put_execution({"1.csv": cost("1"), "2.csv": cost("3")}, "2026-03-06T06:00Z")
    outcomes = books.run()
    assert [outcome.state for outcome in outcomes] == ["unchanged", "taken_in"]
    assert books.lake.version() == 2
    assert books.billed() == {"USD": Decimal(4)}
    assert books.reconcile().amount == 0


def test_a_month_that_only_drops_a_file_is_taken_in_without_reading_any(
    books: Books, bucket: FolderBucket
) -> None:
    bucket.put_execution({"1.csv": cost("1"), "2.csv": cost("2")}, "2026-03-05T06:00Z")
    books.run()
    bucket.put_execution({"1.csv": cost("1")}, "2026-03-06T06:00Z")
    assert [outcome.state for outcome in books.run()] == ["unchanged"]
    assert books.billed() == {"USD": Decimal(1)}
    assert books.run() == []


@pytest.mark.parametrize("execution", [None, SECOND])
def test_one_broken_file_keeps_all_of_its_execution_out(
    books: Books, bucket: FolderBucket, execution: str | None
) -> None:
    bucket.put_execution({"1.csv": cost("1")}, "2026-03-05T06:00Z", execution=FIRST)
    books.run()
    files = {"1.csv": cost("10", "aside"), "2.csv": BROKEN, "3.csv": cost("30")}
    one, two, three = bucket.put_execution(files, "2026-03-06T06:00Z", execution=execution)
    outcomes = {outcome.uri: outcome for outcome in books.run()}
    assert {outcome.state for outcome in outcomes.values()} == {"failed"}
    assert outcomes[one].error == f"{one}: waits for {two}"
    assert outcomes[three].error == f"{three}: waits for {two}"
    assert "is of no known format" in str(outcomes[two].error)
    assert books.billed() == {"USD": Decimal(1)}
    assert books.reconcile().amount == 0
    assert len(list(books.lake.folder.rglob("provider=*/**/*.parquet"))) == 1
    assert list(books.lake.quarantine_folder().iterdir()) == []
    rows = books.rows("SELECT uri, state, error_kind FROM open_object")
    assert {row["uri"]: (row["state"], row["error_kind"]) for row in rows} == dict.fromkeys(
        (one, two, three), ("failed", "content")
    )
    assert books.run() == []
    files["2.csv"] = cost("20")
    bucket.put_execution(files, "2026-03-07T06:00Z", execution=execution)
    assert {outcome.state for outcome in books.run()} == {"taken_in"}
    assert books.billed() == {"USD": Decimal(60)}
    assert books.rows("SELECT * FROM open_object") == []


def test_a_file_that_is_gone_keeps_all_of_its_execution_out(
    books: Books, bucket: FolderBucket
) -> None:
    bucket.put_execution({"1.csv": cost("1"), "2.csv": cost("2")}, "2026-03-05T06:00Z")
    discovery = books.discover()
    data = bucket.read(f"{EXPORT}/data/{MONTH}/2.csv").decode()
    bucket.delete(f"{EXPORT}/data/{MONTH}/2.csv")
    assert {outcome.state for outcome in books.take_in(discovery)} == {"failed"}
    assert books.lake.files() == []
    books.publish()
    bucket.put(f"{EXPORT}/data/{MONTH}/2.csv", data, "2026-03-05T06:00Z")
    assert {outcome.state for outcome in books.run(until(6))} == {"taken_in"}
    assert books.billed() == {"USD": Decimal(3)}


def test_an_execution_that_is_superseded_before_it_got_in_waits_no_longer(
    books: Books, bucket: FolderBucket
) -> None:
    bucket.put_execution({"1.csv": BROKEN}, "2026-03-05T06:00Z", execution=FIRST)
    books.run()
    assert len(books.rows("SELECT * FROM open_object")) == 1
    bucket.put_execution({"1.csv": cost("2")}, "2026-03-06T06:00Z", execution=SECOND)
    books.run()
    assert books.rows("SELECT * FROM open_object") == []
    (books.home / "warehouse.duckdb").unlink()
    rebuilt = Books(books.home, export=EXPORT)
    rebuilt.publish()
    assert rebuilt.rows("SELECT * FROM open_object") == []
    assert rebuilt.billed() == {"USD": Decimal(2)}


def test_a_half_written_execution_leaves_the_former_one_in_force(
    books: Books, bucket: FolderBucket
) -> None:
    bucket.put_execution({"1.csv": cost("1")}, "2026-03-05T06:00Z", execution=FIRST)
    books.run()
    bucket.put_execution(
        {"1.csv": cost("2"), "2.csv": cost("3")}, "2026-03-06T06:00Z", execution=SECOND
    )
    bucket.delete(f"{EXPORT}/data/{MONTH}/{SECOND}/2.csv")
    assert books.run() == []
    assert books.billed() == {"USD": Decimal(1)}
    bucket.put(f"{EXPORT}/data/{MONTH}/{SECOND}/2.csv", cost("3"), "2026-03-06T06:00Z")
    books.run()
    assert books.billed() == {"USD": Decimal(5)}


def test_an_overwrite_under_way_leaves_the_former_lines(books: Books, bucket: FolderBucket) -> None:
    bucket.put_execution({"1.csv": cost("1")}, "2026-03-05T06:00Z")
    books.run()
    bucket.put(f"{EXPORT}/data/{MONTH}/1.csv", cost("2"), "2026-03-06T06:00Z")
    assert books.run() == []
    assert books.billed() == {"USD": Decimal(1)}


def test_the_manifest_of_an_older_execution_delivered_late_changes_nothing(
    books: Books, bucket: FolderBucket
) -> None:
    bucket.put_execution({"1.csv": cost("2")}, "2026-03-06T06:00Z", execution=SECOND)
    books.run()
    bucket.put_execution(
        {"1.csv": cost("1")}, "2026-03-05T06:00Z", execution=FIRST, manifest_at="2026-03-08T06:00Z"
    )
    assert books.run() == []
    assert books.billed() == {"USD": Decimal(2)}


def test_an_older_execution_does_not_come_back_when_a_file_of_the_newest_is_deleted(
    books: Books, bucket: FolderBucket
) -> None:
    bucket.put_execution({"1.csv": cost("1")}, "2026-03-05T06:00Z", execution=FIRST)
    bucket.put_execution({"1.csv": cost("2")}, "2026-03-06T06:00Z", execution=SECOND)
    books.run()
    bucket.delete(f"{EXPORT}/data/{MONTH}/{SECOND}/1.csv")
    assert books.run() == []
    assert books.billed() == {"USD": Decimal(2)}


def test_an_execution_is_whole_in_the_period_in_which_it_was_complete(
    books: Books, bucket: FolderBucket
) -> None:
    files = {"1.csv": cost("1"), "2.csv": cost("2")}
    bucket.put_execution(files, "2026-03-05T23:50Z", manifest_at="2026-03-06T00:10Z")
    assert books.run(until(6)) == []
    assert [outcome.state for outcome in books.run(during(6))] == ["taken_in", "taken_in"]
    assert books.billed() == {"USD": Decimal(3)}


def test_runs_in_reverse_end_with_the_newest_execution(books: Books, bucket: FolderBucket) -> None:
    for number, execution in enumerate((FIRST, SECOND, THIRD), start=5):
        at = f"2026-03-{number:02}T06:00Z"
        bucket.put_execution({"1.csv": cost(str(number))}, at, execution=execution)
    for day in (8, 7, 6):
        books.run(
            Period(datetime(2026, 3, day - 1, tzinfo=UTC), datetime(2026, 3, day, tzinfo=UTC))
        )
    assert books.billed() == {"USD": Decimal(7)}
    assert set(states(books).values()) == {"taken_in"}


def test_a_run_knows_of_no_execution_after_its_period(books: Books, bucket: FolderBucket) -> None:
    for number, execution in enumerate((FIRST, SECOND, THIRD), start=5):
        at = f"2026-03-{number:02}T06:00Z"
        bucket.put_execution({"1.csv": cost(str(number))}, at, execution=execution)
    books.run(until(7))
    assert books.billed() == {"USD": Decimal(6)}


def test_two_runs_with_different_executions_leave_the_newer_one_whichever_is_first(
    tmp_path: Path, bucket: FolderBucket
) -> None:
    for order in ((0, 1), (1, 0)):
        books = Books(tmp_path / str(order), export=EXPORT)
        books.store = bucket
        bucket.put_execution({"1.csv": cost("1")}, "2026-03-05T06:00Z", execution=FIRST)
        older = books.discover(until(6))
        bucket.put_execution({"1.csv": cost("2")}, "2026-03-06T06:00Z", execution=SECOND)
        newer = books.discover(until(7))
        for number in order:
            books.take_in((older, newer)[number])
        books.publish()
        assert books.billed() == {"USD": Decimal(2)}
        assert books.reconcile().amount == 0


def test_what_stands_is_looked_up_again_when_another_run_was_faster(
    books: Books, bucket: FolderBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put_execution({"1.csv": cost("1")}, "2026-03-05T06:00Z", execution=FIRST)
    older = books.discover(until(6))
    bucket.put_execution({"1.csv": cost("2")}, "2026-03-06T06:00Z", execution=SECOND)
    newer = books.discover(until(7))
    commit = DeltaLog.commit

    def commit_after_the_other(*arguments: Any) -> None:
        monkeypatch.setattr(DeltaLog, "commit", commit)
        other = Books(books.home, export=EXPORT)
        other.store = bucket
        other.take_in(older)
        commit(*arguments)

    monkeypatch.setattr(DeltaLog, "commit", commit_after_the_other)
    assert [outcome.state for outcome in books.take_in(newer)] == ["taken_in"]
    books.publish()
    assert books.billed() == {"USD": Decimal(2)}
    assert books.lake.version() == 2


def test_the_change_between_two_versions_is_recorded_by_service(
    books: Books, bucket: FolderBucket
) -> None:
    compute = cost("1.5", "2", "3")
    bucket.put_execution(
        {
            "1.csv": compute,
            "2.csv": cost("7", service="storage"),
            "3.csv": cost("5", service="tax"),
        },
        "2026-03-05T06:00Z",
        execution=FIRST,
    )
    books.run()
    assert books.rows("SELECT * FROM redelivery_change") == []
    bucket.put_execution(
        {
            "1.csv": cost("1.25"),
            "2.csv": cost("7", service="storage"),
            "4.csv": cost("1", service="dns"),
        },
        "2026-03-06T06:00Z",
        execution=SECOND,
    )
    (delivery,) = books.discover().deliveries
    intake = take_in(delivery, bucket, books.lake, run_id="run")
    assert list(told(intake.changes)) == [
        "2026-03 rewritten: 2 lines fewer, USD -9.25, most: compute -5.25"
    ]
    books.publish()
    rows = books.rows(
        "SELECT service_name, billed_cost_before, billed_cost_after, lines_before, lines_after "
        "FROM redelivery_change ORDER BY service_name"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("compute", Decimal("6.5"), Decimal("1.25"), 3, 1),
        ("dns", Decimal(0), Decimal(1), 0, 1),
        ("tax", Decimal(5), Decimal(0), 1, 0),
    ]
    (books.home / "warehouse.duckdb").unlink()
    rebuilt = Books(books.home, export=EXPORT)
    rebuilt.publish()
    assert len(rebuilt.rows("SELECT * FROM redelivery_change")) == 3


def test_an_overwritten_object_records_its_change_too(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.deliver("a.csv", cost("1", "2"))
    books.run()
    books.deliver("a.csv", cost("1"), at="2026-03-03T04:00:00Z")
    books.run()
    (row,) = books.rows(
        "SELECT provider, billing_period, billing_currency, effective_cost_before, lines_before, "
        "lines_after, delivery FROM redelivery_change"
    )
    assert row == {
        "provider": "aws",
        "billing_period": date(2026, 3, 1),
        "billing_currency": "USD",
        "effective_cost_before": Decimal(0),
        "lines_before": 2,
        "lines_after": 1,
        "delivery": (books.delivered / "a.csv").as_uri(),
    }
