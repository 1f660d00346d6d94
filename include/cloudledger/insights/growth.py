"""Growth of a load over days: linear, exponential or logistic, and when it reaches a limit.

Straight lines are fitted by the median of all slopes (Theil-Sen), to the values or to their
logarithms; the logistic curve (Verhulst) by robust least squares. Which one holds is told by
back-tests: each is fitted to the first part of the history and held against the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares
from scipy.stats import theilslopes

Array = npt.NDArray[np.float64]
Kind = Literal["none", "linear", "exponential", "logistic"]
Parameters = tuple[float, ...]

FEWEST = 5
"""Fewer points tell no curve."""
_TESTED_FROM = (0.5, 0.65, 0.8)
_CLEARLY = 0.95
_CEILINGS = (1.02, 1.1, 1.3, 2.0, 4.0)
_EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class Growth:
    """A fitted curve.

    :param kind: ``none`` is the median of the latest points: no growth that back-tests confirm.
    :param errors: mean absolute back-test error of each kind, as a share of the mean value.
    :param spread: nine of ten back-test errors of this kind were smaller, as a share of the value.
    """

    kind: Kind
    parameters: Parameters
    first_day: date
    last_day: date
    errors: Mapping[Kind, float]
    spread: float

    def at(self, days: Sequence[date]) -> Array:
        """The curve's values on some days."""
        t = np.array([(day - self.first_day).days for day in days], np.float64)
        return _CURVES[self.kind](t, self.parameters)


@dataclass(frozen=True, slots=True)
class Reached:
    """When a limit is reached: ``day``, with ``earliest`` and ``latest`` by the usual error.

    A day is None when it lies beyond the horizon; ``said`` puts it into words.
    """

    limit: float
    day: date | None
    earliest: date | None
    latest: date | None
    said: str


def fit_growth(days: Sequence[date], values: Array) -> Growth:
    """The curve whose back-tests are best; of two about as good, the simpler one.

    :param days: ascending.
    :param values: [day], finite.
    :raises ValueError: fewer than five points.
    """
    if len(days) < FEWEST:
        raise ValueError(f"{len(days)} points: growth needs at least {FEWEST}")
    t = np.array([(day - days[0]).days for day in days], np.float64)
    scale = float(np.mean(np.abs(values))) + 1e-12
    misses = {kind: _misses(kind, t, values) for kind in _FITS}
    errors = {
        kind: float(np.mean(np.abs(miss)) / scale) for kind, miss in misses.items() if miss.size
    }
    best: Kind = "none"
    for kind in _FITS:
        if kind in errors and errors[kind] + _EXACT < _CLEARLY * errors[best]:
            best = kind
    parameters = _FITS[best](t, values)
    if parameters is None:
        best, parameters = "none", (float(np.median(values[-4:])),)
    spread = float(np.quantile(np.abs(misses[best]), 0.9) / scale)
    return Growth(best, parameters, days[0], days[-1], errors, spread)


def reached(growth: Growth, limit: float, horizon_days: int) -> Reached:
    """The first day, from the last one of the history on, on which the curve is at the limit."""
    days = [growth.last_day + timedelta(days=ahead) for ahead in range(horizon_days + 1)]
    curve = growth.at(days)

    def first(values: Array) -> date | None:
        hits = np.flatnonzero(values >= limit * (1 - _EXACT))
        return days[int(hits[0])] if hits.size else None

    day = first(curve)
    earliest, latest = first(curve * (1 + growth.spread)), first(curve * (1 - growth.spread))
    return Reached(limit, day, earliest, latest, _said(growth, limit, horizon_days, day))


def _said(growth: Growth, limit: float, horizon_days: int, day: date | None) -> str:
    if day == growth.last_day:
        return f"already at the limit on {day}"
    if day is not None:
        return f"reached on {day} at {growth.kind} growth"
    if growth.kind == "none":
        return "no growth that back-tests confirm: not within the horizon"
    if growth.kind == "logistic" and growth.parameters[0] < limit:
        return f"growth levels off at {growth.parameters[0]:,.0f}, below the limit"
    return f"not within the horizon of {horizon_days} days"


def _misses(kind: Kind, t: Array, y: Array) -> Array:
    """Errors over all back-tests; empty when the kind cannot be fitted to some part."""
    found = []
    for share in _TESTED_FROM:
        cut = min(len(t) - 1, max(3, round(share * len(t))))
        parameters = _FITS[kind](t[:cut], y[:cut])
        if parameters is None:
            return np.empty(0)
        found.append(_CURVES[kind](t[cut:], parameters) - y[cut:])
    return np.concatenate(found)


def _no_growth(t: Array, y: Array) -> Parameters:
    return (float(np.median(y[-4:])),)


def _line(t: Array, y: Array) -> Parameters:
    slope, intercept, *_ = theilslopes(y, t)
    return float(intercept), float(slope)


def _exponential(t: Array, y: Array) -> Parameters | None:
    return _line(t, np.log(y)) if np.all(y > 0) else None


def _logistic(t: Array, y: Array) -> Parameters | None:
    """Ceiling, rate and midpoint; started from straight lines through the logits."""
    if not np.all(y > 0) or np.ptp(y) <= 1e-6 * y.max():
        return None
    top = float(y.max())
    starts = []
    for ceiling in _CEILINGS:
        share = y / (ceiling * top)
        intercept, rate = _line(t, np.log(share / (1 - share)))
        if rate > 0:
            starts.append((ceiling, rate, -intercept / rate))
    if not starts:
        return None

    def miss(p: Array) -> Array:
        return np.asarray((_s_curve(t, tuple(p)) - y / top) / 0.02)

    start = min(starts, key=lambda p: float(np.sum(np.abs(miss(np.array(p))))))
    span = float(t[-1] - t[0])
    bounds = ([0.5, 1e-6, -20 * span], [50.0, 5.0, 20 * span])
    inside = np.clip(start, np.array(bounds[0]) + 1e-9, np.array(bounds[1]) - 1e-9)
    fitted = least_squares(
        miss,
        inside,
        bounds=bounds,
        loss="soft_l1",
        x_scale=(1, inside[1], span),
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
        max_nfev=200,
    )
    ceiling, rate, middle = map(float, fitted.x)
    return ceiling * top, rate, middle


def _s_curve(t: Array, p: Parameters) -> Array:
    return np.asarray(p[0] / (1 + np.exp(-np.clip(p[1] * (t - p[2]), -500, 500))))


_FITS: Mapping[Kind, Callable[[Array, Array], Parameters | None]] = {
    "none": _no_growth,
    "linear": _line,
    "exponential": _exponential,
    "logistic": _logistic,
}
_CURVES: Mapping[Kind, Callable[[Array, Parameters], Array]] = {
    "none": lambda t, p: np.full(len(t), p[0]),
    "linear": lambda t, p: p[0] + p[1] * t,
    "exponential": lambda t, p: np.exp(np.minimum(p[0] + p[1] * t, 700)),
    "logistic": _s_curve,
}
