"""Which flagged days of a series belong together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Values = npt.NDArray[np.float64]

GAP = 2
"""Unflagged days between two flagged ones of the same event, at most."""
WEEK = 7
"""Days from one to the other when cost stays off on all between, at most."""
_STAYS = 0.3
_SLACK = 0.2
_HALF = 0.5


@dataclass(frozen=True)
class Days:
    """The columns of one series, by day."""

    day: npt.NDArray[np.datetime64]
    cost: Values
    expected: Values
    week_before: Values
    weeks_before: Values
    score: Values
    flagged: npt.NDArray[np.bool_]
    starts: np.datetime64

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Days:
        """One series' rows of `cloudledger.insights.anomaly.scored_days`, in any order."""
        rows = rows.sort_values("day")
        day = rows["day"].to_numpy().astype("datetime64[D]")
        age = int(rows["since_first_cost"].iloc[-1])
        starts = day[-1] - np.timedelta64(age, "D") if age >= 0 else np.datetime64("1970-01-01")
        return cls(
            day,
            rows["cost"].to_numpy(np.float64),
            rows["expected"].to_numpy(np.float64),
            rows["expected_week_before"].to_numpy(np.float64),
            rows["expected_weeks_before"].to_numpy(np.float64),
            rows["score"].to_numpy(np.float64),
            rows["is_anomaly"].to_numpy(bool),
            starts,
        )

    def before(self, start: int, end: int) -> Values:
        """What was expected of rows start to end before the first of their days."""
        ahead = (self.day[start:end] - self.day[start]).astype(np.int64)
        later = np.where(ahead < WEEK, self.week_before[start:end], self.weeks_before[start:end])
        return np.where(ahead == 0, self.expected[start:end], later)


def spans(days: Days) -> Iterator[tuple[int, int]]:
    """Rows of each event: flagged days near each other that lie on the same side."""
    start = end = -1
    side = 0.0
    for row in np.flatnonzero(days.flagged).tolist():
        if start >= 0:
            over = side * (days.cost[start : row + 1] - days.before(start, row + 1))
            between = over[end - start :]
            apart = (days.day[row] - days.day[end - 1]).astype(np.int64)
            goes_on = apart <= WEEK and bool((between > _STAYS * np.median(over)).all())
            same_side = over[-1] > -_SLACK * np.median(over)
            if same_side and (apart <= GAP + 1 or goes_on):
                end = row + 1
                continue
            yield start, end
        start, end = _first_day(days, row), row + 1
        side = np.sign(days.cost[row] - days.expected[row])
    if start >= 0:
        yield start, end


def _first_day(days: Days, row: int) -> int:
    """The day before, when it was as low already: one low day alone is not flagged."""
    before = row - 1
    if row == 0 or days.flagged[before] or (days.day[row] - days.day[before]).astype(int) > 1:
        return row
    off = days.cost[before : row + 1] - days.expected[before : row + 1]
    return before if off[0] < _HALF * off[1] < 0 else row
