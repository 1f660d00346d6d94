"""Draws what insights say of made-up bills: ``python -m bench.insight_plots``.

Everything follows from the seed, and no example is chosen by hand: a rule picks each. The drawings
are plain SVG text in colours that can be read on white and on black.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import floor, log10
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.bill_cubes import Cube, cube, selected
from bench.bills import anomaly_set, at_least, forecast_set
from bench.insight_sets import STRONG, history_of
from cloudledger.insights.anomaly import score_daily
from cloudledger.insights.forecast import forecast_daily
from cloudledger.insights.rootcause import explain

Values = NDArray[np.float64]

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "insights"
SEED, SERIES, TIMES = 4711, 120, 3.0
KNOWN, SHOWN = 365, 90

WIDTH, HEIGHT = 760, 260
LEFT, RIGHT, TOP, BOTTOM = 60, 12, 44, 26
TEXT, ACTUAL, TOLD, EVENT, FLAG = "#7b828c", "#4580ba", "#c4722b", "#3a9a63", "#d64a4a"
GRID = f'stroke="{TEXT}" stroke-opacity=".25"'


@dataclass(frozen=True, slots=True)
class Plane:
    """Where days and amounts lie in a drawing."""

    days: pd.DatetimeIndex
    low: float
    high: float

    def x(self, place: float) -> float:
        """Of the day at a place in ``days``."""
        return LEFT + (WIDTH - LEFT - RIGHT) * place / max(len(self.days) - 1, 1)

    def y(self, amount: float) -> float:
        """Of an amount; zero at the bottom unless something is below it."""
        share = (amount - self.low) / max(self.high - self.low, 1e-9)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    def points(self, first: int, amounts: Sequence[float] | Values) -> list[str]:
        """Of amounts of days in a row, the first at a place in ``days``."""
        return [f"{self.x(first + n):.1f},{self.y(a):.1f}" for n, a in enumerate(amounts)]

    def axes(self) -> list[str]:
        """Round amounts with lines, and the first days of months."""
        step = round_step(self.high - self.low)
        drawn = []
        for times in range(-floor(-self.low / step), floor(self.high / step) + 1):
            at = self.y(times * step)
            drawn.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" {GRID}/>')
            drawn.append(text(LEFT - 6, at + 4, f"{times * step:,g}", "end"))
        firsts = np.flatnonzero(self.days.day == 1)
        for place in firsts[:: -(-len(firsts) // 8) or 1]:
            x = min(self.x(float(place)), WIDTH - RIGHT - 18)
            drawn.append(text(x, HEIGHT - 8, f"{self.days[place]:%b %Y}", "middle"))
        return drawn


def main() -> None:
    """Writes the drawings."""
    parser = argparse.ArgumentParser(prog="python -m bench.insight_plots", description=__doc__)
    parser.add_argument("--to", type=Path, default=FOLDER)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    for path in written(asked.to, asked.seed):
        print(path)


def written(folder: Path, seed: int, series: int = SERIES) -> list[Path]:
    """Draws the examples of a seed; the files."""
    calm, busiest = events_examples(seed, series)
    made = {
        "forecast.svg": forecast_example(seed, series),
        "anomalies.svg": calm,
        "anomalies_hard.svg": busiest,
        "causes.svg": causes_example(seed),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawing in made.items():
        (folder / name).write_text(drawing, encoding="utf-8")
    return [folder / name for name in made]


def forecast_example(seed: int, series: int) -> str:
    """The first series known for a year or more, forecast together with all the others."""
    hidden = (data := forecast_set(seed, series))[0]["h"]
    number = max(range(len(data)), key=lambda n: min(len(data[n]["y"]), KNOWN + hidden))
    made = forecast_daily(history_of(data, hidden), hidden, (0.8, 0.95))
    return forecast_drawing(data[number], made[made["series_id"] == number])


def forecast_drawing(one: Mapping[str, Any], made: pd.DataFrame) -> str:
    """History, the forecast with its intervals, and what came true."""
    costs = np.asarray(one["y"], float)[-SHOWN - one["h"] :]
    known = len(costs) - one["h"]
    forecast = made["forecast"].to_numpy()
    lower, upper = (made[f"{side}_95"].to_numpy() for side in ("lower", "upper"))
    plane = plane_of(one["ds"][-len(costs) :], costs, forecast, lower, upper)
    bands = []
    for percent in (95, 80):
        above = plane.points(known, made[f"upper_{percent}"].to_numpy())
        below = plane.points(known, made[f"lower_{percent}"].to_numpy())[::-1]
        area = " ".join(above + below)
        bands.append(f'<polygon points="{area}" fill="{TOLD}" fill-opacity=".22"/>')
    lines = [
        line(plane.points(0, costs[:known]), ACTUAL),
        line(plane.points(known - 1, [costs[known - 1], *forecast]), TOLD),
        line(plane.points(known - 1, costs[known - 1 :]), ACTUAL, "3 3"),
    ]
    legend = [("cost", ACTUAL), ("forecast, 80 and 95 %", TOLD), ("dotted: what came true", ACTUAL)]
    return drawing(
        f"{one['h']} days ahead: {name_of(one)}", legend, [*plane.axes(), *bands, *lines]
    )


def events_examples(seed: int, series: int) -> list[str]:
    """The series that moves least by week with two strong events, and the one with most events."""
    data = at_least(anomaly_set(seed, series), STRONG)
    most = max(data, key=lambda one: len(one["ev"]))
    several = [one for one in data if len(one["ev"]) >= 2] or [most]
    calm = min(several, key=lambda one: weekly_movement(np.asarray(one["y"], float)))
    return [events_drawing(one, score_daily(history_of([one]))) for one in (calm, most)]


def weekly_movement(costs: Values) -> float:
    """The median change from one week to the next, as a share of the mean."""
    return float(np.median(np.abs(costs[7:] - costs[:-7])) / max(costs.mean(), 1e-9))


def events_drawing(one: Mapping[str, Any], scored: pd.DataFrame) -> str:
    """Cost, what was expected of it, true events as fields and flagged days as dots."""
    costs, expected = np.asarray(one["y"], float), scored["expected"].to_numpy()
    plane = plane_of(one["ds"], costs, expected)
    deep, wide = HEIGHT - TOP - BOTTOM, plane.x(1) - plane.x(0)
    fields = [
        box(plane.x(start - 0.5), TOP, wide * (end - start), deep, EVENT, 0.3)
        for start, end, *_ in one["ev"]
    ]
    dots = [
        f'<circle cx="{plane.x(place):.1f}" cy="{plane.y(costs[place]):.1f}" r="3" fill="{FLAG}"/>'
        for place in np.flatnonzero(scored["is_anomaly"].to_numpy()).tolist()
    ]
    lines = [line(plane.points(0, costs), ACTUAL), line(plane.points(0, expected), TOLD)]
    legend = [("cost", ACTUAL), ("expected", TOLD), ("flagged", FLAG), ("planted event", EVENT)]
    return drawing(f"Unusual days: {name_of(one)}", legend, [*plane.axes(), *fields, *lines, *dots])


def causes_example(seed: int) -> str:
    """The first cube with two planted causes."""
    cubes = (cube(seed, number, TIMES) for number in count())
    return causes_drawing(next(one for one in cubes if len(one.causes) >= 2))


def causes_drawing(found: Cube) -> str:
    """What was named, and what was planted without being named: expected and actual cost."""
    named = [(cause.values, cause.share) for cause in explain(found.leaves)]
    missed = [one for one in found.causes if not any(found.same_leaves(one, v) for v, _ in named)]
    rows = [*named, *((one, None) for one in missed)]
    sums = [found.leaves[selected(found.leaves, v)][["expected", "actual"]].sum() for v, _ in rows]
    most = max((float(one.max()) for one in sums), default=1.0) or 1.0
    body, at = [], TOP + 14
    for (values, share), cost in zip(rows, sums, strict=True):
        planted = any(found.same_leaves(cause, values) for cause in found.causes)
        of_it = f"{100 * (share or 0):.0f} % of the excess, {'as' if planted else 'not'} planted"
        told = "planted, not named" if share is None else of_it
        words = ", ".join(f"{name} {value}" for name, value in values.items())
        body.append(text(LEFT, at, f"{words}: {told}"))
        for column, colour in (("expected", TOLD), ("actual", ACTUAL)):
            width = (WIDTH - LEFT - RIGHT - 70) * float(cost[column]) / most
            at += 18
            body.append(box(LEFT, at - 11, width, 14, colour))
            body.append(text(LEFT + max(width, 1) + 6, at, f"{float(cost[column]):,.2f}"))
        at += 26
    expected, actual = (found.leaves[name].sum() for name in ("expected", "actual"))
    of = f"{len(found.leaves)} parts, expected {expected:,.0f}, actual {actual:,.0f}"
    return drawing(f"Causes of a day: {of}", [("expected", TOLD), ("actual", ACTUAL)], body, at)


def plane_of(days: pd.DatetimeIndex, *amounts: Values) -> Plane:
    """A plane that has room for all amounts."""
    every = np.concatenate(amounts)
    return Plane(pd.DatetimeIndex(days), min(0.0, float(every.min())), float(every.max()) or 1.0)


def round_step(span: float) -> float:
    """One, two or five times a power of ten: about four of them make the span."""
    rough = max(span, 1e-9) / 4
    unit = 10.0 ** floor(log10(rough))
    return max(times * unit for times in (1, 2, 5) if times * unit <= rough)


def name_of(one: Mapping[str, Any]) -> str:
    """A made-up series in words: its level and values."""
    _, _, values = str(one["id"]).partition(one["arch"])
    return f"{one['arch'].replace('/', ' and ')} {values.strip('|').replace('|', ', ')}".strip()


def box(x: float, y: float, width: float, height: float, fill: str, opacity: float = 1) -> str:
    """A filled rectangle, one wide at least."""
    place = f'x="{x:.1f}" y="{y:g}" width="{max(width, 1):.1f}" height="{height:g}"'
    return f'<rect {place} fill="{fill}" fill-opacity="{opacity:g}"/>'


def line(points: Sequence[str], colour: str, dashes: str = "") -> str:
    """A line through points."""
    drawn = f'stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dashes or "none"}"'
    return f'<polyline points="{" ".join(points)}" fill="none" {drawn}/>'


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    """Words at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def drawing(
    title: str, legend: Sequence[tuple[str, str]], body: Sequence[str], height: int = HEIGHT
) -> str:
    """The whole SVG, with its title and what the colours mean on top."""
    head, at = [text(LEFT, 14, title)], float(LEFT)
    for words, colour in legend:
        head.append(box(at, 22, 10, 10, colour))
        head.append(text(at + 15, 31, words))
        at += 36 + 6.6 * len(words)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{TEXT}">'
    )
    return "\n".join([opening, f"<title>{escape(title)}</title>", *head, *body, "</svg>", ""])


if __name__ == "__main__":
    main()
