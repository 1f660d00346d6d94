"""Journals balance to zero, and in cents they still are the rounded bill."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger import exact
from cloudledger.governance.chargeback.allocation import Bearer, Kind, Line
from cloudledger.governance.chargeback.config import Chargeback
from cloudledger.governance.chargeback.journal import balance, document, postings
from cloudledger.governance.chargeback.split import of_units
from cloudledger.governance.chargeback.store import Version

JOURNAL = {
    "clearing_account": "1590",
    "expense_account": "6400",
    "shared_account": "6410",
    "unassigned_account": "6499",
    "unassigned_center": "CC-0000",
}
RULES = Chargeback.model_validate(
    {
        "centers": [
            {"code": "A", "name": "Shop", "owner": "shop"},
            {"code": "B", "name": "Data", "owner": "data", "account": "6455"},
        ],
        "journal": JOURNAL,
    }
)
VERSION = Version(
    charge_month=date(2026, 10, 1),
    billing_currency="EUR",
    version=2,
    state="closed",
    reason="late data",
    cost_column="billed_cost",
    total_cost=Decimal(0),
    bill_id="b",
    rules_id="r",
    ledger_version=3,
    as_of=datetime(2026, 11, 3, 7, tzinfo=UTC),
    closed_at=None,
    run_id="run",
)


def line(amount: Decimal | str, bearer: Bearer, code: str, pool: str = "") -> Line:
    return Line(bearer, code, Kind(pool, "Oracle", "DB", "Usage"), Decimal(amount), "direct")


_WIDE = Context(prec=60)
BORNE = st.sampled_from(
    [(Bearer.CENTER, "A"), (Bearer.CENTER, "B"), (Bearer.UNKNOWN, "Z"), (Bearer.UNTAGGED, "")]
)
LINES = st.lists(
    st.builds(
        lambda units, who, pool: line(of_units(units), *who, pool=pool),
        st.integers(-(10**32), 10**32),
        BORNE,
        st.sampled_from(["", "net", "tax"]),
    ),
    max_size=20,
)


@given(LINES, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_debits_are_credits_and_the_centers_bear_the_rounded_bill(
    lines: list[Line], currency: str
) -> None:
    found = postings(replace(VERSION, billing_currency=currency), lines, RULES)
    assert balance(found) == 0
    assert all(
        one.debit >= 0 <= one.credit and bool(one.debit) != bool(one.credit) for one in found
    )
    cent = Decimal(1).scaleb(-{"EUR": 2, "JPY": 0, "KWD": 3}[currency])
    bill = exact.total(one.amount for one in lines)
    borne = exact.total(
        exact.subtract(one.debit, one.credit) for one in found if one.account != "1590"
    )
    whole = bill.quantize(cent, ROUND_HALF_UP, _WIDE)
    assert borne == whole


def test_accounts_are_the_center_s_the_pool_s_or_the_unassigned_one() -> None:
    lines = [
        line("10.005", Bearer.CENTER, "A"),
        line("5.005", Bearer.CENTER, "A", "net"),
        line("-3", Bearer.CENTER, "B", "net"),
        line("2", Bearer.UNKNOWN, "Z"),
        line("1", Bearer.UNTAGGED, ""),
    ]
    month = "cloud cost 2026-10"
    found: list[tuple[Any, ...]] = [
        (one.account, one.cost_center, str(one.debit), str(one.credit), one.text)
        for one in postings(VERSION, lines, RULES)
    ]
    assert found == [
        ("6400", "A", "10.01", "0.00", f"{month} direct"),
        ("6410", "A", "5.00", "0.00", f"{month} shared net"),
        ("6455", "B", "0.00", "3.00", f"{month} shared net"),
        ("6499", "CC-0000", "2.00", "0.00", f"{month} unknown center Z"),
        ("6499", "CC-0000", "1.00", "0.00", f"{month} untagged"),
        ("1590", "", "0.00", "15.01", f"{month} bill"),
    ]


def test_a_version_s_journal_has_a_name_to_reverse_it_by() -> None:
    assert document(VERSION) == "CB-2026-10-EUR-v2"
    assert document(VERSION, 1) == "CB-2026-10-EUR-v1"


def test_without_accounts_there_is_no_journal() -> None:
    with pytest.raises(ValueError, match="name its accounts"):
        postings(VERSION, [], RULES.model_copy(update={"journal": None}))
