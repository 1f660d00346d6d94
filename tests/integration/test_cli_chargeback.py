"""``cloudledger chargeback`` over a ledger on disk."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cloudledger import exact
from cloudledger.cli import app
from tests.support.books import Books
from tests.support.reports import gzipped, oci_cost

GOVERNANCE = {
    "chargeback": {
        "centers": [
            {"code": "CC-1", "name": "Shop", "owner": "shop"},
            {"code": "CC-2", "name": "Data", "owner": "data"},
        ],
        "pools": [
            {
                "name": "platform",
                "select": {"tags": {"cost_center": ["CC-9"]}},
                "split": {"by": "even"},
            }
        ],
    }
}


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Books:
    """A ledger of one October line for each center, and a settings' file that governs it."""
    file = tmp_path / "governance.yaml"
    file.write_text(json.dumps(GOVERNANCE))
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_FILE", str(file))
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)
    books = Books(tmp_path)
    costs = {"CC-1": "20", "CC-2": "0.000000000001", "CC-9": "1", "": "2.5"}
    lines = [
        {
            "lineItem/intervalUsageStart": "2025-10-05T10:00Z",
            "cost/myCost": cost,
            "tags/cost_center": center,
        }
        for center, cost in costs.items()
    ]
    books.deliver("a.csv.gz", gzipped(oci_cost(*lines)))
    books.run()
    return books


def cloudledger(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["chargeback", *arguments], env={"COLUMNS": "160"})


@pytest.mark.usefixtures("books")
def test_it_tells_who_bears_the_month_and_where_the_statements_are(tmp_path: Path) -> None:
    done = cloudledger("2025-10", "--close")
    assert done.exit_code == 0, done.output
    assert "2025-10 USD version 1, closed (first): 23.500000000001" in done.stdout
    assert "USD 2.5 have no tag" in done.stdout
    folder = tmp_path / "statements/2025-10/USD/v1"
    assert str(folder) in done.stdout
    assert (folder / "center-CC-1.html").is_file()
    again = json.loads(cloudledger("2025-10", "--json").stdout)["charged"]
    assert [one["done"] for one in again] == ["unchanged"]
    amounts = [Decimal(line["amount"]) for line in again[0]["lines"]]
    assert exact.total(amounts) == Decimal(again[0]["version"]["total_cost"])


@pytest.mark.usefixtures("books")
def test_csv_has_every_digit_of_every_line() -> None:
    rows = list(csv.DictReader(io.StringIO(cloudledger("2025-10", "--csv").stdout)))
    told = {(row["cost_center"], row["pool"]): row["amount"] for row in rows}
    assert told == {
        ("CC-1", ""): "20",
        ("CC-1", "platform"): "0.5",
        ("CC-2", ""): "0.000000000001",
        ("CC-2", "platform"): "0.5",
        ("", ""): "2.5",
    }


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("2025-9",), "'2025-9' is no month, such as 2026-10"),
        (("2025-09",), "there is no cost in 2025-09"),
        (("2025-10", "--json", "--csv"), "give --json or --csv"),
        ((), "there is no cost in"),
    ],
)
def test_what_cannot_be_charged_is_one_message(arguments: tuple[str, ...], why: str) -> None:
    done = cloudledger(*arguments)
    assert done.exit_code != 0
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_file_is_told_by_its_place(books: Books) -> None:
    wrong = {"by": "fixed", "percent": {"CC-1": 60, "CC-2": 30}}
    told = json.loads(json.dumps(GOVERNANCE))
    told["chargeback"]["pools"][0]["split"] = wrong
    (books.home / "governance.yaml").write_text(json.dumps(told))
    done = cloudledger("2025-10")
    assert done.exit_code == 1
    assert "chargeback.pools.0.split.fixed: " in done.stderr
    assert "add up to 90, not to 100" in done.stderr
