"""Usage cost by the hour, out of a real ledger: read as of an instant, forecast, kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cloudledger.insights.dimensions import Kind
from cloudledger.insights.hourly_known import HourlyCost, hourly_costs
from cloudledger.insights.hourly_store import Kept, tell_hours
from cloudledger.run import Run
from cloudledger.settings import Settings
from tests.support.books import Books
from tests.support.focus_reports import focus
from tests.support.reports import gzipped, oci_cost

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAYS = 21
AS_OF = START + (DAYS + 5) * DAY + timedelta(hours=2, minutes=20)
"""Days after the last line, when a day is settled."""
WEEKS = 4
EARLY, LATE = Run("early", AS_OF), Run("late", AS_OF + DAY)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def line(begin: datetime, cost: str, span: timedelta = HOUR, **more: str) -> dict[str, str]:
    return {
        "ChargePeriodStart": f"{begin:%Y-%m-%dT%H:%M:%SZ}",
        "ChargePeriodEnd": f"{begin + span:%Y-%m-%dT%H:%M:%SZ}",
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ServiceName": "Compute",
        "BillingCurrency": "EUR",
    } | more


def office(hours: int = DAYS * 24, **more: str) -> list[dict[str, str]]:
    """A line an hour: 5 between eight and eighteen, else 1."""
    begins = [START + number * HOUR for number in range(hours)]
    return [line(begin, "5" if 8 <= begin.hour < 18 else "1", **more) for begin in begins]


def deliver(books: Books, lines: Iterable[dict[str, str]], at: datetime = AS_OF - HOUR) -> None:
    books.deliver(f"{at:%d%H%M}.csv", focus(*lines), at=at.isoformat())
    books.run()


def known(books: Books, as_of: datetime = AS_OF) -> dict[str, HourlyCost]:
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        found = hourly_costs(session, books.lake, as_of, weeks=WEEKS, precedence=())
        return {one.series.name: one for one in found}


def tell(books: Books, run: Run) -> Kept | None:
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        return tell_hours(session, books.lake, run, Settings(insights_hourly_weeks=WEEKS))


def hours(books: Books, name: str = "hourly_cost") -> list[dict[str, Any]]:
    return books.rows(f"SELECT * FROM {name} ORDER BY ALL")


def test_hours_are_summed_and_those_without_a_line_cost_nothing(books: Books) -> None:
    first = [line(START, "1.25"), line(START, "0.5"), line(START + 2 * HOUR, "2")]
    last = line(START + DAYS * DAY - HOUR, "4")
    deliver(books, [*first, last])
    (service, total) = known(books).values()
    assert (service.series.name, total.series.name) == ("Compute (EUR)", "total (EUR)")
    assert service.costs == total.costs
    assert (service.first_hour, service.end) == (START, START + DAYS * DAY)
    assert service.costs[:4] == (Decimal("1.75"), Decimal(0), Decimal(2), Decimal(0))
    assert service.costs[-1] == 4
    assert service.share == 1


def test_days_that_have_not_ended_and_lines_that_came_later_are_not_known(books: Books) -> None:
    deliver(books, office())
    before = known(books)
    deliver(books, [line(START + 10 * DAY, "70"), *office(27 * 24)[-24:]], at=AS_OF + 5 * DAY)
    assert known(books) == before
    assert known(books, AS_OF - 2 * HOUR) == {}
    after = known(books, AS_OF + 6 * DAY)["Compute (EUR)"]
    assert (max(filter(None, after.costs)), after.end) == (71, START + 27 * DAY)


def test_lines_of_days_have_no_hours_and_the_result_says_so(books: Books) -> None:
    daily = [line(START + number * DAY, "24", DAY, ServiceName="Disks") for number in range(DAYS)]
    deliver(books, [*office(), *daily, *office(24, BillingCurrency="USD", ServiceName="Lab")])
    found = known(books)
    assert found["Disks (EUR)"].remark == "no line of it is of an hour"
    assert (found["Disks (EUR)"].share, found["Disks (EUR)"].costs) == (0, ())
    assert found["Compute (EUR)"].share == 1
    assert found["total (EUR)"].share == Decimal("0.727273")
    assert found["total (EUR)"].costs == found["Compute (EUR)"].costs
    assert sum(cost or 0 for cost in found["total (USD)"].costs) == 64


def test_what_is_a_small_part_of_the_cost_does_not_stand_for_it(books: Books) -> None:
    fee = line(START, "9000", 20 * DAY)
    deliver(books, [*office(), fee])
    assert known(books)["Compute (EUR)"].remark == "only 13 % of its cost has hours"


def test_credits_corrections_and_what_kubernetes_splits_are_left_out(books: Books) -> None:
    others = [
        line(START, "700", ChargeCategory="Credit"),
        line(START, "700", ChargeCategory="Tax"),
        line(START, "700", ProviderName="Kubernetes"),
    ]
    deliver(books, [*office(), *others])
    assert set(known(books)) == {"Compute (EUR)", "total (EUR)"}
    assert max(filter(None, known(books)["total (EUR)"].costs)) == 5


def test_a_line_that_two_objects_bring_counts_once(books: Books) -> None:
    begins = [(START + number * HOUR).strftime("%Y-%m-%dT%H:%MZ") for number in range(96)]
    lines = [
        {
            "lineItem/referenceNo": f"V2.{number}",
            "lineItem/intervalUsageStart": begin,
            "lineItem/intervalUsageEnd": end,
            "cost/myCost": "0.5",
        }
        for number, (begin, end) in enumerate(pairwise(begins))
    ]
    for name in ("a.csv.gz", "b.csv.gz"):
        books.deliver(name, gzipped(oci_cost(*lines)), at=(AS_OF - HOUR).isoformat())
    books.run()
    (total,) = (one for one in known(books).values() if one.series.kind is Kind.TOTAL)
    assert total.costs == (Decimal("0.5"),) * 95 + (Decimal(0),)


def test_the_next_48_hours_follow_the_day_and_the_week(books: Books) -> None:
    deliver(books, office())
    kept = tell(books, EARLY)
    assert kept is not None
    assert (kept.series, kept.forecast, kept.remarks) == (2, 2, {})
    series = hours(books, "hourly_series")
    assert {row["seasons"] for row in series} == {"weekly"}
    assert {row["last_hour"] for row in series} == {START + DAYS * DAY - HOUR}
    rows = [row for row in hours(books) if row["series_id"] == series[0]["series_id"]]
    past = [row for row in rows if row["effective_cost"] is not None]
    ahead = [row for row in rows if row["forecast_cost"] is not None]
    assert len(past) == 14 * 24
    assert past[-1]["effective_cost"] == 1
    assert ahead[0]["charge_hour"] == START + DAYS * DAY
    assert ahead[-1]["charge_hour"] == START + 26 * DAY + 49 * HOUR
    for row in ahead:
        expected = 5 if 8 <= row["charge_hour"].hour < 18 else 1
        assert float(row["forecast_cost"]) == pytest.approx(expected, rel=0.05)
        bounds = [row[f"lower_{level}"] for level in (95, 80, 50)]
        bounds += [row["forecast_cost"], *(row[f"upper_{level}"] for level in (50, 80, 95))]
        assert bounds == sorted(bounds)
        assert bounds[0] >= 0


def test_a_run_replaces_an_earlier_one_and_leaves_a_later_one(books: Books) -> None:
    deliver(books, office())
    tell(books, EARLY)
    first = hours(books)
    tell(books, EARLY)
    assert hours(books) == first
    tell(books, LATE)
    after = hours(books)
    assert {row["run_id"] for row in after} == {"late"}
    assert tell(books, EARLY) is None
    assert hours(books) == after


def test_one_bad_series_stops_no_other(books: Books) -> None:
    def of(name: str, *costs: str) -> list[dict[str, str]]:
        begins = [START + 16 * DAY + number * HOUR for number in range(len(costs))]
        return [line(at, cost, ServiceName=name) for at, cost in zip(begins, costs, strict=True)]

    large = "2000000000000"
    bad = [
        *of("Zero", *["0"] * 96),
        *of("Negative", *["-1"] * 110),
        *of("Mixed", *["1", "1", "-1"] * 36),
        *of("Short", "1", "2"),
        *of("Huge", *[large] * 3, *["1"] * 100),
    ]
    deliver(books, [*office(), *bad])
    kept = tell(books, EARLY)
    assert kept is not None
    told = {row["service_name"]: row for row in hours(books, "hourly_series")}
    assert told["Compute"]["seasons"] == "weekly"
    assert told["Zero"]["remark"] == "what has hours costs nothing"
    assert told["Negative"]["remark"] == (
        "10 hours are known, fewer than 72: no forecast; "
        "110 hours that cost less than nothing are left out"
    )
    assert told["Mixed"]["remark"] == "36 hours that cost less than nothing are left out"
    assert "3 hours that cost 1e+11 or more" in told["Huge"]["remark"]
    assert told["Short"]["seasons"] == "daily"
    assert told[None]["kind"] == "total"
    assert books.rows("SELECT count(*) AS n FROM hourly_cost WHERE forecast_cost < 0") == [{"n": 0}]
