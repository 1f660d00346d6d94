"""What the coming 30 and 90 days cost together, with intervals of a sum.

The sum is that of the reconciled days, so that sums of parts add up, too. Its interval is less wide
than all days' together, as their errors cancel in part. By how much is told by back-tests of a few
smoothers over sums of as many days: the mean error of sums over the sum of the days' mean errors,
each series' own with what is usual among all (of as much weight as three such spans of history).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudledger.insights.backtest import warm_from
from cloudledger.insights.cleaned import clean, peer_scale
from cloudledger.insights.forecast import LONGEST, Forecast, chunks_of, percent, right_aligned
from cloudledger.insights.panel import Panel
from cloudledger.insights.smoothing import Settings, smooth

Array = npt.NDArray[np.float64]

SPANS = (30, 90)
SEASON = 7
EVERY, ORIGINS = 3, 64
"""Days from one origin of a back-test to the next, and how many there are at most."""
CHUNK = 200
LEAST = 8
"""Back-tested sums from which a series joins what is usual."""
POOL = 3.0
"""Spans of history that the usual share is worth."""
USUAL = {30: 0.45, 90: 0.45}
"""The share where no series is long enough to tell."""
OVERLAP = 0.5
"""Intervals are wider by this times a span's share in the history: overlapping sums err alike."""
TRIED = Settings(
    *(
        np.array(column, np.float32)[:, None]
        for column in ((0.08, 0.18, 0.35), (0, 0, 0), (0, 0, 0), (0.08, 0.08, 0.08))
    )
)


def sums_ahead(panel: Panel, forecast: Forecast, spans: Sequence[int] = SPANS) -> pd.DataFrame:
    """Forecast sums of the first days of a forecast.

    :param panel: the history that the forecast was made of.
    :param forecast: by day; spans longer than it are left out.
    :return: ``series_id``, ``days`` (the span), ``forecast`` and ``lower_95``, ``upper_95`` for
        each level of the forecast: a row a series and span, in the series' currency.
    """
    spans = [span for span in spans if span <= forecast.expected.shape[1]]
    if not spans or not panel.ids:
        return pd.DataFrame({"series_id": [], "days": [], "forecast": []})
    shares = error_shares(panel, spans)
    owing = np.fmin.reduce(panel.values, axis=1) >= 0
    frames = []
    for span, share in zip(spans, shares, strict=True):
        total = forecast.expected[:, :span].sum(axis=1)
        columns: dict[str, object] = {
            "series_id": list(forecast.ids),
            "days": span,
            "forecast": total,
        }
        for level, upper in zip(forecast.levels, forecast.upper, strict=True):
            half = share * (upper[:, :span].sum(axis=1) - total)
            lower = np.where(owing, np.maximum(total - half, 0.0), total - half)
            columns[f"lower_{percent(level)}"] = lower
            columns[f"upper_{percent(level)}"] = total + half
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def error_shares(panel: Panel, spans: Sequence[int]) -> Array:
    """How wide a sum's interval is as a share of its days' together: [span, series]."""
    values = right_aligned(panel, LONGEST["D"])
    last = panel.days[panel.last]
    peers = peer_scale(values, SEASON)
    length = values.shape[1] - np.argmax(np.isfinite(values), axis=1)
    own = np.full((len(spans), len(values)), np.nan)
    counts = np.zeros(own.shape)
    for rows in chunks_of(np.argsort(length, kind="stable"), CHUNK):
        newest = values[rows, values.shape[1] - int(length[rows].max()) :]
        cleaned = clean(newest, last[rows], 1, SEASON, peers)
        unit = cleaned.unit - cleaned.moved
        for at, span in enumerate(spans):
            own[at, rows], counts[at, rows] = _of_chunk(unit, span)
    shares = np.empty(own.shape)
    for at, span in enumerate(spans):
        joined = np.isfinite(own[at]) & (counts[at] >= LEAST)
        usual = float(np.median(own[at, joined])) if joined.any() else USUAL.get(span, 0.45)
        weight = np.where(joined, counts[at] * EVERY / span, 0.0)
        shares[at] = (weight * np.nan_to_num(own[at]) + POOL * usual) / (weight + POOL)
        shares[at] *= 1 + OVERLAP * span / np.minimum(length, EVERY * ORIGINS)
    return np.clip(shares, 1 / np.sqrt(np.array(spans, float))[:, None], 1.0)


def _of_chunk(unit: Array, span: int) -> tuple[Array, Array]:
    """Each series' mean error of sums over its days' together, and of how many sums."""
    columns = unit.shape[1]
    origins = np.arange(columns - 1 - span, -1, -EVERY)[:ORIGINS][::-1]
    if not len(origins):
        return np.full(len(unit), np.nan), np.zeros(len(unit))
    made = smooth(unit, SEASON, TRIED, 1, range(1, span + 1), origins)
    summed = np.zeros((len(origins), len(unit)))
    sizes = np.zeros_like(summed)
    for step, back in enumerate(made.back, start=1):
        missed = unit.T[origins + step] - back.mean(axis=1)
        summed += missed
        sizes += np.abs(missed)
    usable = np.isfinite(summed) & (origins[:, None] >= warm_from(unit, SEASON))
    error = np.where(usable, np.abs(summed), 0.0).sum(axis=0)
    alone = np.where(usable, sizes, 0.0).sum(axis=0)
    known = alone > 0
    return np.where(known, error / np.where(known, alone, 1.0), np.nan), usable.sum(axis=0)
