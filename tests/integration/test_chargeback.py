"""Months charged back over a real ledger: versions, late data, closing, statements, kills."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudledger import exact
from cloudledger.governance.chargeback import run as chargeback_run
from cloudledger.governance.chargeback.allocation import totals
from cloudledger.governance.chargeback.config import Chargeback, ChargebackRefused
from cloudledger.governance.chargeback.run import months_known
from cloudledger.governance.guards import GuardBroken
from cloudledger.ledger import projection
from cloudledger.reporting.statements import write_statements
from tests.support.books import Books
from tests.support.chargeback_books import AT, charge, tables, written
from tests.support.reports import gzipped, oci_cost

MONTH = date(2026, 10, 1)
LATER = datetime(2026, 12, 3, 7, tzinfo=UTC)
RULES: dict[str, Any] = {
    "centers": [
        {"code": "CC-1", "name": "Shop & Co", "owner": "shop@example.com"},
        {"code": "CC-2", "name": "Data", "owner": "data@example.com"},
        {"code": "CC-3", "name": "Idle", "owner": "idle@example.com"},
    ],
    "pools": [
        {
            "name": "platform",
            "select": {"tags": {"cost_center": ["CC-9"]}},
            "split": {"by": "usage"},
        }
    ],
    "journal": {
        "clearing_account": "1590",
        "expense_account": "6400",
        "unassigned_account": "6499",
    },
}


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def rules(**more: Any) -> Chargeback:
    return Chargeback.model_validate(RULES | more)


def deliver(books: Books, *charges: tuple[str, str], name: str = "a", **more: str) -> None:
    """A report with a line of October for each center and cost."""
    lines = [
        {
            "lineItem/referenceNo": f"{name}-{number}",
            "lineItem/intervalUsageStart": f"2026-10-{number + 1:02}T10:00Z",
            "cost/myCost": cost,
            "cost/currencyCode": "EUR",
            "tags/cost_center": center,
        }
        | more
        for number, (center, cost) in enumerate(charges)
    ]
    books.deliver(f"{name}.csv.gz", gzipped(oci_cost(*lines)), at="2026-11-01T00:00:00+00:00")
    books.run()


OCTOBER = (("CC-1", "20"), ("CC-2", "10.5"), ("", "1.25"), ("CC-9", "10"), ("=NEW", "2"))


def borne(charged: Any) -> dict[str, Decimal]:
    return {code: amount for (_, code), amount in totals(charged.lines).items()}


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


def test_the_centers_bear_the_bill_to_the_last_digit(books: Books) -> None:
    deliver(books, *OCTOBER)
    charged = charge(books, rules(), MONTH)["EUR"]
    sums = borne(charged)
    assert exact.total(sums.values()) == books.billed()["EUR"] == charged.version.total_cost
    assert sums["CC-1"] == Decimal("26.557377049180327868852459")
    assert (sums[""], sums["=NEW"]) == (Decimal("1.25"), 2)
    assert (charged.done, charged.version.version, charged.version.state) == ("first", 1, "open")
    assert charged.warnings == (
        "2026-10: EUR 2 are tagged with unknown =NEW",
        "2026-10: EUR 1.25 have no tag",
    )


def test_lines_of_no_period_refuse_a_month_and_nothing_of_it_is_kept(books: Books) -> None:
    deliver(books, *OCTOBER)
    charge(books, rules(), MONTH)
    stray = "UPDATE chargeback_line SET version = 7 WHERE line_number = 1"
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        session.execute(stray)
    before = tables(books)
    with pytest.raises(GuardBroken, match=r"line_without_period .* version 7"):
        charge(books, rules(), MONTH, close=True)
    assert tables(books) == before


def test_a_second_run_of_an_open_month_changes_nothing_and_late_data_replaces_it(
    books: Books,
) -> None:
    deliver(books, *OCTOBER)
    charge(books, rules(), MONTH)
    before, files = tables(books), written(books.home)
    assert charge(books, rules(), MONTH)["EUR"].done == "replaced"
    assert tables(books) == before
    assert written(books.home) == files
    deliver(books, ("CC-2", "5"), name="late")
    charged = charge(books, rules(), MONTH)["EUR"]
    assert (charged.version.version, charged.changes) == (1, [])
    assert charged.version.total_cost == Decimal("48.75")
    assert {row["version"] for row in tables(books)["line"]} == {1}


def test_a_closed_month_is_never_altered_late_data_makes_the_next_version(books: Books) -> None:
    deliver(books, *OCTOBER)
    charge(books, rules(), MONTH, close=True)
    closed, files = tables(books), written(books.home)
    assert charge(books, rules(), MONTH, close=True)["EUR"].done == "unchanged"
    assert charge(books, rules(), MONTH, close=False)["EUR"].version.state == "closed"
    assert (tables(books), written(books.home)) == (closed, files)

    deliver(books, ("CC-2", "-4"), name="late", **{"product/service": "DB"})
    charged = charge(books, rules(), MONTH, at=LATER)["EUR"]
    assert (charged.done, charged.version.version) == ("new version", 2)
    assert (charged.version.state, charged.version.reason) == ("open", "late data")
    changed = {(one.cost_center, one.service_name): one for one in charged.changes}
    assert changed["CC-2", "DB"].amount_before == 0
    assert changed["CC-2", "DB"].amount == -4
    assert exact.total(one.amount for one in charged.changes) == -4
    held = tables(books)
    assert [row for row in held["line"] if row["version"] == 1] == closed["line"]
    assert [row for row in held["period"] if row["version"] == 1] == closed["period"]
    now = written(books.home)
    assert {name: now[name] for name in files} == files
    assert "2026-10/EUR/v2/changes.csv" in now

    charge(books, rules(), MONTH, at=LATER, close=True)
    assert [row["state"] for row in tables(books)["period"]] == ["closed", "closed"]
    assert len(tables(books)["change"]) == len(charged.changes)


def test_looking_back_leaves_a_closed_month_alone_when_only_rules_changed(books: Books) -> None:
    deliver(books, *OCTOBER)
    charge(books, rules(), MONTH, close=True)
    even = RULES["pools"][0] | {"split": {"by": "even"}}
    other = rules(pools=[even])
    assert charge(books, other, MONTH, late_only=True)["EUR"].done == "unchanged"
    charged = charge(books, other, MONTH)["EUR"]
    assert (charged.done, charged.version.reason) == ("new version", "other rules")
    deliver(books, ("CC-3", "1"), name="late")
    assert charge(books, other, MONTH, late_only=True)["EUR"].version.reason == (
        "late data and other rules"
    )
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        assert months_known(session, date(2027, 1, 1), 3) == [MONTH]
        assert months_known(session, date(2027, 1, 1), 2) == []


def test_looking_back_makes_an_open_month_anew_only_when_something_changed(books: Books) -> None:
    deliver(books, *OCTOBER)
    charge(books, rules(), MONTH)
    before = tables(books)
    assert charge(books, rules(), MONTH, at=LATER, late_only=True)["EUR"].done == "unchanged"
    assert tables(books) == before
    even = rules(pools=[RULES["pools"][0] | {"split": {"by": "even"}}])
    assert charge(books, even, MONTH, at=LATER, late_only=True)["EUR"].done == "replaced"
    due = even.model_copy(update={"close_after_days": 5})
    assert charge(books, due, MONTH, at=LATER, late_only=True)["EUR"].version.state == "closed"


def test_currencies_are_charged_apart(books: Books) -> None:
    deliver(books, *OCTOBER)
    deliver(books, ("CC-9", "7"), name="usd", **{"cost/currencyCode": "USD"})
    charged = charge(books, rules(), MONTH, close=True)
    assert charged.keys() == {"EUR", "USD"}
    dollars = {line.rule for line in charged["USD"].lines}
    assert dollars == {"even: nothing to go by (usage)"}
    assert exact.total(borne(charged["USD"]).values()) == 7
    assert {name.split("/")[1] for name in written(books.home)} == {"EUR", "USD"}


def test_a_month_whose_cost_is_all_taken_back_has_a_version_of_zero(books: Books) -> None:
    deliver(books, *OCTOBER)
    charge(books, rules(), MONTH, close=True)
    deliver(books, ("CC-1", "0"))
    charged = charge(books, rules(), MONTH, at=LATER)["EUR"]
    assert (charged.version.total_cost, list(charged.lines)) == (0, [])
    assert exact.total(one.amount for one in charged.changes) == Decimal("-43.75")


def test_the_policy_closes_when_the_days_have_passed(books: Books) -> None:
    deliver(books, *OCTOBER)
    by = rules(close_after_days=2)
    early = datetime(2026, 11, 2, 23, tzinfo=UTC)
    assert charge(books, by, MONTH, at=early)["EUR"].version.state == "open"
    assert charge(books, by, MONTH, close=False)["EUR"].version.state == "open"
    closed = charge(books, by, MONTH)["EUR"].version
    assert (closed.state, closed.closed_at) == ("closed", AT)


def test_what_cannot_be_charged_or_closed_says_why(books: Books) -> None:
    deliver(books, *OCTOBER)
    with pytest.raises(ChargebackRefused, match="there is no cost in 2026-09"):
        charge(books, rules(), date(2026, 9, 1))
    with pytest.raises(ChargebackRefused, match="no cost centers: name them"):
        charge(books, Chargeback(), MONTH)
    with pytest.raises(ChargebackRefused, match="the tag project, and daily_cost is kept by cost"):
        charge(books, rules(tag_key="project"), MONTH)
    with pytest.raises(ChargebackRefused, match="2026-10 has not ended by 2026-10-31"):
        charge(books, rules(), MONTH, at=datetime(2026, 10, 31, tzinfo=UTC), close=True)
    lines = {"lineItem/intervalUsageStart": "2026-10-30T10:00Z", "lineItem/referenceNo": "x"}
    books.deliver("b.csv.gz", gzipped(oci_cost(lines)), at="2026-11-02T00:00:00+00:00")
    books.take_in(books.discover())
    with pytest.raises(ChargebackRefused, match="no cost in 2026-09"):
        charge(books, rules(), date(2026, 9, 1))
    _sync(books)
    with pytest.raises(ChargebackRefused, match="1 days of 2026-10 wait to be published"):
        charge(books, rules(), MONTH, close=True)
    open_one = charge(books, rules(close_after_days=1), MONTH)["EUR"]
    assert open_one.version.state == "open"
    assert "wait to be published" in open_one.warnings[0]
    assert {row["state"] for row in tables(books)["period"]} == {"open"}


def _sync(books: Books) -> None:
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        projection.sync(session, books.lake)


def test_a_run_that_died_after_its_commit_is_finished_by_the_next(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(books, *OCTOBER)
    charge(books, rules(), MONTH, close=True)
    whole, kept = written(books.home), tables(books)
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        for table in ("period", "line"):
            session.execute(f"DELETE FROM chargeback_{table}")
    shutil.rmtree(books.home / "statements")
    original = Path.write_text

    def dies(path: Path, *args: Any, **more: Any) -> int:
        if path.name == "summary.csv":
            raise KeyboardInterrupt
        return original(path, *args, **more)

    monkeypatch.setattr(Path, "write_text", dies)
    with pytest.raises(KeyboardInterrupt):
        charge(books, rules(), MONTH, close=True)
    monkeypatch.setattr(Path, "write_text", original)
    assert tables(books) == kept
    assert not (books.home / "statements/2026-10/EUR/v1").exists()
    assert charge(books, rules(), MONTH, close=True)["EUR"].done == "unchanged"
    assert written(books.home) == whole


def test_a_run_that_dies_before_its_commit_leaves_what_was_there(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(books, *OCTOBER)
    charge(books, rules(), MONTH)
    before = tables(books)
    deliver(books, ("CC-1", "3"), name="late")

    def dies(*_: Any) -> None:
        original(*_)
        raise KeyboardInterrupt

    original = chargeback_run.keep
    monkeypatch.setattr(chargeback_run, "keep", dies)
    with pytest.raises(KeyboardInterrupt):
        charge(books, rules(), MONTH)
    monkeypatch.setattr(chargeback_run, "keep", original)
    assert tables(books) == before
    assert charge(books, rules(), MONTH)["EUR"].version.total_cost == Decimal("46.75")


def test_statements_say_what_a_center_bears_and_nothing_runs_in_a_spreadsheet(
    books: Books,
) -> None:
    deliver(books, *OCTOBER)
    charged = charge(books, rules(), MONTH, close=True)["EUR"]
    files = {
        name.removeprefix("2026-10/EUR/v1/"): data for name, data in written(books.home).items()
    }
    assert files.keys() == {
        *(f"center-CC-{n}.{kind}" for n in (1, 2, 3) for kind in ("csv", "html")),
        *("unassigned.csv", "unassigned.html", "summary.csv", "summary.html"),
        *("journal.csv", "manifest.json"),
    }
    told = rows(files["center-CC-1.csv"])
    assert exact.total(Decimal(row["amount"]) for row in told) == borne(charged)["CC-1"]
    assert {row["pool"] for row in told} == {"", "platform"}
    assert {row["owner"] for row in told} == {"shop@example.com"}
    (idle,) = rows(files["center-CC-3.csv"])
    assert idle["amount"] == "0"
    assert {row["cost_center"] for row in rows(files["unassigned.csv"])} == {"'=NEW", ""}
    assert exact.total(Decimal(row["amount"]) for row in rows(files["summary.csv"])) == (
        charged.version.total_cost
    )
    page = files["center-CC-1.html"].decode()
    assert "Shop &amp; Co" in page
    assert "26.56" in page
    assert "http" not in page
    assert "<script" not in page
    assert json.loads(files["manifest.json"])["state"] == "closed"
    journal = rows(files["journal.csv"])
    sides = [exact.total(Decimal(row[side]) for row in journal) for side in ("debit", "credit")]
    assert sides == [Decimal("43.75")] * 2
    assert {row["posting_date"] for row in journal} == {"2026-10-31"}


def test_an_open_month_has_no_journal_and_says_that_it_is_a_draft(books: Books) -> None:
    deliver(books, *OCTOBER)
    charge(books, rules(), MONTH)
    files = written(books.home)
    assert "2026-10/EUR/v1/journal.csv" not in files
    assert b"draft: the month is open" in files["2026-10/EUR/v1/summary.html"]


def test_a_reversing_journal_names_the_version_before(books: Books) -> None:
    deliver(books, *OCTOBER)
    charge(books, rules(), MONTH, close=True)
    deliver(books, ("CC-1", "3"), name="late")
    folder = books.home / "statements/2026-10/EUR/v2"
    charged = charge(books, rules(), MONTH, close=True)["EUR"]
    journal = rows((folder / "journal.csv").read_bytes())
    assert {row["reverses"] for row in journal} == {"CB-2026-10-EUR-v1"}
    assert "What changed since version 1" in (folder / "center-CC-1.html").read_text()
    before = (folder / "summary.csv").read_bytes()
    write_statements(books.home, charged.version, [], [], rules())
    assert (folder / "summary.csv").read_bytes() == before
