"""Rules between governance tables: each is broken in turn, told, and refused before a commit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cloudledger.alerting.alert import Alert, Severity, State
from cloudledger.alerting.alert_store import keep, standing
from cloudledger.alerting.turns import look
from cloudledger.governance import guards
from cloudledger.governance.budgets.store import budget_id, save_budgets
from cloudledger.governance.change import Found
from cloudledger.governance.config import AccountSettings
from cloudledger.sql import SQL_ROOT
from cloudledger.warehouse.duckdb import DuckDbWarehouse
from tests.support.empty_warehouse import migrated

AT = datetime(2026, 3, 16, 7, tzinfo=UTC)
ACCOUNT = AccountSettings(
    name="aws_main", kind="aws", conn_id="aws", account_id="111122223333", currency="EUR"
)
BUDGET = budget_id("aws_main", "shop")


def document(**more: Any) -> dict[str, Any]:
    return {
        "name": "shop",
        "amount": "1200",
        "currency": "EUR",
        "scope": {"kind": "total"},
        "rules": [
            {"type": "ACTUAL", "percent": "70", "emails": ["b@x.example", "a@x.example"]},
            {"type": "FORECAST", "percent": "100", "emails": []},
        ],
        "managed": True,
    } | more


def alert(budget: str = BUDGET, kind: str = "budget_actual") -> Alert:
    return Alert(
        alert_id="alert-1",
        kind=kind,
        severity=Severity.HIGH,
        state=State.FIRING,
        subject="budget shop of aws_main, March 2026",
        dimensions={"account": "aws_main"},
        amount="900",
        threshold="900",
        currency="EUR",
        first_seen=AT,
        as_of=AT,
        text="75 % is spent",
        budget_id=budget,
    )


STATUS = (
    "INSERT INTO budget_status (budget_id, as_of_day, month_day, account, budget_name,"
    " billing_currency, amount, actual_cost, actual_percent, days_left, severity, as_of, run_id)"
    f" VALUES ('{BUDGET}', DATE '2026-03-16', DATE '2026-03-01', 'aws_main', 'shop', 'EUR', 1200,"
    " 900, 75, 15, 'high', TIMESTAMP '2026-03-16 07:00:00', 'run')"
)
PERIOD = (
    "INSERT INTO chargeback_period (charge_month, billing_currency, version, state, reason,"
    " cost_column, total_cost, bill_id, rules_id, ledger_version, as_of, run_id) VALUES"
    " (DATE '2026-02-01', '{}', {}, 'open', 'first', 'billed_cost', 1, 'b', 'r', 1,"
    " TIMESTAMP '2026-03-16 07:00:00', 'run')"
)
LINE = (
    "INSERT INTO chargeback_line (charge_month, billing_currency, version, line_number, bearer,"
    " provider_name, service_name, charge_category, amount, split_rule) VALUES"
    " (DATE '2026-02-01', '{}', {}, 1, 'untagged', 'AWS', 'EC2', 'Usage', 1, 'direct')"
)
CHANGE = (
    "INSERT INTO chargeback_change (charge_month, billing_currency, version, line_number,"
    " earlier_version, bearer, provider_name, service_name, amount_before, amount_after) VALUES"
    " (DATE '2026-02-01', 'EUR', {}, 1, 1, 'untagged', 'AWS', 'EC2', 0, 1)"
)


@pytest.fixture
def sound(tmp_path: Path) -> Iterator[DuckDbWarehouse]:
    """A warehouse with a budget, its status, an alert of it, and a chargeback."""
    with migrated(tmp_path / "warehouse.duckdb") as warehouse:
        with warehouse.transaction() as session:
            save_budgets(session, ACCOUNT, {"shop": Found(document())}, read_at=AT, run_id="run")
            session.execute(STATUS)
            keep(session, look([], [alert()], AT), "run")
            session.execute(PERIOD.format("EUR", 1))
            session.execute(LINE.format("EUR", 1))
        yield warehouse


def broken(warehouse: DuckDbWarehouse) -> list[str]:
    with warehouse.transaction() as session:
        return [one.guard.name for one in guards.broken(session)]


def test_every_rule_has_a_file_and_every_file_a_rule():
    files = {path.stem for path in (SQL_ROOT / "governance" / "guards").glob("*.sql")}
    assert sorted(files) == sorted(guard.name for guard in guards.ALL)


def test_what_is_sound_breaks_none(sound: DuckDbWarehouse):
    assert broken(sound) == []


PLANTED = [
    ("DELETE FROM budget_alert_email; DELETE FROM budget_alert_rule", ["budget_without_rule"]),
    ("DELETE FROM budget", ["rule_without_budget"]),
    ("DELETE FROM budget_alert_rule WHERE place = 1", ["rule_without_budget"]),
    ("UPDATE budget SET billing_currency = 'eur'", ["budget_currency"]),
    ("UPDATE budget_status SET billing_currency = 'EURO'", ["budget_currency"]),
    ("UPDATE budget_alert_email SET email = 'nobody' WHERE email LIKE 'a%'", ["recipient_email"]),
    ("UPDATE budget_alert_email SET email = 'a b@x' WHERE email LIKE 'a%'", ["recipient_email"]),
    ("DELETE FROM budget_alert", ["alert_without_budget"]),
    ("DELETE FROM budget_status", ["alert_without_budget"]),
    ("UPDATE budget_alert SET first_seen = first_seen - INTERVAL 1 DAY", ["alert_without_budget"]),
    ("DELETE FROM chargeback_period", ["line_without_period"]),
    (LINE.format("USD", 1), ["line_without_period"]),
    (CHANGE.format(2), ["line_without_period"]),
    (PERIOD.format("E1R", 2), ["chargeback_currency"]),
    (PERIOD.format("XXX", 2), []),
    ("UPDATE budget SET managed = 0; DELETE FROM budget_alert_email;"
     " DELETE FROM budget_alert_rule", []),
    ("DELETE FROM budget_alert; UPDATE alert SET state = 'resolved'", []),
    ("DELETE FROM budget_alert; UPDATE alert SET kind = 'anomaly'", []),
]  # fmt: skip


@pytest.mark.parametrize(("planted", "told"), PLANTED)
def test_a_rule_that_is_broken_is_named(sound: DuckDbWarehouse, planted: str, told: list[str]):
    with sound.transaction() as session:
        for statement in planted.split(";"):
            session.execute(statement)
    assert broken(sound) == told


def test_it_says_what_where_and_what_to_do_and_nothing_is_kept(sound: DuckDbWarehouse):
    with pytest.raises(guards.GuardBroken) as refused:
        _charge_to_no_period(sound)
    said = str(refused.value)
    assert "line_without_period (chargeback_line" in said
    assert "charge_month 2026-02-01, billing_currency EUR, version 2; " in said
    assert "and 2 more: charge the month back again" in said
    assert broken(sound) == []


def _charge_to_no_period(warehouse: DuckDbWarehouse) -> None:
    with warehouse.transaction() as session:
        for version in range(2, 9):
            session.execute(LINE.format("EUR", version))
        guards.require(session, guards.CHARGEBACKS)


def test_a_budget_that_tells_nobody_is_kept_only_when_it_is_somebody_elses(
    sound: DuckDbWarehouse,
):
    found = {
        "shop": Found(document(rules=[])),
        "theirs": Found(document(name="theirs", rules=[], managed=False)),
    }
    with sound.transaction() as session:
        silent = save_budgets(session, ACCOUNT, found, read_at=AT, run_id="run")
        kept = session.query("SELECT budget_name FROM budget").to_pylist()
        emails = session.query("SELECT email FROM budget_alert_email").to_pylist()
        guards.require(session, guards.BUDGETS)
    assert (silent, kept, emails) == (["shop"], [{"budget_name": "theirs"}], [])


def test_addresses_are_kept_one_by_one(sound: DuckDbWarehouse):
    with sound.transaction() as session:
        rows = session.query("SELECT * FROM budget_alert_email ORDER BY email").to_pylist()
    assert [(row["place"], row["email"]) for row in rows] == [
        (1, "a@x.example"),
        (1, "b@x.example"),
    ]


def test_an_alert_keeps_its_budget_until_it_is_over(sound: DuckDbWarehouse):
    with sound.transaction() as session:
        (stands,) = standing(session)
        assert stands.alert.budget_id == BUDGET
        keep(session, look([stands], [], AT), "later")
        rows = session.query("SELECT budget_id FROM budget_alert").to_pylist()
        assert rows == [{"budget_id": BUDGET}]
        keep(session, look([], [alert(budget="", kind="anomaly")], AT), "later")
        assert [one.alert.budget_id for one in standing(session)] == [""]
        assert session.query("SELECT budget_id FROM budget_alert").to_pylist() == []


def test_a_budget_that_is_deleted_while_its_alert_fires_can_be_read(sound: DuckDbWarehouse):
    with sound.transaction() as session:
        save_budgets(session, ACCOUNT, {}, read_at=AT, run_id="run")
        guards.require(session)
        assert session.query("SELECT amount FROM budget_status").to_pylist() == [
            {"amount": Decimal(1200)}
        ]
