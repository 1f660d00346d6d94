"""Amounts on the border between a model and the warehouse: float64 inside, exact decimals out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cloudledger.warehouse.arrow import MONEY

PLACES = 8
"""Decimals that an estimate is rounded to; what a model says is never exact to more."""

_ROUNDED = pa.decimal128(23, PLACES)


def money(values: Iterable[float | None] | npt.NDArray[np.float64]) -> pa.Array:
    """Estimates as the warehouse holds amounts; NaN is NULL.

    :raises pa.ArrowInvalid: for an infinity, or an amount of more than 14 digits.
    """
    given = pa.array(values, pa.float64(), from_pandas=True)
    return given.cast(_ROUNDED).cast(MONEY)
