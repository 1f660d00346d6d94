"""The parts of a series' cost over some days, each beside what it usually costs.

A part is what lines have in common that say the same of everything that may explain an event. What
it usually costs is the median of the same weekday in the four weeks before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudledger.focus.columns import SPLIT
from cloudledger.insights.dimensions import COLUMNS, Kind, Series
from cloudledger.insights.rootcause import Cause
from cloudledger.sql import statement

if TYPE_CHECKING:
    import duckdb

WEEKS = 4
WEEK = timedelta(days=7)
TAG = "tag:"
NEGLIGIBLE = 0.01
"""A part that moved by less than this share of what moved is not behind a cause."""
LINE_DIMENSIONS = (
    "provider_name",
    "sub_account_id",
    "region_id",
    "service_name",
    "sku_id",
    "resource_id",
)


def leaves_of(
    con: duckdb.DuckDBPyConnection,
    series: Series,
    start: date,
    end: date,
    *,
    since: date,
    tag_keys: Sequence[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the days from ``start`` to ``end`` are made of.

    :param con: has ``counted_line`` with these days and the four weeks before.
    :param since: the first day that is known; what lies before was not nothing.
    :param tag_keys: the tags that may explain something.
    :returns: the parts: the columns of :data:`LINE_DIMENSIONS`, ``tag:<key>`` for each key (text,
        empty where lines say nothing), ``expected`` and ``actual`` (float64, in the series'
        currency); and what they cost before, by ``day``: the same columns, ``cost``.
    """
    first_day = max(since, start - WEEKS * WEEK)
    rows = con.sql(
        statement("lake/usage_leaves"),
        params={
            "first_day": first_day,
            "end_day": end + timedelta(days=1),
            "tag_keys": list(tag_keys),
            "split": SPLIT,
            **_asked(series),
        },
    ).to_arrow_table()
    dimensions = {
        name: [value or "" for value in rows[name].to_pylist()] for name in LINE_DIMENSIONS
    }
    tags = rows["tag_values"].to_pylist()
    for place, key in enumerate(tag_keys):
        dimensions[f"{TAG}{key}"] = [values[place] or "" for values in tags]
    frame = pd.DataFrame(dimensions)
    names = list(frame.columns)
    day = rows["day"].to_numpy().astype("datetime64[D]")
    cost = rows["cost"].to_numpy()
    ordinary = frame.assign(day=day, cost=cost)[day < np.datetime64(start, "D")]
    if frame.empty:
        return frame.assign(expected=np.zeros(0), actual=np.zeros(0)), ordinary
    groups = frame.groupby(names, sort=True)
    number = groups.ngroup().to_numpy()
    column = (day - np.datetime64(first_day, "D")).astype(np.int64)
    costs = np.zeros((number.max() + 1, (end - first_day).days + 1))
    np.add.at(costs, (number, column), cost)
    before = (start - first_day).days
    leaves = groups.size().index.to_frame(index=False)
    usual, actual = _usual(costs, before), costs[:, before:].sum(axis=1)
    return leaves.assign(expected=usual, actual=actual), ordinary


def _asked(series: Series) -> dict[str, object]:
    told: dict[str, object] = {"billing_currency": series.billing_currency}
    columns = COLUMNS.get(series.kind, ())
    for name in ("provider_name", "service_name", "sub_account_id", "region_id"):
        told[f"any_{name}"] = int(name not in columns)
        told[name] = series.values.get(name)
    told["any_tag"] = int(series.kind is not Kind.TAG)
    return told | {name: series.values.get(name) for name in ("tag_key", "tag_value")}


def _usual(costs: npt.NDArray[np.float64], before: int) -> npt.NDArray[np.float64]:
    """The sum over the days from column ``before`` on of the usual cost of their weekdays."""
    usual = np.zeros(len(costs))
    for column in range(before, costs.shape[1]):
        # The newest day of the same weekday that lies before the first of these days.
        newest = column - 7 * ((column - before) // 7 + 1)
        same = costs[:, newest::-7] if newest >= 0 else costs[:, :0]
        if same.shape[1]:
            usual += np.median(same, axis=1)
    return usual


def named(cause: Cause, leaves: pd.DataFrame) -> Cause:
    """The cause with every value that the parts behind it have in common.

    An explanation is the shortest that fits: where a service has one resource only, the service
    says as much. A person looks for the resource.

    :param leaves: what the cause was found in.
    """
    own = np.ones(len(leaves), bool)
    for name, value in cause.values.items():
        own &= (leaves[name] == value).to_numpy()
    moved = (leaves["actual"] - leaves["expected"]).abs().to_numpy()
    own &= moved >= NEGLIGIBLE * moved[own].sum()
    parts = leaves[own].drop(columns=["expected", "actual"])
    common = {str(name): str(parts[name].iloc[0]) for name in parts if parts[name].nunique() == 1}
    return replace(cause, values={name: value for name, value in common.items() if value})
