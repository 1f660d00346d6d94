"""How good forecasts, anomalies and named causes are, and what they cost: one table of each.

``python -m bench.insights``, or ``make bench``. Own methods stand beside the articles', on made-up
bills and, where it lies beside the project, on the sets of ``../shared/bench/insights``. Every
figure is the mean over seeds and its standard error; no method was tuned on these seeds.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bench import insight_tasks
from bench.insight_figures import (
    Figures,
    cause_figures,
    drill_down,
    event_figures,
    forecast_figures,
    kind_figures,
    month_figures,
    seasonal_naive,
    summed,
)
from bench.insight_scores import mean_and_error
from bench.insight_sets import BESIDE, DAYS, Source, many_costs, sources
from bench.ledger import Ledger
from cloudledger.insights.anomaly import Sensitivity, score_daily
from cloudledger.insights.forecast import forecast_daily
from cloudledger.insights.methods import DETECTORS, FORECASTERS
from cloudledger.insights.month_totals import month_totals
from cloudledger.insights.rootcause import explain

OWN_DETECTOR, OWN_FORECASTER = "residual", "smoothing"
FORESTS = ("isolation_forest", "mad_and_forest")
FIRST_SEED = 9001
HORIZON = 30
HIDES_A_MONTH = 61
MEBIBYTE = 1024 * 1024 if sys.platform == "darwin" else 1024

Rows = Iterator[tuple[str, list[Figures]]]


def main() -> int:
    """Prints the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.insights", description=__doc__)
    parser.add_argument("--series", type=int, default=300, help="of a set, for each seed")
    parser.add_argument("--forests", type=int, default=30, help="of those, for isolation forests")
    parser.add_argument("--cubes", type=int, default=50, help="for each seed")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 1_000, 10_000])
    parser.add_argument("--beside", type=Path, default=BESIDE, help="a folder of sets like ours")
    parser.add_argument("--horizon", type=int, default=HORIZON, help="days to forecast")
    choices = [*TABLES, SPENT, WHOLE]
    parser.add_argument("--only", nargs="*", choices=choices, default=[*TABLES, SPENT])
    parser.add_argument("--spent-on", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--task", choices=insight_tasks.TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
    if asked.spent_on is not None:
        print(json.dumps(_spent(asked.spent_on)))
        return 0
    if asked.task is not None:
        print(json.dumps(_task(asked.task, asked.home)))
        return 0
    for name in asked.only:
        if name == WHOLE:
            print_table("whole tasks over a ledger", _tasks(asked.sizes))
            continue
        if name == SPENT:
            sizes = (
                (f"{size:,} series of {DAYS} days", [_child("--spent-on", str(size))])
                for size in asked.sizes
            )
            print_table("processor seconds and memory", sizes)
            continue
        for source in sources(asked.beside):
            print_table(f"{name}: {source.name}", TABLES[name](source, asked))
    return 0


def print_table(title: str, rows: Rows) -> None:
    """A line a method, a column a figure: the mean over seeds, +- its standard error."""
    print(f"\n{title}", flush=True)
    header: list[str] = []
    for name, of_seeds in rows:
        if header != list(of_seeds[0]):
            header = list(of_seeds[0])
            print(f"{'':<28}" + "".join(f"{column:>16}" for column in header))
        cells = [_cell([one[column] for one in of_seeds]) for column in header]
        print(f"{name:<28}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


def _cell(values: Sequence[float]) -> str:
    mean, error = mean_and_error(values)
    if np.isnan(mean):
        return "-"
    if abs(mean) >= 1e4:
        return f"{mean:.1e}"
    digits = 1 if abs(mean) >= 10 else 3
    return f"{mean:.{digits}f}" + ("" if np.isnan(error) else f" +-{error:.{digits}f}")


def _seeds(asked: argparse.Namespace) -> range:
    return range(asked.first_seed, asked.first_seed + asked.seeds)


def _forecasts(source: Source, asked: argparse.Namespace) -> Rows:
    sets = [source.to_forecast(seed, asked.series, asked.horizon) for seed in _seeds(asked)]
    for name, method in {**FORECASTERS, "seasonal naive": seasonal_naive}.items():
        yield name, [forecast_figures(data, method) for data in sets]


def _months(source: Source, asked: argparse.Namespace) -> Rows:
    sets = [source.to_forecast(seed, asked.series, HIDES_A_MONTH) for seed in _seeds(asked)]
    yield "month_totals", [month_figures(data, month_totals) for data in sets]
    for name, forecaster in FORECASTERS.items():
        yield f"{name}, summed", [month_figures(data, summed(forecaster)) for data in sets]


def _events(source: Source, asked: argparse.Namespace) -> Rows:
    sets = [source.with_events(seed, asked.series) for seed in _seeds(asked)]

    def figures(name: str, sensitivity: str, most: int) -> list[Figures]:
        few = [data[:most] for data in sets]
        strong = [source.strong(data) if source.strong else None for data in few]
        return [
            event_figures(data, hard, DETECTORS[name], sensitivity)
            for data, hard in zip(few, strong, strict=True)
        ]

    for sensitivity in Sensitivity:
        yield f"{OWN_DETECTOR}, {sensitivity}", figures(OWN_DETECTOR, sensitivity, asked.series)
    for name in DETECTORS:
        if name in FORESTS:
            yield f"{name} ({asked.forests} series)", figures(name, "balanced", asked.forests)
        elif name != OWN_DETECTOR:
            yield name, figures(name, "balanced", asked.series)


def _kinds(source: Source, asked: argparse.Namespace) -> Rows:
    sets = [source.with_events(seed, asked.series) for seed in _seeds(asked)]
    for sensitivity in Sensitivity:
        recall = [kind_figures(data, DETECTORS[OWN_DETECTOR], sensitivity) for data in sets]
        yield f"{OWN_DETECTOR}, {sensitivity}", recall


def _causes(source: Source, asked: argparse.Namespace) -> Rows:
    def named(leaves: pd.DataFrame) -> list[dict[str, str]]:
        return [dict(cause.values) for cause in explain(leaves)]

    for size, cases_of in source.cases.items():
        cases = [cases_of(seed, asked.cubes) for seed in _seeds(asked)]
        yield f"explain, {size}", [cause_figures(one, named) for one in cases]
        yield f"drill-down, {size}", [cause_figures(one, drill_down) for one in cases]


TABLES: dict[str, Callable[[Source, argparse.Namespace], Rows]] = {
    "forecasts": _forecasts,
    "months": _months,
    "events": _events,
    "kinds": _kinds,
    "causes": _causes,
}
SPENT = "spent"


WHOLE = "tasks"


def _child(*asked: str) -> Figures:
    """What a process of its own measured, so that its peak memory is its own."""
    command = [sys.executable, "-m", "bench.insights", *asked]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def _tasks(sizes: Sequence[int]) -> Rows:
    for size in sizes:
        with Ledger() as ledger:
            insight_tasks.fill(ledger, FIRST_SEED, size)
            for name in insight_tasks.TASKS:
                yield f"{name}, {size:,}", [_child("--task", name, "--home", str(ledger.home))]


def _task(name: str, home: Path) -> Figures:
    begun = time.process_time()
    series = insight_tasks.run(name, home)
    spent = time.process_time() - begun
    return {
        "series": float(series),
        "cpu s": spent,
        "s/1000": 1000 * spent / series,
        "peak MiB": _peak_mebibytes(),
    }


def _spent(series: int) -> Figures:
    history = many_costs(FIRST_SEED, series)
    before = _peak_mebibytes()
    begun = time.process_time()
    forecast_daily(history, HORIZON)
    between = time.process_time()
    score_daily(history)
    ended = time.process_time()
    return {
        "forecast s": between - begun,
        "anomalies s": ended - between,
        "s/1000": 1000 * (ended - begun) / series,
        "MiB before": before,
        "peak MiB": _peak_mebibytes(),
    }


def _peak_mebibytes() -> float:
    # On Linux ru_maxrss begins with the peak of the process that started this one.
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBIBYTE


if __name__ == "__main__":
    sys.exit(main())
