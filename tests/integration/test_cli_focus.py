"""``cloudledger export`` and ``cloudledger validate``: what leaves the ledger is FOCUS 1.2."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cloudledger.cli import app
from cloudledger.focus.columns import EXTENSION_COLUMNS, FOCUS_COLUMNS, MEASURES
from cloudledger.warehouse.duckdb import open_copy
from tests.support.reports import gzipped, oci_cost

TINY = "0.000000000000000000000001"
LONGER = "0.12345678901234567890123456789"
REPORT = oci_cost(
    {"cost/myCost": "1234567.05", "tags/cost_center": 'CC "1"'},
    {"cost/myCost": TINY, "tags/cost_center": ""},
    {"cost/myCost": LONGER},
    {
        "cost/myCost": "-0.5",
        "lineItem/intervalUsageStart": "2026-03-02T10:00Z",
        "lineItem/intervalUsageEnd": "2026-03-02T11:00Z",
    },
)


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a ledger that holds the report."""
    folder = tmp_path_factory.mktemp("taken_in")
    report = folder / "march.csv.gz"
    report.write_bytes(gzipped(REPORT))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CLOUDLEDGER_CONFIG", raising=False)
        assert tell("take-in", str(report), "--home", str(folder / "home")).exit_code == 0
    return folder / "home"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, taken_in: Path) -> Path:
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(taken_in, tmp_path / "home")


def tell(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def exported(name: str, *arguments: str) -> list[dict[str, str]]:
    done = tell("export", "--to-file", name, *arguments)
    assert done.exit_code == 0, done.output
    data = Path(name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def sums(home: Path) -> dict[tuple[str, ...], Decimal]:
    with open_copy(home / "warehouse.duckdb") as copy, copy.transaction() as session:
        rows = session.query(
            "SELECT provider, charge_day, billing_currency, measure, mart_amount"
            " FROM reconciliation"
        ).to_pylist()
    return {
        (row["provider"], str(row["charge_day"]), row["billing_currency"], row["measure"]): row[
            "mart_amount"
        ]
        for row in rows
    }


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz"])
def test_csv_is_written_as_the_specification_says(name: str) -> None:
    lines = exported(name, "--day", "2026-03-01")
    first, tiny, longer = lines
    assert list(first) == [
        *(column.name for column in FOCUS_COLUMNS),
        *(column.name for column in EXTENSION_COLUMNS),
        "x_object_id",
    ]
    assert first["BillingPeriodStart"] == "2026-03-01T00:00:00Z"
    assert first["BillingPeriodEnd"] == "2026-04-01T00:00:00Z"
    assert [line["BilledCost"] for line in lines] == ["1234567.05", TINY, LONGER]
    assert json.loads(first["Tags"]) == {"cost_center": 'CC "1"'}
    assert tiny["Tags"] == tiny["ListUnitPrice"] == tiny["x_exact"] == ""
    assert json.loads(longer["x_exact"])["BilledCost"] == LONGER
    assert not list(Path().glob(".*.part"))


def test_parquet_holds_decimals_and_instants() -> None:
    assert tell("export", "--to-file", "out.parquet", "--from", "2026-03-01").exit_code == 0
    with duckdb.connect() as con:
        kinds = {n: k for n, k, *_ in con.execute("DESCRIBE FROM 'out.parquet'").fetchall()}
        assert kinds["BilledCost"] == "DECIMAL(38,24)"
        assert kinds["ChargePeriodStart"] == "TIMESTAMP WITH TIME ZONE"
        assert kinds["Tags"] == "VARCHAR"
        found = con.execute("SELECT BilledCost FROM 'out.parquet' ORDER BY 1").fetchall()
    rounded = Decimal("0.123456789012345678901235")
    assert found == [(Decimal("-0.5"),), (Decimal(TINY),), (rounded,), (Decimal("1234567.05"),)]


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.parquet"])
def test_what_was_exported_comes_in_as_the_same_lines_and_sums(
    name: str, home: Path, tmp_path: Path
) -> None:
    assert tell("export", "--to-file", name, "--from", "2026-03-01").exit_code == 0
    again = tmp_path / "again"
    assert tell("take-in", name, "--home", str(again)).exit_code == 0
    assert sums(again) == sums(home)
    assert len(sums(home)) == 2 * (len(MEASURES) + 1)
    columns = [column.name for column in FOCUS_COLUMNS]
    assert tell("export", "--to-file", "a.csv", "--from", "2026-03-01").exit_code == 0
    b = ("export", "--to-file", "b.csv", "--from", "2026-03-01", "--home", str(again))
    assert tell(*b).exit_code == 0
    first, second = (
        [
            {name: row[name] for name in columns}
            for row in csv.DictReader(io.StringIO(Path(path).read_text(), newline=""))
        ]
        for path in ("a.csv", "b.csv")
    )
    if name == "out.parquet":
        # a Parquet decimal has 24 places: the fraction that needs 29 comes back as it is held
        first = [
            row | {n: v.replace(LONGER, "0.123456789012345678901235") for n, v in row.items()}
            for row in first
        ]
    assert first == second


def test_only_what_is_asked_for_is_written() -> None:
    assert len(exported("a.csv", "--from", "2026-03-02")) == 1
    assert len(exported("b.csv", "--to", "2026-03-02")) == 3
    assert len(exported("c.csv", "--day", "2026-03-02", "--provider", "oracle")) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--to-file", "o.csv", "--day", "2026-04-01"], 1, "no line from 2026-04-01"),
        (["--to-file", "o.csv", "--day", "2026-03-01", "--provider", "aws"], 1, "no line of aws"),
        (["--to-file", "o.txt", "--day", "2026-03-01"], 1, ".parquet; end the file's name so"),
        (["--to-file", "no/o.csv", "--day", "2026-03-01"], 1, "no/o.csv"),
        (["--to-file", "o.csv"], 2, "--day, or --from and --to"),
        (["--to-file", "o.csv", "--day", "2026-03-01", "--to", "2026-03-02"], 2, "not both"),
    ],
)
def test_an_export_that_cannot_be_says_why(arguments: list[str], code: int, said: str) -> None:
    done = tell("export", *arguments)
    assert done.exit_code == code
    assert said in " ".join(done.output.split())
    assert not list(Path().glob("**/*.part"))
    assert not Path("o.csv").exists()


def test_validate_lists_the_broken_rules_and_ends_with_one() -> None:
    done = tell("validate", "--day", "2026-03-01", "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["lines"] == 3
    failed = {one["rule"]: one for one in told["failures"]}
    assert failed["ListUnitPrice-C-005-C"]["broken_lines"] == 3
    assert failed["ListUnitPrice-C-005-C"]["level"] == "must"
    assert failed["ListUnitPrice-C-005-C"]["example"].endswith(" record 1")
    assert "ListCost-C-003-M" not in failed
    shown = tell("validate", "--day", "2026-03-01", "--provider", "oracle")
    assert shown.exit_code == 1
    assert "ListUnitPrice-C-005-C" in shown.stdout
    assert tell("validate", "--day", "2026-03-09").exit_code == 1
