"""``python -m bench.capacity``: how good the hourly forecast is, and what its plans cost.

The first table holds forecasts of a week against the load that came, over loads of every kind and
seed. The second one replays three days hour by hour: the plan of each hour, the rule that scales by
the hour before (what an autoscaler without a forecast does), and a fixed number for the highest
load of the history. ``overloaded`` is the share of hours with more load than the units carry,
``unit-hours`` those that ran, by those that the target would have needed in hindsight.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from cloudledger.insights.capacity import plan
from cloudledger.insights.hourly import WEEK, forecast_hourly
from cloudledger.insights.scaling import ScalingPolicy, units_over_time
from localcloud.samples.token_load import KINDS, hourly_load

SEEDS = (41, 42, 43, 44, 45)
DAYS = (21, 60, 120)
REPLAYED = 72
POLICY = ScalingPolicy(low_periods=6)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.capacity", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    asked = parser.parse_args(arguments)
    forecasts = pd.DataFrame(
        _forecast(seed, kind, days) for seed in asked.seeds for kind in KINDS for days in DAYS
    )
    _show(forecasts, "kind", ["mase", "naive mase", "wape %", "naive wape %", "held 95 %", "s"])
    _show(forecasts, "days", ["mase", "naive mase", "wape %", "naive wape %", "held 95 %", "s"])
    replays = pd.DataFrame(
        row for seed in asked.seeds for kind in KINDS for row in _replay(seed, kind)
    )
    _show(replays, "rule", ["overloaded %", "above 85 %", "unit-hours", "changes a day"])
    return 0


def _load(seed: int, kind: str, hours: int) -> pd.DataFrame:
    end = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(hours=37 * seed)
    found = hourly_load(kind, seed, hours, end)
    return found.assign(load=found["input_tokens"] + found["output_tokens"])[["timestamp", "load"]]


def _forecast(seed: int, kind: str, days: int) -> dict[str, object]:
    load = _load(seed, kind, days * 24 + WEEK)["load"].to_numpy()
    history, truth = load[:-WEEK], load[-WEEK:]
    started = time.process_time()
    found = forecast_hourly(history, WEEK)
    spent = time.process_time() - started
    scale = np.abs(history[WEEK:] - history[:-WEEK]).mean()
    miss, naive = np.abs(truth - found.mean), np.abs(truth - history[-WEEK:])
    return {
        "seed": seed,
        "kind": kind,
        "days": days,
        "mase": miss.mean() / scale,
        "naive mase": naive.mean() / scale,
        "wape %": 100 * miss.sum() / truth.sum(),
        "naive wape %": 100 * naive.sum() / truth.sum(),
        "held 95 %": 100 * (truth <= found.quantiles[0.95]).mean(),
        "s": spent,
    }


def _replay(seed: int, kind: str) -> Iterable[dict[str, object]]:
    rows = _load(seed, kind, 35 * 24 + REPLAYED)
    load = rows["load"].to_numpy()
    begin = len(load) - REPLAYED
    capacity = load[:begin].max() / 20
    wanted = [POLICY.bounded(POLICY.needed(one, capacity)) for one in load]
    planned, current = [], wanted[begin - 1]
    for hour in range(begin, len(load)):
        found = plan(rows.iloc[:hour], capacity, current, policy=POLICY, horizon_hours=2)
        current = found.desired_units
        planned.append(current)
    before = wanted[begin - 1 : -1]
    after = units_over_time(before, wanted[:begin], wanted[begin - 1], POLICY)
    fixed = [max(wanted[:begin])] * REPLAYED
    for rule, units in (("planned", planned), ("the hour before", after), ("fixed", fixed)):
        run = np.array(units)
        used = load[begin:] / (run * capacity)
        yield {
            "seed": seed,
            "rule": rule,
            "overloaded %": 100 * (used > 1).mean(),
            "above 85 %": 100 * (used > 0.85).mean(),
            "unit-hours": run.sum() / sum(wanted[begin:]),
            "changes a day": (np.diff(run) != 0).sum() / (REPLAYED / 24),
        }


def _show(rows: pd.DataFrame, by: str, figures: list[str]) -> None:
    """Means, with the standard error over the seeds' means in the line of all."""
    print(f"\n{by:16}" + "".join(f"{name:>18}" for name in figures))
    for name, part in rows.groupby(by, sort=False):
        print(f"{name!s:16}" + "".join(f"{_mean(part, figure):>18}" for figure in figures))
    if by != "rule":
        print(f"{'all':16}" + "".join(f"{_mean(rows, figure):>18}" for figure in figures))


def _mean(rows: pd.DataFrame, figure: str) -> str:
    seeds = rows.groupby("seed")[figure].mean()
    error = seeds.std(ddof=1) / np.sqrt(len(seeds)) if len(seeds) > 1 else float("nan")
    return f"{seeds.mean():.2f} +- {error:.2f}"


if __name__ == "__main__":
    sys.exit(main())
