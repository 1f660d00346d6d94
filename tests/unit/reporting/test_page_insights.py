"""What the page on insights reads, from planted rows whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cloudledger.insights.concentration import concentrations
from cloudledger.insights.dimensions import Kind
from cloudledger.insights.dimensions import Series as SeriesOf
from cloudledger.insights.event_store import save_events
from cloudledger.insights.series import SeriesSet
from cloudledger.insights.trends import trends_of
from cloudledger.reporting.efficiency import Efficiency, growth, price
from cloudledger.reporting.page_insights import described, dimension_values, insights
from cloudledger.reporting.page_trends import TOLD, WEEKDAY
from cloudledger.run import Run
from cloudledger.warehouse.port import Session
from tests.support.empty_warehouse import migrated
from tests.support.planted_insights import (
    AS_OF,
    DAY,
    LAST,
    accuracy,
    cause,
    costs,
    event,
    feedback,
    forecast_sums,
    forecasts,
    plant,
    plant_efficiency,
    series,
    trend,
)

MEMBERS = (("compute", Kind.SERVICE), ("prod", Kind.SUB_ACCOUNT))
COMPUTE = {"provider": "Oracle", "service": "COMPUTE"}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with migrated(tmp_path / "warehouse.duckdb") as warehouse, warehouse.transaction() as session:
        yield session


def heights(points: str) -> list[float]:
    return [float(pair.split(",")[1]) for pair in points.split()]


def test_empty_tables_are_an_empty_page(session: Session) -> None:
    found = insights(session)
    assert (found.events, found.totals, found.series, found.accuracy) == ([], [], [], [])
    assert (found.event_sheet.total, found.series_sheet.total) == (0, 0)


def test_events_come_newest_first_with_their_causes_in_order(session: Session) -> None:
    plant(session, "cost_series", series("all"), series("compute", "service", **COMPUTE))
    plant(
        session,
        "anomaly_event",
        event("old", "compute", end_day=LAST - 5 * DAY, covered_by="said"),
        event("new", "compute"),
        event("new again", "all", part_of="new"),
        event("ended", "gone", end_day=LAST - 9 * DAY, severity="low"),
    )
    plant(
        session,
        "anomaly_cause",
        cause("new", 2, '{"region_id": "fra"}', "-0.2", offsets=1),
        cause("new", 1, '{"service_name": "COMPUTE", "sub_account_id": "x"}', "1.2"),
    )
    plant(session, "anomaly_feedback", feedback("said", "compute", "a launch"))

    found = insights(session)
    assert [event.row["event_id"] for event in found.events] == [
        "new",
        "old",
        "ended",
    ]
    new, old, gone = found.events
    assert [(one["place"], one["share_of_excess"]) for one in new.causes] == [
        (1, Decimal("1.2")),
        (2, Decimal("-0.2")),
    ]
    assert (new.row["series_more"], old.row["series_more"]) == (1, None)
    assert (old.causes, old.row["verdict"], old.row["why"]) == ([], "expected", "a launch")
    assert [described(event.row) for event in (new, gone)] == [
        "Oracle / COMPUTE",
        "a series gone by",
    ]
    assert (new.row["event_kind"], new.row["kind"]) == ("level_shift", "service")
    low = insights(session, severity="low").events
    assert [event.row["event_id"] for event in low] == ["ended"]
    assert insights(session, every_series=True).event_sheet.total == 4


def test_an_event_with_many_causes_is_one_of_its_page(session: Session) -> None:
    events = [event(f"{number:02}", "all", end_day=LAST - number * DAY) for number in range(30)]
    plant(session, "anomaly_event", *events)
    causes = [cause("00", place, "{}", "0.1") for place in range(1, 41)]
    plant(session, "anomaly_cause", *causes)
    first, second = (insights(session, number=number) for number in (1, 2))
    assert len(first.events[0].causes) == 40
    assert [event.row["event_id"] for event in first.events] == [f"{n:02}" for n in range(25)]
    assert [event.row["event_id"] for event in second.events] == [f"{n:02}" for n in range(25, 30)]
    assert (second.event_sheet.total, second.event_sheet.pages) == (30, 2)


def test_sums_to_come_are_those_of_the_newest_run(session: Session) -> None:
    plant(session, "cost_series", series("all"))
    earlier = AS_OF - timedelta(days=1)
    plant(session, "cost_forecast", *forecasts("all", "99", as_of=earlier), *forecasts("all", "2"))
    sums = (*forecast_sums("all", "99", as_of=earlier), *forecast_sums("all", "2"))
    plant(session, "cost_forecast_sum", *sums)
    (total,) = insights(session).totals
    row = total.row
    assert [row[f"{name}_cost"] for name in ("month", "days_30", "days_90")] == [60, 60, 180]
    assert [row[f"month_{name}_80"] for name in ("lower", "upper")] == [48, 72]
    assert [row[f"days_90_{name}_95"] for name in ("lower", "upper")] == [90, 270]
    assert (row["month_day"], row["origin_day"]) == (date(2026, 3, 1), LAST)
    assert all(total.has(name) for name in ("month", "days_30", "days_90"))


def test_a_short_forecast_has_no_sum_of_more_days(session: Session) -> None:
    plant(session, "cost_series", series("all"))
    plant(session, "cost_forecast", *forecasts("all", "2", days=30, widths=False))
    (total,) = insights(session).totals
    assert [total.has(name) for name in ("month", "days_30", "days_90")] == [True, True, False]
    assert total.row["days_30_lower_95"] is None
    assert total.drawing is not None
    assert total.drawing.bands == {}


def test_series_are_told_by_currency_the_largest_first(session: Session) -> None:
    services = {"a": "1", "b": "3", "c": "2"}
    plant(
        session,
        "cost_series",
        *(series(name, "service", provider="P", service=name) for name in services),
        series("d", "service", provider="P", service="d", currency="USD"),
        series("e", "service", provider="P", service="e", remark="one point is no history"),
        series("ended", "service", provider="P", service="z", as_of=AS_OF - DAY),
        series("all"),
    )
    made = [row for name, amount in services.items() for row in forecasts(name, amount)]
    plant(session, "cost_forecast", *made, *forecasts("d", "9"))
    found = insights(session)
    assert [one.row["series_id"] for one in found.series] == ["b", "c", "a", "e", "d"]
    assert found.series_sheet.total == 5
    without = found.series[3]
    assert (without.drawing, without.row["remark"]) == (None, "one point is no history")
    assert not any(without.has(name) for name in ("month", "days_30", "days_90"))
    (total,) = found.totals
    assert total.drawing is None
    assert insights(session, level="region").series == []
    assert insights(session, level="' OR 1 = 1 --").series == []


@pytest.mark.parametrize(
    ("kind", "values", "amounts"),
    [
        ("total", {}, [7, 0, 6]),
        ("provider", {"provider": "Oracle"}, [5, 0, 6]),
        ("service", COMPUTE, [1, 0, 2]),
        ("sub_account", {"provider": "Oracle", "sub_account": "web"}, [4, 0, 0]),
        ("sub_account", {"provider": "Oracle"}, [0, 0, 4]),
        ("tag", {"tag_key": "team", "tag_value": "x"}, [1, 0, 2]),
        ("tag", {"tag_key": "team"}, [6, 0, 4]),
        ("provider", {"provider": "Kubernetes"}, [8, 0, 8]),
    ],
)
def test_history_is_the_series_own(
    session: Session, kind: str, values: dict[str, str], amounts: list[int]
) -> None:
    first, last = LAST - 2 * DAY, LAST
    both = {first: "8", last: "8"}
    plant(
        session,
        "daily_cost",
        *costs({first: "1", last: "2"}, tag_set_id="tagged"),
        *costs({first: "4"}, service_name="BLOCK", sub_account_id="web"),
        *costs({last: "4"}, service_name="BLOCK", sub_account_id=None),
        *costs({first: "2"}, provider="aws", provider_name="AWS"),
        *costs(both, provider="kubernetes", provider_name="Kubernetes"),
        *costs(both, billing_currency="USD"),
        *costs(both, charge_category="Credit"),
        *costs(both, charge_class="Correction"),
        *costs({last + DAY: "8", first - DAY: "8"}),
    )
    plant(session, "tag_set_value", tag("tagged", "team", "x"), tag("tagged", "stage", "y"))
    plant(session, "cost_series", series("it", kind, first_day=first, **values))
    plant(session, "cost_forecast", *forecasts("it", "10", days=1, widths=False))
    (told,) = insights(session, level=kind).series or insights(session).totals
    assert told.drawing is not None
    height = told.drawing.height
    shown = [round(10 * (height - y) / height, 1) for y in heights(told.drawing.history)]
    assert shown == pytest.approx(amounts, abs=0.3)


def tag(tag_set_id: str, key: str, value: str) -> dict[str, Any]:
    return {"tag_set_id": tag_set_id, "tag_key": key, "tag_value": value}


def test_accuracy_is_the_newest_measurement(session: Session) -> None:
    plant(
        session,
        "forecast_accuracy",
        accuracy("total", measured_day=LAST - DAY),
        accuracy("total", drifted=1),
        accuracy("service"),
    )
    shown = [(row["kind"], row["drifted"]) for row in insights(session).accuracy]
    assert shown == [("service", 0), ("total", 1)]


def test_trends_are_the_newest_of_the_series_on_the_page(session: Session) -> None:
    plant(session, "cost_series", series("all"), series("compute", "service", **COMPUTE))
    plant(
        session,
        "cost_trend",
        trend("all", "growth_7", "0.5", LAST - DAY),
        trend("all", "growth_7", "0.25"),
        trend("all", "weekday_friday", "1.5"),
        trend("all", "weekday_sunday", "0.5"),
        trend("all", "peak_cost", "9"),
        trend("all", "peak_days_ago", "3"),
        trend("all", "efficiency", "81.5"),
        trend("gone", "growth_7", "9"),
    )
    found = insights(session)
    assert [one.row["series_id"] for one in found.moving] == ["all"]
    assert found.other_measures == ["efficiency"]
    told = found.totals[0].trends
    assert told is not None
    assert told.growth == {"growth_7": Decimal("0.25")}
    assert told.dearest == ("friday", Decimal("1.5"))
    assert (told.peak_day, told.peak_cost) == (LAST - 3 * DAY, 9)
    assert (told.volatility, told.weekend_ratio) == (None, None)
    assert told.others == {"efficiency": Decimal("81.5")}


def test_measures_that_are_made_have_a_place() -> None:
    days = pd.date_range("2025-11-01", periods=200)
    history = pd.DataFrame({"series_id": "all", "day": days, "cost": np.arange(200.0) + 1})
    members = [SeriesOf(name, kind, "EUR", {}) for name, kind in (("all", Kind.TOTAL), *MEMBERS)]
    costs, marks = np.ones((3, 200)), np.zeros((3, 200), bool)
    known = SeriesSet(tuple(members), date(2025, 11, 1), costs, marks, marks)
    made = {*trends_of(history)["measure"], *concentrations(known)["measure"]}
    assert set(TOLD) <= made
    assert made - set(TOLD) == {name for name in made if name.startswith(WEEKDAY)}


def test_it_is_known_whether_events_were_looked_for(session: Session) -> None:
    assert insights(session).looked_at is None
    run = Run("run", AS_OF)
    save_events(session, run, [], {}, since=LAST, detector="d", sensitivity="s")
    assert insights(session).looked_at == AS_OF


def test_dimensions_have_words() -> None:
    told = dimension_values('{"sub_account_id": "a", "sku_id": "", "tag:cost_center": "x"}')
    assert told == {"sub account": "a", "sku": "none", "tag cost_center": "x"}
    bare = series("x", "region", provider="Oracle") | {"region_id": None}
    assert described(bare) == "Oracle / no region"
    tagged = series("x", "tag", tag_key="team", tag_value=None)
    assert described(tagged) == "team = no value"


def test_how_money_is_spent_is_cut_to_the_largest_and_begins_with_the_total(
    session: Session,
) -> None:
    nothing = insights(session).spent
    assert (nothing.scores, nothing.changes, nothing.currencies) == ([], [], {})
    plant(session, "cost_series", series("all"), series("compute", "service", **COMPUTE))
    plant_efficiency(session, "compute", "all", "vm")
    found = insights(session).spent
    assert [row["part"] for row in found.currencies["EUR"]] == [
        "steadiness",
        "allocation",
        "commitments",
        "discount",
    ]
    assert [described(row) for row in found.changes] == ["everything", "Oracle / COMPUTE"]
    assert {row["change_cost"] for row in found.changes} == {40}
    accounts = insights(session, level="sub_account").spent
    assert [described(row) for row in accounts.changes] == ["everything"]
    short = found.shortened(0)
    assert (short.changes, short.unit_costs, short.prices) == ([], [], [])


def test_each_currency_and_comparison_keeps_its_largest() -> None:
    rows = [
        {"billing_currency": currency, "compared": compared, "place": place}
        for currency in ("EUR", "USD")
        for compared in ("days_30", "month")
        for place in range(3)
    ]
    told = Efficiency([], rows, rows, rows).shortened(2)
    assert [row["place"] for row in told.changes] == [0, 1] * 4
    assert [row["place"] for row in told.prices] == [0, 1] * 2


def test_a_price_shows_six_digits_however_small() -> None:
    shown = [price(Decimal(text)) for text in ("0.00000041666666", "1234.5678", "0", "-2")]
    assert shown == ["0.000000416667", "1,234.57", "0", "\u22122"]
    assert price(None) == "\u2013"
    assert growth(Decimal(0), Decimal(1)) is None
    assert growth(Decimal(4), Decimal(5)) == Decimal("0.25")
