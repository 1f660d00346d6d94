from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.exact import digits
from cloudledger.reporting.plain import plain, to_json


@dataclass(frozen=True)
class Line:
    day: date
    cost: Decimal
    note: str | None


def test_everything_the_reports_hold_becomes_plain() -> None:
    value = {"lines": (Line(date(2026, 3, 1), Decimal("1.50"), None),), "exact": True}
    assert json.loads(to_json(value)) == {
        "lines": [{"day": "2026-03-01", "cost": "1.5", "note": None}],
        "exact": True,
    }
    assert plain(datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03-01T00:00:00+00:00"


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="float has no exact form"):
        to_json({"cost": 0.1})


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("0.000", "0"),
        ("-0.000", "0"),
        ("100", "100"),
        ("1E+2", "100"),
        ("0.10", "0.1"),
        ("-1E-24", "-0.000000000000000000000001"),
    ],
)
def test_digits(amount: str, text: str) -> None:
    assert digits(Decimal(amount)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=24))
def test_no_digit_is_lost(amount: Decimal) -> None:
    assert Decimal(digits(amount)) == amount
