"""Forecasts that add up: a total is the sum of its services, and as well of its regions.

Each sum that must hold is one equation; the forecasts move as little as makes all of them hold,
a wide interval's the most: weighted least squares on interval variance, the diagonal case of
Wickramasuriya, Athanasopoulos and Hyndman (2019), in its constraint form, so sums may overlap
as costs by service and by region do.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from cloudledger.insights.forecast import Forecast

Array = npt.NDArray[np.float64]
Splits = Mapping[Hashable, Sequence[Sequence[Hashable]]]
"""For each sum the ways it is split: ``{"total": [["compute", "storage"], ["fra", "ams"]]}``."""

LEAST_WIDTH = 1e-4
"""Share of its amount that even a certain forecast may move, so that all sums can hold."""
LEAST_VARIANCE = 1e-12
"""Share of the largest variance that any forecast has at least."""
RIDGE = 1e-9
ROUNDS = 20
"""Times forecasts that would fall below zero are held at zero and the others moved again."""


def reconcile(forecast: Forecast, splits: Splits) -> Forecast:
    """Make the expected costs add up on each step; intervals move along, as wide as they were.

    A forecast whose lower bounds are all at least zero stays so. A split of which a member was
    not forecast, or ends on another day than the sum, cannot hold and is left out; ``notes``
    says so for the sum.

    :param forecast: of a panel; at least one interval level.
    :param splits: the series each sum is made of; unknown sums are passed over.
    :raises ValueError: if the forecast has no interval to weigh by.
    """
    if not forecast.levels:
        raise ValueError("a forecast without intervals cannot be reconciled: ask for a level")
    equations, notes = _equations(forecast, splits)
    if equations is None:
        return replace(forecast, notes={**forecast.notes, **notes})
    width = (forecast.upper[-1] - forecast.lower[-1]).mean(axis=1)
    width += LEAST_WIDTH * np.abs(forecast.expected).mean(axis=1)
    variance = np.square(width / width.max()) if width.max() > 0 else np.ones_like(width)
    variance = np.maximum(variance, LEAST_VARIANCE)
    owing = np.array((forecast.lower >= 0).all(axis=(0, 2)))
    expected = _moved(forecast.expected, equations, variance)
    for step in np.flatnonzero((expected[owing] < 0).any(axis=0)):
        expected[:, step] = _not_negative(forecast.expected[:, step], equations, variance, owing)
    by = expected - forecast.expected
    lower, upper = forecast.lower + by, forecast.upper + by
    lower[:, owing] = np.maximum(lower[:, owing], 0.0)
    return replace(
        forecast,
        expected=expected,
        lower=np.minimum(lower, expected),
        upper=np.maximum(upper, expected),
        notes={**forecast.notes, **notes},
    )


def _equations(forecast: Forecast, splits: Splits) -> tuple[csr_array | None, dict[Hashable, str]]:
    """A row a sum and split: 1 for the sum, -1 for its members, [equation, series]."""
    row_of = {name: row for row, name in enumerate(forecast.ids)}
    rows: list[dict[int, float]] = []
    notes: dict[Hashable, str] = {}
    for total, members in _sums(splits):
        if total not in row_of:
            continue
        absent = [name for name in members if name not in row_of]
        at = [row_of[name] for name in members if name in row_of]
        if absent or (forecast.last[at] != forecast.last[row_of[total]]).any():
            why = f"no forecast of {absent[0]}" if absent else "not all end on the same day"
            notes[total] = f"not reconciled with {len(members)} series it is the sum of: {why}"
            continue
        row = dict.fromkeys(at, -1.0)
        row[row_of[total]] = row.get(row_of[total], 0.0) + 1.0
        if any(row.values()):
            rows.append(row)
    if not rows:
        return None, notes
    values = [value for row in rows for value in row.values()]
    columns = [column for row in rows for column in row]
    number = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    return csr_array((values, (number, columns)), shape=(len(rows), len(row_of))), notes


def _sums(splits: Splits) -> Iterator[tuple[Hashable, Sequence[Hashable]]]:
    for total, ways in splits.items():
        for members in ways:
            yield total, members


def _moved(expected: Array, equations: csr_array, variance: Array) -> Array:
    """The nearest forecasts [series, ...] for which all equations hold."""
    weighed = equations.multiply(variance).tocsr()
    normal = (weighed @ equations.T).toarray()
    scale = np.sqrt(np.diag(normal))
    scale = np.where(scale > 0, scale, 1.0)
    weighed = weighed.multiply(1 / scale[:, None]).tocsr()
    # Sums that follow from others make the matrix singular: a touch of ridge takes the shortest
    # solution, and a second round what the ridge has left over.
    normal = normal / np.outer(scale, scale) + RIDGE * np.eye(len(scale))
    moved = expected
    for _ in range(2):
        missed = ((equations @ moved).T / scale).T
        moved = moved - weighed.T @ np.linalg.solve(normal, missed)
    return np.asarray(moved, np.float64)


def _not_negative(
    expected: Array, equations: csr_array, variance: Array, owing: npt.NDArray[np.bool_]
) -> Array:
    """As ``_moved`` of one step, with what would fall below zero held there."""
    held = np.zeros(len(expected), bool)
    moved = expected
    for _ in range(ROUNDS):
        start = np.where(held, 0.0, expected)
        moved = _moved(start, equations, np.where(held, 0.0, variance))
        below = owing & (moved < -1e-9 * np.abs(expected).max())
        if not below.any():
            break
        held |= below
    return np.where(owing, np.maximum(moved, 0.0), moved)
