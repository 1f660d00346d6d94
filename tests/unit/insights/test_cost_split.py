"""A change of cost, split into quantity, mix and price."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger import exact
from cloudledger.insights.split import Bought, NotBought, Split, split_by_unit, split_change


def bought(item: str, quantity: str | None, cost: str, unit: str = "Hours") -> Bought:
    return Bought(item, unit, None if quantity is None else Decimal(quantity), Decimal(cost))


def split_of(quantity: str = "0", mix: str = "0", price: str = "0", other: str = "0") -> Split:
    return Split(Decimal(quantity), Decimal(mix), Decimal(price), Decimal(other))


def test_more_of_everything_is_quantity() -> None:
    before = [bought("vm", "10", "20"), bought("gpu", "1", "30")]
    after = [bought("vm", "20", "40"), bought("gpu", "2", "60")]
    assert split_change(before, after) == split_of(quantity="50")


def test_the_same_at_another_price_is_price() -> None:
    assert split_change([bought("vm", "10", "20")], [bought("vm", "10", "25")]) == split_of(
        price="5"
    )


def test_as_many_hours_of_dearer_things_is_mix() -> None:
    before = [bought("vm", "10", "10"), bought("gpu", "10", "90")]
    after = [bought("vm", "5", "5"), bought("gpu", "15", "135")]
    assert split_change(before, after) == split_of(mix="40")


def test_all_three_at_once() -> None:
    before = [bought("vm", "10", "10"), bought("gpu", "10", "30")]
    after = [bought("vm", "10", "20"), bought("gpu", "20", "60")]
    assert split_change(before, after) == split_of(quantity="20", mix="10", price="10")


def test_new_and_ended_things_are_mix_and_fees_are_other() -> None:
    before = [bought("old", "10", "20"), bought("support", None, "100")]
    after = [bought("new", "10", "70"), bought("support", None, "90")]
    assert split_change(before, after) == split_of(mix="50", other="-10")


def test_units_are_not_added_up() -> None:
    before = [bought("vm", "1", "1"), bought("disk", "100", "10", "GB")]
    after = [bought("vm", "2", "2"), bought("disk", "50", "5", "GB")]
    assert split_by_unit(before, after) == {
        "Hours": split_of(quantity="1"),
        "GB": split_of(quantity="-5"),
    }


def test_nothing_before_is_all_new() -> None:
    assert split_change([], [bought("vm", "3", "7")]) == split_of(mix="7")
    assert split_change([], []) == split_of()


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+14", "1E-101"])
def test_what_no_column_holds_is_refused_by_name(amount: str) -> None:
    with pytest.raises(NotBought, match=r"vm \(Hours\) has the quantity"):
        split_change([bought("vm", amount, "1")], [])
    with pytest.raises(NotBought, match="has the cost"):
        split_change([], [bought("vm", "1", amount)])


figures = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**13), max_value=10**13)
lines = st.lists(
    st.builds(
        Bought,
        item=st.sampled_from("abc"),
        unit=st.sampled_from(["Hours", "GB"]),
        quantity=st.none() | figures.filter(lambda amount: amount.as_tuple().exponent >= -100),
        cost=figures.filter(lambda amount: amount.as_tuple().exponent >= -100),
    ),
    max_size=8,
)


@given(lines, lines)
def test_the_parts_add_up_to_the_change_to_the_last_digit(
    before: list[Bought], after: list[Bought]
) -> None:
    whole = exact.subtract(
        exact.total(line.cost for line in after), exact.total(line.cost for line in before)
    )
    assert split_change(before, after).change == whole


@given(lines)
def test_the_same_twice_has_no_parts(same: list[Bought]) -> None:
    parts = split_change(same, same)
    assert abs(parts.price) <= Decimal("1e-22") >= abs(parts.mix)
    assert parts.quantity == parts.other == parts.change == 0
