"""Forecast every series, keep it, and measure what was foretold before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import pandas as pd

from cloudledger.insights.accuracy import MEASURED_DAYS, Accuracy, drifted, measure
from cloudledger.insights.accuracy_store import earlier_accuracy, past_forecasts, save_accuracy
from cloudledger.insights.day_sums import sums_ahead
from cloudledger.insights.forecast import Forecast, forecast_panel
from cloudledger.insights.hierarchy import reconcile
from cloudledger.insights.methods import FORECASTERS, SMOOTHING, version_of
from cloudledger.insights.month_totals import totals_of
from cloudledger.insights.panel import panel_of, together
from cloudledger.insights.series import SeriesSet
from cloudledger.insights.store import (
    drop_old,
    drop_superseded,
    forget_forecasts,
    save_forecasts,
    save_series,
    save_sums,
)
from cloudledger.insights.sums import sums_of
from cloudledger.memory import give_back
from cloudledger.run import Run
from cloudledger.warehouse.port import Session

LEVELS = (0.5, 0.8, 0.95)
CHUNK = 500
"""Series that are read and kept at a time."""
DAY = timedelta(days=1)
NO_MONTHS = pd.DataFrame({"series_id": [], "month": [], "forecast": []})
NO_SUMS = pd.DataFrame({"series_id": [], "days": [], "forecast": []})
"""The articles' methods foretell days only."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """How many series were forecast, and by series why the others were not."""

    series: int
    rows: int
    problems: dict[str, str]


def foretell(
    session: Session,
    run: Run,
    known: SeriesSet,
    *,
    forecaster: str,
    horizon: int,
    keep_days: int,
) -> Foretold:
    """Forecast the series, make sums and their parts add up, and keep it.

    What the same instant foretold is replaced, and what is old is thinned out.

    :param forecaster: a name of :data:`cloudledger.insights.methods.FORECASTERS`.
    :param horizon: days ahead of each series' last day.
    :param keep_days: how long the forecasts of every day are kept; of older ones a month's first.
    """
    forget_forecasts(session, run, forecaster)
    problems: dict[str, str] = {}
    origins: list[pd.Series] = []
    counted: Counter[str] = Counter()
    keep = partial(
        save_forecasts,
        session,
        run,
        forecaster=forecaster,
        model_version=version_of(forecaster),
    )
    for part in _made(known, forecaster, horizon):
        problems |= part.problems
        days = part.days.assign(origin_day=part.days["series_id"].map(part.last))
        months = part.months.assign(origin_day=part.months["series_id"].map(part.last))
        counted["rows"] += keep(days, grain="day")
        keep(months.rename(columns={"month": "day"}), grain="month")
        sums = part.sums.assign(origin_day=part.sums["series_id"].map(part.last))
        save_sums(session, run, sums, forecaster=forecaster, model_version=version_of(forecaster))
        counted["series"] += days["series_id"].nunique()
        origins.append(part.last)
    if origins:
        drop_superseded(session, forecaster, pd.concat(origins))
    drop_old(session, keep_days)
    save_series(session, run, known, problems)
    return Foretold(counted["series"], counted["rows"], problems)


@dataclass(frozen=True)
class _Part:
    """Forecasts of some series: by day, of the running month, and of the coming days together;
    each one's last known day, and by series what was left out of it, or why it has no forecast."""

    last: pd.Series
    days: pd.DataFrame
    months: pd.DataFrame
    sums: pd.DataFrame
    problems: dict[str, str]


def _made(known: SeriesSet, forecaster: str, horizon: int) -> Iterator[_Part]:
    """The forecasts, some series at a time: their rows take more than what they are made of."""
    if forecaster == SMOOTHING:
        yield from _smoothed(known, horizon)
        return
    for history in known.chunks(CHUNK):
        last = history.groupby("series_id")["day"].max()
        days = FORECASTERS[forecaster](history, horizon, LEVELS)
        problems = {str(name): why for name, why in days.attrs.get("problems", {}).items()}
        yield _Part(last, days, NO_MONTHS, NO_SUMS, problems)


def _smoothed(known: SeriesSet, horizon: int) -> Iterator[_Part]:
    """Forecast all at once, so that a sum and its parts add up."""
    panel = together(panel_of(history) for history in known.chunks(CHUNK))
    if not panel.ids:
        return
    made = reconcile(forecast_panel(panel, horizon, LEVELS), sums_of(known.series))
    give_back()
    months = totals_of(panel, LEVELS)
    sums = sums_ahead(panel, made)
    problems = {str(name): why for name, why in {**made.notes, **made.problems}.items()}
    del panel
    give_back()
    for start in range(0, len(made.ids), CHUNK):
        rows = slice(start, start + CHUNK)
        last = pd.Series(made.last[rows].astype("datetime64[s]"), index=list(made.ids[rows]))
        own = sums[sums["series_id"].isin(made.ids[rows])]
        yield _Part(last, _rows_of(made, rows).frame(), months.iloc[rows], own, problems)


def _rows_of(made: Forecast, rows: slice) -> Forecast:
    return replace(
        made,
        ids=made.ids[rows],
        last=made.last[rows],
        expected=made.expected[rows],
        lower=made.lower[:, rows],
        upper=made.upper[:, rows],
    )


def measure_past(session: Session, run: Run, known: SeriesSet) -> list[tuple[Accuracy, bool]]:
    """Measure the forecasts of the last four weeks by what came true, and keep what was found.

    Returns each level's accuracy, and whether it has drifted.
    """
    measured_day = run.as_of.date() - DAY
    first_day = measured_day - (MEASURED_DAYS - 1) * DAY
    forecasts = past_forecasts(session, run.as_of, first_day, measured_day + DAY)
    earlier = earlier_accuracy(session, measured_day)
    found = [(one, drifted(one, earlier)) for one in measure(forecasts, known, measured_day)]
    save_accuracy(session, run, measured_day, found)
    return found
