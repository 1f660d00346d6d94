"""Binds: found outside of texts and comments, held against what is given, sent exactly."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.warehouse import binds
from cloudledger.warehouse.port import WrongBinds

MINUS_FIVE = timezone(timedelta(hours=-5))


class State(StrEnum):
    OPEN = "open"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT :a, :b_2 FROM t WHERE x = :a", "SELECT $a, $b_2 FROM t WHERE x = $a"),
        ("SELECT ':a', 'it''s :b', :c", "SELECT ':a', 'it''s :b', $c"),
        ('SELECT ":a", :b', 'SELECT ":a", $b'),
        ("SELECT x::DATE, :a::DATE", "SELECT x::DATE, $a::DATE"),
        ("SELECT 1 -- :a\n, :b /* :c\n:d */", "SELECT 1 -- :a\n, $b /* :c\n:d */"),
        ("SELECT '12:30:00', TIMESTAMP '2026-01-01 00:00:00'", None),
    ],
)
def test_binds_become_dollars_only_where_they_are_binds(statement: str, expected: str | None):
    assert binds.as_dollars(statement) == (expected or statement)


def test_the_binds_of_a_statement():
    statement = "SELECT ':no', x::INT FROM t -- :no\nWHERE a = :yes AND b = :also AND c = :yes"
    assert binds.names(statement) == {"yes", "also"}


@pytest.mark.parametrize(
    ("statement", "given_binds", "said"),
    [
        ("SELECT :a", {}, "no value for :a"),
        ("SELECT 1", {"a": 1}, "no bind :a"),
        ("SELECT :date", {"date": 1}, ":date is a reserved word in Oracle"),
        ("SELECT :a", {"a": 1.5}, ":a: a float cannot be bound"),
        ("SELECT :a", {"a": datetime(2026, 1, 1)}, ":a: the instant 2026-01-01T00:00:00 has no"),  # noqa: DTZ001
        ("SELECT :a", {"a": Decimal("1E-25")}, "more than 24 decimals"),
        ("SELECT :a", {"a": Decimal("1E14")}, "more than 14 digits"),
        ("SELECT :a", {"a": Decimal("NaN")}, "is not a number"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    statement: str, given_binds: dict[str, object], said: str
):
    with pytest.raises(WrongBinds, match=said) as refused:
        binds.fitted(statement, given_binds)
    assert statement in str(refused.value)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("", None),
        (State.OPEN, "open"),
        (True, 1),
        (None, None),
        (date(2026, 1, 2), date(2026, 1, 2)),
        (datetime(2026, 1, 1, 20, tzinfo=MINUS_FIVE), datetime(2026, 1, 2, 1)),  # noqa: DTZ001
        (datetime(2026, 1, 1, 0, 0, 0, 7, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 7)),  # noqa: DTZ001
    ],
)
def test_what_is_sent(value: object, sent: object):
    assert binds.sent_as(value) == sent
    assert type(binds.sent_as(value)) is type(sent)


@given(
    st.decimals(
        min_value=Decimal(-(10**14) + 1),
        max_value=Decimal(10**14 - 1),
        places=24,
        allow_nan=False,
        allow_infinity=False,
    ),
    st.integers(0, 6),
)
def test_decimals_are_sent_as_the_same_number(value: Decimal, more_zeros: int):
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    padded = Decimal((sign, digits + (0,) * more_zeros, exponent - more_zeros))
    sent = binds.sent_as(padded)
    assert isinstance(sent, Decimal)
    assert sent == value
    _, _, exponent = sent.as_tuple()
    assert isinstance(exponent, int)
    assert exponent >= -24
