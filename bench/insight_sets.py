"""The labelled sets that insights are measured on: bills of our own, and a folder's beside ours.

The folder's modules are imported from where they lie; without it only our own are measured.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from bench import bills
from bench.bill_company import company
from bench.bill_cubes import SIZES, cube_set

Series = list[dict[str, Any]]

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "bench" / "insights"
DAYS = 400
STRONG = 5.0
"""Events of so many times the noise are told apart."""


@dataclass(frozen=True, slots=True)
class Case:
    """A cube of leaves [dimensions, expected, actual], and its true causes."""

    leaves: pd.DataFrame
    causes: Sequence[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where sets come from: of a seed, so many series, with so many days hidden.

    `cases` are by the name of their difficulty.
    """

    name: str
    to_forecast: Callable[[int, int, int], Series]
    with_events: Callable[[int, int], Series]
    strong: Callable[[Series], Series] | None
    cases: dict[str, Callable[[int, int], list[Case]]]


def sources(beside: Path = BESIDE) -> list[Source]:
    """Our own bills, and the sets of the folder when it is there."""
    return [_own(), *([_beside(beside)] if beside.is_dir() else [])]


def _own() -> Source:
    def cases(times: float) -> Callable[[int, int], list[Case]]:
        return lambda seed, count: [
            Case(one.leaves, one.causes) for one in cube_set(seed, count, times)
        ]

    return Source(
        "bills",
        bills.forecast_set,
        lambda seed, series: bills.anomaly_set(seed, series, DAYS),
        lambda data: bills.at_least(data, STRONG),
        {f"{times:g}x": cases(times) for times in SIZES},
    )


def _beside(folder: Path) -> Source:
    made, cubes = _module(folder / "cost_series.py"), _module(folder / "root_cause_cases.py")

    def cases(seed: int, count: int) -> list[Case]:
        found = []
        for number in range(count):
            leaves, causes, _ = cubes.case(np.random.default_rng([seed, number]))
            leaves = leaves.rename(columns={"predict": "expected", "real": "actual"})
            found.append(Case(leaves, [_values(cause) for cause in causes]))
        return found

    return Source(
        "shared",
        lambda seed, series, horizon: list(made.fc_bench(series, horizon, seed)),
        lambda seed, series: list(made.ad_bench(series, DAYS, seed)),
        None,
        {"as they are": cases},
    )


def _values(cause: str) -> dict[str, str]:
    return {name: value for name, _, value in (part.partition("=") for part in cause.split("&"))}


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def history_of(data: Series, hidden: int = 0) -> pd.DataFrame:
    """The sets as `series_id` (their number), `day` and `cost`, the last `hidden` days left out."""
    parts = []
    for number, one in enumerate(data):
        known = len(one["y"]) - hidden
        columns = {"day": one["ds"][:known], "cost": np.asarray(one["y"][:known], float)}
        parts.append(pd.DataFrame({"series_id": number, **columns}))
    return pd.concat(parts, ignore_index=True)


def next_month(one: dict[str, Any]) -> tuple[int, int]:
    """The first day and the end of the first whole month within a series' hidden days.

    :raises ValueError: when they hold none; 61 hidden days always do.
    """
    hidden = len(one["y"]) - one["h"]
    firsts = hidden + np.flatnonzero(one["ds"][hidden:].day == 1)
    for first in firsts:
        if (end := int(first + one["ds"][first].days_in_month)) <= len(one["y"]):
            return int(first), end
    raise ValueError(f"{one['h']} hidden days of {one['id']} hold no whole month; hide 61")


def many_costs(seed: int, series: int) -> pd.DataFrame:
    """So many series of 400 days that end on one day, as `series_id`, `day` and `cost`."""
    costs = np.empty((series, DAYS))
    made = 0
    for number in count():
        bill = company(np.random.SeedSequence([seed, number]), DAYS)
        groups = list(bill.groups().values())[: series - made]
        costs[made : made + len(groups)] = [bill.cost[members].sum(axis=0) for members in groups]
        made += len(groups)
        if made == series:
            break
    days = pd.date_range("2024-01-01", periods=DAYS, freq="D")
    return pd.DataFrame(
        {
            "series_id": np.repeat(np.arange(series), DAYS),
            "day": np.tile(days.to_numpy(), series),
            "cost": costs.ravel(),
        }
    )
