"""``python -m bench.hourly_cost``: how good the forecasts of cost by the hour are.

Each is made as ``cost_insights`` makes it: eight weeks are known up to a midnight 30 hours before
the run, and the 48 hours after the run are held against what came. The data are the services of the
sample company, every one of them billed by the hour (resources x prices x usage), and what made-up
loads of tokens cost. ``last week`` is the same hour a week before, again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from cloudledger.insights.dimensions import Kind, Series
from cloudledger.insights.hourly import WEEK
from cloudledger.insights.hourly_known import HourlyCost
from cloudledger.insights.hourly_outlook import HORIZON, hourly_outlook
from localcloud.samples.fleet import read_fleet
from localcloud.samples.token_load import KINDS, hourly_load
from localcloud.samples.usage import Array, hourly_usage, window

SEEDS = (9001, 9002, 9003, 9004, 9005)
KNOWN, SILENT = 8 * WEEK, 30
ORIGINS = 7
"""Runs of as many days in a row, so that each weekday is one of them."""
LEVELS = (50, 80, 95)
END = date(2026, 11, 1)
PRICE = 3e-6
"""Of a token."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.hourly_cost", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    asked = parser.parse_args(arguments)
    rows = pd.DataFrame(
        _scored(seed, kind, costs[day * 24 :])
        for seed in asked.seeds
        for kind, costs in _series(seed)
        for day in range(ORIGINS)
    )
    figures = [name for name in rows if name not in ("seed", "kind")]
    print(f"{'':16}" + "".join(f"{name:>18}" for name in figures))
    for kind, part in rows.groupby("kind", sort=False):
        print(f"{kind:16}" + "".join(f"{_mean(part, figure):>18}" for figure in figures))
    print(f"{'all':16}" + "".join(f"{_mean(rows, figure):>18}" for figure in figures))
    return 0


def _series(seed: int) -> Iterator[tuple[str, Array]]:
    """Costs by hour, long enough for every origin."""
    within = window((KNOWN + SILENT + HORIZON) // 24 + ORIGINS, END)
    for source in read_fleet().sources:
        by_service: dict[str, Array] = {}
        for resource in source.resources:
            for use in resource.uses:
                if use.sku.charge == "usage" and use.every != "monthly" and not use.monthly_unit:
                    price = float(use.sku.price[source.currency])
                    cost = price * hourly_usage(resource, use, within, seed)
                    service = use.sku.service
                    by_service[service] = by_service.get(service, np.zeros(len(cost))) + cost
        yield "total", np.sum(list(by_service.values()), axis=0)
        for cost in by_service.values():
            if np.ptp(cost) > 0:
                yield "service", cost
    end = datetime(2026, 11, 1, tzinfo=UTC)
    for kind in KINDS:
        load = hourly_load(kind, seed, within.days * 24, end)
        yield f"tokens, {kind}", PRICE * (load["input_tokens"] + load["output_tokens"]).to_numpy()


def _scored(seed: int, kind: str, costs: Array) -> dict[str, object]:
    history = costs[:KNOWN]
    coming = slice(KNOWN + SILENT, KNOWN + SILENT + HORIZON)
    first = datetime(2026, 1, 5, tzinfo=UTC)
    known = HourlyCost(
        Series("made", Kind.SERVICE, "EUR", {}),
        Decimal(1),
        first,
        tuple(Decimal(repr(float(cost))) for cost in history),
    )
    started = time.process_time()
    made = hourly_outlook(known, first + timedelta(hours=KNOWN + SILENT))
    spent = time.process_time() - started
    assert made.mean is not None
    assert made.bounds is not None
    bounds = {name: values[SILENT:] for name, values in made.bounds.items()}
    truth, again = costs[coming], costs[coming.start - WEEK : coming.stop - WEEK]
    scale = np.abs(history[WEEK:] - history[:-WEEK]).mean()
    miss, naive = np.abs(truth - made.mean[SILENT:]), np.abs(truth - again)
    held = {
        f"inside {level} %": 100
        * np.mean((truth >= bounds[f"lower_{level}"]) & (truth <= bounds[f"upper_{level}"]))
        for level in LEVELS
    }
    return {
        "seed": seed,
        "kind": kind,
        "mase": miss.mean() / scale,
        "last week's": naive.mean() / scale,
        "wape %": 100 * miss.sum() / truth.sum(),
        "last week's %": 100 * naive.sum() / truth.sum(),
        **held,
        "s": spent,
    }


def _mean(rows: pd.DataFrame, figure: str) -> str:
    """The mean, and the standard error over the seeds' means."""
    seeds = rows.groupby("seed")[figure].mean()
    error = seeds.std(ddof=1) / np.sqrt(len(seeds)) if len(seeds) > 1 else float("nan")
    return f"{seeds.mean():.2f} +- {error:.2f}"


if __name__ == "__main__":
    sys.exit(main())
