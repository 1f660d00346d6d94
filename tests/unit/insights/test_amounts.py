"""Estimates rounded to decimals on their way into the warehouse."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.insights.amounts import money


@given(st.floats(-1e12, 1e12))
def test_it_is_the_nearest_of_eight_decimals(value: float):
    (held,) = money([value]).to_pylist()
    assert abs(held - Decimal(value)) <= Decimal("0.5e-8") + abs(Decimal(value)) * Decimal("1e-15")
    assert held == round(held, 8)


def test_what_is_no_number_is_none():
    assert money(np.array([np.nan, 1.5])).to_pylist() == [None, Decimal("1.5")]
    assert money([None]).to_pylist() == [None]


@pytest.mark.parametrize("value", [float("inf"), 1e15, -1e15])
def test_what_no_column_holds_is_refused(value: float):
    with pytest.raises(pa.ArrowInvalid):
        money([value])
