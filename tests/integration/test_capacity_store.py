"""Plans in a warehouse: replaced as a whole, never by an earlier run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from cloudledger.insights.capacity import CapacityPlan, plan
from cloudledger.insights.capacity_store import keep, units_before
from cloudledger.insights.load import LoadSeries, hourly
from cloudledger.insights.scaling import ScalingPolicy
from cloudledger.warehouse.port import Session
from tests.support.empty_warehouse import migrated

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HISTORY = pd.DataFrame(
    {"timestamp": pd.date_range(end=AT - timedelta(hours=1), periods=100, freq="h"), "load": 50.5}
)


@pytest.fixture
def session(tmp_path) -> Iterator[Session]:
    with migrated(tmp_path / "warehouse.duckdb") as warehouse, warehouse.transaction() as session:
        yield session


def planned(as_of: datetime = AT, units: int = 3) -> tuple[CapacityPlan, LoadSeries | None]:
    policy = ScalingPolicy(max_units=20)
    found = plan(HISTORY, 10, units, policy=policy, as_of=as_of, horizon_hours=24)
    return found, hourly(HISTORY, as_of=as_of)


def kept(session: Session, as_of: datetime = AT, units: int = 3) -> bool:
    found, loads = planned(as_of, units)
    return keep(session, "chat", found, loads, as_of=as_of, run_id="run")


def rows(session: Session, table: str) -> list[dict[str, object]]:
    return session.query(f"SELECT * FROM {table}").to_pylist()


def test_the_row_says_what_the_plan_says(session: Session) -> None:
    assert kept(session)
    (row,) = rows(session, "capacity_metric")
    assert (row["current_units"], row["desired_units"], row["max_units"]) == (3, 8, 20)
    assert row["limit_load"] == 200
    assert row["utilisation"] == Decimal("1.683333")
    assert row["band"] == "critical"
    assert row["reason"] is None
    assert len(rows(session, "capacity_plan")) == 24
    loads = rows(session, "load_series")
    assert len(loads) == 100
    assert {load["load_count"] for load in loads} == {Decimal("50.5")}


def test_the_units_of_the_plan_before_are_those_that_run(session: Session) -> None:
    assert units_before(session, "chat", AT, 3) == 3
    kept(session)
    assert units_before(session, "chat", AT, 5) == 3
    assert units_before(session, "chat", AT + timedelta(hours=1), 5) == 8
    assert units_before(session, "chat", AT - timedelta(hours=1), 5) == 5
    assert units_before(session, "other", AT, 5) == 5


def test_an_earlier_run_leaves_what_stands(session: Session) -> None:
    later = AT + timedelta(hours=2)
    assert kept(session, later)
    stands = rows(session, "capacity_plan")
    assert not kept(session, AT)
    assert rows(session, "capacity_plan") == stands
    assert kept(session, later)
    assert rows(session, "capacity_plan") == stands


def test_a_plan_without_hours_takes_the_old_ones_away(session: Session) -> None:
    kept(session)
    nothing = plan(HISTORY.head(0), 10, 4, as_of=AT)
    told = replace(nothing, problems=("schön " * 1000,))
    assert keep(session, "chat", told, None, as_of=AT, run_id="run")
    assert rows(session, "capacity_plan") == rows(session, "load_series") == []
    (row,) = rows(session, "capacity_metric")
    assert row["desired_units"] == 4
    assert str(row["reason"]).startswith("no hour of the history")
    assert 3990 < len(str(row["problems"]).encode()) <= 4000
