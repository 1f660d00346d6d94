"""Figures on the pages: exact where they claim to be, never nothing when they are something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from cloudledger.reporting.page_format import clipped, exactly, instant, money, places, size


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0.00"),
        ("0E-24", "0.00"),
        ("1234567.895", "1,234,567.90"),
        ("0.125", "0.12"),
        ("-0.125", "\u22120.12"),
        ("0.0034567", "0.0035"),
        ("-0.000000000000000000000001", "\u22120.000000000000000000000001"),
        ("99999999999999.994", "99,999,999,999,999.99"),
    ],
)
def test_money_is_to_the_cent_or_to_two_digits(amount: str, shown: str) -> None:
    assert money(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0E-24", "0"),
        ("99999999999999.000000000000000000000001", "99,999,999,999,999.000000000000000000000001"),
        ("-12345.600", "\u221212,345.6"),
        ("1E+3", "1,000"),
    ],
)
def test_every_digit_is_shown(amount: str, shown: str) -> None:
    assert exactly(Decimal(amount)) == shown


def test_points_stand_under_one_another() -> None:
    rows = [
        {"lake": Decimal("1.25"), "mart": Decimal("10.125")},
        {"lake": Decimal(3), "mart": None},
    ]
    most = places(rows, "lake", "mart")
    assert most == 3
    assert exactly(Decimal("1.25"), most) == "1.25\u2007"
    assert exactly(Decimal(3), most) == "3\u2008\u2007\u2007\u2007"
    assert places([], "lake") == 0


def test_instants_are_shown_in_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert instant(datetime(2026, 3, 1, 1, 30, tzinfo=east)) == "2026-02-28 23:30"
    assert instant(datetime(2026, 3, 1, 1, 30, tzinfo=UTC)) == "2026-03-01 01:30"


def test_sizes_and_long_texts_are_short() -> None:
    assert [size(number) for number in (999, 1000, 1_500_000, 2 * 10**12)] == [
        "999 B",
        "1.0 kB",
        "1.5 MB",
        "2.0 TB",
    ]
    assert clipped("x" * 1405) == "x" * 400 + " \u2026 (1,005 more characters)"


def test_nothing_is_a_dash() -> None:
    assert {money(None), exactly(None), instant(None), size(None), clipped(None)} == {"\u2013"}
