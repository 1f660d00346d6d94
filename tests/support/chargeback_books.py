"""A chargeback over books on disk: what a task does, without Airflow."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cloudledger.governance.chargeback.config import Chargeback
from cloudledger.governance.chargeback.drivers import driver_table
from cloudledger.governance.chargeback.run import Charged, Run, charge_month
from cloudledger.reporting.statements import write_statements
from tests.support.books import Books

AT = datetime(2026, 11, 3, 7, tzinfo=UTC)


def charge(
    books: Books,
    rules: Chargeback,
    month: date,
    *,
    at: datetime = AT,
    close: bool | None = None,
    **more: Any,
) -> dict[str, Charged]:
    """Charge a month back and write its statements; by currency."""
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        run = Run("run", at, close=close)
        charged = charge_month(session, month, rules, driver_table(rules), run, **more)
    for one in charged:
        write_statements(books.home, one.version, one.lines, one.changes, rules)
    return {one.version.billing_currency: one for one in charged}


def tables(books: Books) -> dict[str, list[dict[str, Any]]]:
    """What the tables hold."""
    return {
        name: books.rows(f"SELECT * FROM chargeback_{name} ORDER BY ALL")
        for name in ("period", "line", "change")
    }


def written(home: Path) -> dict[str, bytes]:
    """Every statement by its place in the home."""
    folder = home / "statements"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
