"""Everything that could be forecast for some series: smoothing on two scales, and baselines.

The smoothing settings run on the values and on their logarithm, where growth is a straight line
and weekdays and noise are shares. All candidates come with the forecasts they would have made
from each of the last columns, for weighing and for intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudledger.insights.baselines import baselines
from cloudledger.insights.row_statistics import row_median
from cloudledger.insights.smoothing import Cells, settings_grid, smooth

Array = npt.NDArray[np.float64]

OFFSET = 0.1
"""Share of the median positive value added before taking logarithms: zeros have one too."""
CEILING = 3.0
"""No forecast on the log scale exceeds the series' largest value by this factor."""


@dataclass(frozen=True)
class Candidates:
    """``ahead`` [step, candidate, series]; ``back`` per horizon [origin, candidate, series]."""

    ahead: Cells
    back: Sequence[Cells]


def candidates(
    values: Array,
    seasons: Sequence[int],
    steps: int,
    horizons: Sequence[int],
    origins: npt.NDArray[np.int64],
) -> Candidates:
    """All candidates of [series, column] values of unit scale, NaN where unknown.

    :param origins: the columns to back-test from, ascending; see ``smooth``.
    :param seasons: columns of a season, tried each; baselines take the last, longest one.
    """
    settings = settings_grid()
    typical = np.nan_to_num(row_median(np.where(values > 0, values, np.nan)), nan=10.0)
    lowest, highest = np.nanmin(values, axis=1), np.nanmax(values, axis=1)
    offset = np.maximum(OFFSET * typical, 1e-6 - lowest + 1e-3 * typical * (lowest < 0))
    ceiling = np.log(CEILING * np.maximum(highest, 0) + offset).astype(np.float32)
    logs = np.log(values + offset[:, None])
    shift = offset.astype(np.float32)
    ahead, back = [], []
    for season in seasons:
        raw = smooth(values, season, settings, steps, horizons, origins)
        log = smooth(logs, season, settings, steps, horizons, origins)
        ahead += [raw.ahead, _unlogged(log.ahead, ceiling, shift)]
        back.append(raw.back)
        back.append([_unlogged(made, ceiling, shift) for made in log.back])
    columns = values.shape[1]
    last = baselines(values, seasons[-1], range(1, steps + 1), np.array([columns - 1]))
    ahead.append(np.concatenate(last, axis=0))
    back.append(baselines(values, seasons[-1], horizons, origins))
    return Candidates(
        np.concatenate(ahead, axis=1),
        [np.concatenate(made, axis=1) for made in zip(*back, strict=True)],
    )


def _unlogged(made: Cells, ceiling: Cells, shift: Cells) -> Cells:
    np.minimum(made, ceiling, out=made)
    np.exp(made, out=made)
    made -= shift
    return made
