"""How money was spent as of an instant, out of a real ledger."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cloudledger import exact
from cloudledger.insights.at import series_at
from cloudledger.insights.dimensions import Kind
from cloudledger.insights.efficiency_store import TABLES, save_spent, stands_later
from cloudledger.insights.spent import Spent, spent_at
from cloudledger.run import Run
from cloudledger.settings import Settings
from tests.support.books import TAG_KEYS, Books
from tests.support.focus_reports import FOCUS_HEADER, FOCUS_LINE
from tests.support.reports import table

FIRST = date(2026, 1, 1)
DAYS = 75
LAST = date(2026, 3, 14)
AS_OF = datetime(2026, 3, 17, 6, tzinfo=UTC)
LATER = AS_OF + timedelta(days=1)
MORE = [
    "ListCost",
    "ListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "ConsumedQuantity",
    "ConsumedUnit",
]
MORE += ["SkuId", "CommitmentDiscountId", "CommitmentDiscountStatus"]


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def line(day: int, cost: str, **more: str) -> dict[str, str]:
    start = FIRST + timedelta(days=day)
    end = start + timedelta(days=1)
    return FOCUS_LINE | {
        "ChargePeriodStart": f"{start}T00:00:00Z",
        "ChargePeriodEnd": f"{end}T00:00:00Z",
        "ChargeCategory": "Usage",
        "EffectiveCost": cost,
        "BilledCost": cost,
        **more,
    }


def bill(days: int = DAYS) -> list[dict[str, str]]:
    """A machine that is dearer from 1 March on and has two owners, storage that grows, a fee, and
    another currency without list prices, tags or quantities."""
    found = []
    for day in range(days):
        price = Decimal("2.5") if day >= 59 else Decimal(2)
        hours = 10 + day % 3
        machine = {
            "ServiceName": "Compute",
            "SkuId": "vm",
            "PricingQuantity": str(hours),
            "PricingUnit": "Hours",
            "ListCost": str(4 * hours),
            "ListUnitPrice": "4",
            "CommitmentDiscountId": "plan",
        }
        owned = {"Tags": '{"cost_center": "1", "environment": "prod"}'}
        used = {"CommitmentDiscountStatus": "Used"}
        idle = {
            "CommitmentDiscountStatus": "Unused",
            "SkuId": "plan",
            "ListUnitPrice": "",
            "PricingQuantity": "",
        }
        found += [
            line(day, str(hours * price), **machine, **owned, **used),
            line(day, "1", **(machine | idle)),
            line(
                day,
                str(Decimal("0.023") * (100 + day)),
                SkuId="gb",
                ConsumedQuantity=str(100 + day),
                ConsumedUnit="GB",
            ),
            line(day, "0.7", BillingCurrency="EUR", ServiceName="Support"),
            line(day, "99", ChargeCategory="Tax"),
        ]
    return found


def deliver(
    books: Books, lines: list[dict[str, str]], name: str = "a.csv", at: datetime = AS_OF
) -> None:
    header = list(dict.fromkeys([*FOCUS_HEADER, *MORE]))
    instant = at - timedelta(hours=2)
    books.deliver(name, table(header, lines), at=instant.isoformat())
    books.run()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("pristine")
    deliver(Books(home), bill())
    return home


@pytest.fixture
def billed(pristine: Path, tmp_path: Path) -> Books:
    """A ledger of the whole bill, which nothing is delivered to: objects are named by its place."""
    return Books(shutil.copytree(pristine, tmp_path / "billed"))


def spent(books: Books, as_of: datetime = AS_OF, tag_keys: tuple[str, ...] = TAG_KEYS) -> Spent:
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        known = series_at(session, books.lake, as_of, Settings(tag_keys=TAG_KEYS))
        return spent_at(session, books.lake, as_of, known, tag_keys=tag_keys, precedence=())


def test_each_currency_has_a_score_of_what_is_known_of_it(billed: Books) -> None:
    euro, dollar = spent(billed).scores
    assert (euro.billing_currency, dollar.billing_currency) == ("EUR", "USD")
    assert (euro.span.last_day, euro.effective_cost) == (LAST, 21)
    assert {part.name: part.value for part in euro.efficiency.parts} == {"allocation": 0}
    used, idle, stored = (
        sum(Decimal(one["EffectiveCost"]) for one in bill()[place::5][-32:-2])
        for place in (0, 1, 2)
    )
    parts = {part.name: (part.part_cost, part.whole_cost) for part in dollar.efficiency.parts}
    hours = Decimal(330)
    assert parts == {
        "commitments": (used, used + idle),
        "discount": (4 * hours - used, 4 * hours),
        "allocation": (used, used + idle + stored),
    }
    assert not {"steadiness"} & parts.keys(), "nobody has looked for events at this instant"


def test_a_fee_for_a_commitment_tells_what_was_not_used(books: Books) -> None:
    fee = {"ChargeCategory": "Purchase", "CommitmentDiscountId": "plan"}
    used = {"CommitmentDiscountId": "plan", "CommitmentDiscountStatus": "Used"}
    lines = [line(day, "3", **used) for day in range(40)]
    deliver(books, [*lines, *(line(day, "1", **fee) for day in range(40))])
    (score,) = spent(books).scores
    (commitments,) = [part for part in score.efficiency.parts if part.name == "commitments"]
    assert (commitments.part_cost, commitments.whole_cost) == (90, 120)


def test_changes_add_up_by_service_and_by_sub_account(billed: Books) -> None:
    found = spent(billed)
    assert not found.problems
    assert {(one.series.billing_currency, one.compared) for one in found.changes} == {
        (currency, compared) for currency in ("EUR", "USD") for compared in ("days_30", "month")
    }
    for one in found.changes:
        assert one.split.change == exact.subtract(one.cost_after, one.cost_before)
    for compared in ("days_30", "month"):
        dollars = [
            one
            for one in found.changes
            if (one.compared, one.series.billing_currency) == (compared, "USD")
        ]
        of = {kind: [one for one in dollars if one.series.kind is kind] for kind in Kind}
        (total,) = of[Kind.TOTAL]
        for kind in (Kind.SERVICE, Kind.SUB_ACCOUNT):
            assert sum(one.cost_after for one in of[kind]) == total.cost_after
            assert sum(one.split.change for one in of[kind]) == total.split.change
    (compute,) = [
        one
        for one in found.changes
        if one.series.values.get("service_name") == "Compute" and one.compared == "days_30"
    ]
    dearer_hours = sum(Decimal(10 + day % 3) for day in range(59, 73))
    assert compute.split.price == dearer_hours / 2
    assert (compute.split.quantity, compute.split.mix) == (0, 0)


def test_prices_and_unit_costs_are_told_by_what_is_metered(billed: Books) -> None:
    found = spent(billed)
    (new,) = found.repriced
    assert (new.item["sku_id"], new.item["unit"], new.item["billing_currency"]) == (
        "vm",
        "Hours",
        "USD",
    )
    assert (new.change.day, new.change.before, new.change.after) == (
        date(2026, 3, 1),
        2,
        Decimal("2.5"),
    )
    costs = {one.service.values["service_name"]: one for one in found.unit_costs}
    assert {name: one.unit for name, one in costs.items()} == {
        "Compute": "Hours",
        "Amazon Simple Storage Service": "GB",
    }
    stored = costs["Amazon Simple Storage Service"]
    assert (stored.per_unit, stored.before) == (Decimal("0.023"), Decimal("0.023"))
    assert (costs["Compute"].quantity, costs["Compute"].before) == (330, 2)


def test_a_past_instant_is_told_as_it_was_then(books: Books) -> None:
    deliver(books, bill())
    before = spent(books)
    deliver(books, [line(60, "500", SkuId="gb")], "late.csv", at=LATER)
    assert spent(books) == before
    assert spent(books, LATER).scores != before.scores


def test_a_few_days_are_not_compared_and_nothing_is_no_error(books: Books) -> None:
    assert spent(books) == Spent()
    deliver(books, bill(10))
    found = spent(books)
    assert (found.changes, found.repriced) == ([], [])
    assert {one.span.first_day for one in found.scores} == {FIRST}
    assert {one.before for one in found.unit_costs} == {None}


def test_what_costs_less_than_nothing_has_no_score(books: Books) -> None:
    deliver(books, [line(day, "-2") for day in range(40)])
    (score,) = spent(books).scores
    assert (score.effective_cost, score.efficiency.score) == (-60, None)


def test_a_currency_that_is_paid_in_no_more_has_no_score(books: Books) -> None:
    euros = [line(day, "7", BillingCurrency="EUR") for day in range(20)]
    deliver(books, [*euros, *(line(day, "1") for day in range(DAYS))])
    found = spent(books)
    told = {one.billing_currency: one.efficiency.score for one in found.scores}
    assert (told["EUR"], found.scores[0].effective_cost) == (None, 0)
    assert told["USD"] is not None
    fell = [one for one in found.changes if one.series.billing_currency == "EUR"]
    assert {one.cost_after for one in fell} == {0}


def test_nothing_is_allocated_or_not_where_no_tag_is_kept(books: Books) -> None:
    deliver(books, bill(40))
    names = {part.name for one in spent(books, tag_keys=()).scores for part in one.efficiency.parts}
    assert names == {"commitments", "discount"}


def test_the_latest_instant_stands_whatever_the_order(billed: Books) -> None:
    found = spent(billed)

    def save(run: Run, spent: Spent) -> bool:
        with billed.warehouse() as warehouse, warehouse.transaction() as session:
            done = save_spent(session, run, spent)
            assert stands_later(session, run.as_of) != done
            return done

    assert save(Run("now", AS_OF), found)
    kept = {table: billed.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in TABLES}
    assert all(kept.values())
    parts = [row for row in kept["efficiency_part"] if row["billing_currency"] == "EUR"]
    assert {row["part"]: row["part_share"] for row in parts} == {
        "allocation": 0,
        "commitments": None,
        "discount": None,
        "steadiness": None,
    }
    assert not save(Run("early", AS_OF - timedelta(days=1)), Spent())
    assert {table: billed.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in TABLES} == kept
    assert save(Run("late", LATER), Spent())
    assert not billed.rows("SELECT * FROM efficiency_part")
    assert not save(Run("again", AS_OF), found)
