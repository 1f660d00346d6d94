"""The parts of a series' cost, each beside what it usually costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from cloudledger.insights.dimensions import Kind, Series
from cloudledger.insights.leaves import leaves_of, named
from cloudledger.insights.rootcause import Cause

START = date(2026, 3, 30)
SINCE = START - timedelta(days=60)
LINE = {
    "ProviderName": "Oracle",
    "SubAccountId": "shop",
    "RegionId": "fra",
    "ServiceName": "COMPUTE",
    "SkuId": "B1",
    "ResourceId": "web",
    "BillingCurrency": "EUR",
    "ChargeCategory": "Usage",
    "ChargeClass": None,
    "owner": "shop",
    "EffectiveCost": 1.0,
}
COMPUTE = Series("c", Kind.SERVICE, "EUR", {"provider_name": "Oracle", "service_name": "COMPUTE"})


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


def lines(con: duckdb.DuckDBPyConnection, *rows: tuple[int, dict[str, Any]]) -> None:
    """Lines of days before (or after) the start, as ``counted_line``."""
    frame = pd.DataFrame([LINE | {"day": START + timedelta(days=day)} | row for day, row in rows])
    con.register("given", frame)
    con.execute(
        "CREATE TABLE counted_line AS SELECT * EXCLUDE (day, owner), cast(day AS DATE) AS day, "
        "map(['owner'], [owner]) AS Tags FROM given"
    ).fetchall()


def leaves(
    con: duckdb.DuckDBPyConnection, series: Series = COMPUTE, days: int = 1
) -> dict[str, tuple[float, float]]:
    """Expected and actual cost by resource."""
    end = START + timedelta(days=days - 1)
    found, _ = leaves_of(con, series, START, end, since=SINCE, tag_keys=["owner"])
    return {row.resource_id: (row.expected, row.actual) for row in found.itertuples()}


def test_a_part_is_held_against_the_same_weekday_of_the_weeks_before(con):
    weekly = [(-7 * week, {"EffectiveCost": cost}) for week, cost in enumerate((9.0, 4, 5, 60, 6))]
    daily = [(-day, {"EffectiveCost": 100.0}) for day in range(1, 28) if day % 7]
    lines(con, *weekly, *daily)
    assert leaves(con) == {"web": (5.5, 9.0)}


def test_the_second_week_of_an_event_is_held_against_the_weeks_before_it_too(con):
    before = [(-day, {"EffectiveCost": 2.0}) for day in range(1, 29)]
    lines(con, *before, *((day, {"EffectiveCost": 10.0}) for day in range(10)))
    assert leaves(con, days=10) == {"web": (20.0, 100.0)}


def test_what_is_new_was_expected_to_cost_nothing_and_what_is_gone_costs_nothing(con):
    old = [(-day, {"ResourceId": "old", "EffectiveCost": 3.0}) for day in range(1, 29)]
    lines(con, *old, (0, {"ResourceId": "new", "EffectiveCost": 8.0}))
    assert leaves(con) == {"old": (3.0, 0.0), "new": (0.0, 8.0)}


def test_only_usage_of_the_series_and_its_currency_is_looked_at(con):
    other = [
        {"ServiceName": "DATABASE"},
        {"ProviderName": "AWS"},
        {"BillingCurrency": "USD"},
        {"ChargeCategory": "Tax"},
        {"ChargeClass": "Correction"},
    ]
    lines(con, (0, {}), *((0, row | {"ResourceId": "other"}) for row in other))
    assert set(leaves(con)) == {"web"}


def test_lines_that_say_nothing_are_found_by_that(con):
    lines(con, (0, {"owner": None, "ResourceId": "nobody's"}), (0, {}))
    untagged = Series("t", Kind.TAG, "EUR", {"tag_key": "owner"})
    assert set(leaves(con, untagged)) == {"nobody's"}


def test_a_split_of_others_cost_explains_no_total(con):
    lines(con, (0, {}), (0, {"ProviderName": "Kubernetes", "ResourceId": "pod"}))
    assert set(leaves(con, Series("t", Kind.TOTAL, "EUR", {}))) == {"web"}


def test_no_line_gives_no_part(con):
    lines(con, (0, {"ServiceName": "DATABASE"}))
    found, ordinary = leaves_of(con, COMPUTE, START, START, since=SINCE, tag_keys=["owner"])
    assert found.empty
    assert ordinary.empty


def cause(**values: str) -> Cause:
    zero = Decimal(0)
    return Cause(values, 1.0, zero, zero, zero, is_new=False, offsets=False)


PARTS = pd.DataFrame(
    {
        "service_name": ["COMPUTE"] * 3,
        "resource_id": ["web", "idle", "job"],
        "tag:owner": ["", "", "data"],
        "expected": [10.0, 5.0, 1.0],
        "actual": [90.0, 5.0, 1.0],
    }
)


def test_a_cause_is_told_with_all_that_its_parts_share():
    assert named(cause(service_name="COMPUTE"), PARTS).values == {
        "service_name": "COMPUTE",
        "resource_id": "web",
    }


def test_parts_that_moved_alike_are_not_told_by_one_of_them():
    parts = PARTS.assign(actual=[90.0, 85.0, 1.0])
    assert named(cause(service_name="COMPUTE"), parts).values == {"service_name": "COMPUTE"}


def test_ordinary_days_are_those_before_the_event(con):
    lines(con, (-1, {"EffectiveCost": 2.0}), (0, {}), (-29, {}))
    _, ordinary = leaves_of(con, COMPUTE, START, START, since=SINCE, tag_keys=["owner"])
    assert ordinary["cost"].tolist() == [2.0]
    assert ordinary["day"].tolist() == [np.datetime64(START - timedelta(days=1), "D")]
