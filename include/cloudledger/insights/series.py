"""Daily usage cost as series: the total, and by provider, service, sub account, region and tag.

Each series is of one billing currency. What Kubernetes splits of other providers' bills has series
of its own and is in no other one, so that nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudledger.focus.columns import NO_CURRENCY, SPLIT
from cloudledger.insights.dimensions import COLUMNS, SPLIT_KINDS, Kind, Series, series_id
from cloudledger.insights.known import UsageCost
from cloudledger.insights.reliable import Reliable, common_end, reliable
from cloudledger.ledger.assess import DayState

SILENT_DAYS = 90
"""A series without any cost for as long has ended, and is told no more."""


@dataclass(frozen=True)
class SeriesSet:
    """Series by day. ``costs`` is [series, day] in each one's currency: NaN before a series' first
    cost, after its last reliable day, and on days of which too little has arrived. ``filling`` and
    ``early`` mark the days that were filled up, and those too early to be called unusual."""

    series: tuple[Series, ...]
    first_day: date
    costs: npt.NDArray[np.float64]
    filling: npt.NDArray[np.bool_]
    early: npt.NDArray[np.bool_]

    def history(self, at: slice | None = None) -> pd.DataFrame:
        """Some series (by default all) as rows ``series_id``, ``day``, ``cost``, ``filling``,
        ``early``."""
        part = at or slice(None)
        costs = self.costs[part]
        ids = np.array([one.series_id for one in self.series[part]], object)
        row, column = np.nonzero(np.isfinite(costs))
        first = np.datetime64(self.first_day, "s")
        return pd.DataFrame(
            {
                "series_id": ids[row],
                "day": first + column * np.timedelta64(86400, "s"),
                "cost": costs[row, column],
                "filling": self.filling[part][row, column],
                "early": self.early[part][row, column],
            }
        )

    def chunks(self, size: int) -> Iterator[pd.DataFrame]:
        """The histories of ``size`` series at a time."""
        for start in range(0, len(self.series), size):
            yield self.history(slice(start, start + size))


def series_of(cost: UsageCost, states: Sequence[DayState], *, tag_keys: Iterable[str]) -> SeriesSet:
    """Every series that the cost has.

    :param cost: usage cost as of an instant.
    :param states: the completeness of recent days as of the same instant.
    :param tag_keys: the tags that have a series for each of their values, and one for none.
    """
    told = cost.parts["billing_currency"].to_numpy() != NO_CURRENCY
    provider = cost.parts["provider"].to_numpy()
    known = {
        name: reliable(name, cost.day[own].max().astype(object).date(), states)
        for name in sorted(set(provider[told]))
        if (own := (told & (provider == name))[cost.part]).any()
    }
    if known:
        window = _Window.over(cost.day[told[cost.part]].min().astype(object).date(), known)
        costs = _usable(cost, told, window)
    if not known or not len(costs.cost):
        none = np.zeros((0, 0))
        return SeriesSet((), date.min, none, none.astype(bool), none.astype(bool))
    sets = [
        _of_kind(kind, columns, members, costs, window)
        for kind, columns, members in _kinds(costs, cost.tags, tuple(tag_keys))
        if len(members)
    ]
    return SeriesSet(
        tuple(one for part in sets for one in part.series),
        window.first_day,
        np.vstack([part.costs for part in sets]),
        np.vstack([part.filling for part in sets]),
        np.vstack([part.early for part in sets]),
    )


@dataclass(frozen=True)
class _Costs:
    """Usable costs [row]: of which part, on which day from the window's first on, and how much.
    ``kept`` [part] are the parts that have any, ``provider`` [part] counts the window's."""

    parts: pd.DataFrame
    kept: npt.NDArray[np.bool_]
    provider: npt.NDArray[np.int8]
    part: npt.NDArray[np.int32]
    day: npt.NDArray[np.int32]
    cost: npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Window:
    """The days from ``first_day`` on, and what each provider's are good for."""

    first_day: date
    days: int
    known: Mapping[str, Reliable]
    providers: tuple[str, ...]

    @classmethod
    def over(cls, first_day: date, known: Mapping[str, Reliable]) -> _Window:
        last = max(one.last_day for one in known.values())
        return cls(first_day, (last - first_day).days + 1, known, tuple(sorted(known)))

    def marks(self, days: Iterable[date]) -> npt.NDArray[np.bool_]:
        marked = np.zeros(self.days, bool)
        at = [(day - self.first_day).days for day in days]
        marked[[number for number in at if 0 <= number < self.days]] = True
        return marked


def _usable(cost: UsageCost, told: npt.NDArray[np.bool_], window: _Window) -> _Costs:
    """Without the days that are no use, and the filling ones filled up.

    :param told: the parts that are looked at.
    """
    factor = np.ones((len(window.providers), window.days))
    for times, name in zip(factor, window.providers, strict=True):
        one = window.known[name]
        times[(one.last_day - window.first_day).days + 1 :] = np.nan
        for filling, share in one.factors.items():
            times[window.marks([filling])] = share
        times[window.marks(one.unusable)] = np.nan
    provider = pd.Categorical(cost.parts["provider"], categories=window.providers).codes
    first = np.datetime64(window.first_day, "s")
    end = first + window.days * np.timedelta64(86400, "s")
    looked_at = told[cost.part] & (cost.day < end)
    part = cost.part[looked_at]
    day = ((cost.day[looked_at] - first) // np.timedelta64(1, "D")).astype(np.int32)
    amounts = cost.cost[looked_at] * factor[provider[part], day]
    use = np.isfinite(amounts)
    part, day, amounts = part[use], day[use], amounts[use]
    kept = np.bincount(part, minlength=len(cost.parts)) > 0
    return _Costs(cost.parts, kept, provider, part, day, amounts)


def _kinds(
    costs: _Costs, tags: Mapping[str, Mapping[str, str]], tag_keys: Sequence[str]
) -> Iterator[tuple[Kind, tuple[str, ...], pd.DataFrame]]:
    """Each kind of series with the columns that tell them apart, and the parts that they are of."""
    parts = costs.parts[costs.kept]
    billed = parts[(parts["provider_name"] != SPLIT).to_numpy()]
    for kind, columns in COLUMNS.items():
        yield kind, columns, parts if kind in SPLIT_KINDS else billed
    for key in tag_keys:
        value = np.array([tags.get(one, {}).get(key) for one in billed["tag_set_id"]], object)
        tagged = billed.assign(tag_key=key, tag_value=value)
        yield Kind.TAG, ("tag_key", "tag_value"), tagged


def _of_kind(
    kind: Kind, columns: tuple[str, ...], parts: pd.DataFrame, costs: _Costs, window: _Window
) -> SeriesSet:
    by = ["billing_currency", *columns]
    groups = parts.groupby(by, observed=True, dropna=False, sort=True)
    number = np.full(len(costs.parts), -1, np.int64)
    number[parts.index] = groups.ngroup()
    count = int(number.max()) + 1
    cell = number[costs.part] * window.days + costs.day
    size = count * window.days
    # What belongs to no series of the kind is added up after the last one.
    cell[cell < 0] = size
    sums = np.bincount(cell, weights=costs.cost, minlength=size + 1)[:size]
    matrix = sums.astype(np.float64).reshape(count, window.days)
    present = np.zeros((count, len(window.providers)), bool)
    present[number[parts.index], costs.provider[parts.index]] = True
    found = SeriesSet(
        tuple(_series(kind, by, values) for values in groups.size().index.to_frame().to_numpy()),
        window.first_day,
        matrix,
        np.zeros(matrix.shape, bool),
        np.zeros(matrix.shape, bool),
    )
    last = _mark(found, present, window)
    return _living(found, last)


def _series(kind: Kind, by: Sequence[str], told: npt.NDArray[np.object_]) -> Series:
    currency, *rest = told
    values = {
        column: str(value)
        for column, value in zip(by[1:], rest, strict=True)
        if isinstance(value, str) and value
    }
    return Series(series_id(kind, currency, values), kind, str(currency), values)


def _mark(
    found: SeriesSet, present: npt.NDArray[np.bool_], window: _Window
) -> npt.NDArray[np.int64]:
    """Mark in place the days that are no use, filled up or early; each series' last column."""
    last = np.zeros(len(present), np.int64)
    for combination in np.unique(present, axis=0):
        rows = np.flatnonzero((present == combination).all(axis=1))
        names = [name for name, here in zip(window.providers, combination, strict=True) if here]
        of = [window.known[name] for name in names]
        end = common_end(one.last_day for one in of)
        waited_for = [one for one in of if one.last_day >= end]
        last[rows] = (end - window.first_day).days
        unusable = window.marks(day for one in waited_for for day in one.unusable)
        unusable[int(last[rows[0]]) + 1 :] = True
        found.costs[np.ix_(rows, np.flatnonzero(unusable))] = np.nan
        found.filling[rows] = window.marks(day for one in waited_for for day in one.factors)
        found.early[rows] = window.marks(day for one in waited_for for day in one.early)
    return last


def _living(found: SeriesSet, last: npt.NDArray[np.int64]) -> SeriesSet:
    """Without series that have no cost or have ended; the others from their first cost on."""
    some = np.isfinite(found.costs) & (found.costs != 0)
    columns = np.arange(found.costs.shape[1])
    begun = np.maximum.accumulate(some, axis=1)
    found.costs[~begun] = np.nan
    newest = np.where(some, columns, -1).max(axis=1)
    kept = (newest >= 0) & (newest > last - SILENT_DAYS)
    return SeriesSet(
        tuple(one for one, living in zip(found.series, kept, strict=True) if living),
        found.first_day,
        found.costs[kept],
        found.filling[kept],
        found.early[kept],
    )
