"""Parts of an amount: whatever is split, and by whatever, they add up to it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cloudledger import exact
from cloudledger.governance.chargeback.split import (
    NothingToGoBy,
    minor_unit,
    of_units,
    rounded,
    split,
    units,
)

UNIT = Decimal("1e-24")
AMOUNTS = st.integers(-(10**38) + 1, 10**38 - 1).map(of_units)
"""Whatever DECIMAL(38,24) holds."""


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=12))
def test_parts_add_up_and_each_is_within_a_unit_of_its_share(
    amount: Decimal, weights: list[Decimal]
) -> None:
    shares = [max(0, units(weight)) for weight in weights]
    assume(any(shares))
    parts = split(amount, weights)
    assert exact.total(parts) == amount
    for part, share in zip(parts, shares, strict=True):
        assert abs(units(part) * sum(shares) - units(amount) * share) < sum(shares)
        assert share or not part
        assert not part or (part < 0) == (amount < 0)


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=12))
def test_a_credit_is_split_as_the_same_cost_is(amount: Decimal, weights: list[Decimal]) -> None:
    assume(any(weight > 0 for weight in weights))
    assert split(amount.copy_negate(), weights) == [
        part.copy_negate() for part in split(amount, weights)
    ]


@given(st.lists(AMOUNTS, max_size=12), st.sampled_from([0, 2, 3, 4]))
def test_rounded_amounts_add_up_to_the_rounded_sum(amounts: list[Decimal], decimals: int) -> None:
    parts = rounded(amounts, decimals)
    step = 10 ** (24 - decimals)
    total, off = exact.total(amounts), exact.subtract(exact.total(parts), exact.total(amounts))
    assert abs(units(off)) * 2 <= step
    assert all(units(part) % step == 0 for part in parts)
    assert all(
        abs(units(part) - units(amount)) < step for part, amount in zip(parts, amounts, strict=True)
    )
    if not units(total) % step:
        assert exact.total(parts) == total


def test_the_unit_left_over_goes_to_the_largest_remainder_and_of_equals_to_the_first() -> None:
    assert split(UNIT * 2, [Decimal(1)] * 3) == [UNIT, UNIT, 0]
    assert split(UNIT * 10, [Decimal(2), Decimal(3), Decimal(2)]) == [UNIT * 3, UNIT * 4, UNIT * 3]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 0]])
def test_without_a_weight_above_zero_there_is_no_proportion(weights: list[int]) -> None:
    with pytest.raises(NothingToGoBy):
        split(Decimal(1), [Decimal(weight) for weight in weights])


def test_a_negative_weight_counts_as_none() -> None:
    assert split(Decimal(9), [Decimal(-5), Decimal(1), Decimal(2)]) == [0, 3, 6]


def test_more_than_24_decimals_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 24 decimals"):
        split(Decimal("1e-25"), [Decimal(1)])


@pytest.mark.parametrize(("amount", "cents"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("0", "0")])
def test_half_a_cent_is_rounded_away_from_zero(amount: str, cents: str) -> None:
    assert rounded([Decimal(amount)], 2) == [Decimal(cents)]


def test_cents_are_the_currency_s() -> None:
    assert [minor_unit(code) for code in ("EUR", "USD", "JPY", "KWD")] == [2, 2, 0, 3]
