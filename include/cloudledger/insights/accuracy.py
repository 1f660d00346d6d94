"""Past forecasts against what came true: how far off, how biased, how often inside the interval.

Source of the measures: Hyndman and Koehler, "Another look at measures of forecast accuracy",
International Journal of Forecasting 22, 2006 (MASE, with the seasonal naive forecast of the same
weekday as its scale); Kolassa and Schuetz, Foresight 6, 2007 (WAPE as the ratio of MAD to mean).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

import numpy as np
import pandas as pd

from cloudledger.insights.series import SeriesSet

MEASURED_DAYS = 28
"""Charge days that a measurement looks back on: four of each weekday."""

BANDS = ((1, 7), (8, 30), (31, 90))
"""Days from the origin to the day foretold, first and last, that are measured together."""

SEASON = 7
LEVELS = (50, 80, 95)
KEY = ("kind", "billing_currency", "forecaster", "model_version")

ENOUGH = 7
"""Earlier measurements from which on there is a usual error to hold a new one against."""
WORSE = 1.5
"""An error of more than this many times the usual one is drift."""
COVERED = 0.85
"""A 95 % interval that holds fewer days than this share is drift."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One level's forecasts of the :data:`MEASURED_DAYS` days up to ``measured_day``.

    ``mase`` is the mean over series of the absolute error over the one that repeating the weekday
    makes in the history before; ``wape`` and ``bias`` are sums over all series, as shares of their
    absolute cost, ``bias`` positive where too much was foretold; ``coverage`` is the share of days
    inside each interval, by level in percent. None where nothing tells.
    """

    measured_day: date
    kind: str
    billing_currency: str
    forecaster: str
    model_version: str
    first_lead: int
    last_lead: int
    series: int
    points: int
    mase: float | None
    wape: float | None
    bias: float | None
    coverage: dict[int, float]

    @property
    def level(self) -> tuple[str, str, str, int]:
        """What measurements of different days have in common."""
        return self.kind, self.billing_currency, self.forecaster, self.first_lead


def measure(forecasts: pd.DataFrame, known: SeriesSet, measured_day: date) -> list[Accuracy]:
    """Measure forecasts of the days up to ``measured_day`` by kind of series, currency and lead.

    A day of which too little had arrived, or that is still filling, is not measured by.

    :param forecasts: ``series_id``, ``forecaster``, ``model_version``, ``origin_day`` and ``day``
        (datetime64), ``forecast``, and ``lower_50`` to ``upper_95``, NaN where none was given.
    :param known: the series as they are known now.
    """
    history = known.history()
    true = history.loc[~history["filling"], ["series_id", "day", "cost"]]
    joined = forecasts.merge(true, on=["series_id", "day"])
    if joined.empty:
        return []
    series = pd.DataFrame(
        {
            "series_id": [one.series_id for one in known.series],
            "kind": [one.kind.value for one in known.series],
            "billing_currency": [one.billing_currency for one in known.series],
            "scale": _scales(known, measured_day),
        }
    )
    joined = joined.merge(series, on="series_id")
    joined["error"] = joined["forecast"] - joined["cost"]
    joined["lead"] = (joined["day"] - joined["origin_day"]).dt.days
    return [
        _measured(str_key(key), part, band, measured_day)
        for band in BANDS
        for key, part in joined[joined["lead"].between(*band)].groupby(list(KEY))
    ]


def drifted(found: Accuracy, earlier: Iterable[Accuracy]) -> bool:
    """Whether forecasts of a level are worse than they used to be.

    They are when the 95 % interval holds less than 85 % of the days, or when the error is more
    than one and a half times the median of at least seven earlier measurements of the level.
    """
    covered = found.coverage.get(LEVELS[-1])
    if covered is not None and covered < COVERED:
        return True
    usual = [
        one.mase
        for one in earlier
        if one.level == found.level
        and one.measured_day < found.measured_day
        and one.mase is not None
    ]
    if found.mase is None or len(usual) < ENOUGH:
        return False
    return found.mase > WORSE * median(usual)


def str_key(key: object) -> tuple[str, ...]:
    """A group's key as texts, in the order of :data:`KEY`."""
    return tuple(str(part) for part in key) if isinstance(key, tuple) else (str(key),)


def _scales(known: SeriesSet, measured_day: date) -> Sequence[float]:
    """Each series' mean absolute difference from a week before, before the measured days."""
    end = max(0, (measured_day - known.first_day).days + 1 - MEASURED_DAYS)
    costs = known.costs[:, :end]
    differences = np.abs(costs[:, SEASON:] - costs[:, :-SEASON])
    counts = np.isfinite(differences).sum(axis=1)
    sums = np.nansum(differences, axis=1)
    return [
        float(total / count) if count and total > 0 else float("nan")
        for total, count in zip(sums, counts, strict=True)
    ]


def _measured(
    key: Sequence[str], part: pd.DataFrame, band: tuple[int, int], measured_day: date
) -> Accuracy:
    kind, currency, forecaster, version = key
    size = float(part["cost"].abs().sum())
    scaled = part["error"].abs() / part["scale"]
    by_series = scaled[np.isfinite(scaled)].groupby(part["series_id"]).mean()
    return Accuracy(
        measured_day=measured_day,
        kind=kind,
        billing_currency=currency,
        forecaster=forecaster,
        model_version=version,
        first_lead=band[0],
        last_lead=band[1],
        series=part["series_id"].nunique(),
        points=len(part),
        mase=float(by_series.mean()) if len(by_series) else None,
        wape=float(part["error"].abs().sum()) / size if size else None,
        bias=float(part["error"].sum()) / size if size else None,
        coverage=_coverage(part),
    )


def _coverage(part: pd.DataFrame) -> dict[int, float]:
    found = {}
    for level in LEVELS:
        lower, upper = part[f"lower_{level}"], part[f"upper_{level}"]
        told = lower.notna() & upper.notna()
        if told.any():
            found[level] = float(part["cost"].between(lower, upper)[told].mean())
    return found
