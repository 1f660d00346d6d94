"""How much of a currency's cost a few services or sub accounts have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudledger.insights.dimensions import Kind
from cloudledger.insights.series import SeriesSet

DAYS = 30
MEASURED = (Kind.SERVICE, Kind.SUB_ACCOUNT)


@dataclass(frozen=True, slots=True)
class Concentration:
    """Of those that cost anything.

    :param hhi: Herfindahl-Hirschman index: 1/count when all are equal, 1 when one has all.
    :param top_share: the largest one's share of the cost, 0 to 1.
    """

    count: int
    hhi: float
    top_share: float


def concentration(costs: npt.NDArray[np.float64]) -> Concentration | None:
    """How concentrated cost is; None where nothing costs anything.

    :param costs: finite, one for each; credits, which would be shares below zero, are left out.
    """
    paid = costs[costs > 0]
    if not len(paid):
        return None
    scaled = paid / paid.max()
    shares = scaled / scaled.sum()
    return Concentration(len(shares), float((shares**2).sum()), float(shares.max()))


def concentrations(known: SeriesSet) -> pd.DataFrame:
    """How concentrated each currency's cost of the last 30 known days is, as trends of its total.

    The measures are ``service_count``, ``service_hhi``, ``service_top_share``, and the same of
    ``sub_account``. What Kubernetes splits is in the others' cost already and is in none.

    :returns: ``series_id``, ``measured_day`` (datetime64), ``measure``, ``amount`` (float64).
    """
    rows = []
    for at, total in enumerate(known.series):
        days = np.flatnonzero(np.isfinite(known.costs[at]))
        if total.kind is not Kind.TOTAL or not len(days):
            continue
        last = int(days[-1])
        day = np.datetime64(known.first_day, "s") + np.timedelta64(last, "D")
        for kind in MEASURED:
            own = [
                number
                for number, one in enumerate(known.series)
                if one.kind is kind and one.billing_currency == total.billing_currency
            ]
            costs = np.nansum(known.costs[own, max(0, last + 1 - DAYS) : last + 1], axis=1)
            if found := concentration(costs):
                rows += [
                    (total.series_id, day, f"{kind.value}_count", float(found.count)),
                    (total.series_id, day, f"{kind.value}_hhi", found.hhi),
                    (total.series_id, day, f"{kind.value}_top_share", found.top_share),
                ]
    frame = pd.DataFrame(rows, columns=["series_id", "measured_day", "measure", "amount"])
    return frame.astype({"measured_day": "datetime64[ns]", "amount": "float64"})
