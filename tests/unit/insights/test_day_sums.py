"""Sums of forecast days: they add up, and are surer than their days one by one."""

import numpy as np
import pandas as pd

from cloudledger.insights.day_sums import sums_ahead
from cloudledger.insights.forecast import forecast_panel
from cloudledger.insights.panel import panel_of

DAYS = 400


def history(seed: int, days: int = DAYS, series: int = 30) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    costs = 100 * np.exp(random.normal(0, 0.15, (series, days)))
    ids = np.repeat([f"s{number}" for number in range(series)], days)
    when = np.tile(pd.date_range("2025-01-01", periods=days), series)
    return pd.DataFrame({"series_id": ids, "day": when, "cost": costs.ravel()})


def test_a_sum_is_that_of_its_days_with_a_narrower_interval_that_holds() -> None:
    told = history(1, DAYS + 90)
    known = told[told["day"] < told["day"].min() + pd.Timedelta(days=DAYS)]
    panel = panel_of(known)
    forecast = forecast_panel(panel, 90, (0.8, 0.95))

    made = sums_ahead(panel, forecast)

    assert sorted(set(made["days"])) == [30, 90]
    for span, part in made.groupby("days"):
        days = slice(0, int(str(span)))
        np.testing.assert_allclose(part["forecast"], forecast.expected[:, days].sum(axis=1))
        together = (forecast.upper[1] - forecast.expected)[:, days].sum(axis=1)
        assert ((part["upper_95"] - part["forecast"]) < 0.7 * together).all()
        assert (part["upper_95"] >= part["upper_80"]).all()
        truth = told[told["day"] > known["day"].max()].groupby("series_id", sort=False)
        truth = truth.head(int(str(span))).groupby("series_id")["cost"].sum()
        held = truth.loc[list(part["series_id"])].to_numpy()
        assert ((held >= part["lower_95"]) & (held <= part["upper_95"])).mean() >= 0.85


def test_errors_that_stay_widen_the_sum_s_interval() -> None:
    random = np.random.default_rng(3)
    walk = history(2).assign(
        cost=lambda one: (
            100
            + one.groupby("series_id")["cost"].transform(
                lambda costs: random.normal(0, 2, len(costs)).cumsum()
            )
        )
    )
    shares = []
    for told in (history(2), walk):
        panel = panel_of(told)
        forecast = forecast_panel(panel, 30, (0.95,))
        made = sums_ahead(panel, forecast, (30,))
        together = (forecast.upper[0] - forecast.expected).sum(axis=1)
        shares.append(float(((made["upper_95"] - made["forecast"]) / together).median()))

    assert shares[1] > 1.5 * shares[0]


def test_short_series_and_short_forecasts_have_what_can_be_told() -> None:
    panel = panel_of(history(4, days=9, series=3))
    made = sums_ahead(panel, forecast_panel(panel, 40, (0.95,)))

    assert list(made["days"]) == [30] * 3
    assert np.isfinite(made[["forecast", "lower_95", "upper_95"]]).all(axis=None)
    assert (made["lower_95"] >= 0).all()
    nothing = panel_of(history(4, days=0, series=1))
    assert sums_ahead(nothing, forecast_panel(nothing, 40, (0.95,))).empty
