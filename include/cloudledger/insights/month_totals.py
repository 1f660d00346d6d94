"""What each series will have cost by the end of the month, forecast as a total.

The days to come of a month are one number: every candidate's sum over them is back-tested on sums
of as many days, weighed, and given its interval from the errors of sums. That is nearer than
adding up daily forecasts, whose errors do not cancel, and gives an interval no sum of daily
bounds has (bottom-up against direct: Kourentzes et al. 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudledger.insights.backtest import mean_errors, warm_from
from cloudledger.insights.candidates import candidates
from cloudledger.insights.cleaned import clean, peer_scale
from cloudledger.insights.cold_start import COLD_SEASONS, cold_forecast, peer_profile
from cloudledger.insights.combine import prior_of, relative_errors, weights_of
from cloudledger.insights.forecast import (
    LONGEST,
    SEASONS,
    chunks_of,
    percent,
    right_aligned,
    sample_of,
)
from cloudledger.insights.intervals import half_widths
from cloudledger.insights.panel import Panel, panel_of
from cloudledger.insights.row_statistics import row_mean
from cloudledger.insights.year_end import year_end

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

EVERY = 3
"""Days from one origin to the next: sums overlap, and three takes turns through the weekdays."""
ORIGINS = 64
CHUNK = 40
OVERLAP = 0.5
"""Intervals are wider by this times a sum's share in the back-test: overlapping sums err alike."""
LEAST = 4
"""Back-tested sums from which a series says itself what suits it."""


@dataclass(frozen=True)
class _Sums:
    """A chunk: candidates' sums of the days to come, in units, and their back-test."""

    ahead: Array
    back: npt.NDArray[np.float32]
    truth: Array
    usable: npt.NDArray[np.bool_]
    relative: Array
    days: Array
    unit: Array
    fees: Array
    repeated: Array


def month_totals(history: pd.DataFrame, levels: Sequence[float] = (0.95,)) -> pd.DataFrame:
    """Forecast the cost of the month each series is in.

    The month is that of the day after the series' last one.

    :param history: ``series_id``, ``day``, ``cost``; see ``panel_of``.
    :return: ``series_id, month`` (its first day), ``so_far, forecast`` (of the whole month) and
        ``lower_95, upper_95`` for each level, no NaN. ``frame.attrs["problems"]`` has the reason
        of each series that could not be forecast.
    """
    return totals_of(panel_of(history), levels)


def totals_of(panel: Panel, levels: Sequence[float] = (0.95,)) -> pd.DataFrame:
    """Forecast the month of each series of a panel of days; see ``month_totals``."""
    levels = sorted(levels)
    last = panel.days[panel.last] if panel.ids else np.empty(0, "datetime64[D]")
    months = (last + 1).astype("datetime64[M]")
    columns: dict[str, object] = {
        "series_id": pd.Series(list(panel.ids), dtype=object).infer_objects(),
        "month": months.astype("datetime64[ns]"),
    }
    if panel.ids:
        values = right_aligned(panel, LONGEST[panel.step])
        so_far = _so_far(values, last, months)
        to_come, widths = _to_come(values, last, months, levels)
    else:
        so_far, to_come, widths = np.empty(0), np.empty(0), np.empty((len(levels), 0))
    owing = (np.fmin.reduce(values, axis=1) >= 0) if panel.ids else np.empty(0, bool)
    least = np.where(owing, so_far, -np.inf)
    columns["so_far"] = so_far
    columns["forecast"] = np.maximum(so_far + to_come, least)
    for level, width in zip(levels, widths, strict=True):
        columns[f"lower_{percent(level)}"] = np.maximum(so_far + to_come - width, least)
        columns[f"upper_{percent(level)}"] = np.maximum(so_far + to_come + width, least)
    frame = pd.DataFrame(columns)
    frame.attrs["problems"] = dict(panel.problems)
    return frame


def _so_far(values: Array, last: Days, months: Days) -> Array:
    """The cost of the month's known days, those unknown taken for ordinary ones."""
    days = last[:, None] - np.arange(values.shape[1])[::-1]
    within = days.astype("datetime64[M]") == months[:, None]
    begun = np.maximum.accumulate(np.isfinite(values), axis=1)
    month = np.where(within, values, np.nan)
    return np.asarray(np.nan_to_num(row_mean(month)) * (within & begun).sum(axis=1), np.float64)


def _to_come(
    values: Array, last: Days, months: Days, levels: Sequence[float]
) -> tuple[Array, Array]:
    """The sum of the days to come [series] and half its intervals [level, series]."""
    series, columns = values.shape
    span = ((months + 1).astype("datetime64[D]") - last - 1).astype(np.int64)
    length = columns - np.argmax(np.isfinite(values), axis=1)
    ends = year_end(values, last, int(span.max()), SEASONS["D"][0], ())
    values = np.where(ends.low, np.nan, values)
    order = np.argsort(length, kind="stable")
    season = SEASONS["D"][0]
    peers = peer_scale(values, season)
    horizons = [int(np.median(span))]

    def sums(rows: npt.NDArray[np.int64]) -> _Sums:
        newest = values[rows, columns - int(length[rows].max()) :]
        share = ends.share[rows, : int(span[rows].max())]
        return _sums(newest, last[rows], span[rows], peers, share)

    def worth(rows: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        made = sums(rows)
        return made.relative, made.days

    learnt = [worth(rows) for rows in chunks_of(sample_of(order), CHUNK)]
    relative, days = (np.concatenate(of, axis=-1) for of in zip(*learnt, strict=True))
    prior = prior_of(relative, days)
    to_come, unit = np.empty(series), np.empty(series)
    errors = np.full((ORIGINS, series), np.nan, np.float32)
    for rows in chunks_of(order, CHUNK):
        made = sums(rows)
        weights = weights_of(made.relative, made.days, prior, horizons)[0]
        weighed = (weights * made.ahead).sum(axis=0)
        weighed = np.where(np.isfinite(made.repeated), made.repeated, weighed)
        to_come[rows] = weighed * made.unit + made.fees
        combined = np.einsum("kcn,cn->kn", np.nan_to_num(made.back), weights)
        missed = np.where(made.usable, made.truth - combined, np.nan) / span[rows]
        errors[ORIGINS - len(missed) :, rows] = missed
        unit[rows] = made.unit
    cold = length < COLD_SEASONS * season
    if cold.any():
        profile = peer_profile(values, last, season)
        newest = values[cold, -COLD_SEASONS * season :]
        daily = cold_forecast(newest, last[cold], int(span.max()), profile)
        to_come[cold] = (daily * _within(span[cold])).sum(axis=1)
    widths = half_widths([errors], length, horizons, levels)[:, 0]
    widths *= 1 + OVERLAP * span / np.minimum(length, EVERY * ORIGINS)
    return to_come, np.asarray(widths * unit * span)


def _sums(
    values: Array, last: Days, span: npt.NDArray[np.int64], peers: float, share: Array
) -> _Sums:
    season, steps = SEASONS["D"][0], int(span.max())
    cleaned = clean(values, last, steps, season, peers, share)
    columns = values.shape[1]
    origins = np.arange(columns - 1 - int(span.min()), -1, -EVERY)[:ORIGINS][::-1]
    made = candidates(cleaned.unit, (season,), steps, range(1, steps + 1), origins)
    within = _within(span)
    back = np.zeros_like(made.back[0])
    for step, of in enumerate(made.back):
        back += np.where(within[:, step], of, 0.0)
    unit = cleaned.unit + cleaned.drift
    known = np.concatenate([np.zeros((1, len(span))), np.cumsum(np.isfinite(unit.T), axis=0)])
    total = np.concatenate([np.zeros((1, len(span))), np.cumsum(np.nan_to_num(unit.T), axis=0)])
    until = np.minimum(origins[:, None] + 1 + span, columns)
    each = np.arange(len(span))
    truth = total[until, each] - total[origins + 1]
    usable = known[until, each] - known[origins + 1] == span
    usable &= origins[:, None] >= warm_from(cleaned.unit, season)
    error, count = mean_errors((back / span).astype(np.float32), truth / span, usable, least=LEAST)
    moved = np.concatenate([np.zeros((1, len(span))), np.cumsum(cleaned.moved.T, axis=0)])
    steps_since = cleaned.moved.T[origins] * span - (moved[until, each] - moved[origins + 1])
    daily = cleaned.per_day * within
    return _Sums(
        ahead=(made.ahead * daily.T[:, None, :]).sum(axis=0) / daily.sum(axis=1) * span,
        back=back,
        truth=truth + steps_since,
        usable=usable,
        relative=relative_errors(error[None]),
        days=EVERY * count[None].astype(np.float64),
        unit=cleaned.scale * daily.sum(axis=1) / span,
        fees=(cleaned.fees * daily).sum(axis=1),
        repeated=(cleaned.repeated * daily).sum(axis=1) / daily.sum(axis=1) * span,
    )


def _within(span: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which steps ahead still belong to the month: [series, step]."""
    return np.asarray(np.arange(1, int(span.max()) + 1) <= span[:, None])
