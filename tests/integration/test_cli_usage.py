"""``cloudledger usage`` over a warehouse that holds a comparison."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloudledger.cli import app
from cloudledger.ledger import usage_compare
from cloudledger.ledger.usage_explain import Comparison, Difference, Parts
from tests.support.empty_warehouse import migrated

DAY = date(2026, 3, 1)
AT = datetime(2026, 3, 9, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _ledger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path))
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "300")


def compared(home: Path, *differences: Difference) -> None:
    with migrated(home / "warehouse.duckdb") as warehouse:
        with warehouse.transaction() as session:
            for source in {one.source for one in differences}:
                own = tuple(one for one in differences if one.source == source)
                usage_compare.keep(session, Comparison(source, own), DAY, date(2026, 4, 1))
        warehouse.publish_copy()


def difference(source: str, service: str, report: str, api: str, **parts: str) -> Difference:
    amounts = {name: Decimal(amount) for name, amount in parts.items()}
    where = (source, "oracle", DAY, service, "EUR", "BilledCost")
    return Difference(*where, Decimal(report), Decimal(api), Parts(**amounts), AT, "run")


def told(*options: str) -> str:
    done = CliRunner().invoke(app, ["usage", *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_digit_of_what_differs_is_told_unknown_first(tmp_path: Path) -> None:
    compared(
        tmp_path,
        difference("main", "COMPUTE", "10", "10.000000000000000000000001", rounding="-1E-24"),
        difference("main", "DATABASE", "7", "10", correction="-3"),
        difference("main", "VISION", "12.34", "0", unknown="12.34"),
        difference("lab", "COMPUTE", "1", "1"),
    )
    found = json.loads(told("--json", "--source", "main"))
    assert [
        (row["service_name"], row["difference"], row["correction_cost"], row["unknown_cost"])
        for row in found["differing"]
    ] == [("VISION", "12.34", "0", "12.34"), ("DATABASE", "-3", "-3", "0")]
    (total,) = found["totals"]
    assert (total["report_cost"], total["api_cost"]) == ("29.34", "20.000000000000000000000001")
    assert total["rounding_cost"] == "-0.000000000000000000000001"
    table = told("--unknown", "--limit", "1")
    assert "-0.000000000000000000000001" in table
    assert "VISION" in table
    assert "DATABASE" not in table
    assert "the first 1 of 2 that differ" in told("--limit", "1")


def test_an_empty_ledger_says_what_is_missing(tmp_path: Path) -> None:
    compared(tmp_path)
    assert "usage_collect has not run, or no source has usage_api" in told()
