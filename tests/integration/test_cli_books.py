"""The terminal over a ledger on disk: what is told is what the reports say, to the last digit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cloudledger.cli import app
from cloudledger.warehouse.duckdb import open_duckdb
from tests.support.empty_warehouse import migrated
from tests.support.reports import OCI_COST_HEADER, gzipped, oci_cost

LONG = "0.000000000000000000000001"
REPORT = oci_cost(
    {"cost/myCost": "1234567.05", "tags/cost_center": "CC-1"},
    {"cost/myCost": LONG, "tags/cost_center": "CC-2"},
    {"cost/myCost": "12,5"},
    {
        "cost/myCost": "-0.5",
        "cost/currencyCode": "EUR",
        "tags/cost_center": "",
        "lineItem/intervalUsageStart": "2026-03-02T10:00Z",
        "lineItem/intervalUsageEnd": "2026-03-02T11:00Z",
        "product/service": "OBJECTSTORE",
    },
)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "no-airflow"))
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "reports" / "march.csv.gz"
    path.parent.mkdir()
    path.write_bytes(gzipped(REPORT))
    return path


def tell(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)


def told(*arguments: str | Path) -> Any:
    return json.loads(tell(*arguments, "--json").stdout)


@pytest.fixture
def books(report: Path, tmp_path: Path) -> Path:
    migrated(tmp_path / "home" / "warehouse.duckdb").close()
    assert tell("take-in", report.parent).exit_code == 0
    return report


def test_take_in_tells_lines_kept_and_set_aside_and_the_totals(report: Path) -> None:
    done = tell("take-in", "reports")
    assert done.exit_code == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "reports/march.csv.gz taken_in oci_cost 3 1" in lines
    assert "set aside reports/march.csv.gz:4: cost/myCost: is not a number: 12,5" in lines
    whole = "1,234,567.050000000000000000000001"
    assert f"USD BilledCost {whole} {whole} 0 0" in lines
    assert "EUR BilledCost -0.5 -0.5 0 0" in lines


def test_taking_in_again_changes_nothing(books: Path) -> None:
    before = told("summary")
    again = told("take-in", books)
    assert [item["outcome"]["state"] for item in again["objects"]] == ["unchanged"]
    assert [len(item["set_aside"]) for item in again["objects"]] == [1]
    assert told("summary") == before


def test_a_broken_file_is_named_and_the_others_are_published(books: Path, tmp_path: Path) -> None:
    cut = tmp_path / "reports" / "cut.csv.gz"
    cut.write_bytes(gzipped(REPORT)[:-9])
    done = tell("take-in", books.parent)
    assert done.exit_code == 1
    assert "failed file://" in done.stdout
    assert "cut.csv.gz" in done.stdout
    assert "1 of 2 objects could not be taken in" in done.stderr
    failed = told("ledger", "--state", "failed")
    assert [Path(one["uri"]).name for one in failed["objects"]] == ["cut.csv.gz"]
    assert told("summary")["open_objects"] == 1
    assert tell("reconcile").exit_code == 0


def test_a_missing_path_is_a_message_not_a_traceback() -> None:
    done = tell("take-in", "nowhere")
    assert done.exit_code == 1
    assert "nowhere: there is no such file or folder. Check the path" in done.stderr


def test_an_unknown_format_is_answered_with_the_known_ones(report: Path) -> None:
    done = tell("take-in", report, "--format", "cur")
    assert done.exit_code == 2
    assert "oci_cost" in done.stderr
    assert tell("take-in", report, "--format", "oci_cost").exit_code == 0


def test_cost_by_currency_and_tag_never_mixes_currencies(books: Path) -> None:
    found = told("cost", "--by", "service,tag:cost_center")
    groups = {
        (row["service"], row["tag:cost_center"], row["currency"]): Decimal(row["billed_cost"])
        for row in found["rows"]
    }
    assert groups == {
        ("COMPUTE", "CC-1", "USD"): Decimal("1234567.05"),
        ("COMPUTE", "CC-2", "USD"): Decimal(LONG),
        ("OBJECTSTORE", None, "EUR"): Decimal("-0.5"),
    }
    assert [(one["currency"], one["billed_cost"]) for one in found["totals"]] == [
        ("EUR", "-0.5"),
        ("USD", "1234567.050000000000000000000001"),
    ]


@pytest.mark.parametrize(
    ("options", "days"),
    [
        ([], ["2026-03-01", "2026-03-02"]),
        (["--from", "2026-03-02"], ["2026-03-02"]),
        (["--to", "2026-03-02"], ["2026-03-01"]),
        (["--from", "2026-03-03"], []),
    ],
)
def test_cost_is_limited_to_days_the_end_left_out(
    books: Path, options: list[str], days: list[str]
) -> None:
    assert [row["day"] for row in told("cost", "--by", "day", *options)["rows"]] == days


def test_cost_as_a_table_ends_with_a_total_for_each_currency(books: Path) -> None:
    lines = tell("cost", "--by", "provider,day").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["provider", "Oracle", "Oracle", "total", "total"]
    assert "1,234,567.050000000000000000000001" in lines[1]


@pytest.mark.parametrize("by", ["colour", "tag:colour", "day,colour"])
def test_an_unknown_dimension_is_answered_with_the_known_ones(books: Path, by: str) -> None:
    done = tell("cost", "--by", by)
    assert done.exit_code == 1
    assert "colour: cost is told by day, provider" in done.stderr


def test_the_ledger_lists_objects_newest_first_up_to_a_limit(books: Path, tmp_path: Path) -> None:
    later = tmp_path / "reports" / "later.csv"
    later.write_text(oci_cost({"cost/myCost": "2"}))
    os.utime(later, (4102444800, 4102444800))
    assert tell("take-in", later).exit_code == 0
    found = told("ledger")
    assert [Path(one["uri"]).name for one in found["objects"]] == ["later.csv", "march.csv.gz"]
    assert [(one["state"], one["lines_kept"]) for one in found["sources"]] == [("taken_in", 4)]
    done = tell("ledger", "--limit", "1")
    assert "the newest 1 of 2" in done.stdout
    assert "march" not in done.stdout


def test_a_ledger_that_adds_up_says_so(books: Path) -> None:
    done = tell("reconcile")
    assert done.exit_code == 0
    assert "reconciled: difference 0" in done.stdout


def test_a_cent_too_much_in_the_warehouse_is_a_difference(books: Path, tmp_path: Path) -> None:
    with open_duckdb(tmp_path / "home" / "warehouse.duckdb") as warehouse:
        with warehouse.transaction() as session:
            session.execute(
                "UPDATE daily_cost SET billed_cost = billed_cost + 0.01 "
                "WHERE billing_currency = 'EUR'"
            )
        warehouse.publish_copy()
    done = tell("reconcile")
    assert done.exit_code == 1
    assert "not reconciled: 1 differences" in done.stdout
    found = told("reconcile")
    assert found["difference"] == "0.01"
    assert found["differences"][0]["cell"] == {
        "day": "2026-03-02",
        "billing_currency": "EUR",
        "measure": "BilledCost",
    }
    assert tell("summary").exit_code == 1


def test_the_summary_has_totals_lines_set_aside_and_the_verdict(books: Path) -> None:
    lines = [" ".join(line.split()) for line in tell("summary").stdout.splitlines()]
    assert "Oracle EUR 1 1 -0.5 -0.5" in lines
    assert "1 objects, 3 lines in the ledger, 1 set aside" in lines
    assert "reconciled: difference 0" in lines
    assert any("march.csv.gz:4: cost/myCost: is not a number: 12,5" in line for line in lines)


@pytest.mark.parametrize("command", ["cost", "ledger", "reconcile", "summary"])
def test_reading_before_anything_was_published_says_what_to_do(command: str) -> None:
    done = tell(command)
    assert done.exit_code == 1
    assert "publish once, then read" in done.stderr


def test_readers_do_not_wait_for_a_writer(books: Path, tmp_path: Path) -> None:
    with open_duckdb(tmp_path / "home" / "warehouse.duckdb"):
        done = subprocess.run(
            [sys.executable, "-m", "cloudledger.cli", "summary"],
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "reconciled: difference 0" in done.stdout


def test_the_doctor_finds_a_home_in_order(books: Path) -> None:
    found = told("doctor")
    assert found["good"] is True
    by_name = {one["what"]: one["found"] for one in found["findings"]}
    assert "lake" in by_name["lake"]
    assert "version" in by_name["lake"]
    assert "no writer at work" in by_name["warehouse"]
    assert "connections and the pool warehouse are not looked at" in by_name["Airflow"]


def test_the_doctor_says_what_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, books: Path
) -> None:
    (tmp_path / "home" / "warehouse.read.duckdb").unlink()
    done = tell("doctor")
    assert done.exit_code == 1
    assert "Run cost_ingest, or cloudledger take-in" in done.stdout
    monkeypatch.setenv("CLOUDLEDGER_TAG_KEYS", '["a", "a"]')
    done = tell("doctor")
    assert done.exit_code == 1
    assert "a: named more than once" in done.stdout


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDLEDGER_TAG_KEYS", '["a", "a"]')
    done = tell("summary")
    assert done.exit_code == 1
    assert "tag_keys: Value error, a: named more than once" in done.stderr


def test_what_does_not_count_is_told_with_the_reason(tmp_path: Path, books: Path) -> None:
    newer = tmp_path / "reports" / "newer.csv"
    correction = {"lineItem/isCorrection": "true", "cost/myCost": "-0.25"}
    newer.write_text(
        oci_cost(
            {"cost/myCost": "8"},
            correction | {"lineItem/backreferenceNo": "ref-1"},
            correction | {"lineItem/backreferenceNo": "lost"},
        )
    )
    os.utime(newer, (2_000_000_000, 2_000_000_000))
    assert tell("take-in", newer).exit_code == 0
    (row,) = told("displaced")["displaced"]
    assert (row["lines"], row["reason"]) == (2, "newer_object")
    assert row["amount"] == "1234567.050000000000000000000001"
    assert "a newer object's line counts" in tell("displaced").stdout
    assert "2 lines in the lake do not count" in tell("reconcile").stdout
    assert told("reconcile")["displaced"] == 2
    both = told("corrections")["corrections"]
    assert [row["status"] for row in both] == ["unresolved", "resolved"]
    assert both[1]["corrected_billed_cost"] == "8"
    (lost,) = told("corrections", "--unresolved")["corrections"]
    assert lost["corrected_reference"] == "lost"
    assert "2 corrections, 1 of a line that is not in the ledger" in tell("corrections").stdout
    assert tell("displaced", "--measure", "Cost").exit_code == 2


def test_what_a_redelivery_changed_is_told(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    for cost, at in (("8", 1_900_000_000), ("7.75", 2_000_000_000)):
        report.write_text(oci_cost({"cost/myCost": cost}))
        os.utime(report, (at, at))
        assert tell("take-in", report).exit_code == 0
    (row,) = told("changes")["changes"]
    assert (row["billed_cost_before"], row["billed_cost_after"]) == ("8", "7.75")
    assert (row["billed_cost_difference"], row["lines_difference"]) == ("-0.25", 0)
    assert "redeliveries: 1, services changed: 1" in tell("changes").stdout
    assert told("changes", "--source", "another")["changes"] == []


def test_a_restored_copy_with_an_older_date_replaces_what_stands(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    for cost, at in (("8", 2_000_000_000), ("7", 1_900_000_000)):
        report.write_text(oci_cost({"cost/myCost": cost}))
        os.utime(report, (at, at))
        done = tell("take-in", report)
    assert "dated before the version that stood: taken in as the newer one" in done.stderr
    assert told("summary")["totals"][0]["billed_cost"] == "7"
    assert "dated before" not in tell("take-in", report).stderr


def test_completeness_is_told_as_of_an_instant(tmp_path: Path) -> None:
    for day in range(1, 8):
        path = tmp_path / f"{day}.csv.gz"
        start = f"2026-03-{day:02}T10:00Z"
        path.write_bytes(gzipped(oci_cost({"lineItem/intervalUsageStart": start})))
        delivered = datetime(2026, 3, day, 14, tzinfo=UTC).timestamp()
        os.utime(path, (delivered, delivered))
        tell("take-in", path)
    found = told("completeness", "--as-of", "2026-03-07T02:00")
    assert found["stalled"] == []
    assert [row["charge_day"][-2:] for row in found["days"]] == ["06", "05", "04", "03", "02", "01"]
    assert {row["lines"] for row in found["days"]} == {1}
    found = told("completeness", "--as-of", "2026-03-10")
    assert found["stalled"] == ["local"]
    assert found["sources"][0]["usual_gap_seconds"] == 86_400
    assert [row["lines"] for row in found["days"]][:3] == [0, 0, 1]
    shown = tell("completeness", "--as-of", "2026-03-10", "--limit", "2")
    assert shown.exit_code == 0, "no source of the settings is stalled"
    assert "the newest 2 of 9" in shown.stdout


def test_a_new_column_is_told_by_the_command_that_takes_it_in(tmp_path: Path) -> None:
    header = [*OCI_COST_HEADER, "product/[new]"]
    path = tmp_path / "new.csv.gz"
    path.write_bytes(gzipped(oci_cost({}, header=header)))
    shown = tell("take-in", path).stdout
    line = "local (oci_cost): new column product/[new], kept in x_extra; first in "
    assert line + path.as_uri() in shown
    assert told("take-in", path)["drift"] == []
    (row,) = told("completeness")["drift"]
    assert (row["column_name"], row["kind"]) == ("product/[new]", "new")


def test_the_folder_of_an_aws_export_is_refused_whole(report: Path) -> None:
    (report.parent / "bill-Manifest.json").write_text("{}")
    refused = tell("take-in", report.parent)
    assert refused.exit_code == 1
    assert "bill-Manifest.json: this folder holds an AWS export" in " ".join(refused.stderr.split())
    assert tell("ledger").exit_code == 1
