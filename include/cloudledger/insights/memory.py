"""What was known of a series before its cost went astray, kept until the change stays or passes.

A burst of weeks is learnt like any lasting change: level, trend and weekdays all move. When it
ends, forecasts would be off for weeks, normal days look strange and the next event hides. So the
state before the first strange day is kept, and taken again on the day that cost is back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
State = tuple[Floats, ...]

STRANGE = 6.0
"""Mean absolute errors from which a day is strange: the state before it is kept."""
BACK = 4.0
"""Mean absolute errors within which cost is back at what was expected before."""
STAYS = 14
"""Days in a row that are as expected after which a change has come to stay."""
LONGEST = 60
"""Days after which what was before is too old to come back to."""


class Memory:
    """The kept state of each series, and whether it is ``away`` from it."""

    def __init__(self, state: State) -> None:
        series = len(state[0])
        self.kept = tuple(np.zeros_like(part) for part in state)
        self.away = np.zeros(series, bool)
        self._since = np.zeros(series, np.int64)
        self._calm = np.zeros(series, np.int64)
        self._unit = np.ones(series)

    def keep(self, day: int, state: State, off: Values, unit: npt.NDArray[Any]) -> None:
        """Keep the state of series that go astray today; give up those whose change stays.

        :param state: arrays with the series first, before today is learnt.
        :param off: how far today's cost is from what was expected, NaN where unknown.
        :param unit: the usual mean absolute error.
        """
        strange = off > STRANGE * unit
        leaves = np.flatnonzero(strange & ~self.away)
        for kept, part in zip(self.kept, state, strict=True):
            kept[leaves] = part[leaves]
        self._unit[leaves] = unit[leaves]
        self._since[leaves] = day
        self.away[leaves] = True
        self._calm = np.where(strange, 0, self._calm + 1)
        self.away &= (self._calm < STAYS) & (day - self._since < LONGEST)

    def restore(
        self, day: int, state: State, from_before: Values, from_now: Values
    ) -> tuple[Rows, Rows]:
        """Write the kept state back, into ``state``, for series whose cost is back.

        :param from_before: how far today's cost is from what the kept state expects, else NaN.
        :param from_now: how far it is from what was expected of it, which must be farther.
        :returns: those series, and since when each was away.
        """
        near = (from_before <= BACK * self._unit) & (from_before < from_now)
        rows = np.flatnonzero(self.away & (day > self._since) & near)
        for kept, part in zip(self.kept, state, strict=True):
            part[rows] = kept[rows]
        self.away[rows] = False
        return rows, self._since[rows]
