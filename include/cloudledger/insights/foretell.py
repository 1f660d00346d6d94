"""Forecast every series, keep it, and measure what was foretold before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pandas as pd

from cloudledger.insights.accuracy import MEASURED_DAYS, Accuracy, drifted, measure
from cloudledger.insights.accuracy_store import earlier_accuracy, past_forecasts, save_accuracy
from cloudledger.insights.forecast import forecast_panel
from cloudledger.insights.hierarchy import reconcile
from cloudledger.insights.methods import FORECASTERS, SMOOTHING, version_of
from cloudledger.insights.month_totals import totals_of
from cloudledger.insights.panel import panel_of
from cloudledger.insights.series import SeriesSet
from cloudledger.insights.store import (
    Run,
    drop_superseded,
    forget_forecasts,
    save_forecasts,
    save_series,
)
from cloudledger.insights.sums import sums_of
from cloudledger.warehouse.port import Session

LEVELS = (0.5, 0.8, 0.95)
CHUNK = 1000
"""Series that the articles' methods forecast at a time."""
DAY = timedelta(days=1)
NO_MONTHS = pd.DataFrame({"series_id": [], "month": [], "forecast": []})
"""The articles' methods foretell days only."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """How many series were forecast, and by series why the others were not."""

    series: int
    rows: int
    problems: dict[str, str]


def foretell(
    session: Session, run: Run, known: SeriesSet, *, forecaster: str, horizon: int
) -> Foretold:
    """Forecast the series, make sums and their parts add up, and keep it.

    What the same instant foretold is replaced.

    :param forecaster: a name of :data:`cloudledger.insights.methods.FORECASTERS`.
    :param horizon: days ahead of each series' last day.
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
    for history, made, months in _made(known, forecaster, horizon):
        problems |= {str(name): why for name, why in made.attrs.get("problems", {}).items()}
        last = history.groupby("series_id")["day"].max()
        made = made.assign(origin_day=made["series_id"].map(last))
        counted["rows"] += keep(made, grain="day")
        months = months.assign(origin_day=months["series_id"].map(last))
        keep(months.rename(columns={"month": "day"}), grain="month")
        counted["series"] += made["series_id"].nunique()
        origins.append(last)
    if origins:
        drop_superseded(session, forecaster, pd.concat(origins))
    save_series(session, run, known, problems)
    return Foretold(counted["series"], counted["rows"], problems)


def _made(
    known: SeriesSet, forecaster: str, horizon: int
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]:
    """Histories with their forecasts by day and of the running month."""
    if forecaster == SMOOTHING:
        # All at once: a sum and its parts are to add up.
        history = known.history()
        if history.empty:
            return
        panel = panel_of(history)
        made = reconcile(forecast_panel(panel, horizon, LEVELS), sums_of(known.series))
        frame = made.frame()
        frame.attrs["problems"] = {**made.notes, **made.problems}
        yield history, frame, totals_of(panel, LEVELS)
        return
    for history in known.chunks(CHUNK):
        yield history, FORECASTERS[forecaster](history, horizon, LEVELS), NO_MONTHS


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
