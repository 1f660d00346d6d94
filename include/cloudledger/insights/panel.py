"""Many series as one matrix: what models of all series at once work on.

A history comes as rows (series, day, cost) and may hold anything. Rows that are no cost are left
out with a note; a series of which nothing is left is refused with a reason, and the others go on.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudledger.exact import WHOLE_DIGITS

Matrix = npt.NDArray[np.float64]
Step = Literal["D", "h"]

LARGEST = 10.0**WHOLE_DIGITS
"""No amount of a warehouse table is as large; a larger one is an error of the source."""
LONGEST = {"D": 1461, "h": 8784}
"""Steps kept of one series: four years of days, one year of hours."""
SPARSE = 0.2
"""A series with more of its days absent than this has no cost on them; fewer are unknown."""
_NO_ID = "(no series_id)"


class NotAHistory(ValueError):
    """The rows lack a column a history needs."""


@dataclass(frozen=True)
class Panel:
    """Series by day (or by hour), each from its own first to its own last day.

    ``values`` is [series, day] in the currency of the history, NaN before a series begins, after
    it ends and on days nothing is known of. ``problems`` says for each series refused why it is
    not here, ``notes`` what was left out of one that is.
    """

    ids: tuple[Hashable, ...]
    first_day: np.datetime64
    values: Matrix
    step: Step = "D"
    problems: Mapping[Hashable, str] = field(default_factory=dict)
    notes: Mapping[Hashable, str] = field(default_factory=dict)

    @property
    def days(self) -> npt.NDArray[np.datetime64]:
        """The instants of the columns, datetime64, UTC."""
        return self.first_day + np.arange(self.values.shape[1]) * np.timedelta64(1, self.step)

    @property
    def first(self) -> npt.NDArray[np.int64]:
        """The column of each series' first known day."""
        return np.asarray(np.argmax(np.isfinite(self.values), axis=1), np.int64)

    @property
    def last(self) -> npt.NDArray[np.int64]:
        """The column of each series' last known day."""
        known = np.isfinite(self.values)[:, ::-1]
        return np.asarray(self.values.shape[1] - 1 - np.argmax(known, axis=1), np.int64)


def panel_of(history: pd.DataFrame, step: Step = "D", *, fill_sparse: bool = True) -> Panel:
    """Clean a history into a panel.

    :param history: ``series_id``, ``day`` (datetime64, UTC; with a zone it is converted) and
        ``cost``, in any order; several rows of a series and day are summed. A column ``currency``
        may tell what the costs are in: a series of two currencies is refused.
    :param step: ``D`` for days, ``h`` for hours (the column is still called ``day``).
    :param fill_sparse: set the absent days of a series that often has none to zero. How often is
        told from all of its days: what may look at no later day does this by itself.
    :raises NotAHistory: when one of the three columns is absent.
    """
    absent = [name for name in ("series_id", "day", "cost") if name not in history.columns]
    if absent:
        raise NotAHistory(f"the history has no column {absent}; it needs series_id, day and cost")
    codes, found = pd.factorize(history["series_id"])
    ids = found.tolist()
    days = _instants(history["day"], step)
    costs = pd.to_numeric(history["cost"], errors="coerce").to_numpy(np.float64, na_value=np.nan)

    problems: dict[Hashable, str] = {}
    notes: dict[Hashable, list[str]] = {}
    if (codes < 0).any():
        problems[_NO_ID] = f"{int((codes < 0).sum())} rows name no series: give each a series_id"
    mixed = _mixed(history, codes, ids)
    problems.update(mixed)

    number = np.isfinite(costs) & (np.abs(costs) < LARGEST)
    dated = days >= 0
    _count(notes, ids, codes[~number], "days whose cost is no finite amount were left out")
    _count(notes, ids, codes[~dated], "rows without a readable day were left out")
    refused = np.array([name in mixed for name in ids], bool)
    kept = (codes >= 0) & number & dated
    kept[kept] &= ~refused[codes[kept]]
    codes, days, costs = codes[kept], days[kept], costs[kept]

    last = np.full(len(ids), -1, np.int64)
    np.maximum.at(last, codes, days)
    for code in np.flatnonzero((last < 0) & ~refused):
        problems[ids[code]] = "no day has a finite cost: nothing to learn from"
    longest = LONGEST[step]
    middle = np.median(last[last >= 0]) if (last >= 0).any() else 0.0
    for code in np.flatnonzero((last >= 0) & (np.abs(last - middle) > longest)):
        problems[ids[code]] = (
            f"its last day lies more than {longest} steps from that of the other series: "
            "look at its dates, or give it by itself"
        )
        last[code] = -1
    early = days <= last[codes] - longest
    _count(notes, ids, codes[early & (last[codes] >= 0)], "rows older than the model looks at")
    within = (last[codes] >= 0) & ~early
    kept_rows = (codes[within], days[within], costs[within])
    return _filled(ids, *kept_rows, step, problems, notes, fill_sparse)


def together(panels: Iterable[Panel]) -> Panel:
    """Panels of different series by day as one."""
    given = list(panels)
    parts = [one for one in given if one.ids]
    problems = {name: why for one in given for name, why in one.problems.items()}
    if not parts:
        return Panel((), np.datetime64(0, "D"), np.empty((0, 0)), problems=problems)
    first = min(one.first_day for one in parts)
    columns = max(int((one.days[-1] - first).astype(np.int64)) for one in parts) + 1
    values = np.full((sum(len(one.ids) for one in parts), columns), np.nan)
    row = 0
    for one in parts:
        begin = int((one.first_day - first).astype(np.int64))
        values[row : row + len(one.ids), begin : begin + one.values.shape[1]] = one.values
        row += len(one.ids)
    ids = tuple(name for one in parts for name in one.ids)
    notes = {name: note for one in parts for name, note in one.notes.items()}
    return Panel(ids, first, values, problems=problems, notes=notes)


def _filled(
    ids: Sequence[Hashable],
    codes: npt.NDArray[np.int64],
    days: npt.NDArray[np.int64],
    costs: Matrix,
    step: Step,
    problems: Mapping[Hashable, str],
    notes: Mapping[Hashable, list[str]],
    fill_sparse: bool,
) -> Panel:
    present = np.unique(codes)
    if not len(present):
        return Panel((), np.datetime64(0, step), np.empty((0, 0)), step, dict(problems), {})
    row = np.searchsorted(present, codes)
    origin = int(days.min())
    shape = (len(present), int(days.max()) - origin + 1)
    cell = row * shape[1] + (days - origin)
    size = shape[0] * shape[1]
    values = np.asarray(np.bincount(cell, weights=costs, minlength=size), np.float64)
    values[np.bincount(cell, minlength=size) == 0] = np.nan
    values = values.reshape(shape)
    sparse = _without_cost(values) if fill_sparse else np.zeros(len(values), np.int64)
    told = {ids[code]: "; ".join(notes[ids[code]]) for code in present if ids[code] in notes}
    for code, gaps in zip(present, sparse, strict=True):
        if gaps:
            words = f"{gaps} days without a row count as days without cost"
            told[ids[code]] = "; ".join(filter(None, (told.get(ids[code]), words)))
    kept = tuple(ids[code] for code in present)
    return Panel(kept, np.datetime64(origin, step), values, step, dict(problems), told)


def _without_cost(values: Matrix) -> npt.NDArray[np.int64]:
    """Set the absent days of sparse series to zero, in place; how many each has."""
    known = np.isfinite(values)
    begun = np.maximum.accumulate(known, axis=1)
    ended = np.maximum.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    absent = begun & ended & ~known
    gaps = absent.sum(axis=1)
    sparse = gaps > SPARSE * (begun & ended).sum(axis=1)
    values[absent & sparse[:, None]] = 0.0
    return np.where(sparse, gaps, 0).astype(np.int64)


def _instants(column: pd.Series, step: Step) -> npt.NDArray[np.int64]:
    """Whole steps since 1970, UTC; -1 where no instant can be read."""
    instants = column
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        instants = pd.to_datetime(column, errors="coerce", utc=True, format="ISO8601")
    if getattr(instants.dt, "tz", None) is not None:
        instants = instants.dt.tz_convert("UTC").dt.tz_localize(None)
    whole = instants.to_numpy().astype(f"datetime64[{step}]")
    steps = whole.astype(np.int64)
    return np.where(np.isnat(whole) | (steps < 0), -1, steps)


def _mixed(
    history: pd.DataFrame, codes: npt.NDArray[np.int64], ids: Sequence[Hashable]
) -> dict[Hashable, str]:
    if "currency" not in history.columns:
        return {}
    pairs = pd.DataFrame({"code": codes, "currency": history["currency"].to_numpy()})
    pairs = pairs[pairs["code"] >= 0].drop_duplicates().dropna()
    return {
        ids[int(str(code))]: f"costs in {' and '.join(sorted(map(str, of['currency'])))}: "
        "make a series of each currency"
        for code, of in pairs.groupby("code")
        if len(of) > 1
    }


def _count(
    notes: dict[Hashable, list[str]],
    ids: Sequence[Hashable],
    codes: npt.NDArray[np.int64],
    words: str,
) -> None:
    found, counts = np.unique(codes[codes >= 0], return_counts=True)
    for code, count in zip(found, counts, strict=True):
        notes.setdefault(ids[code], []).append(f"{count} {words}")
