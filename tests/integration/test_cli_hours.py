"""Cost by the hour in the terminal and on the page, from series whose answers are known."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cloudledger.cli import app
from cloudledger.insights.dimensions import Kind
from cloudledger.insights.hourly_known import HOUR
from cloudledger.insights.hourly_store import SHOWN, save_hours
from cloudledger.reporting.hourly_cost import SERVICES, page_hours
from cloudledger.run import Run
from cloudledger.warehouse.duckdb import open_duckdb
from tests.support.empty_warehouse import migrated
from tests.support.planted_insights import AS_OF, hours

RUN = Run("run", AS_OF + timedelta(minutes=30))
END = AS_OF - 30 * HOUR
AHEAD = 30 + 48
"""Thirty hours until the running one, and the two days from it on."""


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path))
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    services = [hours(f"s{number:02}", float(number)) for number in range(1, SERVICES + 4)]
    with migrated(path) as opened:
        with opened.transaction() as session:
            found = [hours("all", 9.5, Kind.TOTAL), hours("disks", None), *services]
            kept = save_hours(session, RUN, found)
        opened.publish_copy()
    assert (kept.series, kept.forecast, kept.remarks) == (19, 19, {"disks (EUR)": "of days"})
    return path


def cloudledger(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["forecast", "--hourly", *arguments], env={"COLUMNS": "160"})


@pytest.mark.usefixtures("warehouse")
def test_the_next_day_and_two_begin_with_the_running_hour() -> None:
    told = cloudledger()
    assert told.exit_code == 0, told.output
    (line,) = (line for line in told.stdout.splitlines() if "total" in line)
    told_cells = " ".join(line.split())
    assert told_cells == "total (EUR) 2026-03-21 00:00 75.0 % 228.00 456.00"
    listed = cloudledger("--by", "service").stdout
    assert "of days" in listed
    assert "s18 (EUR)" in listed
    refused = cloudledger("--by", "region")
    assert (refused.exit_code, "region has no hours" in refused.output) == (2, True)


@pytest.mark.usefixtures("warehouse")
def test_as_json_each_hour_is_told() -> None:
    (total,) = json.loads(cloudledger("--json").stdout)["series"]
    assert Decimal(total["forecast_cost"]) == 456
    known = [hour for hour in total["hours"] if hour["effective_cost"] is not None]
    ahead = [hour for hour in total["hours"] if hour["forecast_cost"] is not None]
    assert (len(known), len(ahead)) == (SHOWN, AHEAD)
    assert {Decimal(hour["upper_95"]) for hour in ahead} == {Decimal("9.5")}
    assert {hour["lower_50"] for hour in known} == {None}


def test_the_page_draws_totals_and_names_the_dearest_services(warehouse: Path) -> None:
    with open_duckdb(warehouse) as opened, opened.transaction() as session:
        shown = page_hours(session, 720, 200)
    assert shown is not None
    ((total, drawing),) = shown.totals
    assert (total["last_hour"], total["day_cost"]) == (END - HOUR, 228)
    assert drawing is not None
    assert len(drawing.history.split()) == SHOWN
    assert len(drawing.forecast.split()) == AHEAD + 1
    assert list(drawing.bands) == [95, 80]
    names = [row["service_name"] for row in shown.services]
    assert names == [f"s{number:02}" for number in range(SERVICES + 3, 3, -1)]
    assert shown.rows == [total, *shown.services]


def test_before_any_run_there_is_nothing(tmp_path: Path) -> None:
    with migrated(tmp_path / "warehouse.duckdb") as opened:
        with opened.transaction() as session:
            assert page_hours(session, 720, 200) is None
        opened.publish_copy()
    assert json.loads(cloudledger("--json").stdout) == {"series": []}


def test_an_hour_that_runs_is_the_first_to_come(tmp_path: Path) -> None:
    with migrated(tmp_path / "warehouse.duckdb") as opened:
        with opened.transaction() as session:
            late = Run("late", RUN.as_of + timedelta(hours=24))
            save_hours(session, late, [hours("all", 1.0, Kind.TOTAL)])
        opened.publish_copy()
    # Of the hours that were foretold, 24 lie after this run's running hour.
    (total,) = json.loads(cloudledger("--json").stdout)["series"]
    assert (Decimal(total["day_cost"]), Decimal(total["forecast_cost"])) == (24, 24)
