"""Whatever is delivered, however often, in whatever order, stopped anywhere: the same books."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.books import EVER, Books
from tests.support.focus_reports import focus
from tests.support.histories import comparable, stopped
from tests.support.oci_focus_reports import oci_focus
from tests.support.reports import oci_cost

NAMES = ("a.csv", "b.csv", "c.csv")
STEPS = 16
BROKEN = "no,such,report\n1,2,3\n"
WORDS = {
    "ProviderName": ("AWS", "Яндекс", "365", "A-B", "A B"),
    "ServiceName": ("storage", "compute"),
    "BillingCurrency": ("USD", "EUR"),
    "BilledCost": ("1.000000000000000000000001", "-0.1", "2.5E-26", "99999999999", "broken", "0"),
    "ConsumedQuantity": ("", "3", "1e-7"),
    "Tags": ("", '{"cost_center": "CC-1"}', '{"cost_center": ""}', '{"environment": "a\\"b"}'),
}


def report(chance: random.Random) -> str:
    """Up to five lines, of any kind of report; now and then one that no reader takes."""
    if chance.random() < 0.15:
        return BROKEN
    if chance.random() < 0.6:
        return oci_report(chance)
    lines = [
        {name: chance.choice(words) for name, words in WORDS.items()}
        | {"ChargePeriodStart": f"2026-03-0{chance.randint(1, 4)}T{chance.randint(0, 23):02}:00Z"}
        for _ in range(chance.randint(0, 5))
    ]
    return focus(*lines)


def oci_report(chance: random.Random) -> str:
    """Up to five lines in either kind of OCI report, with few reference numbers for all of them."""
    references = chance.sample(("r1", "r2", "r3", "r4", "r5"), chance.randint(0, 5))
    cost = chance.random() < 0.6
    lines = []
    for reference in references:
        period = f"2026-03-0{chance.randint(1, 3)}T{chance.randint(0, 22):02}"
        back = chance.choice(("", "r1", "r2", "r6"))
        if cost:
            line = {
                "lineItem/referenceNo": reference,
                "lineItem/backreferenceNo": back,
                "lineItem/isCorrection": chance.choice(("true", "false")),
                "lineItem/intervalUsageStart": f"{period}:00Z",
                "lineItem/intervalUsageEnd": f"{period}:59Z",
                "cost/myCost": chance.choice(WORDS["BilledCost"]),
            }
        else:
            line = {
                "oci_ReferenceNumber": reference,
                "oci_BackReferenceNumber": back,
                "ChargePeriodStart": f"{period}:00Z",
                "ChargePeriodEnd": f"{period}:59Z",
                "BilledCost": chance.choice(WORDS["BilledCost"]),
            }
        lines.append(line)
    return oci_cost(*lines) if cost else oci_focus(*lines)


def hold(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    books = Books(tmp_path / "lived")
    held = [books.discover()]
    at = EVER.start + timedelta(days=9000)
    for _ in range(STEPS):
        at += timedelta(hours=1)
        step = chance.choice(("deliver", "deliver", "deliver", "take in", "publish"))
        if step == "deliver":
            books.deliver(chance.choice(NAMES), report(chance), at=at.isoformat())
        elif step == "publish":
            books.publish()
        else:
            held.append(books.discover())
            stopped(books, chance.choice(held[-2:]), chance)
    for path in sorted(books.delivered.iterdir()):
        if path.read_text() == BROKEN:
            books.deliver(path.name, focus({}), at=(at + timedelta(hours=1)).isoformat())
    books.run()
    fresh = Books(tmp_path / "fresh")
    fresh.delivered, fresh.store = books.delivered, books.store
    fresh.run()
    assert comparable(books) == comparable(fresh)
    found = books.reconcile()
    assert (found.amount, found.behind, found.pending) == (0, 0, 0)


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 10))]
)
def test_any_history_ends_in_the_books_of_its_final_deliveries(tmp_path: Path, seed: int) -> None:
    hold(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_any_longer_list_of_histories_does_too(tmp_path: Path, seed: int) -> None:
    hold(tmp_path, seed)
