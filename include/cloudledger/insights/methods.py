"""The forecasters and detectors that settings choose from, by name.

``smoothing`` and ``residual`` are Cloudledger's own; the others are what articles recommend, kept
to be compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from cloudledger.insights.anomaly import scored_days
from cloudledger.insights.classic_detectors import DETECTORS as CLASSIC_DETECTORS
from cloudledger.insights.classic_forecasters import FORECASTERS as CLASSIC_FORECASTERS
from cloudledger.insights.forecast import MODEL_VERSION, forecast_daily

Forecaster = Callable[[pd.DataFrame, int, Sequence[float]], pd.DataFrame]
Detector = Callable[[pd.DataFrame, str], pd.DataFrame]

SMOOTHING = "smoothing"
FORECASTERS: Mapping[str, Forecaster] = {SMOOTHING: forecast_daily, **CLASSIC_FORECASTERS}
DETECTORS: Mapping[str, Detector] = {"residual": scored_days, **CLASSIC_DETECTORS}


def version_of(forecaster: str) -> str:
    """The version that forecasts are stored with; the articles' methods do not change."""
    return MODEL_VERSION if forecaster == SMOOTHING else "1"
