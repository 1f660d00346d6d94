"""Events, causes and forecasts in the terminal, and what a person says of an event."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from cloudledger.cli import app
from cloudledger.insights.dimensions import Kind, Series
from cloudledger.insights.event_kinds import Kind as EventKind
from cloudledger.insights.event_kinds import Severity
from cloudledger.insights.event_store import Told, causes_known, events_known, save_events
from cloudledger.insights.events import Event
from cloudledger.insights.feedback import Verdict
from cloudledger.insights.mark_store import marks
from cloudledger.insights.rootcause import Cause
from cloudledger.insights.series import SeriesSet
from cloudledger.insights.store import save_forecasts, save_series, save_sums
from cloudledger.run import Run
from cloudledger.warehouse.duckdb import open_duckdb
from tests.support.empty_warehouse import migrated
from tests.support.planted_insights import plant, plant_efficiency, runbook, trend

TODAY = datetime.now(UTC).date()
"""The command lists what ended lately, by the clock."""
RUN = Run("run", datetime(2026, 3, 20, 6, tzinfo=UTC))
SERIES = Series("s" * 32, Kind.SERVICE, "EUR", {"provider_name": "Oracle", "service_name": "DB"})
EVENT = Event(
    event_id="abc123",
    series_id=SERIES.series_id,
    start=TODAY - timedelta(days=4),
    end=TODAY - timedelta(days=2),
    peak_day=TODAY - timedelta(days=3),
    kind=EventKind.BURST,
    expected=10.0,
    actual=40.0,
    excess=30.0,
    severity=Severity.CRITICAL,
    score=12.0,
)
CAUSE = Cause(
    values={"resource_id": "db-1", "sku_id": "é" * 3000},
    share=0.9,
    amount=Decimal(27),
    expected=Decimal(3),
    actual=Decimal(30),
    is_new=False,
    offsets=False,
)
TOLD = Told(EVENT, None, material=True, covered_by=None, causes=[CAUSE])
SMALL = Told(replace(EVENT, event_id="abd"), "abc123", material=False, covered_by=None, causes=[])


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path))
    monkeypatch.delenv("CLOUDLEDGER_CONFIG", raising=False)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A warehouse with a series, its forecasts and two events."""
    path = tmp_path / "warehouse.duckdb"
    known = SeriesSet(
        (SERIES,), TODAY - timedelta(days=9), np.ones((1, 9)), *[np.zeros((1, 9), bool)] * 2
    )
    days = pd.date_range(pd.Timestamp(TODAY), periods=40)
    made = pd.DataFrame({"series_id": SERIES.series_id, "day": days, "forecast": 2.0})
    made["origin_day"] = pd.Timestamp(TODAY - timedelta(days=1))
    month = made.head(1).assign(day=pd.Timestamp(TODAY.replace(day=1)), forecast=55.5, lower_95=50)
    with migrated(path) as opened:
        with opened.transaction() as session:
            save_series(session, RUN, known, {})
            for grain, rows in (("day", made), ("month", month)):
                save_forecasts(
                    session, RUN, rows, forecaster="smoothing", model_version="1", grain=grain
                )
            sums = made.head(1).assign(days=30, forecast=60.0, lower_95=57.25, upper_95=64.5)
            save_sums(session, RUN, sums, forecaster="smoothing", model_version="1")
            save(session, RUN, TOLD, SMALL)
        opened.publish_copy()
    return path


def save(session: Any, run: Run, *told: Told) -> bool:
    made = {"detector": "residual", "sensitivity": "balanced"}
    since = TODAY - timedelta(days=100)
    return save_events(session, run, told, {SERIES.series_id: SERIES}, since=since, **made)


def cloudledger(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "160"})


def test_an_event_is_told_with_its_runbooks(warehouse: Path) -> None:
    with open_duckdb(warehouse) as opened:
        with opened.transaction() as session:
            plant(
                session,
                "event_runbook",
                runbook("abc123", 2, "Restore a database"),
                runbook("abc123", 1, "A database is too large"),
            )
        opened.publish_copy()
    told = cloudledger("explain", "abc").stdout
    assert "runbook: A database is too large  s3://docs/1.md\nrunbook: Restore" in told
    (event,) = listed()
    assert [one["uri"] for one in event["runbooks"]] == ["s3://docs/1.md", "s3://docs/2.md"]


def listed(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(cloudledger("anomalies", "--json", *arguments).stdout)[
        "events"
    ]
    return found


@pytest.mark.usefixtures("warehouse")
def test_events_that_are_worth_it_are_listed_and_the_others_on_request() -> None:
    (event,) = listed()
    assert event["event_id"] == "abc123"
    assert event["causes"][0]["dimension_values"]["resource_id"] == "db-1"
    assert {one["event_id"] for one in listed("--all")} == {"abc123", "abd"}
    told = cloudledger("anomalies").stdout
    assert "burst of DB (EUR)" in told
    assert "4.0x" in told


@pytest.mark.usefixtures("warehouse")
def test_an_event_is_explained_by_the_first_digits_of_its_id() -> None:
    told = cloudledger("explain", "abc")
    assert told.exit_code == 0
    assert "1. 90.0 % cause: 27.00 EUR" in told.stdout
    assert "db-1" in told.stdout
    assert "shows event abc123 again" in cloudledger("explain", "abd").stdout
    for unclear in ("ab", "zz"):
        failed = cloudledger("explain", unclear)
        assert failed.exit_code != 0
        assert "cloudledger anomalies --all" in failed.stderr


def test_what_a_person_says_is_kept_and_told(warehouse: Path) -> None:
    done = cloudledger("anomalies", "--mark", "abc", "expected", "--why", "spring launch")
    assert done.exit_code == 0, done.output
    assert listed()[0]["verdict"] == "expected"
    assert "marked expected: spring launch" in cloudledger("explain", "abc").stdout
    cloudledger("anomalies", "--mark", "abc", "false")
    with open_duckdb(warehouse) as opened, opened.transaction() as session:
        (mark,) = marks(session)
    assert (mark.event_id, mark.verdict, mark.start) == ("abc123", Verdict.FALSE, EVENT.start)
    assert cloudledger("anomalies", "--mark", "abc", "perhaps").exit_code == 2


@pytest.mark.usefixtures("warehouse")
def test_forecasts_are_summed_over_the_days_asked_for() -> None:
    told = json.loads(cloudledger("forecast", "--by", "service", "--days", "30", "--json").stdout)
    (row,) = told["forecasts"]
    assert Decimal(row["forecast_cost"]) == 60
    assert (row["days"], Decimal(row["month_cost"])) == (30, Decimal("55.5"))
    assert (Decimal(row["lower_95"]), Decimal(row["upper_95"])) == (
        Decimal("57.25"),
        Decimal("64.5"),
    )
    shown = cloudledger("forecast", "--by", "service", "--days", "30").stdout
    assert all(amount in shown for amount in ("55.50", "57.25", "64.50"))
    other = json.loads(cloudledger("forecast", "--by", "service", "--days", "20", "--json").stdout)
    assert other["forecasts"][0]["lower_95"] is None
    assert cloudledger("forecast", "--by", "weather").exit_code == 2


def test_an_event_keeps_when_it_was_found_first_and_an_earlier_run_changes_nothing(
    warehouse: Path,
) -> None:
    later = Run("later", RUN.as_of + timedelta(days=1))
    with open_duckdb(warehouse) as opened, opened.transaction() as session:
        grown = replace(EVENT, end=EVENT.end + timedelta(days=1), actual=50.0)
        assert save(session, later, replace(TOLD, event=grown))
        assert not save(session, RUN, TOLD, SMALL)
        (row,) = session.query("SELECT * FROM anomaly_event").to_pylist()
        assert (row["first_found_at"], row["as_of"]) == (RUN.as_of, later.as_of)
        assert [one.end for one in events_known(session)] == [grown.end]
        assert causes_known(session, [EVENT]) == {}
        (known,) = causes_known(session, [grown])["abc123"]
        assert known.amount == CAUSE.amount
        assert known.values["resource_id"] == "db-1"
        assert known.values["sku_id"].startswith("éé")


def test_an_event_of_a_series_that_nothing_is_kept_of_is_told_by_its_id(warehouse: Path) -> None:
    with open_duckdb(warehouse) as opened:
        with opened.transaction() as session:
            session.execute("DELETE FROM cost_series")
        opened.publish_copy()
    assert f"burst of {SERIES.series_id}" in cloudledger("anomalies").stdout


def test_events_before_the_first_day_that_is_known_stay(warehouse: Path) -> None:
    long_ago = replace(EVENT, event_id="old", start=date(2020, 1, 1), end=date(2020, 1, 2))
    later = Run("later", RUN.as_of + timedelta(days=1))
    with open_duckdb(warehouse) as opened, opened.transaction() as session:
        save(session, RUN, replace(TOLD, event=long_ago))
        save(session, later)
        assert [one.event_id for one in events_known(session)] == ["old"]


def test_efficiency_changes_unit_costs_and_prices_are_told(warehouse: Path) -> None:
    nothing = cloudledger("efficiency")
    assert nothing.exit_code == 0, nothing.output
    assert "nothing is known of how money is spent" in nothing.stdout
    assert "no trends are known" in cloudledger("trends").stdout
    with open_duckdb(warehouse) as opened:
        with opened.transaction() as session:
            plant_efficiency(session, SERIES.series_id, SERIES.series_id, "vm[/]")
        opened.publish_copy()
    shown = cloudledger("efficiency", "--by", "service").stdout
    for words in (
        "EUR: efficiency 71.4 of 100 by 2 of 4 parts, 2026-02-19 to 2026-03-20, cost 200.00",
        "not known: no line is of a commitment",
        "80.0 %",
        "30 days to 2026-03-20",
        "0.0000004",
        "vm[/]",
        "25.0 %",
    ):
        assert words in shown, words
    assert "changes are not known" in cloudledger("efficiency").stdout
    told = json.loads(cloudledger("efficiency", "--by", "service", "--json").stdout)
    (change,) = told["changes"]
    effects = [Decimal(change[f"{name}_effect"]) for name in ("quantity", "mix", "price", "other")]
    assert sum(effects) == Decimal(change["cost_after"]) - Decimal(change["cost_before"])
    assert told["scores"][0]["part"] == "steadiness"
    assert cloudledger("efficiency", "--by", "region").exit_code == 2


def test_trends_are_told_with_who_has_most(warehouse: Path) -> None:
    with open_duckdb(warehouse) as opened:
        with opened.transaction() as session:
            rows = {"growth_30": "0.125", "peak_cost": "9", "peak_days_ago": "2"}
            rows |= {"service_top_share": "0.8", "weekday_monday": "1.25"}
            plant(session, "cost_trend", *(trend(SERIES.series_id, *row) for row in rows.items()))
        opened.publish_copy()
    shown = cloudledger("trends", "--by", "service").stdout
    for words in ("DB (EUR)", "12.5 %", "monday", "2026-03-18", "service top share 0.80"):
        assert words in shown, words
    (told,) = json.loads(cloudledger("trends", "--by", "service", "--json").stdout)["trends"]
    assert (told["series"], told["trends"]["growth"]) == ("DB (EUR)", {"growth_30": "0.125"})
