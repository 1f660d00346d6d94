"""Labelled sets made of bottom-up bills: series with incidents, and series to forecast.

Everything follows from the seed. Series come in the form of plain dicts of day-long arrays.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.bill_company import Company, company, noise_of
from bench.bill_usage import Days

CAN_SHOW = 3.0
"""An incident counts as an event of a series from this many times the series' noise on."""

PLANNED_SHOWS = 4.0
"""A planned change of this many times the noise may be called one or not: neither is wrong."""

FORESEEABLE = 8.0
"""No series is to be forecast over a planned change of more times the noise than this."""

SETTLED = 30
"""Days from a series' first cost on before an event of it counts."""

AFTER_SHIFT = 28
AFTER_EVENT = 2


def anomaly_set(
    seed: int, series: int = 300, days: int = 400, strict: bool = False
) -> list[dict[str, Any]]:
    """Labelled series: y, lab, ign, ev (start, end, kind, size/mean, size/noise) and s0, by day.

    `lab` and `ev` mark an incident in each series where it is three times the noise or more; a
    smaller one is ignored (`ign`). With `strict`, planned changes are false alerts however large.
    """
    out: list[dict[str, Any]] = []
    for number in count():
        bill = company(np.random.SeedSequence([seed, number]), days)
        for name, members in bill.groups().items():
            if not bill.ordinary[members].any():
                continue
            out.append(labelled(bill, name, members, strict))
            if len(out) == series:
                return out
    raise AssertionError("count() ends never")


def labelled(
    bill: Company, name: tuple[str, ...], members: NDArray[np.int64], strict: bool = False
) -> dict[str, Any]:
    """One series of a bill with its labels."""
    y, ordinary = bill.cost[members].sum(axis=0), bill.ordinary[members].sum(axis=0)
    effects = [(one, one.effect_on(members, len(y))) for one in bill.incidents]
    without = y - sum((effect for _, effect in effects), np.zeros(len(y)))
    noise, mean = noise_of(without, ordinary), max(float(ordinary.mean()), 1e-6)
    paid = np.flatnonzero(y > 0)
    known_from = int(paid[0]) if len(paid) else len(y)
    lab, ign, events = np.zeros(len(y), int), np.zeros(len(y), int), []
    if not strict:
        planned = np.abs(bill.planned[members].sum(axis=0))
        ign[planned >= PLANNED_SHOWS * noise] = 1
    for incident, effect in effects:
        shown = np.flatnonzero(effect[incident.start : incident.end])
        if not len(shown):
            continue
        start, end = incident.start + int(shown[0]), incident.start + int(shown[-1]) + 1
        size = float(np.abs(effect[start:end]).max())
        if size <= 0.25 * noise:
            continue
        ign[end : end + (AFTER_SHIFT if incident.stays else AFTER_EVENT)] = 1
        if size < CAN_SHOW * noise or start < known_from + SETTLED:
            ign[start:end] = 1
            continue
        lab[start:end] = 1
        events.append((start, end, incident.kind, size / mean, size / noise))
    ign[lab == 1] = 0
    return {
        "id": "|".join(name),
        "ds": bill.calendar.days,
        "y": np.round(y, 6),
        "lab": lab,
        "ign": ign,
        "ev": events,
        "s0": known_from,
        "arch": name[0],
    }


def at_least(data: list[dict[str, Any]], times: float) -> list[dict[str, Any]]:
    """The same series with events of fewer than so many times the noise ignored."""
    out = []
    for one in data:
        lab, ign, kept = one["lab"].copy(), one["ign"].copy(), []
        for event in one["ev"]:
            if event[4] >= times:
                kept.append(event)
            else:
                lab[event[0] : event[1]] = 0
                ign[event[0] : event[1]] = 1
        out.append({**one, "lab": lab, "ign": ign, "ev": kept})
    return out


def forecast_set(seed: int, series: int = 300, horizon: int = 30) -> list[dict[str, Any]]:
    """Series of 45 to 800 days and `h` more, the truth to hide; a quarter had an incident."""
    out: list[dict[str, Any]] = []
    for number in count():
        rng = np.random.default_rng([seed, number, 1])
        troubled = bool(rng.random() < 0.25)
        bill = company(np.random.SeedSequence([seed, number]), 800 + horizon, troubled)
        for name, members in bill.groups().items():
            y = bill.cost[members].sum(axis=0)
            window = _window(rng, y, horizon)
            if window is None or _nobody_could_know(bill, members, window, horizon):
                continue
            out.append(
                {
                    "id": f"{number}|{'|'.join(name)}",
                    "ds": bill.calendar.days[window],
                    "y": np.round(y[window], 6),
                    "h": horizon,
                    "arch": name[0],
                }
            )
            if len(out) == series:
                return out
    raise AssertionError("count() ends never")


def _window(rng: np.random.Generator, y: Days, horizon: int) -> slice | None:
    paid = np.flatnonzero(y > 0)
    known = int(np.exp(rng.uniform(np.log(45), np.log(800))))
    first = int(paid[0]) if len(paid) else len(y)
    latest = len(y) - known - horizon
    if latest < first:
        return None
    start = int(rng.integers(first, latest + 1))
    if not y[start : start + known].any():
        return None
    return slice(start, start + known + horizon)


def _nobody_could_know(
    bill: Company, members: NDArray[np.int64], window: slice, horizon: int
) -> bool:
    """Whether an incident shows near the hidden days, or a large planned change falls in them."""
    near = slice(window.stop - horizon - 45, window.stop)
    days = len(bill.calendar)
    if any(one.effect_on(members, days)[near].any() for one in bill.incidents):
        return True
    hidden = slice(window.stop - horizon - 1, window.stop)
    noise = noise_of(bill.cost[members].sum(axis=0), bill.ordinary[members].sum(axis=0))
    changes = np.diff(bill.planned[members].sum(axis=0)[hidden])
    return bool(np.abs(changes).max() > FORESEEABLE * noise)
