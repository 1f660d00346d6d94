"""The sample company's October, charged back as the demo's settings say."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from cloudledger import exact
from cloudledger.governance.chargeback.allocation import Bearer, totals
from cloudledger.governance.chargeback.config import Chargeback
from cloudledger.governance.config import governance
from cloudledger.project import PROJECT
from localcloud.samples import Manifest, generate
from tests.support.books import Books
from tests.support.chargeback_books import charge, written

MONTH = date(2026, 10, 1)
# A month of samples is half a minute to make and take in; cost_ingest's and chargeback's DAG are
# held to two weeks of them by default.
pytestmark = pytest.mark.slow

RULES = governance(PROJECT / "config/demo_governance.yaml").chargeback


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return generate(tmp_path_factory.mktemp("samples"), days=31, end=date(2026, 11, 1))


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Books:
    """A ledger of every report that stands."""
    books = Books(tmp_path_factory.mktemp("books"), tag_keys=("cost_center", "environment"))
    for number, each in enumerate(manifest.current()):
        if each.key.endswith(".csv.gz"):
            data = (manifest.root / each.path).read_bytes()
            name = f"{each.source}_{number:04}.csv.gz"
            books.deliver(name, data, at=each.delivered_at.isoformat())
    books.run()
    return books


def test_every_currency_s_centers_bear_what_was_generated(books: Books, manifest: Manifest) -> None:
    billed: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (_, _, day, currency), held in manifest.expected().items():
        if day.month == MONTH.month:
            billed[currency] = exact.add(billed[currency], held.billed_cost)
    charged = charge(books, RULES, MONTH, close=True)
    assert charged.keys() == {"EUR", "USD"}
    for currency, one in charged.items():
        assert exact.total(totals(one.lines).values()) == billed[currency]
        assert one.version.total_cost == billed[currency]
    euros, dollars = ({code for _, code in totals(one.lines)} for one in charged.values())
    assert euros == {"CC-1100", "CC-2200", ""}
    assert dollars == {"CC-3300", "CC-3400", "CC-4400", ""}


def test_every_pool_of_the_month_is_split_by_its_own_rule(books: Books) -> None:
    charged = charge(books, RULES, MONTH)
    rules: defaultdict[str, set[str]] = defaultdict(set)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in charged.values():
        for line in one.lines:
            rules[line.kind.pool].add(line.rule)
            sums[line.kind.pool] = exact.add(sums[line.kind.pool], line.amount)
            assert line.bearer is Bearer.CENTER or not line.kind.pool
    assert rules["network"] == {"egress_gb 75580 of 83570", "egress_gb 7990 of 83570"}
    assert rules["AWS support"] == {"fixed 80 %", "fixed 12.5 %", "fixed 7.5 %"}
    assert rules["web firewall"] == {"even"}
    assert rules["savings plans"] == {"usage of Amazon Elastic Compute Cloud"}
    assert rules["platform"] == {"usage"}
    assert rules["tax"] == {"usage of AWS"}
    assert sums["web firewall"] == 480
    assert sums["AWS support"] == 390


def test_statements_of_both_currencies_are_there(books: Books) -> None:
    charge(books, RULES, MONTH, close=True)
    names = written(books.home).keys()
    for currency in ("EUR", "USD"):
        for name in ("summary.html", "journal.csv", "center-CC-1100.html", "unassigned.csv"):
            assert f"2026-10/{currency}/v1/{name}" in names


def test_a_tag_that_is_mended_late_moves_cost_from_nobody_to_a_center(books: Books) -> None:
    charge(books, RULES, MONTH, close=True)
    sandbox = {
        "name": "sandbox",
        "select": {"sub_accounts": ["100000000903"]},
        "split": {"by": "fixed", "percent": {"CC-4400": 100}},
    }
    told = RULES.model_dump()
    other = Chargeback.model_validate(told | {"pools": [sandbox, *told["pools"]]})
    charged = charge(books, other, MONTH)
    assert charged["EUR"].done == "unchanged"
    moved = {
        (one.bearer, one.cost_center, one.service_name): one.amount
        for one in charged["USD"].changes
    }
    service = "Amazon Simple Storage Service"
    assert moved[Bearer.CENTER, "CC-4400", service] == Decimal("7.022361363591105")
    assert moved[Bearer.UNTAGGED, "", service] == Decimal("-7.022361363591105")
    assert exact.total(moved.values()) == 0
